"""The classical Runge-Kutta method, shared by the integrators for T = 0 and T > 0.

What limits the step of a film is stability against the fastest precession that exchange allows, not
accuracy. There this method goes further with a slope than any of higher order: it is stable up to
2.83 rad a step with 4 slopes, Dormand-Prince up to about 2.6 rad with 6.
"""

from collections.abc import Callable

import jax

# (m, place in the step from 0 to 1) to dm/dt
SlopeAt = Callable[[jax.Array, float], jax.Array]


def classical_step(
    m: jax.Array, first: jax.Array, h: jax.Array, slope_at: SlopeAt
) -> tuple[jax.Array, jax.Array]:
    """Do one step.

    Parameters
    ----------
    m : jax.Array
        Where the step begins.
    first : jax.Array
        Slope there.
    h : jax.Array
        Length of the step, a scalar in the precision of m.
    slope_at : callable
        The slope at a state and a place in the step.

    Returns
    -------
    tuple of jax.Array
        Where it ends, and the last of the four slopes.
    """
    second = slope_at(m + 0.5 * h * first, 0.5)
    third = slope_at(m + 0.5 * h * second, 0.5)
    fourth = slope_at(m + h * third, 1.0)
    return m + h / 6 * (first + 2 * (second + third) + fourth), fourth
