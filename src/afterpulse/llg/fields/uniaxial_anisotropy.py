"""Uniaxial anisotropy of second and fourth order."""

from typing import Any, NamedTuple

import jax


class UniaxialAnisotropy(NamedTuple):
    """A uniaxial anisotropy term."""

    second_order: Any  # 2 K1 / (mu0 M_s) in A/m
    fourth_order: Any  # 4 K2 / (mu0 M_s) in A/m, or None
    axis: Any  # unit easy axis u


def second_order_field(m: jax.Array, term: UniaxialAnisotropy) -> jax.Array:
    """Return H = 2 K1 / (mu0 M_s) (m . u) u, the field of w = -K1 (m . u)^2."""
    return (term.second_order * _along(m, term.axis)) * term.axis


def fourth_order_field(m: jax.Array, term: UniaxialAnisotropy) -> jax.Array:
    """Return H = 4 K2 / (mu0 M_s) (m . u)^3 u, the field of w = -K2 (m . u)^4."""
    return (term.fourth_order * _along(m, term.axis) ** 3) * term.axis


def _along(m: jax.Array, axis: jax.Array) -> jax.Array:
    return m[0] * axis[0] + m[1] * axis[1] + m[2] * axis[2]
