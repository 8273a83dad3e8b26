"""Rotations by the thermal field between steps of the classical Runge-Kutta method, for T > 0."""

import dataclasses
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from .cross_product import cross
from .equation import distant_field, nearby_field, normalise, torque
from .fields.thermal import standard_normal
from .parameters import Parameters
from .runge_kutta import classical_step
from .time_dependence import mean_factor, with_mean


class ThermalState(NamedTuple):
    """State of an integration at T > 0, in the middle of a step after the thermal field."""

    m: jax.Array
    step: jax.Array  # number of the step, counted from 1
    distant: jax.Array  # field of the distant cells one step before
    drift: jax.Array  # largest |m . m - 1| of any step before normalisation, (nz, nx, ny)
    drawn: jax.Array  # number of steps whose random numbers earlier drives used


@jax.jit
def thermal_start(
    m: jax.Array, parameters: Parameters, key: jax.Array, time_step: jax.Array, drawn: jax.Array
) -> ThermalState:
    """Return the state in the middle of step 1; arguments as in `stochastic_runge_kutta`."""
    distant = distant_field(m, parameters)
    start = jnp.zeros((), jnp.float64)
    m, drift = _without_noise(m, start, 0.5 * time_step, distant, jnp.zeros_like(m), parameters)
    first = jnp.zeros((), jnp.int64)
    m = _rotate(m, _angle(first, drawn, m, parameters, key, time_step))
    return ThermalState(m, first + 1, distant, drift, drawn)


@partial(jax.jit, donate_argnums=0)
def stochastic_runge_kutta(
    state: ThermalState,
    parameters: Parameters,
    key: jax.Array,
    until: jax.Array,
    time_step: jax.Array,
) -> ThermalState:
    """Integrate the stochastic LLG equation up to the middle of step `until`.

    In the middle of each step the thermal field turns every vector about an axis of its own, which
    is the Stratonovich solution for that field alone; before and after it half a step is done
    without (the splitting of Strang, SIAM J. Numer. Anal. 5, 506 (1968)). A thermal field that is
    constant over a step would excite fast modes too little, by sin(x)^2 / x^2 with x half of their
    rotation in a step; a field that acts at a point of time excites all modes alike. The field of
    the distant cells is evaluated once a step and extrapolated linearly. The key is that of
    `seed_key`, the time step in s in float64. The buffers of the state are given up.
    """

    def advance(
        _: jax.Array, carried: tuple[ThermalState, jax.Array]
    ) -> tuple[ThermalState, jax.Array]:
        state, angle = carried
        distant = distant_field(state.m, parameters)
        growth = distant - state.distant
        start = (state.step - 0.5) * time_step
        m, drift = _without_noise(state.m, start, time_step, distant, growth, parameters)
        m, step = _rotate(m, angle), state.step + 1
        following = _angle(step, state.drawn, m, parameters, key, time_step)
        drift = jnp.maximum(state.drift, drift)
        return ThermalState(m, step, distant, drift, state.drawn), following

    # Drawn one step ahead: within a step XLA would draw the noise again for each of its readers.
    carried = (state, _angle(state.step, state.drawn, state.m, parameters, key, time_step))
    return jax.lax.fori_loop(state.step, until, advance, carried)[0]


@jax.jit
def thermal_end(state: ThermalState, parameters: Parameters, time_step: jax.Array) -> jax.Array:
    """Return the magnetisation at the end of the step in whose middle the integration is."""
    distant = distant_field(state.m, parameters)
    growth = 0.5 * (distant - state.distant)
    start = (state.step - 0.5) * time_step
    return _without_noise(state.m, start, 0.5 * time_step, distant, growth, parameters)[0]


def _without_noise(
    m: jax.Array,
    start: jax.Array,
    duration: jax.Array,
    distant: jax.Array,
    growth: jax.Array,
    parameters: Parameters,
) -> tuple[jax.Array, jax.Array]:
    """Return m after a step without the thermal field, and the change of m . m."""
    parameters = _with_means(parameters, start, duration)

    def slope_at(point: jax.Array, fraction: float) -> jax.Array:
        time = start + fraction * duration
        field = nearby_field(point, time, parameters) + (distant + fraction * growth)
        return torque(point, time, field, parameters)

    h = duration.astype(m.dtype)
    end, square = normalise(classical_step(m, slope_at(m, 0.0), h, slope_at)[0])
    magnetic = parameters.saturation_magnetisation > 0
    return end, jnp.where(magnetic, jnp.abs(square - 1), 0)


def _with_means(parameters: Parameters, start: jax.Array, duration: jax.Array) -> Parameters:
    """Replace fields and currents by their mean over a step, which may be long for them."""

    def over_the_step(term: Any) -> Any:
        return term._replace(dependence=with_mean(term.dependence, start, duration))

    return dataclasses.replace(
        parameters,
        driven=tuple(map(over_the_step, parameters.driven)),
        slonczewski=tuple(map(over_the_step, parameters.slonczewski)),
        zhang_li=tuple(map(over_the_step, parameters.zhang_li)),
    )


def _angle(
    step: jax.Array,
    drawn: jax.Array,
    m: jax.Array,
    parameters: Parameters,
    key: jax.Array,
    time_step: jax.Array,
) -> jax.Array:
    """Return the rotation vectors of the thermal field in a step, counted from 0.

    With damping it acts by -gamma0 / (1 + alpha^2) (m x H + alpha m x (m x H)). H is the same in
    all directions, so that is in distribution a rotation by gamma0 H / sqrt(1 + alpha^2).
    """
    p = parameters
    rate = p.gamma0 / jnp.sqrt(1 + p.damping * p.damping)
    angle = rate * p.thermal * jnp.sqrt(time_step).astype(m.dtype)
    if p.temperature_in_time is not None:
        start = step * time_step
        heating = mean_factor(p.temperature_in_time, start, start + time_step)
        angle = angle * jnp.sqrt(heating).astype(m.dtype)
    if p.free is not None:
        angle = angle * p.free
    return angle * standard_normal(key, drawn + step, m.shape).astype(m.dtype)


def _rotate(m: jax.Array, angle: jax.Array) -> jax.Array:
    """Rotate m by Rodrigues' formula with half the angle."""
    half = 0.5 * jnp.sqrt(jnp.sum(angle * angle, axis=0))
    sine, cosine = jnp.sinc(half / jnp.pi), jnp.cos(half)
    turned = sine * cross(angle, m)
    return m + cosine * turned + 0.5 * sine * cross(angle, turned)
