"""Dormand-Prince 5(4) with adaptive step, for T = 0."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .equation import effective_field, normalise, torque
from .system import Parameters

# Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, table II.5.2.
_STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_TIMES = (1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
_ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)

# Largest error of a unit vector in one step; float32 cannot resolve less than 1e-6.
TOLERANCE = {"float64": 1e-7, "float32": 1e-5}
# A step below this cannot move any film: the right-hand side is not finite.
SMALLEST_STEP = 1e-20


class State(NamedTuple):
    """Where the adaptive integration stands."""

    m: jax.Array
    slope: jax.Array
    time: jax.Array
    step: jax.Array


@partial(jax.jit, donate_argnums=0)
def dormand_prince(
    m: jax.Array,
    parameters: Parameters,
    start: jax.Array,
    duration: jax.Array,
    first_step: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """Integrate the LLG equation at T = 0 over a time.

    The error of a step is the largest distance, over the cells, between the solutions of
    fifth and fourth order; it is kept below `TOLERANCE`. m is normalised after each step.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny); the buffer is given up.
    parameters : Parameters
        From `system_parameters`, in the precision of m.
    start, duration : jax.Array
        Time at the start and time to integrate in s, float64.
    first_step : jax.Array
        Step to try first in s, float64.

    Returns
    -------
    tuple of jax.Array
        The final m, and the step to try next. The step is below `SMALLEST_STEP` if the
        integration had to stop early.
    """
    tolerance = TOLERANCE[m.dtype.name]

    def slope_at(m: jax.Array, time: jax.Array) -> jax.Array:
        return torque(m, time, effective_field(m, time, parameters), parameters)

    def unfinished(state: State) -> jax.Array:
        return (state.time < duration) & (state.step >= SMALLEST_STEP)

    def advance(state: State) -> State:
        remaining = duration - state.time
        last = state.step >= remaining
        step = jnp.where(last, remaining, state.step)
        h = step.astype(m.dtype)
        slopes = [state.slope]
        for weights, share in zip(_STAGES, _TIMES, strict=True):
            point = state.m + h * _combine(weights, slopes)
            slopes.append(slope_at(point, start + state.time + share * step))
        difference = h * _combine(_ERROR, slopes)
        error = jnp.sqrt(jnp.max(jnp.sum(difference**2, axis=0))).astype(jnp.float64)
        finite = jnp.isfinite(error)
        factor = jnp.clip(0.9 * (tolerance / jnp.maximum(error, 1e-30)) ** 0.2, 0.2, 3.0)
        factor = jnp.where(finite, factor, 0.1)
        accepted = finite & (error <= tolerance)
        # The last step of an interval is cut short: it says nothing against a longer one.
        wanted = step * factor
        wanted = jnp.where(accepted & last, jnp.maximum(wanted, state.step), wanted)
        return State(
            m=jnp.where(accepted, normalise(point)[0], state.m),
            slope=jnp.where(accepted, slopes[-1], state.slope),
            time=jnp.where(accepted, jnp.where(last, duration, state.time + step), state.time),
            step=wanted,
        )

    first = State(m, slope_at(m, start), jnp.zeros((), jnp.float64), first_step)
    end = jax.lax.while_loop(unfinished, advance, first)
    return end.m, end.step


def _combine(weights: tuple[float, ...], slopes: list[jax.Array]) -> jax.Array:
    terms = [jnp.asarray(w, s.dtype) * s for w, s in zip(weights, slopes, strict=True) if w != 0]
    return sum(terms[1:], start=terms[0])
