"""Exchange field with free or periodic boundaries."""

from collections.abc import Sequence

import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from ..mesh import quotient
from .neighbours import axes_with_neighbours, bonds, face_values, neighbours, pair_weights

Array = NDArray[np.float64]


def exchange_coefficients(
    exchange_constant: float | dict[str, float] | Array,
    saturation_magnetisation: Array,
    mesh: df.Mesh,
) -> Array:
    """Return the weights 2 A_ij / (mu0 M_s,i d^2) of the neighbours in A/m.

    A in J/m is a number, a dictionary (see `pairs_by_region`), or an array (nz, nx, ny) that is
    averaged harmonically, A_ij = 2 A_i A_j / (A_i + A_j), as in OOMMF's Oxs_ExchangePtwise.
    """
    axes = axes_with_neighbours(saturation_magnetisation.shape)
    constants = face_values(exchange_constant, _harmonic, mesh)
    faces = [
        constant * bonds(saturation_magnetisation, axis, mesh) / mesh.cell[axis] ** 2
        for axis, constant in zip(axes, constants, strict=True)
    ]
    return 2 / mu0 * pair_weights(faces) * quotient(1.0, saturation_magnetisation)


def _harmonic(a: Array, b: Array) -> Array:
    return quotient(2 * a * b, a + b)


def exchange_field(m: jax.Array, coefficients: Sequence[jax.Array]) -> jax.Array:
    """Return H_i = sum_j 2 A_ij (m_j - m_i) / (mu0 M_s,i d^2)."""
    total = jnp.zeros_like(m)
    for k, (ahead, behind) in enumerate(neighbours(m)):
        total += coefficients[2 * k] * (ahead - m)
        total += coefficients[2 * k + 1] * (behind - m)
    return total


def largest_angle(m: jax.Array, coefficients: Sequence[jax.Array]) -> jax.Array:
    """Return the largest angle in degrees between coupled neighbours, OOMMF's "Max Spin Ang"."""
    largest = jnp.zeros((), jnp.float64)
    for k, (ahead, _) in enumerate(neighbours(m)):
        square = jnp.sum((ahead - m).astype(jnp.float64) ** 2, axis=0)
        coupled = jnp.where(coefficients[2 * k] != 0, square, 0)
        largest = jnp.maximum(largest, jnp.max(coupled))
    # The chord keeps small angles, which the cosine would round away.
    return jnp.degrees(2 * jnp.arcsin(jnp.minimum(jnp.sqrt(largest) / 2, 1)))
