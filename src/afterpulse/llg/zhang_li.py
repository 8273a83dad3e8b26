"""Spin-transfer torque of a current through a magnetisation that varies (Zhang and Li)."""

from collections.abc import Sequence

import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from .cross_product import cross
from .fields.neighbours import axes_with_neighbours, bonds, neighbours, pair_weights


def drift_coefficients(
    velocity: NDArray[np.float64], saturation_magnetisation: NDArray[np.float64], mesh: df.Mesh
) -> NDArray[np.float64]:
    """Return the weights u_i / (2 d_i) of the neighbours in (u . grad) m, in 1/s.

    The velocity is the spin drift velocity u in m/s, shape (3, nz, nx, ny), components x, y, z.
    """
    axes = axes_with_neighbours(saturation_magnetisation.shape)
    weights = pair_weights([bonds(saturation_magnetisation, axis, mesh) for axis in axes])
    if not axes:
        return weights
    scale = np.stack([velocity[axis] / (2 * mesh.cell[axis]) for axis in axes for _ in range(2)])
    return weights * scale


def drift(m: jax.Array, coefficients: Sequence[jax.Array]) -> jax.Array:
    """Return (u . grad) m in 1/s by central differences; m does not vary to a missing neighbour."""
    total = jnp.zeros_like(m)
    for k, (ahead, behind) in enumerate(neighbours(m)):
        total += coefficients[2 * k] * (ahead - m)
        total -= coefficients[2 * k + 1] * (behind - m)
    return total


def zhang_li_torque(m: jax.Array, along: jax.Array, beta: jax.Array) -> jax.Array:
    """Return the torque of the Gilbert equation, -(u . grad) m + beta m x (u . grad) m, in 1/s.

    Thiaville, Nakatani, Miltat and Suzuki, Europhys. Lett. 69, 990 (2005). A wall moves along u.
    The torque is perpendicular to m; `along` is (u . grad) m.
    """
    length = m[0] * along[0] + m[1] * along[1] + m[2] * along[2]
    across = along - length * m
    return beta * cross(m, across) - across
