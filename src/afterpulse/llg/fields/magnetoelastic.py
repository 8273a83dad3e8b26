"""Magnetoelastic field of a given strain."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class Magnetoelastic(NamedTuple):
    """One term.

    Attributes
    ----------
    diagonal, off_diagonal : array
        B1 / (mu0 M_s) and B2 / (mu0 M_s) in A/m, shape (nz, nx, ny).
    normal_strain, shear_strain : array
        (e_xx, e_yy, e_zz) and (e_yz, e_xz, e_xy), shape (3, nz, nx, ny).
    """

    diagonal: Any
    off_diagonal: Any
    normal_strain: Any
    shear_strain: Any


def magnetoelastic_field(m: jax.Array, term: Magnetoelastic) -> jax.Array:
    """Field of w = B1 sum_i m_i^2 e_ii + B2 sum_i sum_(j != i) m_i m_j e_ij.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    term : Magnetoelastic
        Constants and strain.

    Returns
    -------
    jax.Array
        Field in A/m, shape (3, nz, nx, ny).
    """
    yz, xz, xy = term.shear_strain
    sheared = jnp.stack([m[1] * xy + m[2] * xz, m[0] * xy + m[2] * yz, m[0] * xz + m[1] * yz])
    return -2 * (term.diagonal * m * term.normal_strain + term.off_diagonal * sheared)
