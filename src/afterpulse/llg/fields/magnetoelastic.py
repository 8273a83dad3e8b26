"""Magnetoelastic field of a given strain."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class Magnetoelastic(NamedTuple):
    """A magnetoelastic term."""

    diagonal: Any  # B1 / (mu0 M_s) in A/m
    off_diagonal: Any  # B2 / (mu0 M_s) in A/m
    normal_strain: Any  # (e_xx, e_yy, e_zz)
    shear_strain: Any  # (e_yz, e_xz, e_xy)


def magnetoelastic_field(m: jax.Array, term: Magnetoelastic) -> jax.Array:
    """Return the field of w = B1 sum_i m_i^2 e_ii + B2 sum_i sum_(j != i) m_i m_j e_ij."""
    yz, xz, xy = term.shear_strain
    sheared = jnp.stack([m[1] * xy + m[2] * xz, m[0] * xy + m[2] * yz, m[0] * xz + m[1] * yz])
    return -2 * (term.diagonal * m * term.normal_strain + term.off_diagonal * sheared)
