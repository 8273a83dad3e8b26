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


def along(angle, field, unit):
    """The unit in a field (T) in the plane at an angle to x."""
    direction = np.array([np.cos(angle), np.sin(angle), 0.0])
    return IsolatedUnit(
        unit.cell,
        unit.inside,
        unit.anisotropy_factor,
        np.broadcast_to(field * direction, unit.field.shape),
    )


@pytest.mark.parametrize("size", [27e-9, 54e-9])
def test_barrier_depends_neither_on_the_sign_of_the_field_nor_on_that_of_the_dmi(
    size, device_card, experiment_card
):
    # A mirror, or a turn by a right angle, turns each of these units into the first.
    plus, minus = (
        device_card({"ferromagnet.interfacial_dmi": f"{sign}0.2 mJ/m^2"}) for sign in ("", "-")
    )
    unit = disc(plus, experiment_card(WITHOUT_FIELD), size, 4.5e-9, 14)
    expected = energy_barrier(plus, along(0.0, 20e-3, unit)).height
    for device, angle in ((minus, 0.0), (plus, np.pi), (minus, np.pi), (plus, np.pi / 2)):
        found = energy_barrier(device, along(angle, 20e-3, unit))
        assert found.height == pytest.approx(expected, rel=1e-3)
        # Both ends are minima: an end that had climbed would count as the saddle.
        assert found.energy[-1] == pytest.approx(0, abs=1e-3 * found.height)


def test_wall_of_a_strip_has_the_energy_of_its_chirality(device_card, experiment_card):
    # 4 sqrt(A K) - pi |D| a surface (Thiaville et al., EPL 100, 57002, 2012). K_eff of a square
    # is larger than that of the film by its shape, so that this is checked by the difference.
    barriers = []
    for dmi in ("0 mJ/m^2", "0.2 mJ/m^2", "-0.2 mJ/m^2"):
        device = device_card(PLAIN | {"ferromagnet.interfacial_dmi": dmi})
        unit = disc(device, experiment_card(WITHOUT_FIELD), 80e-9, 5e-9, 17)
        barriers.append(energy_barrier(device, unit).height)
    surface = 80e-9 * device.ferromagnet.thickness.value
    saved = np.pi * abs(float(device.interfacial_dmi(300.0))) * surface
    assert barriers[1] == pytest.approx(barriers[2], rel=1e-3)
    assert barriers[0] - barriers[1] == pytest.approx(saved, rel=0.25)
