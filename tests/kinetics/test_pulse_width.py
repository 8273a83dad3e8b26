"""Amplitude of the pulse that reverses half of a film against its width."""

import numpy as np
import pytest
from scipy.constants import k as boltzmann
from scipy.optimize import brentq

from afterpulse.cards.experiment import Mechanisms
from afterpulse.device.macrospin_rates import GYROMAGNETIC_RATIO, Macrospin, Torque
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.parameters import Factors
from afterpulse.kinetics.segment import run_segment
from afterpulse.kinetics.state import SegmentConditions, initial_state

KELVIN, DAMPING = 300.0, 1.0
FIELD = 0.2  # over the anisotropy field
MAGNETISATION, ANISOTROPY = 1e5, 5.2e4  # A/m, J/m³
WIDTHS = np.array([3e-9, 1.5e-8, 8e-8, 4e-7])
# KV/k_BT between which ln(rate) is linear, and harmonics enough for the higher one.
SIGMAS, DEGREE = np.array([15.0, 25.0]), 56
CURRENTS = np.linspace(0.0, 0.6, 13)


def washboard(current):
    """Return -d(barrier/KV)/d(current), the angle between the well and the top of a washboard.

    It holds for a macrospin that stays in the plane of the field and the axis, where the
    damping-like torque is a constant pull on the angle with the axis (compare Lee et al., Appl.
    Phys. Lett. 104, 072413 (2014)). Moments leave this plane at low damping, so it is 1 here.
    """
    # E/KV = sin² - 2 FIELD sin - current angle; the current is over the threshold without field.

    def slope(angle):
        return np.sin(2 * angle) - 2 * FIELD * np.cos(angle) - current

    angles = np.linspace(-np.pi / 2, np.pi / 2, 2000)
    signs = np.sign(slope(angles))
    well, top = (
        brentq(slope, angles[index], angles[index + 1])
        for index in np.flatnonzero(np.diff(signs))[:2]
    )
    return top - well


@pytest.fixture(scope="module")
def film(device_card, experiment_card):
    """Units that feel nothing but the field and the torque, with about 20 k_BT, no heating."""
    device = device_card(
        {
            "ferromagnet.thickness": "1 nm",
            "ferromagnet.unit_diameter": "45 nm",
            "ferromagnet.saturation_magnetisation": f"{MAGNETISATION} A/m",
            "ferromagnet.effective_anisotropy": f"{ANISOTROPY} J/m^3",
            "ferromagnet.curie_temperature": "1e5 K",
            "ferromagnet.wall_energy_between_units": "0 mJ/m^2",
            "ferromagnet.interfacial_dmi": "0 mJ/m^2",
            "ferromagnet.anisotropy_spread": 0.0,
            "ferromagnet.unit_diameter_spread": 0.0,
            "ferromagnet.damping": DAMPING,
            "spin_hall_layer.field_like_spin_hall_angle": 0.0,
            "antiferromagnet.interface_coupling": "0 mJ/m^2",
            "switching.critical_current_spread": 0.0,
            "switching.weak_spot_density": "0 1/um^2",
        },
        stages=[("1e-16 K*m^2/W", "1 us")],
    )
    # The field along x favours m_z < 0 for the current and the spin Hall angle > 0.
    along_x = -FIELD * 2 * ANISOTROPY / MAGNETISATION
    experiment = experiment_card(
        {
            "numerics.window": "350 nm",
            "numerics.cell": "7 nm",
            "applied_field": [f"{along_x} T", "0 mT", "0 mT"],
            "numerics.flicker_limit": 1e6,
        }
    )
    sample = make_sample(device, experiment, np.random.default_rng(1))
    return experiment, make_film(device, experiment, sample, macrospin(device))


def mean_after(film, current, width, repeats=2):
    """<m_z> of the set film at the end of a pulse of a current over the threshold."""
    experiment, couplings = film
    density = current * couplings.unit_threshold[0]
    conditions = SegmentConditions.of_cards(
        couplings.device, experiment, Mechanisms(("fm_aftereffect",)), density
    )
    means = []
    for repeat in range(repeats):
        state = initial_state(couplings, experiment)
        random = np.random.default_rng([repeat, round(1e6 * current)])
        run_segment(couplings, state, conditions, np.array([width]), random)
        means.append(state.unit_state @ couplings.unit_fraction)
    return np.mean(means)


def test_amplitude_falls_with_the_logarithm_of_the_width(film):
    couplings = film[1]
    factors = Factors.at(couplings.device, KELVIN)
    barrier = couplings.unit_barrier(factors.anisotropy, factors.magnetisation)
    sigma = barrier / (boltzmann * KELVIN)
    assert sigma.mean() == pytest.approx(20, abs=1)
    # Rates out of the well by the Fokker-Planck equation; the kinetics have a table of lower
    # barriers, up to 18 k_BT, that is extrapolated to those of the units.
    macrospin_of = Macrospin(DAMPING, DEGREE)
    torques = [Torque(float(current), -FIELD, 0.0, 0.0) for current in CURRENTS]
    rates = np.log(
        [[macrospin_of.rates(sigma, torque)[0] for sigma in SIGMAS] for torque in torques]
    )
    per_time = GYROMAGNETIC_RATIO * 2 * ANISOTROPY / MAGNETISATION

    def expected_mean(current, width):
        low, high = (np.interp(current, CURRENTS, column) for column in rates.T)
        logarithm = low + (high - low) * (sigma - SIGMAS[0]) / np.diff(SIGMAS)
        left = np.exp(-per_time * np.exp(logarithm) * width)
        return couplings.unit_fraction @ (2 * left - 1)

    expected = np.array([brentq(expected_mean, 0.02, 0.58, args=(width,)) for width in WIDTHS])
    found = []
    for width, middle in zip(WIDTHS, expected, strict=True):
        currents = middle * np.linspace(0.5, 1.5, 21)
        means = np.array([mean_after(film, current, width) for current in currents])
        below = np.flatnonzero(means <= 0)[0]
        assert below > 0
        pair = slice(below - 1, below + 1)
        found.append(np.interp(0, means[pair][::-1], currents[pair][::-1]))
    steps = np.diff(found) / np.diff(np.log(WIDTHS))
    middles = (expected[1:] + expected[:-1]) / 2
    slopes = [-1 / (sigma.mean() * washboard(current)) for current in middles]
    np.testing.assert_allclose(found, expected, atol=0.06)
    assert (np.diff(found) < 0).all()
    np.testing.assert_allclose(steps, slopes, rtol=0.25)
    assert np.mean(steps) == pytest.approx(np.mean(slopes), rel=0.15)
