"""Runge-Kutta 4(3) with adaptive step, for T = 0."""

import dataclasses
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .equation import distant_field, nearby_field, normalise, torque
from .extrapolation import MISSING_FRACTION, History, begin, extrapolate, push
from .parameters import Parameters
from .runge_kutta import classical_step
from .time_dependence import Sampled, step_bounds

# Default of the largest error of a unit vector in one step, for the solution of third order; the
# kept solution of fourth order is better. float32 cannot resolve less than 1e-6.
TOLERANCE = {"float64": 1e-6, "float32": 1e-5}
# A step below this cannot move any film: the right-hand side is not finite.
SMALLEST_STEP = 1e-20
LARGEST_GROWTH = 2.0


class State(NamedTuple):
    """State of an integration at T = 0."""

    m: jax.Array
    slope: jax.Array  # dm/dt in 1/s
    time: jax.Array  # s, float64
    step: jax.Array  # step to try next in s, float64
    distant: History  # field of the distant cells at the ends of the last steps


@jax.jit
def adaptive_start(m: jax.Array, parameters: Parameters, first_step: jax.Array) -> State:
    """Return the state at time 0, before the first step."""
    time = jnp.zeros((), jnp.float64)
    distant = distant_field(m, parameters)
    slope = torque(m, time, nearby_field(m, time, parameters) + distant, parameters)
    return State(m, slope, time, first_step, begin(time, distant, first_step))


def has_stages(parameters: Parameters) -> bool:
    """Check for a field or a current that may jump from one stage of a drive to the next."""
    return any(
        isinstance(dependence, Sampled) and dependence.values.shape[0] > 1
        for dependence in parameters.time_dependences()
    )


@partial(jax.jit, donate_argnums=0)
def begin_stage(state: State, parameters: Parameters, length: jax.Array) -> State:
    """Take the slope after a jump of a field or a current at the beginning of a stage."""
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
    """Integrate the LLG equation at T = 0 up to the time `end`, by at most so many steps.

    The field of the distant cells is evaluated at the ends of steps only and extrapolated to the
    stages of the method; the error of the extrapolation is corrected at the end of the step. The
    error of a step, largest over the cells, is h (k4 - k5) / 6 with the slope k5 at its end: the
    distance to a solution of third order (Hairer, Norsett and Wanner, Solving Ordinary Differential
    Equations I, section II.4). It is kept below a tolerance. m is normalised after each step.

    The error of a step does not show a pulse that the step leaps over. So steps end at the edges
    of a field or a current, and are no longer than the time in which these change. The buffers of
    the state are given up. A step below `SMALLEST_STEP` in the result means failure.
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
        steps_left = jnp.minimum(jnp.ceil(remaining / trial - 1e-9), 2.0)
        step = jnp.minimum(trial, remaining / jnp.maximum(steps_left, 1.0))
        after = jnp.where(steps_left <= 1, target, state.time + step)
        h = step.astype(state.m.dtype)
        times = {0.5: state.time + 0.5 * step, 1.0: after}
        fields = {c: extrapolate(state.distant, time) for c, time in times.items()}
        point, fourth = classical_step(
            state.m, state.slope, h, lambda m, c: slope_at(m, times[c], fields[c])
        )
        distant = distant_field(point, parameters)
        missing = torque(point, after, distant - fields[1.0], without_spin_torques)
        m = normalise(point + h * jnp.asarray(MISSING_FRACTION, h.dtype) * missing)[0]
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
            # A step that was cut short does not rule out the longer step.
            step=jnp.maximum(step * factor, jnp.where(step < state.step, state.step, 0)),
            distant=push(state.distant, after, distant),
        )
        rejected = state._replace(step=step * factor)
        return jax.tree.map(partial(jnp.where, accepted), moved, rejected), tried + 1

    return jax.lax.while_loop(unfinished, advance, (state, jnp.zeros((), jnp.int64)))[0]


def _longest(vectors: jax.Array) -> jax.Array:
    return jnp.sqrt(jnp.max(jnp.sum(vectors**2, axis=0))).astype(jnp.float64)
