"""Cubic anisotropy."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class CubicAnisotropy(NamedTuple):
    """One term.

    Attributes
    ----------
    strength : array
        K / (mu0 M_s) in A/m, shape (nz, nx, ny).
    first_axis, second_axis : array
        Unit vectors u1 and u2, shape (3, nz, nx, ny); the third one is u1 x u2.
    """

    strength: Any
    first_axis: Any
    second_axis: Any


def cubic_anisotropy_field(m: jax.Array, term: CubicAnisotropy) -> jax.Array:
    """Field of w = K (a1^2 a2^2 + a2^2 a3^2 + a3^2 a1^2), a_i = m . u_i.

    The sign is that of OOMMF's Oxs_CubicAnisotropy: the axes are easy for K > 0.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    term : CubicAnisotropy
        Strength and axes.

    Returns
    -------
    jax.Array
        Field in A/m, shape (3, nz, nx, ny).
    """
    u, v = term.first_axis, term.second_axis
    w = jnp.cross(u, v, axis=0)
    a, b, c = (jnp.sum(m * axis, axis=0) for axis in (u, v, w))
    return (-2 * term.strength) * (
        a * (b * b + c * c) * u + b * (c * c + a * a) * v + c * (a * a + b * b) * w
    )
