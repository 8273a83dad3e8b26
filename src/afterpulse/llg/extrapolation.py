"""A field carried on in time from its last values.

The field of the distant cells costs more than all other terms together and changes slowly, so
the integrator evaluates it once a step and extrapolates it to the stages (Lepadatu, IEEE Trans.
Magn. 58, 1300106 (2022)).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

POINTS = 4
# With equal steps, extrapolating over a step by a polynomial through four points and holding the
# result against the value found at its end is an Adams-Bashforth-Moulton pair: this share of the
# mismatch, times the step, is what the integral of the extrapolated field lacks (Hairer, Norsett
# and Wanner, Solving Ordinary Differential Equations I, section III.1).
MISSING_SHARE = 251 / 720


class History(NamedTuple):
    """Last values of a field, the newest first.

    Attributes
    ----------
    times : jax.Array
        In s, float64, shape (POINTS,).
    values : jax.Array
        Shape (POINTS, ...).
    """

    times: jax.Array
    values: jax.Array


def begin(time: jax.Array, value: jax.Array, spacing: jax.Array) -> History:
    """History of a field that never changed.

    Parameters
    ----------
    time : jax.Array
        In s, float64.
    value : jax.Array
        The field there.
    spacing : jax.Array
        Time in s between the values made up.

    Returns
    -------
    History
        The value, again and again.
    """
    return History(time - spacing * jnp.arange(POINTS), jnp.stack([value] * POINTS))


def extrapolate(history: History, time: jax.Array) -> jax.Array:
    """Value of the polynomial through all points, by Lagrange's formula.

    Parameters
    ----------
    history : History
        Times all different.
    time : jax.Array
        In s, float64.

    Returns
    -------
    jax.Array
        Shape of one value.
    """
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
