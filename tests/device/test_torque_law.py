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
    no_well,
    well_is_lost,
)
from afterpulse.device.torque_law import log_rate as law_rate

DAMPING, FIELD_LIKE = 0.15, 0.3


@pytest.fixture(scope="module")
def law():
    return macrospin_law(DAMPING, FIELD_LIKE)


def log_rate(law, barrier, current, in_plane, bias):
    """ln(rate/f_0) out of the well m_z > 0."""
    return law_rate(law, current, in_plane, bias, barrier)


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
        if no_well(law, current, in_plane, bias):
            continue
        for barrier in BARRIERS[:2]:
            rate = macrospin.rates(barrier, Torque(current, in_plane, bias, FIELD_LIKE))[0]
            expected = np.log(rate / attempt_frequency(macrospin, barrier))
            found = log_rate(law, barrier, current, in_plane, bias)
            assert found == pytest.approx(expected, abs=0.03)


def rates_at_random(law, macrospin, seed, barriers, torques):
    """ln(rate/f_0) by the law and by the macrospin, and the rate over that of both wells."""
    random, rows = np.random.default_rng(seed), []
    for _ in range(60):
        barrier, torque = random.uniform(*barriers), random.uniform(*torques)
        rates = np.array(macrospin.rates(barrier, Torque(*torque, FIELD_LIKE)))
        exact = np.log(rates / attempt_frequency(macrospin, barrier))
        current, in_plane, bias = torque
        for well, sign in enumerate((1, -1)):
            found = log_rate(law, barrier, current, sign * in_plane, sign * bias)
            rows.append((found, exact[well], rates[well] / rates.sum()))
    return np.array(rows).T


def test_rates_between_the_points_and_at_other_temperatures(law):
    torques = [0.0, -0.4, -0.5], [0.9, 0.4, 0.5]
    found, exact, fraction = rates_at_random(law, Macrospin(DAMPING, 38), 1, (4, 13), torques)
    # A well that holds less than a thousandth of the units does not matter.
    errors = (found - exact)[fraction > 1e-3]
    assert errors.size > 60
    assert np.sqrt(np.mean(errors**2)) < 0.4
    assert abs(np.mean(errors)) < 0.15


def test_rates_of_high_barriers(law):
    # Near the loss of a well the rate changes so much from point to point of the table that some
    # are off by a factor of a few. Only rates that count in a pulse are compared.
    torques = [0.4, -0.5, -0.5], [1.0, 0.5, 0.5]
    found, exact, fraction = rates_at_random(law, Macrospin(DAMPING, 50), 2, (12, 22), torques)
    errors = (found - exact)[(fraction > 1e-8) & (exact > -20) & (exact < -3)]
    assert errors.size > 40
    assert abs(np.median(errors)) < 0.15
    assert np.median(np.abs(errors)) < 0.6


def test_no_current_changes_nothing(law):
    for in_plane, bias in ((0.0, 0.0), (0.33, -0.4), (-0.5, 1.1)):
        expected = -8 * barrier_without_current(in_plane, bias)
        assert log_rate(law, 8.0, 0.0, in_plane, bias) == pytest.approx(expected, abs=1e-12)


def test_torque_vanishes_with_the_barrier(law):
    # A macrospin without anisotropy energy turns at random, whatever the current.
    for current in (0.3, 1.0, 2.0):
        changes = [
            log_rate(law, sigma, current, 0.2, -0.1) - log_rate(law, sigma, 0.0, 0.2, -0.1)
            for sigma in (1e-6, 1.0, 2.0, 4.4999, 4.5001)
        ]
        assert abs(changes[0]) < 1e-5
        assert changes[2] == pytest.approx(2 * changes[1])
        assert changes[3] == pytest.approx(changes[4], abs=0.01)


@pytest.mark.parametrize("bias", [-0.4, 0.0, 0.4])
def test_well_is_lost_at_the_threshold_of_a_macrospin(bias):
    # With p along y m stays in the x-z plane, where the torque acts against
    # sin(angle) (B_K cos(angle) + B_z): it wins at the maximum over the angle.
    angle = np.linspace(0, np.pi, 20001)
    threshold = 2 * (np.sin(angle) * (np.cos(angle) + bias)).max()
    current = threshold * np.array([0.95, 1.05])
    lost = well_is_lost(current, 0 * current, bias + 0 * current)
    np.testing.assert_array_equal(lost, [False, True])


@pytest.mark.parametrize("in_plane", [-0.05, 0.05])
def test_field_in_the_plane_moves_the_threshold(in_plane):
    # Lee et al. (2013), to first order.
    current = (1 + np.sqrt(2) * in_plane) * np.array([0.95, 1.05])
    along_x = in_plane + 0 * current
    np.testing.assert_array_equal(well_is_lost(current, along_x, 0 * current), [False, True])


def test_rate_beyond_the_threshold_does_not_depend_on_temperature(law):
    for sigma in (20.0, 1e3, 1e6):
        assert log_rate(law, sigma, 1.4, -0.2, 0.0) == log_rate(law, 10.0, 1.4, -0.2, 0.0)


@pytest.mark.parametrize("barrier", [2.0, 4.5, 7.0, 11.0])
def test_populations_under_torque(law, barrier):
    # The stationary mean state, which the two rates give, against the macrospin's hemispheres.
    macrospin, errors = Macrospin(DAMPING, 32), []
    for current in (0.2, 0.5, 0.8, 1.0, 1.2):
        for in_plane in (-0.3, 0.0, 0.1):
            for bias in (-0.25, 0.0, 0.25):
                up, down = macrospin.rates(barrier, Torque(current, in_plane, bias, FIELD_LIKE))
                found = np.exp(
                    [log_rate(law, barrier, current, s * in_plane, s * bias) for s in (1, -1)]
                )
                mean = (found[1] - found[0]) / found.sum()
                errors.append(mean - (down - up) / (up + down))
    assert np.abs(errors).max() < 0.3
    assert np.sqrt(np.mean(np.square(errors))) < 0.1


def test_attempt_frequency_of_high_barriers():
    # Brown's limit: each well at alpha/(1 + alpha²) sqrt(sigma/pi) (1 - 1/sigma) exp(-sigma).
    macrospin = Macrospin(DAMPING)
    for barrier in (9.0, 20.0, 60.0):
        expected = DAMPING / (1 + DAMPING**2) * np.sqrt(barrier / np.pi) * (1 - 1 / barrier)
        assert attempt_frequency(macrospin, barrier) == pytest.approx(expected, rel=0.03)
