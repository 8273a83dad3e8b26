"""The classical Runge-Kutta method, shared by the integrators for T = 0 and T > 0.

The step of a film is limited by stability against the fastest precession that exchange allows, not
by accuracy. Per slope this method is more stable than any of higher order: up to 2.83 rad a step
with 4 slopes, against about 2.6 rad with 6 for Dormand-Prince.
"""

from collections.abc import Callable

import jax

# (m, fraction of the step from 0 to 1) to dm/dt
SlopeAt = Callable[[jax.Array, float], jax.Array]


def classical_step(
    m: jax.Array, first: jax.Array, h: jax.Array, slope_at: SlopeAt
) -> tuple[jax.Array, jax.Array]:
    """Return m after a step of length h, and the last slope; `first` is the slope at m."""
    second = slope_at(m + 0.5 * h * first, 0.5)
    third = slope_at(m + 0.5 * h * second, 0.5)
    fourth = slope_at(m + h * third, 1.0)
    return m + h / 6 * (first + 2 * (second + third) + fourth), fourth
