"""Cubic anisotropy."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class CubicAnisotropy(NamedTuple):
    """A cubic anisotropy term."""

    strength: Any  # K / (mu0 M_s) in A/m
    first_axis: Any  # unit vector u1
    second_axis: Any  # unit vector u2; the third axis is u1 x u2


def cubic_anisotropy_field(m: jax.Array, term: CubicAnisotropy) -> jax.Array:
    """Return the field of w = K (a1^2 a2^2 + a2^2 a3^2 + a3^2 a1^2), a_i = m . u_i.

    The sign is that of OOMMF's Oxs_CubicAnisotropy: the axes are easy for K > 0.
    """
    u, v = term.first_axis, term.second_axis
    w = jnp.cross(u, v, axis=0)
    a, b, c = (jnp.sum(m * axis, axis=0) for axis in (u, v, w))
    return (-2 * term.strength) * (
        a * (b * b + c * c) * u + b * (c * c + a * a) * v + c * (a * a + b * b) * w
    )
