import itertools

import numpy as np
import pytest
from scipy.constants import k as boltzmann
from scipy.linalg import expm

from afterpulse.device.torque_law import STEPS, TorqueLaw
from afterpulse.kinetics.flicker_error import flicker_error, log_cosh_ratio
from afterpulse.kinetics.monte_carlo import (
    Couplings,
    EarlyStop,
    Elements,
    Links,
    System,
    advance,
    empty_ceilings,
    fill_ceilings,
)

KELVIN = 300.0
THERMAL = boltzmann * KELVIN
UNIT_BARRIER, GRAIN_BARRIER = 11.0, 7.0
BIAS = -1.5
ATTEMPTS = 1e9, 1e10
ENDS = 1e-9 * 10 ** (np.arange(1, 61) / 8)


def height(barrier, bias):
    """Barrier out of a state in k_B T, inside |bias| < 2 barrier."""
    return barrier * (1 + bias / (2 * barrier)) ** 2


def exact(contacts):
    """<s> of one unit on its grains at `ENDS`, all up at first, by the master equation."""
    states = list(itertools.product([1, -1], repeat=1 + len(contacts)))
    place = {state: index for index, state in enumerate(states)}
    flow = np.zeros((len(states), len(states)))
    for state, index in place.items():
        pull = BIAS + np.dot(contacts, state[1:])
        rates = [ATTEMPTS[0] * np.exp(-height(UNIT_BARRIER, state[0] * pull))]
        rates += [
            ATTEMPTS[1] * np.exp(-height(GRAIN_BARRIER, c * s * state[0]))
            for c, s in zip(contacts, state[1:], strict=True)
        ]
        for element, rate in enumerate(rates):
            other = list(state)
            other[element] *= -1
            flow[place[tuple(other)], index] += rate
            flow[index, index] -= rate
    signs = np.array(states)[:, 0]
    return np.array([signs @ expm(flow * end)[:, 0] for end in ENDS])


def limited(contacts, limit, count, seed):
    """Mean state of many such units at `ENDS` with a flicker limit, and its estimated error."""
    each = len(contacts)
    energy = np.tile(np.array(contacts) * THERMAL, count)
    own = Links(np.arange(count + 1) * each, np.arange(count * each), energy, 1.0)
    back = Links(np.arange(count * each + 1), np.arange(count * each) // each, energy, 1.0)
    none = Links(np.zeros(count + 1, np.int64), np.zeros(0, np.int64), np.zeros(0), 1.0)
    couplings = Couplings(none, none, none, own, back)
    bias = (BIAS + sum(contacts)) * THERMAL
    states = np.ones(count, np.int8), np.ones(count * each, np.int8)
    barriers = (
        np.full(count, UNIT_BARRIER * THERMAL),
        np.full(count * each, GRAIN_BARRIER * THERMAL),
    )
    law, rest = (
        TorqueLaw.of_tables(*np.zeros((2, 2, 2, 2, 2)), np.zeros((2, 2, 2), dtype=bool), STEPS),
        [np.zeros(s.size) for s in states],
    )
    no_torque = [(each, each.copy(), law) for each in rest]
    units = Elements(states[0], barriers[0], np.full(count, bias), ATTEMPTS[0], True, *no_torque[0])
    grains = Elements(states[1], barriers[1], energy.copy(), ATTEMPTS[1], True, *no_torque[1])
    fractions = np.full(count, 1 / count), np.full(count * each, 1 / (count * each))
    system = System(units, grains, couplings, empty_ceilings(count, count * each), KELVIN, np.inf)
    stop = EarlyStop(0.0, np.inf, 10**12)
    flips, random = np.zeros(count * (each + 1), np.int64), np.random.default_rng(seed)
    mean, error = [], []
    for end, step in zip(ENDS, np.diff(ENDS, prepend=0.0), strict=True):
        system = system._replace(turn_limit=limit / end)
        fill_ceilings(system)
        advance(system, fractions[0], step, stop, flips, random)
        mean.append(states[0].mean())
        error.append(flicker_error(system, end, *fractions)[0])
    return np.array(mean), np.array(error)


@pytest.mark.parametrize("contacts", [(1.0, 1.0, 1.0), (1.3, 0.9)], ids=["three", "two"])
def test_estimate_has_the_size_of_the_error(contacts):
    # Limits at which the error is many standard errors; the reference is the master equation.
    count = 10000
    expected = exact(contacts)
    largest = []
    for limit in (2.0, 6.0):
        mean, estimate = limited(contacts, limit, count, seed=int(limit))
        error = mean - expected
        peak = int(np.argmax(error))
        assert error[peak] > 5 * np.sqrt((1 - expected[peak] ** 2) / count)
        assert 0.5 < estimate.max() / error[peak] < 2
        largest.append(estimate.max())
    assert largest[0] > 1.5 * largest[1]


def test_no_error_without_the_limit():
    # Grains turn 4e7 times a second at most.
    assert not limited((1.0, 1.0, 1.0), 1e12, 3, seed=0)[1].any()


@pytest.mark.parametrize(("middle", "half"), [(0.3, 0.2), (-2.0, 3.0), (0.0, 1.0)])
def test_ratio_of_hyperbolic_cosines(middle, half):
    expected = np.log(np.cosh(middle + half) / np.cosh(middle - half))
    assert log_cosh_ratio(middle, half) == pytest.approx(expected)


def test_ratio_of_hyperbolic_cosines_of_large_arguments():
    assert log_cosh_ratio(1e4, 10.0) == pytest.approx(20.0)
