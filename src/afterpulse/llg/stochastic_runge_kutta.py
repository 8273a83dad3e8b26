"""The classical Runge-Kutta method with the thermal field, at a fixed step, for T > 0."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .equation import distant_field, nearby_field, normalise, torque
from .fields.thermal import standard_normal
from .system import Parameters
from .time_dependence import factor

# Place in the step at which each slope is taken, and its weight in the mean.
_STAGES = ((0.0, 1 / 6), (0.5, 1 / 3), (0.5, 1 / 3), (1.0, 1 / 6))


class ThermalState(NamedTuple):
    """Where an integration stands.

    Attributes
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    step : jax.Array
        Number of steps done, an integer scalar.
    distant : jax.Array
        Field of the distant cells at the start of the last step.
    drift : jax.Array
        Largest |m . m - 1| before normalisation at any step, shape (nz, nx, ny): far below 1 in
        a sound run.
    """

    m: jax.Array
    step: jax.Array
    distant: jax.Array
    drift: jax.Array


@jax.jit
def thermal_start(m: jax.Array, parameters: Parameters) -> ThermalState:
    """Begin an integration at time 0.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    parameters : Parameters
        From `system_parameters`, in the precision of m.

    Returns
    -------
    ThermalState
        No step done.
    """
    drift = jnp.zeros(m.shape[1:], m.dtype)
    return ThermalState(m, jnp.zeros((), jnp.int64), distant_field(m, parameters), drift)


@partial(jax.jit, donate_argnums=0)
def stochastic_runge_kutta(
    state: ThermalState,
    parameters: Parameters,
    key: jax.Array,
    until: jax.Array,
    time_step: jax.Array,
) -> ThermalState:
    """Integrate the stochastic LLG equation up to a step.

    The thermal field is constant over a step, and each step solves the ordinary equation that
    is left, as in Leliaert et al., AIP Adv. 7, 125010 (2017); with vanishing step this is the
    Stratonovich solution (Wong and Zakai, Ann. Math. Stat. 36, 1560 (1965)). The field of the
    distant cells is evaluated once a step and carried on to its end along a straight line.

    Parameters
    ----------
    state : ThermalState
        Where it stands; the buffers are given up.
    parameters : Parameters
        From `system_parameters`, in the precision of m.
    key : jax.Array
        From `seed_key`, shape (2,).
    until : jax.Array
        Number of the step to stop at, counted from time 0; an integer scalar.
    time_step : jax.Array
        In s, float64.

    Returns
    -------
    ThermalState
        After `until` steps.
    """
    h = time_step.astype(state.m.dtype)
    amplitude = parameters.thermal / jnp.sqrt(h)
    magnetic = parameters.saturation_magnetisation > 0

    def thermal_field(step: jax.Array) -> jax.Array:
        noise = amplitude * standard_normal(key, step, state.m.shape).astype(h.dtype)
        if parameters.temperature_in_time is None:
            return noise
        middle = (step + 0.5) * time_step
        return noise * jnp.sqrt(factor(parameters.temperature_in_time, middle)).astype(h.dtype)

    def advance(
        _: jax.Array, carried: tuple[ThermalState, jax.Array]
    ) -> tuple[ThermalState, jax.Array]:
        state, noise = carried
        distant = distant_field(state.m, parameters)
        growth = distant - state.distant
        outer = distant + noise

        slope = mean = jnp.zeros_like(state.m)
        for place, weight in _STAGES:
            point = state.m + place * h * slope
            time = (state.step + place) * time_step
            field = nearby_field(point, time, parameters) + outer + place * growth
            slope = torque(point, time, field, parameters)
            mean += weight * slope
        m, square = normalise(state.m + h * mean)
        drift = jnp.maximum(state.drift, jnp.where(magnetic, jnp.abs(square - 1), 0))
        step = state.step + 1
        return ThermalState(m, step, distant, drift), thermal_field(step)

    # Drawn one step ahead: within a step XLA would draw the noise again for each stage.
    carried = (state, thermal_field(state.step))
    return jax.lax.fori_loop(state.step, until, advance, carried)[0]
