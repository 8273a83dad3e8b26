from pathlib import Path

import numpy as np
import pytest

from afterpulse.calibration.energy_barrier import energy_barrier, paths
from afterpulse.calibration.isolated_unit import IsolatedUnit, coherent_barrier, disc
from afterpulse.device.device import load_device

ROOT = Path(__file__).parents[2]

WITHOUT_FIELD = {"applied_field": ["0 mT", "0 mT", "0 mT"]}
PLAIN = {
    "ferromagnet.interfacial_dmi": "0 mJ/m^2",
    "antiferromagnet.easy_axis_polar_angle": "0 deg",
}


def test_small_disc_turns_as_one(device_card, experiment_card):
    # Far below the exchange length of 5 nm.
    unit = disc(device_card(PLAIN), experiment_card(WITHOUT_FIELD), 5e-9, 0.5e-9, 12)
    found = energy_barrier(device_card(PLAIN), unit)
    # The mean stray field of its mid plane is not quite that of the whole disc.
    assert found.height == pytest.approx(coherent_barrier(device_card(PLAIN), unit), rel=0.03)
    assert found.energy[0] == 0
    assert found.energy[-1] == pytest.approx(0, abs=1e-3 * found.height)
    assert found.position[0] == 0
    assert found.position[-1] == 1


def test_field_in_the_plane_lowers_the_barrier(device_card, experiment_card):
    # Stoner and Wohlfarth: K V (1 - B/B_K)², B_K = 2 K / M_s.
    device = device_card(PLAIN)
    unit = disc(device, experiment_card(WITHOUT_FIELD), 5e-9, 0.5e-9, 12)
    free = energy_barrier(device, unit).height
    volume = unit.inside.sum() * unit.cell**2 * device.ferromagnet.thickness.value
    moment = 1e6 * (1 - (300 / 800) ** 1.5) * volume
    field = 0.1 * 2 * free / moment
    pulled = IsolatedUnit(
        unit.cell, unit.inside, unit.anisotropy_factor, unit.field + np.array([field, 0, 0])
    )
    assert energy_barrier(device, pulled).height == pytest.approx(0.9**2 * free, rel=0.01)


def test_large_disc_reverses_by_a_wall_and_needs_less(device_card, experiment_card):
    device = device_card(PLAIN)
    unit = disc(device, experiment_card(WITHOUT_FIELD), 80e-9, 5e-9, 17)
    found = energy_barrier(device, unit)
    assert found.height < 0.8 * coherent_barrier(device, unit)
    along_z = found.saddle[unit.inside, 2]
    assert along_z.max() > 0.8
    assert along_z.min() < -0.8


def test_search_begins_with_unit_vectors(device_card, experiment_card):
    unit = disc(device_card(), experiment_card(), 40e-9, 5e-9, 9)
    for path in paths(unit):
        for m in path:
            np.testing.assert_allclose(np.linalg.norm(m, axis=-1), 1)


@pytest.mark.parametrize("size", [0.6, 1.5])
def test_units_of_a_stiff_film_with_strong_dmi_find_their_saddle(size, experiment_card):
    """A path cannot cost more than coherent rotation, which is one of the paths."""
    device = load_device(ROOT / "devices/pt_co_irmn_literature.yaml")
    diameter = device.ferromagnet.unit_diameter.value
    unit = disc(device, experiment_card(WITHOUT_FIELD), size * diameter, diameter / 10, 16)
    assert 0 < energy_barrier(device, unit).height <= coherent_barrier(device, unit)
