import numpy as np
import pytest

from afterpulse.device.macrospin_rates import Macrospin, Torque
from afterpulse.device.torque_law import (
    BARRIERS,
    BIASES,
    CURRENTS,
    IN_PLANE,
    attempt_frequency,
    barrier_without_current,
    macrospin_law,
    torque_exponent,
    well_is_lost,
)

DAMPING, FIELD_LIKE = 0.15, 0.3


@pytest.fixture(scope="module")
def law():
    return macrospin_law(DAMPING, FIELD_LIKE)


def log_rate(law, barrier, current, in_plane, bias):
    """ln(rate/f_0) out of the well m_z > 0."""
    prefactor, left = torque_exponent(law, current, in_plane, bias)
    return prefactor - barrier * (left + barrier_without_current(in_plane, bias))


def test_table_has_the_rates_of_the_macrospin_at_its_points(law):
    macrospin, random = Macrospin(DAMPING, 32), np.random.default_rng(0)
    points = [
        (current, in_plane, bias)
        for current in CURRENTS[(CURRENTS > 0.2) & (CURRENTS < 0.9)]
        for in_plane in IN_PLANE[:5]
        for bias in BIASES[4:7]
    ]
    for index in random.choice(len(points), 20, replace=False):
        current, in_plane, bias = points[index]
        if well_is_lost(*np.array([[current], [in_plane], [bias]]), FIELD_LIKE)[0]:
            continue
        for barrier in BARRIERS:
            rate = macrospin.rates(barrier, Torque(current, in_plane, bias, FIELD_LIKE))[0]
            expected = np.log(rate / attempt_frequency(macrospin, barrier))
            found = log_rate(law, barrier, current, in_plane, bias)
            assert found == pytest.approx(expected, abs=0.03)


def test_rates_between_the_points_and_at_other_temperatures(law):
    macrospin, random, errors = Macrospin(DAMPING, 38), np.random.default_rng(1), []
    for _ in range(60):
        barrier = random.uniform(4, 13)
        torque = random.uniform([0.0, -0.4, -0.5], [0.9, 0.4, 0.5])
        rates = np.array(macrospin.rates(barrier, Torque(*torque, FIELD_LIKE)))
        attempts = attempt_frequency(macrospin, barrier)
        for sign, rate in zip((1, -1), rates, strict=True):
            # A well that holds less than a thousandth of the units does not matter.
            if rate > 1e-3 * rates.sum():
                current, in_plane, bias = torque
                found = log_rate(law, barrier, current, sign * in_plane, sign * bias)
                errors.append(found - np.log(rate / attempts))
    assert len(errors) > 60
    assert np.sqrt(np.mean(np.square(errors))) < 0.4
    assert abs(np.mean(errors)) < 0.15


def test_no_current_changes_nothing(law):
    for in_plane, bias in ((0.0, 0.0), (0.33, -0.4), (-0.5, 1.1)):
        assert torque_exponent(law, 0.0, in_plane, bias) == (0.0, 0.0)


@pytest.mark.parametrize("bias", [-0.4, 0.0, 0.4])
def test_well_is_lost_at_the_threshold_of_a_macrospin(bias):
    # With p along y m stays in the x-z plane, where the torque acts against
    # sin(angle) (B_K cos(angle) + B_z): it wins at the maximum over the angle.
    angle = np.linspace(0, np.pi, 20001)
    threshold = 2 * (np.sin(angle) * (np.cos(angle) + bias)).max()
    current = threshold * np.array([0.98, 1.02])
    np.testing.assert_array_equal(
        well_is_lost(current, 0 * current, bias + 0 * current), [False, True]
    )


@pytest.mark.parametrize("in_plane", [-0.05, 0.05])
def test_field_in_the_plane_moves_the_threshold(in_plane):
    # Lee et al. (2013), to first order.
    current = (1 + np.sqrt(2) * in_plane) * np.array([0.98, 1.02])
    along_x = in_plane + 0 * current
    np.testing.assert_array_equal(well_is_lost(current, along_x, 0 * current), [False, True])


def test_rate_beyond_the_threshold_does_not_depend_on_temperature(law):
    assert log_rate(law, 20.0, 1.4, -0.2, 0.0) == pytest.approx(
        log_rate(law, 10.0, 1.4, -0.2, 0.0), abs=1e-9
    )


def test_attempt_frequency_of_high_barriers():
    # Brown's limit: each well at alpha/(1 + alpha²) sqrt(sigma/pi) (1 - 1/sigma) exp(-sigma).
    macrospin = Macrospin(DAMPING)
    for barrier in (9.0, 20.0, 60.0):
        expected = DAMPING / (1 + DAMPING**2) * np.sqrt(barrier / np.pi) * (1 - 1 / barrier)
        assert attempt_frequency(macrospin, barrier) == pytest.approx(expected, rel=0.03)
