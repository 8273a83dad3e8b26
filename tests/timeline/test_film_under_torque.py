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
from afterpulse.kinetics.parameters import Factors, torque_on_units, unit_energy
from afterpulse.kinetics.state import SegmentConditions, initial_state
from afterpulse.kinetics.tilt import in_plane_coupling, tilt, tilt_together, torque_pull

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
    np.testing.assert_array_less(np.abs(llg - kinetics), 3 * error)


@pytest.fixture(scope="module")
def tilts(script):
    """Mean m_x of the set film by LLG, by the kinetics, and by them with neighbours along z."""

    def make(along_x, relative_current):
        # Of both signs, since the grains, whose axes scatter, have a field in the plane as well.
        signs = (-1, 1)
        films = [script.film_under(sign * along_x, relative_current, 0) for sign in signs]
        device, experiment, sample = films[0].device, films[0].experiment, films[0].sample
        up, grains = np.zeros((*sample.unit_index.shape, 3)), np.ones(sample.grain_area.size)
        up[..., 2] = 1.0
        densities = [sign * films[0].density for sign in signs]
        systems = [
            film_system(
                device,
                each.experiment,
                sample,
                up,
                grains.astype(np.int8),
                Conditions(script.KELVIN, density),
            )
            for each, density in zip(films, densities, strict=True)
        ]
        against, along = relaxed(drive, systems, experiment.numerics, 1e-9)
        llg = (along[..., 0] - against[..., 0]).mean() / 2

        couplings = make_film(device, experiment, sample, macrospin(device))
        together, alone = [], []
        for each, density in zip(films, densities, strict=True):
            state = initial_state(couplings, each.experiment)
            neighbours = Neighbours.of_states(couplings, state.unit_state, state.grain_state)
            conditions = SegmentConditions.of_cards(
                device, each.experiment, each.experiment.mechanisms, density
            )
            factors = Factors.at(device, script.KELVIN)
            barrier = couplings.unit_barrier(factors.anisotropy, factors.magnetisation)
            energy = unit_energy(couplings, neighbours, conditions, factors, 0.0)
            torque = torque_on_units(couplings, barrier, density, 0.0)
            moment = factors.magnetisation * couplings.unit_moment
            pull = moment[:, None] * conditions.applied_field[:2]
            pull += torque_pull(barrier, torque.current, torque.across, state.unit_state)
            stiffness = 2 * barrier + energy * state.unit_state
            shared = in_plane_coupling(couplings.couplings, factors.wall, factors.dipolar)
            for found, each_tilt in (
                (together, tilt_together(pull, stiffness, shared)),
                (alone, tilt(pull, stiffness)),
            ):
                found.append(couplings.unit_fraction @ each_tilt[:, 0])
        return llg, (together[1] - together[0]) / 2, (alone[1] - alone[0]) / 2

    return make


@pytest.mark.parametrize(("along_x", "relative_current"), [(5.0, 0.0), (-5.0, 0.3)])
def test_units_of_a_film_tilt_together_at_zero_temperature(tilts, along_x, relative_current):
    llg, together, alone = tilts(along_x, relative_current)
    assert together == pytest.approx(llg, rel=0.05)
    assert abs(alone) < 0.85 * abs(llg)
