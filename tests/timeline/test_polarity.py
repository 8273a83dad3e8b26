"""Polarities of pulses that reverse a set film, by LLG and by the kinetics.

A spin current polarised along y favours one state only in a field along x, by the sign of their
product: Miron et al., Nature 476, 189 (2011); Lee et al., Appl. Phys. Lett. 102, 112410 (2013).
"""

import itertools

import numpy as np
import pytest

from afterpulse.cards.experiment import Mechanisms
from afterpulse.engines.embedded import drive
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import to_units
from afterpulse.engines.magnet_system import Conditions
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.segment import run_segment
from afterpulse.kinetics.state import SegmentConditions, initial_state

KELVIN, ALONG_X = 400.0, 0.05
# Over I_c: polarities and fields along x (T), with theta_SH > 0.
PULSES = list(itertools.product((1.5, -1.5), (-ALONG_X, ALONG_X)))
# theta J B_x > 0 favours m_z > 0, the state of the set film.
REVERSES = np.array([current * along_x < 0 for current, along_x in PULSES])


@pytest.fixture(scope="module")
def cards(device_card, experiment_card):
    """Device without heating on weak grains, an experiment in each field and a sample."""
    changes = {
        "antiferromagnet.interface_coupling": "0.005 mJ/m^2",
        "heat_path.ambient_temperature": f"{KELVIN} K",
    }
    device = device_card(changes, stages=[("1e-16 K*m^2/W", "1 us")])
    assert device.spin_hall_layer.spin_hall_angle.value > 0
    experiments = [
        experiment_card(
            {
                "initial_state": "up",
                "applied_field": [f"{along_x} T", "0 mT", "0 mT"],
                "numerics.llg_time_step": "350 fs",
            }
        )
        for _, along_x in PULSES
    ]
    sample = make_sample(device, experiments[0], np.random.default_rng(8))
    return device, experiments, sample


def densities(device):
    return [current * device.critical_current_density for current, _ in PULSES]


def assert_one_polarity(sample, states):
    """Half of the film is lost under one polarity in each field, nearly nothing otherwise."""
    down = (1 - np.array(states) @ sample.unit_area / sample.unit_area.sum()) / 2
    assert (down[REVERSES] > 0.5).all()
    assert (down[~REVERSES] < 0.1).all()


def test_polarity_in_llg(cards):
    device, experiments, sample = cards
    m = np.zeros((*sample.unit_index.shape, 3))
    m[..., 2] = 1.0
    grains = np.ones(sample.grain_area.size, dtype=np.int8)
    systems = [
        film_system(device, experiment, sample, m, grains, Conditions(KELVIN, density))
        for experiment, density in zip(experiments, densities(device), strict=True)
    ]
    driven = drive(systems, 1e-9, 1, list(range(len(systems))), experiments[0].numerics)
    assert_one_polarity(sample, [to_units(sample, each.m) for each in driven])


def test_polarity_in_the_kinetics(cards):
    device, experiments, sample = cards
    states = []
    for experiment, density in zip(experiments, densities(device), strict=True):
        film = make_film(device, experiment, sample, macrospin(device))
        state = initial_state(film, experiment)
        mechanisms = Mechanisms(("afm_viscosity", "fm_aftereffect"))
        conditions = SegmentConditions.of_cards(device, experiment, mechanisms, density)
        run_segment(film, state, conditions, np.array([1e-6]), np.random.default_rng(2))
        states.append(state.unit_state)
    assert_one_polarity(sample, states)
