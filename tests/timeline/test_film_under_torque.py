import importlib
from pathlib import Path

import numpy as np
import pytest

from afterpulse.engines.embedded import drive
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import relaxed
from afterpulse.engines.magnet_system import Conditions
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.neighbours import Neighbours
from afterpulse.kinetics.parameters import system_at
from afterpulse.kinetics.state import SegmentConditions, initial_state

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def script():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module("film_under_torque")


@pytest.fixture(scope="module")
def calibrated_units(script):
    return script.calibration()


@pytest.mark.slow
@pytest.mark.parametrize(("along_x", "relative_current"), [(-20.0, 0.7), (-50.0, -1.3)])
def test_units_hold_in_llg_and_kinetics(script, calibrated_units, along_x, relative_current):
    # A weak current, and a strong one of the polarity that the field does not favour.
    arguments = along_x, relative_current, 2, calibrated_units, [5e-9, 20e-9]
    llg, kinetics, error = script.compared(*arguments)
    np.testing.assert_array_less(np.abs(llg - kinetics), 2 * error)
    np.testing.assert_array_less(error, 0.05)
    np.testing.assert_array_less(0.9, kinetics)


@pytest.mark.slow
def test_units_reverse_in_llg_and_kinetics(script, calibrated_units):
    llg, kinetics, error = script.compared(-50.0, 1.0, 3, calibrated_units, [5e-9, 20e-9])
    np.testing.assert_array_less(error, 0.05)
    np.testing.assert_array_less(kinetics, 0.7)
    np.testing.assert_array_less(np.abs(llg - kinetics), 2 * error)


def couplings(film, links):
    """Energy (J) of each pair of units that a kind of coupling links, shape (units, units)."""
    result = np.zeros((film.unit_moment.size, film.unit_moment.size))
    unit = np.repeat(np.arange(len(result)), np.diff(links.start.astype(int)))
    result[unit, links.other] = links.energy * links.factor
    return result


def test_units_of_a_film_tilt_together_at_zero_temperature(script):
    # A field along x turns all units. In the kinetics the neighbours of a unit lie along z; in LLG
    # their exchange and their stray field, half of that along z and of the other sign on average
    # over directions, have parts in the plane as well.
    films = [script.film_under(along_x, 0.0, 0) for along_x in (-5.0, 5.0)]
    device, experiment, sample = films[0].device, films[0].experiment, films[0].sample
    up, grains = np.zeros((*sample.unit_index.shape, 3)), np.ones(sample.grain_area.size, np.int8)
    up[..., 2] = 1.0
    conditions = Conditions(script.KELVIN)
    systems = [
        film_system(each.device, each.experiment, each.sample, up, grains, conditions)
        for each in films
    ]
    # The grains, whose axes scatter, have a field in the plane as well.
    against, along = relaxed(drive, systems, experiment.numerics, 1e-9)
    llg = (against[..., 0] - along[..., 0]).mean() / 2

    film = make_film(device, experiment, sample, macrospin(device))
    state = initial_state(film, experiment)
    neighbours = Neighbours.of_states(film, state.unit_state, state.grain_state)
    no_current = SegmentConditions.of_cards(device, experiment, experiment.mechanisms)
    parts = system_at(film, state, neighbours, no_current, script.KELVIN, 0.0)
    stiffness = np.diag(2 * film.unit_barrier(script.KELVIN) + parts.units.energy)
    moment = film.unit_moment * device.magnetisation_factor(script.KELVIN)
    field = moment * experiment.applied_field[0]
    stray_field = couplings(film, parts.couplings.stray_field)
    in_plane = couplings(film, parts.couplings.walls) - stray_field / 2
    together = np.linalg.solve(stiffness - in_plane, field) @ film.unit_fraction
    alone = np.linalg.solve(stiffness, field) @ film.unit_fraction
    assert llg == pytest.approx(together, rel=0.05)
    assert abs(alone) < 0.8 * abs(llg)
