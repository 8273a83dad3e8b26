import numpy as np
import pytest
from scipy.constants import mu_0

from afterpulse.film.sample import make_sample
from afterpulse.film.stray_field import dipolar_volumes
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.neighbours import Neighbours

MAGNETISATION, THICKNESS = 1e6, 1e-9


@pytest.fixture(scope="module")
def case(device_card, experiment_card):
    """Film in which most pairs are distant, its sample and all its stray field couplings."""
    device = device_card(
        {
            "ferromagnet.saturation_magnetisation": "1 MA/m",
            "ferromagnet.thickness": "1 nm",
            "ferromagnet.unit_diameter": "23 nm",
        }
    )
    experiment = experiment_card({"numerics.window": "480 nm", "numerics.cell": "7.5 nm"})
    sample = make_sample(device, experiment, np.random.default_rng(2))
    units = sample.unit_area.size
    every = np.repeat(np.arange(units), units), np.tile(np.arange(units), units)
    volumes = dipolar_volumes(sample.unit_index, sample.cell, THICKNESS, *every)
    coupling = mu_0 * MAGNETISATION**2 * volumes.reshape(units, units)
    np.fill_diagonal(coupling, 0.0)
    return make_film(device, experiment, sample, macrospin(device)), sample, coupling


def random_states(film, random):
    return (
        random.choice(np.array([-1, 1], dtype=np.int8), film.unit_fraction.size),
        random.choice(np.array([-1, 1], dtype=np.int8), film.grain_fraction.size),
    )


def matrix(links, others):
    """Couplings of links as a matrix (written anew, not the package's way)."""
    result = np.zeros((links.start.size - 1, others))
    for element in range(links.start.size - 1):
        for link in range(links.start[element], links.start[element + 1]):
            result[element, links.other[link]] += links.energy[link]
    return result


def test_near_and_distant_units_make_up_the_stray_field(case):
    film, sample, coupling = case
    random = np.random.default_rng(0)
    assert sample.pair_unit.size < 0.5 * coupling.size
    around = Neighbours.of_states(film, *random_states(film, random))
    for _ in range(3):
        units, grains = random_states(film, random)
        around.update(film, units, grains)
        around.update_distant(film)
        found = around.sums.near + around.distant
        np.testing.assert_allclose(found, coupling @ units, atol=1e-5 * abs(coupling).max())
        assert around.moved == 0


def test_sums_follow_the_states(case):
    film, *_ = case
    random = np.random.default_rng(1)
    units, grains = random_states(film, random)
    around = Neighbours.of_states(film, units, grains)
    distant, mean = around.distant.copy(), film.unit_fraction @ units
    for _ in range(3):
        units, grains = units.copy(), grains.copy()
        units[random.integers(units.size, size=9)] *= -1
        grains[random.integers(grains.size, size=9)] *= -1
        around.update(film, units, grains)
        for found, links, others in (
            (around.sums.walls, film.couplings.walls, units),
            (around.sums.near, film.couplings.stray_field, units),
            (around.sums.grains, film.couplings.grains_of_unit, grains),
            (around.sums.units, film.couplings.units_of_grain, units),
        ):
            expected = matrix(links, others.size) @ others
            np.testing.assert_allclose(found, expected, atol=1e-12 * abs(links.energy).sum())
        # What is far lags until it is asked for; `moved` says by how much.
        np.testing.assert_array_equal(around.distant, distant)
        assert around.moved == pytest.approx(film.unit_fraction @ units - mean)
