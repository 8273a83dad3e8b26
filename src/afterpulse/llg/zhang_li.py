"""Spin-transfer torque of a current through a magnetisation that varies (Zhang and Li)."""

from collections.abc import Sequence

import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from .cross_product import cross
from .fields.neighbours import (
    axes_with_neighbours,
    bonds,
    neighbours,
    pair_weights,
)


def drift_coefficients(
    velocity: NDArray[np.float64],
    saturation_magnetisation: NDArray[np.float64],
    mesh: df.Mesh,
    periodic: tuple[bool, bool, bool],
) -> NDArray[np.float64]:
    """Weights u_i / (2 d_i) of the neighbours in (u . grad) m.

    Parameters
    ----------
    velocity : ndarray
        Spin drift velocity u in m/s, shape (3, nz, nx, ny), components x, y, z.
    saturation_magnetisation : ndarray
        M_s in A/m, shape (nz, nx, ny); 0 marks vacuum.
    mesh : discretisedfield.Mesh
        The mesh.
    periodic : tuple of bool
        Which of x, y, z are periodic.

    Returns
    -------
    ndarray
        Shape (2 * axes, nz, nx, ny) in 1/s, 0 where there is no neighbour.
    """
    axes = axes_with_neighbours(saturation_magnetisation.shape)
    weights = pair_weights([bonds(saturation_magnetisation, axis, periodic) for axis in axes])
    if not axes:
        return weights
    scale = np.stack([velocity[axis] / (2 * mesh.cell[axis]) for axis in axes for _ in range(2)])
    return weights * scale


def drift(m: jax.Array, coefficients: Sequence[jax.Array]) -> jax.Array:
    """(u . grad) m by central differences; where a neighbour is missing m does not vary.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    coefficients : sequence of jax.Array
        From `drift_coefficients`, each of a shape that broadcasts to (nz, nx, ny).

    Returns
    -------
    jax.Array
        In 1/s, shape (3, nz, nx, ny).
    """
    total = jnp.zeros_like(m)
    for number, (ahead, behind) in enumerate(neighbours(m)):
        total += coefficients[2 * number] * (ahead - m)
        total -= coefficients[2 * number + 1] * (behind - m)
    return total


def zhang_li_torque(m: jax.Array, along: jax.Array, beta: jax.Array) -> jax.Array:
    """Torque of the Gilbert equation, -(u . grad) m + beta m x (u . grad) m.

    Thiaville, Nakatani, Miltat and Suzuki, Europhys. Lett. 69, 990 (2005). A wall moves along u.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    along : jax.Array
        (u . grad) m in 1/s, shape (3, nz, nx, ny).
    beta : jax.Array
        Degree of non-adiabaticity, a scalar.

    Returns
    -------
    jax.Array
        In 1/s, shape (3, nz, nx, ny), perpendicular to m.
    """
    length = m[0] * along[0] + m[1] * along[1] + m[2] * along[2]
    across = along - length * m
    return beta * cross(m, across) - across
