"""Runge-Kutta 4(3) with adaptive step, for T = 0."""

import dataclasses
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .equation import distant_field, nearby_field, normalise, torque
from .extrapolation import MISSING_SHARE, History, begin, extrapolate, push
from .runge_kutta import classical_step
from .system import Parameters
from .time_dependence import Sampled, step_bounds

# Largest error of a unit vector in one step where none is given, of the solution of third order;
# that of fourth order, which is kept, is better. float32 cannot resolve less than 1e-6.
TOLERANCE = {"float64": 1e-6, "float32": 1e-5}
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
def adaptive_start(m: jax.Array, parameters: Parameters, first_step: jax.Array) -> State:
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


def has_stages(parameters: Parameters) -> bool:
    """Tell if a field or a current may jump from one stage of a drive to the next."""
    return any(
        isinstance(dependence, Sampled) and dependence.values.shape[0] > 1
        for dependence in parameters.time_dependences()
    )


@partial(jax.jit, donate_argnums=0)
def begin_stage(state: State, parameters: Parameters, length: jax.Array) -> State:
    """Take the slope that holds from now on, where a field or a current jumps.

    Parameters
    ----------
    state : State
        At the beginning of a stage.
    parameters : Parameters
        As in `adaptive_runge_kutta`.
    length : jax.Array
        Of a stage in s, float64.

    Returns
    -------
    State
        The same but for the slope.
    """
    time = state.time + 1e-8 * length
    distant = state.distant.values[0]
    slope = torque(state.m, time, nearby_field(state.m, time, parameters) + distant, parameters)
    return state._replace(slope=slope)


@partial(jax.jit, donate_argnums=0)
def adaptive_runge_kutta(
    state: State,
    parameters: Parameters,
    end: jax.Array,
    most_steps: jax.Array,
    tolerance: jax.Array,
) -> State:
    """Integrate the LLG equation at T = 0 up to a time.

    The field of the distant cells is evaluated at the ends of steps only, extrapolated to the
    stages, and what the extrapolation missed is put right at the end of the step. The error of
    a step, largest over the cells, is h (k4 - k5) / 6 with the slope k5 at its end: the distance to
    a solution of third order (Hairer, Norsett and Wanner, Solving Ordinary Differential
    Equations I, section II.4). It is kept below a tolerance. m is normalised after each step.

    The error of a step does not show a pulse that the step leaps over. So steps end at the edges
    of a field or a current, and are no longer than the time in which these change.

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
    tolerance : jax.Array
        Largest error of a step, float64.

    Returns
    -------
    State
        At the end or after so many steps, or with a step below `SMALLEST_STEP` if the integration
        had to stop early.
    """
    without_spin_torques = dataclasses.replace(parameters, slonczewski=(), zhang_li=())

    def slope_at(m: jax.Array, time: jax.Array, distant: jax.Array) -> jax.Array:
        return torque(m, time, nearby_field(m, time, parameters) + distant, parameters)

    def unfinished(carried: tuple[State, jax.Array]) -> jax.Array:
        state, tried = carried
        return (state.time < end) & (state.step >= SMALLEST_STEP) & (tried < most_steps)

    def advance(carried: tuple[State, jax.Array]) -> tuple[State, jax.Array]:
        state, tried = carried
        target, trial = end, state.step
        for dependence in parameters.time_dependences():
            edge, longest = step_bounds(dependence, state.time, end)
            target, trial = jnp.minimum(target, edge), jnp.minimum(trial, longest)
        remaining = target - state.time
        # Two equal steps at the end, not a long and a very short one, after which the
        # extrapolation would be poor.
        left = jnp.minimum(jnp.ceil(remaining / trial - 1e-9), 2.0)
        step = jnp.minimum(trial, remaining / jnp.maximum(left, 1.0))
        after = jnp.where(left <= 1, target, state.time + step)
        h = step.astype(state.m.dtype)
        times = {0.5: state.time + 0.5 * step, 1.0: after}
        fields = {place: extrapolate(state.distant, time) for place, time in times.items()}
        point, fourth = classical_step(
            state.m, state.slope, h, lambda m, place: slope_at(m, times[place], fields[place])
        )
        distant = distant_field(point, parameters)
        missing = torque(point, after, distant - fields[1.0], without_spin_torques)
        m = normalise(point + h * jnp.asarray(MISSING_SHARE, h.dtype) * missing)[0]
        slope = slope_at(m, after, distant)
        error = _longest(h / 6 * (fourth - slope))
        finite = jnp.isfinite(error)
        factor = 0.9 * (tolerance / jnp.maximum(error, 1e-30)) ** 0.25
        factor = jnp.where(finite, jnp.clip(factor, 0.2, LARGEST_GROWTH), 0.1)
        accepted = finite & (error <= tolerance)
        moved = State(
            m=m,
            slope=slope,
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
