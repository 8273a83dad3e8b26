"""Dormand-Prince 5(4) with adaptive step, for T = 0."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .equation import distant_field, nearby_field, normalise, torque
from .extrapolation import MISSING_SHARE, History, begin, extrapolate, push
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
# The correction of the extrapolated field leaves about this share of the error it corrects:
# measured on the films of docs/calculator.md, where 0.1 keeps the error of the drive at that of
# a drive with the field found anew at each stage.
LEFT_BY_CORRECTION = 0.1
# A step below this cannot move any film: the right-hand side is not finite.
SMALLEST_STEP = 1e-20
LARGEST_GROWTH = 2.0


class State(NamedTuple):
    """Where an integration stands.

    Attributes
    ----------
    m, slope : jax.Array
        Unit magnetisation and its derivative in 1/s, shape (3, nz, nx, ny).
    time : jax.Array
        In s, float64.
    step : jax.Array
        Step to try next in s, float64.
    distant : History
        Field of the distant cells at the ends of the last steps.
    """

    m: jax.Array
    slope: jax.Array
    time: jax.Array
    step: jax.Array
    distant: History


@jax.jit
def dormand_prince_start(m: jax.Array, parameters: Parameters, first_step: jax.Array) -> State:
    """Begin an integration at time 0.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    parameters : Parameters
        From `system_parameters`, in the precision of m.
    first_step : jax.Array
        Step to try first in s, float64.

    Returns
    -------
    State
        No step done.
    """
    time = jnp.zeros((), jnp.float64)
    distant = distant_field(m, parameters)
    slope = torque(m, time, nearby_field(m, time, parameters) + distant, parameters)
    return State(m, slope, time, first_step, begin(time, distant, first_step))


@partial(jax.jit, donate_argnums=0)
def dormand_prince(
    state: State, parameters: Parameters, end: jax.Array, most_steps: jax.Array
) -> State:
    """Integrate the LLG equation at T = 0 up to a time.

    The field of the distant cells is evaluated at the ends of steps only, extrapolated to the
    stages, and what the extrapolation missed is put right at the end of the step. The error of
    a step is the larger of two, each the largest over the cells: the distance between the
    solutions of fifth and fourth order, and `LEFT_BY_CORRECTION` of the correction. It is kept
    below `TOLERANCE`. m is normalised after each step.

    Parameters
    ----------
    state : State
        Where it stands; the buffers are given up.
    parameters : Parameters
        From `system_parameters`, in the precision of m.
    end : jax.Array
        Time at which to stop in s, float64.
    most_steps : jax.Array
        Number of steps to try before stopping anyway, an integer scalar.

    Returns
    -------
    State
        At the end or after so many steps, or with a step below `SMALLEST_STEP` if the integration
        had to stop early.
    """
    tolerance = TOLERANCE[state.m.dtype.name]

    def slope_at(m: jax.Array, time: jax.Array, distant: jax.Array) -> jax.Array:
        return torque(m, time, nearby_field(m, time, parameters) + distant, parameters)

    def unfinished(carried: tuple[State, jax.Array]) -> jax.Array:
        state, tried = carried
        return (state.time < end) & (state.step >= SMALLEST_STEP) & (tried < most_steps)

    def advance(carried: tuple[State, jax.Array]) -> tuple[State, jax.Array]:
        state, tried = carried
        remaining = end - state.time
        # Two equal steps at the end, not a long and a very short one, after which the
        # extrapolation would be poor.
        left = jnp.minimum(jnp.ceil(remaining / state.step - 1e-9), 2.0)
        step = jnp.minimum(state.step, remaining / jnp.maximum(left, 1.0))
        after = jnp.where(left <= 1, end, state.time + step)
        h = step.astype(state.m.dtype)
        slopes = [state.slope]
        for weights, place in zip(_STAGES, _TIMES, strict=True):
            point = state.m + h * _combine(weights, slopes)
            time = state.time + place * step
            slopes.append(slope_at(point, time, extrapolate(state.distant, time)))
        difference = h * _combine(_ERROR, slopes)
        distant = distant_field(point, parameters)
        share = jnp.asarray(MISSING_SHARE, point.dtype)
        correction = h * share * (slope_at(point, after, distant) - slopes[-1])
        error = jnp.maximum(_longest(difference), LEFT_BY_CORRECTION * _longest(correction))
        finite = jnp.isfinite(error)
        factor = 0.9 * (tolerance / jnp.maximum(error, 1e-30)) ** 0.2
        factor = jnp.where(finite, jnp.clip(factor, 0.2, LARGEST_GROWTH), 0.1)
        accepted = finite & (error <= tolerance)
        m = normalise(point + correction)[0]
        moved = State(
            m=m,
            slope=slope_at(m, after, distant),
            time=after,
            # A step cut short says nothing against the longer one.
            step=jnp.maximum(step * factor, jnp.where(step < state.step, state.step, 0)),
            distant=push(state.distant, after, distant),
        )
        refused = state._replace(step=step * factor)
        return jax.tree.map(partial(jnp.where, accepted), moved, refused), tried + 1

    return jax.lax.while_loop(unfinished, advance, (state, jnp.zeros((), jnp.int64)))[0]


def _longest(vectors: jax.Array) -> jax.Array:
    return jnp.sqrt(jnp.max(jnp.sum(vectors**2, axis=0))).astype(jnp.float64)


def _combine(weights: tuple[float, ...], slopes: list[jax.Array]) -> jax.Array:
    # A product of matrices, since XLA would put a plain sum into each of its readers and so
    # evaluate it again for each neighbour.
    row = jnp.asarray(weights, slopes[0].dtype)
    return jnp.tensordot(row, jnp.stack(slopes), 1, precision="highest")
