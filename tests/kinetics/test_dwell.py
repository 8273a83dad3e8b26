"""Loops of independent units against the time at each field."""

import numpy as np
import pytest
from scipy.constants import k as boltzmann
from scipy.optimize import brentq

from afterpulse.cards.experiment import Hysteresis, Mechanisms
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.hysteresis import hysteresis_loop, loop_fields, shift_and_coercivity
from afterpulse.kinetics.state import SegmentConditions, initial_state

KELVIN, ATTEMPTS, COUPLING = 300.0, 1e10, 6e-6
MAGNETISATION, ANISOTROPY, THICKNESS = 3e4, 1.04e5, 1e-9  # A/m, J/m³, m
LARGEST, STEPS = 3.6, 88  # T
DWELLS = 0.1, 10.0  # s
SEEDS = range(4)


@pytest.fixture(scope="module")
def set_up(device_card, experiment_card):
    """Device, sample, film, set state and conditions: 40 k_BT a unit, grains that are frozen."""
    device = device_card(
        {
            "ferromagnet.thickness": f"{THICKNESS} m",
            "ferromagnet.unit_diameter": "45 nm",
            "ferromagnet.saturation_magnetisation": f"{MAGNETISATION} A/m",
            "ferromagnet.effective_anisotropy": f"{ANISOTROPY} J/m^3",
            "ferromagnet.curie_temperature": "1e5 K",
            "ferromagnet.attempt_frequency": f"{ATTEMPTS} 1/s",
            "ferromagnet.wall_energy_between_units": "0 mJ/m^2",
            "ferromagnet.interfacial_dmi": "0 mJ/m^2",
            "ferromagnet.anisotropy_spread": 0.0,
            "antiferromagnet.interface_coupling": f"{COUPLING} J/m^2",
            "antiferromagnet.neel_temperature": "1e5 K",
            "antiferromagnet.easy_axis_spread": "0 deg",
            "switching.weak_spot_density": "0 1/um^2",
        }
    )
    experiment = experiment_card(
        {
            "numerics.window": "350 nm",
            "numerics.cell": "7 nm",
            "numerics.flicker_limit": 1e6,
            "applied_field": ["0 mT", "0 mT", "0 mT"],
            "initial_state": "up",
        }
    )
    sample = make_sample(device, experiment, np.random.default_rng(1))
    film = make_film(device, experiment, sample, macrospin(device))
    conditions = SegmentConditions.of_cards(device, experiment, Mechanisms(("fm_aftereffect",)))
    return device, sample, film, initial_state(film, experiment), conditions


def measured(film, state, conditions, dwell):
    """Exchange bias and coercive field (T), means over the loops of all seeds."""
    card = Hysteresis.model_validate(
        {"largest_field": f"{LARGEST} T", "steps": STEPS, "dwell": f"{dwell} s"}
    )
    loops = [
        hysteresis_loop(film, state, conditions, card, np.random.default_rng(seed))
        for seed in SEEDS
    ]
    return shift_and_coercivity(loop_fields(card), np.mean(loops, axis=0))


def by_master_equation(sample, grains_along_z, dwell):
    """The same from the two rates of each unit at each field, with the barriers KV (1 +- h)²."""
    area = sample.unit_area
    thermal = boltzmann * KELVIN
    barrier = ANISOTROPY * THICKNESS * area / thermal
    contact = np.bincount(
        sample.contact_unit,
        COUPLING * sample.contact_area * grains_along_z[sample.contact_grain],
        minlength=area.size,
    )
    card = Hysteresis.model_validate(
        {"largest_field": f"{LARGEST} T", "steps": STEPS, "dwell": f"{dwell} s"}
    )
    up, branch = np.ones(area.size), []
    for field in loop_fields(card):
        h = (MAGNETISATION * THICKNESS * area * field + contact) / thermal / (2 * barrier)
        down, back = (
            ATTEMPTS * np.exp(-barrier * np.maximum(1 + side * h, 0.0) ** 2) for side in (1, -1)
        )
        rest = back / (down + back)
        up = rest + (up - rest) * np.exp(-(down + back) * dwell)
        branch.append(area @ (2 * up - 1) / area.sum())
    return shift_and_coercivity(loop_fields(card), np.array(branch))


def kurkijarvi(sigma, dwell):
    """Median field of a sweep of one unit: Kurkijarvi, Phys. Rev. B 6, 832 (1972).

    The hazard up to the field h B_K is f_0 exp(-sigma (1 - h)²) over 2 sigma (1 - h) dh/dt, the
    median that of ln 2. Its logarithm in the time at a field is Sharrock's law.
    """
    sweep = 2 * LARGEST / STEPS / dwell / (2 * ANISOTROPY / MAGNETISATION)

    def excess(h):
        hazard = ATTEMPTS * np.exp(-sigma * (1 - h) ** 2) / (2 * sigma * (1 - h) * sweep)
        return np.log(hazard / np.log(2))

    return brentq(excess, 1e-3, 0.99) * 2 * ANISOTROPY / MAGNETISATION


def test_coercivity_falls_with_the_logarithm_of_the_dwell(set_up):
    device, sample, film, state, conditions = set_up
    sigma = np.median(ANISOTROPY * THICKNESS * sample.unit_area) / (boltzmann * KELVIN)
    assert sigma == pytest.approx(40, abs=2)
    grains = np.ones(sample.grain_area.size)
    found, exact, closed = [], [], []
    for dwell in DWELLS:
        found.append(measured(film, state, conditions, dwell))
        exact.append(by_master_equation(sample, grains, dwell))
        closed.append(kurkijarvi(sigma, dwell))
    # 77 units in four loops scatter by a 35th of the width of the distribution of their fields.
    # B_K is 6.9 T; the stray field of neighbours, mu_0 M_s t/d = 1 mT, is in no formula.
    np.testing.assert_allclose(found, exact, atol=0.035)
    coercivity = np.array(found)[:, 1]
    np.testing.assert_allclose(coercivity, closed, rtol=0.03)
    fall = coercivity[0] - coercivity[1]
    assert fall == pytest.approx(closed[0] - closed[1], rel=0.1)
    bias_field = float(device.exchange_bias_field(KELVIN))
    for shift, _ in found:
        assert shift == pytest.approx(bias_field, abs=0.03)


@pytest.mark.parametrize("turned", [0.2, 0.5, 0.8])
def test_shift_is_that_of_the_grains_order(set_up, turned):
    _, sample, film, state, conditions = set_up
    chance = np.random.default_rng(3).random(sample.grain_area.size)
    grains = np.where(chance < turned, -1, 1).astype(np.int8)
    state.grain_state[:] = grains
    bias, _ = measured(film, state, conditions, 1.0)
    state.grain_state[:] = 1
    exact, _ = by_master_equation(sample, grains.astype(float), 1.0)
    # J_int S/(M_s t) with the order S of the grains' area; 200 mT if all are set.
    order = grains @ sample.grain_area / sample.grain_area.sum()
    assert bias == pytest.approx(exact, abs=0.03)
    assert bias == pytest.approx(COUPLING * order / (MAGNETISATION * THICKNESS), abs=0.03)
