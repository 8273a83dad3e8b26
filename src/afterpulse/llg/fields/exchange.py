"""Exchange field with free or periodic boundaries."""

from collections.abc import Sequence

import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from .neighbours import (
    ahead_of,
    axes_with_neighbours,
    bonds,
    neighbours,
    pair_weights,
    pairs_by_region,
)


def exchange_coefficients(
    exchange_constant: float | dict[str, float] | NDArray[np.float64],
    saturation_magnetisation: NDArray[np.float64],
    mesh: df.Mesh,
    periodic: tuple[bool, bool, bool],
) -> NDArray[np.float64]:
    """Weights 2 A_ij / (mu0 M_s,i d^2) of the neighbours.

    Parameters
    ----------
    exchange_constant : float, dict or ndarray
        A in J/m. An array has shape (nz, nx, ny) and is averaged harmonically between cells,
        A_ij = 2 A_i A_j / (A_i + A_j), as in OOMMF's Oxs_ExchangePtwise; a dictionary follows
        `pairs_by_region`.
    saturation_magnetisation : ndarray
        M_s in A/m, shape (nz, nx, ny); 0 marks vacuum.
    mesh : discretisedfield.Mesh
        The mesh.
    periodic : tuple of bool
        Which of x, y, z are periodic.

    Returns
    -------
    ndarray
        Shape (2 axes, nz, nx, ny), in A/m, in the order of `neighbours`.
    """
    shape = saturation_magnetisation.shape
    axes = axes_with_neighbours(shape)
    if isinstance(exchange_constant, dict):
        between = pairs_by_region(exchange_constant, mesh)
    else:
        a = np.broadcast_to(np.asarray(exchange_constant, float), shape)
        between = [_harmonic(a, ahead_of(a, axis)) for axis in axes]
    faces = [
        constant * bonds(saturation_magnetisation, axis, periodic) / mesh.cell[axis] ** 2
        for axis, constant in zip(axes, between, strict=True)
    ]
    inverse = np.divide(
        1.0, saturation_magnetisation, where=saturation_magnetisation > 0, out=np.zeros(shape)
    )
    return 2 / mu0 * pair_weights(faces) * inverse


def _harmonic(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    total = a + b
    return np.divide(2 * a * b, total, where=total != 0, out=np.zeros(total.shape))


def exchange_field(m: jax.Array, coefficients: Sequence[jax.Array]) -> jax.Array:
    """H_i = sum_j 2 A_ij (m_j - m_i) / (mu0 M_s,i d^2).

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    coefficients : sequence of jax.Array
        From `exchange_coefficients`, 2 axes of them, in A/m, each of a shape that broadcasts to
        (nz, nx, ny).

    Returns
    -------
    jax.Array
        Field in A/m, shape (3, nz, nx, ny).
    """
    total = jnp.zeros_like(m)
    for number, (ahead, behind) in enumerate(neighbours(m)):
        total += coefficients[2 * number] * (ahead - m)
        total += coefficients[2 * number + 1] * (behind - m)
    return total


def largest_angle(m: jax.Array, coefficients: Sequence[jax.Array]) -> jax.Array:
    """Return the largest angle between coupled neighbours, OOMMF's "Max Spin Ang".

    Parameters
    ----------
    m, coefficients
        As in `exchange_field`.

    Returns
    -------
    jax.Array
        Angle in degrees, a float64 scalar; 0 without coupled neighbours.
    """
    largest = jnp.zeros((), jnp.float64)
    for number, (ahead, _) in enumerate(neighbours(m)):
        square = jnp.sum((ahead - m).astype(jnp.float64) ** 2, axis=0)
        coupled = jnp.where(coefficients[2 * number] != 0, square, 0)
        largest = jnp.maximum(largest, jnp.max(coupled))
    # The chord keeps small angles, which the cosine would round away.
    return jnp.degrees(2 * jnp.arcsin(jnp.minimum(jnp.sqrt(largest) / 2, 1)))
