import dataclasses

import numpy as np
import pytest
from scipy.constants import k as boltzmann
from scipy.constants import mu_0

from afterpulse.cards.load import resolved
from afterpulse.device import Device
from afterpulse.engines import quiet_film
from afterpulse.engines.embedded import drive as embedded
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import thermalised
from afterpulse.engines.magnet_system import Conditions
from afterpulse.engines.quiet_film import QuietFilm
from afterpulse.film.sample import make_sample

# A film that is quiet over some nanoseconds up to 450 K.
STIFF = {
    "ferromagnet.saturation_magnetisation": "1 MA/m",
    "ferromagnet.effective_anisotropy": "0.15 MJ/m^3",
    "ferromagnet.exchange_stiffness": "12 pJ/m",
    "ferromagnet.wall_energy_between_units": "1.5 mJ/m^2",
    "ferromagnet.anisotropy_exponent": 2.1,
    "ferromagnet.curie_temperature": "800 K",
}


def at_room_temperature(device):
    content = resolved(device)
    for name in STIFF:
        field = content["ferromagnet"][name.removeprefix("ferromagnet.")]
        if "at" in field:
            field["at"] = "300 K"
    return Device.model_validate(content)


@pytest.fixture
def stiff(device_card):
    return at_room_temperature(device_card(STIFF))


def one_unit(sample):
    """Sample without borders, spread or weak spots."""
    return dataclasses.replace(
        sample,
        unit_index=np.zeros_like(sample.unit_index),
        anisotropy_factor=np.ones_like(sample.anisotropy_factor),
    )


def made(device, experiment_card, cell, cells):
    experiment = experiment_card(
        {
            "numerics.cell": f"{cell} nm",
            "numerics.window": f"{cell * cells} nm",
            "numerics.llg_time_step": "350 fs",
            "applied_field": ["0 mT", "0 mT", "0 mT"],
        }
    )
    return experiment, make_sample(device, experiment, np.random.default_rng(1))


@pytest.mark.parametrize("kelvin", [300.0, 450.0])
@pytest.mark.parametrize("cell", [6.25, 12.5])
def test_quiet_film_in_llg_has_the_cards_magnetisation(device_card, experiment_card, cell, kelvin):
    # Without exchange bias, which would hold the film up.
    device = at_room_temperature(
        device_card(STIFF | {"antiferromagnet.interface_coupling": "0 mJ/m^2"})
    )
    cells, lanes = 32, 4
    experiment, sample = made(device, experiment_card, cell, cells)
    sample = one_unit(sample)
    quiet = QuietFilm(device, sample).magnetisation(kelvin)
    upright = np.zeros((cells, cells, 3))
    upright[..., 2] = 1.0
    grains = np.ones(sample.grain_area.size, dtype=np.int8)
    cards = device, experiment, sample
    system = film_system(*cards, upright, grains, Conditions(kelvin, quiet=quiet))
    numerics, seeds = experiment.numerics, list(range(lanes))
    settled = thermalised(embedded, [system] * lanes, numerics, seeds)
    systems = [film_system(*cards, m, grains, Conditions(kelvin, quiet=quiet)) for m in settled]
    driven = embedded(systems, 0.3e-9, 6, [seed + lanes for seed in seeds], numerics)
    # Moment per volume: that of the cells is M_s(T)/quiet.
    density = np.array([each.mean_m[:, 2] for each in driven]) * np.mean(1 / quiet)
    magnetisation = float(device.saturation_magnetisation(kelvin))
    np.testing.assert_allclose(
        system.m.norm.array[..., 0].mean() * quiet.mean() / magnetisation, 1, atol=0.01
    )
    assert density.mean() == pytest.approx(1.0, abs=0.02)
    # The noise of the mesh alone would take off more.
    assert quiet.mean() < 0.98


def test_film_that_fluctuates_too_strongly_is_told_of_once(stiff, small_sample, caplog):
    curie = stiff.ferromagnet.curie_temperature.value
    quiet = QuietFilm(stiff, small_sample)
    for kelvin in (0.99 * curie, 0.98 * curie, 0.5 * curie):
        quiet.magnetisation(kelvin)
    (warning,) = [each.getMessage() for each in caplog.records]
    assert "fluctuate too strongly" in warning


def test_two_coupled_cells_fluctuate_as_their_normal_modes(stiff, small_sample, monkeypatch):
    # Without the stray field between cells: modes in the fields B and B + 2 b.
    monkeypatch.setattr(
        quiet_film,
        "stray_field_tensor",
        lambda cells, *edges: np.zeros((3, 2 * cells - 1, 2 * cells - 1)),
    )
    kelvin, cell = 300.0, small_sample.cell
    pair = dataclasses.replace(
        small_sample,
        unit_index=np.zeros((2, 2), dtype=np.int32),
        anisotropy_factor=np.ones((2, 2)),
    )
    magnetisation = float(stiff.saturation_magnetisation(kelvin))
    alone = 2 * float(stiff.effective_anisotropy(kelvin)) / magnetisation + mu_0 * magnetisation
    bond = 2 * float(stiff.exchange_stiffness(kelvin)) / (magnetisation * cell**2)
    # A square of four cells: one mode in B, two in B + 2 b and one in B + 4 b.
    mean = np.mean(1 / (alone + bond * np.array([0, 2, 2, 4])))
    volume = cell**2 * stiff.ferromagnet.thickness.value
    expected = boltzmann * kelvin / (magnetisation * volume) * mean
    np.testing.assert_allclose(quiet_film.deviation(stiff, pair, kelvin), expected)


def test_squares_of_a_film_fit_together(stiff, experiment_card, monkeypatch):
    _, sample = made(stiff, experiment_card, 6.25, 24)
    parts = quiet_film.deviation(stiff, sample, 300.0)
    monkeypatch.setattr(quiet_film, "CORE", 24)
    np.testing.assert_allclose(parts, quiet_film.deviation(stiff, sample, 300.0), rtol=0.01)


def test_small_cells_without_exchange_warn(device_card, experiment_card, caplog):
    device = device_card(STIFF | {"ferromagnet.exchange_stiffness": "1e-3 pJ/m"})
    _, sample = made(device, experiment_card, 5, 20)
    quiet = QuietFilm(device, sample).magnetisation(600.0)
    assert "numerics.cell" in caplog.text
    assert quiet.min() == pytest.approx(0.5, abs=0.01)


def test_no_fluctuations_at_zero_temperature(stiff, small_sample):
    np.testing.assert_array_equal(quiet_film.deviation(stiff, small_sample, 0.0), 0.0)
