import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.llg.extrapolation import MISSING_FRACTION, POINTS, begin, extrapolate, push


def history_of(function, times):
    first = jnp.asarray(function(times[0]))
    history = begin(jnp.asarray(times[0]), first, jnp.asarray(1.0))
    for time in times[1:]:
        history = push(history, jnp.asarray(time), jnp.asarray(function(time)))
    return history


def test_cubic_is_carried_on_exactly():
    def cubic(t):
        return np.array([1 - t + 0.5 * t**2, 2 * t**3])

    history = history_of(cubic, [0.0, 0.7, 1.0, 1.9])
    np.testing.assert_allclose(extrapolate(history, 2.6), cubic(2.6), rtol=1e-12)


def test_field_that_never_changed_stays():
    history = begin(jnp.asarray(0.0), jnp.asarray([3.0, -2.0]), jnp.asarray(1e-13))
    np.testing.assert_allclose(extrapolate(history, jnp.asarray(4e-13)), [3, -2], rtol=1e-12)


def test_missing_fraction():
    # With equal steps and a polynomial of degree POINTS the mismatch is E(1) at the end of the
    # step; the fraction is the integral of E over the step over E(1).
    times = np.arange(POINTS, dtype=float)
    history = history_of(lambda t: np.array(t**POINTS), times)
    nodes, weights = np.polynomial.legendre.leggauss(6)
    late = times[-1] + (nodes + 1) / 2
    missed = [t**POINTS - float(extrapolate(history, t)) for t in late]
    end = times[-1] + 1
    whole = end**POINTS - float(extrapolate(history, end))
    assert np.dot(weights / 2, missed) / whole == pytest.approx(MISSING_FRACTION, rel=1e-10)
