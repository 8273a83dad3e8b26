import numpy as np
import pytest

from afterpulse.decay.profile import profile_interval


def linear(parameters):
    # Two points at 1 and 3 with errors 1 and 2, each a parameter of its own.
    return np.array([parameters[0] - 1.0, (parameters[1] - 3.0) / 2])


BEST, COVARIANCE = np.array([1.0, 3.0]), np.diag([1.0, 4.0])


def test_normal_errors_give_the_normal_interval():
    found = profile_interval(linear, BEST, COVARIANCE, lambda p: p[1], 1.96**2)
    np.testing.assert_allclose(found, [3 - 3.92, 3 + 3.92], atol=0.02)


def test_sum_of_two_parameters():
    found = profile_interval(linear, BEST, COVARIANCE, lambda p: p[0] + p[1], 1.0)
    np.testing.assert_allclose(found, [4 - 5**0.5, 4 + 5**0.5], atol=0.02)


def test_interval_follows_any_scale():
    # Of exp(p) it is the exponential of that of p, though exp(p) is not normal.
    found = profile_interval(linear, BEST, COVARIANCE, lambda p: float(np.exp(p[0])), 4.0)
    np.testing.assert_allclose(found, np.exp([-1.0, 3.0]), rtol=0.02)


def test_no_bound_where_the_data_set_none():
    # exp(-p) has been measured as 0.1(2): p has a lower bound and no upper one.
    def residual(parameters):
        return np.array([(np.exp(-parameters[0]) - 0.1) / 0.2])

    best = np.array([np.log(10)])
    found = profile_interval(residual, best, np.array([[4.0]]), lambda p: p[0], 1.96**2)
    assert found[0] == pytest.approx(-np.log(0.1 + 1.96 * 0.2), abs=0.03)
    assert found[1] == np.inf


def test_quantity_that_does_not_depend_on_the_parameters():
    assert profile_interval(linear, BEST, COVARIANCE, lambda p: 1.0, 1.0) == (-np.inf, np.inf)
