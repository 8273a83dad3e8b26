"""Extrapolation of a field in time from its last values.

The field of the distant cells costs more than all other terms together and changes slowly, so
the integrator evaluates it once a step and extrapolates it to the stages (Lepadatu, IEEE Trans.
Magn. 58, 1300106 (2022)).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

POINTS = 4
# With equal steps, extrapolating over a step by a polynomial through four points and comparing
# with the value at its end is an Adams-Bashforth-Moulton pair: the error of the integral of the
# extrapolated field is this fraction of the mismatch times the step (Hairer, Norsett and Wanner,
# Solving Ordinary Differential Equations I, section III.1).
MISSING_FRACTION = 251 / 720


class History(NamedTuple):
    """Last values of a field, shape (POINTS, ...), at times in s, the newest first."""

    times: jax.Array
    values: jax.Array


def begin(time: jax.Array, value: jax.Array, spacing: jax.Array) -> History:
    """Return the history of a constant field, with values `spacing` apart in time."""
    return History(time - spacing * jnp.arange(POINTS), jnp.stack([value] * POINTS))


def extrapolate(history: History, time: jax.Array) -> jax.Array:
    """Return the value at a time of the polynomial through all points, by Lagrange's formula."""
    weights = []
    for i in range(POINTS):
        weight = jnp.ones((), jnp.float64)
        for j in range(POINTS):
            if j != i:
                weight *= (time - history.times[j]) / (history.times[i] - history.times[j])
        weights.append(weight)
    row = jnp.stack(weights).astype(history.values.dtype)
    return jnp.tensordot(row, history.values, 1, precision="highest")


def push(history: History, time: jax.Array, value: jax.Array) -> History:
    """Add the newest value and drop the oldest."""
    return History(
        jnp.concatenate([time[None], history.times[:-1]]),
        jnp.concatenate([value[None], history.values[:-1]]),
    )
