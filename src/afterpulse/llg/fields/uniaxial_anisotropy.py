"""Uniaxial anisotropy of second and fourth order."""

from typing import Any, NamedTuple

import jax


class UniaxialAnisotropy(NamedTuple):
    """One term.

    Attributes
    ----------
    second_order, fourth_order : array
        2 K1 / (mu0 M_s) and 4 K2 / (mu0 M_s) in A/m, shape (nz, nx, ny); K2 may be None.
    axis : array
        Unit easy axis u, shape (3, nz, nx, ny).
    """

    second_order: Any
    fourth_order: Any
    axis: Any


def second_order_field(m: jax.Array, term: UniaxialAnisotropy) -> jax.Array:
    """H = 2 K1 / (mu0 M_s) (m . u) u, the field of w = -K1 (m . u)^2.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    term : UniaxialAnisotropy
        Strength and axis.

    Returns
    -------
    jax.Array
        Field in A/m, shape (3, nz, nx, ny).
    """
    return (term.second_order * _along(m, term.axis)) * term.axis


def fourth_order_field(m: jax.Array, term: UniaxialAnisotropy) -> jax.Array:
    """H = 4 K2 / (mu0 M_s) (m . u)^3 u, the field of w = -K2 (m . u)^4.

    Parameters and result as in `second_order_field`.
    """
    return (term.fourth_order * _along(m, term.axis) ** 3) * term.axis


def _along(m: jax.Array, axis: jax.Array) -> jax.Array:
    return m[0] * axis[0] + m[1] * axis[1] + m[2] * axis[2]
