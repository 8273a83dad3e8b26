"""Exchange field of one layer of cells with free boundaries."""

import discretisedfield as df
import jax
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from .neighbours import neighbours, pair_weights, pairs_by_region


def exchange_coefficients(
    exchange_constant: float | dict[str, float] | NDArray[np.float64],
    saturation_magnetisation: NDArray[np.float64],
    mesh: df.Mesh,
) -> NDArray[np.float64]:
    """Weights 2 A_ij / (mu0 M_s,i d^2) of the four neighbours.

    Parameters
    ----------
    exchange_constant : float, dict or ndarray
        A in J/m. An array has shape (nx, ny) and is averaged harmonically between cells,
        A_ij = 2 A_i A_j / (A_i + A_j), as in OOMMF's Oxs_ExchangePtwise; a dictionary follows
        `pairs_by_region`.
    saturation_magnetisation : ndarray
        M_s in A/m, shape (nx, ny); 0 marks vacuum.
    mesh : discretisedfield.Mesh
        Mesh with one layer of cells.

    Returns
    -------
    ndarray
        Shape (4, nx, ny), in A/m, towards +x, -x, +y, -y.
    """
    if isinstance(exchange_constant, dict):
        along_x, along_y = pairs_by_region(exchange_constant, mesh)
    else:
        a = np.broadcast_to(np.asarray(exchange_constant, float), saturation_magnetisation.shape)
        along_x, along_y = _harmonic(a[:-1], a[1:]), _harmonic(a[:, :-1], a[:, 1:])
    magnetic = saturation_magnetisation > 0
    along_x = along_x * (magnetic[:-1] & magnetic[1:]) / mesh.cell[0] ** 2
    along_y = along_y * (magnetic[:, :-1] & magnetic[:, 1:]) / mesh.cell[1] ** 2
    inverse = np.divide(1.0, saturation_magnetisation, where=magnetic, out=np.zeros(magnetic.shape))
    return 2 / mu0 * pair_weights(along_x, along_y) * inverse


def _harmonic(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    total = a + b
    return np.divide(2 * a * b, total, where=total != 0, out=np.zeros(total.shape))


def exchange_field(m: jax.Array, coefficients: jax.Array) -> jax.Array:
    """H_i = sum_j 2 A_ij (m_j - m_i) / (mu0 M_s,i d^2).

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nx, ny).
    coefficients : jax.Array
        From `exchange_coefficients`, shape (4, nx, ny), in A/m.

    Returns
    -------
    jax.Array
        Field in A/m, shape (3, nx, ny).
    """
    right, left, up, down = neighbours(m)
    c = coefficients
    return c[0] * (right - m) + c[1] * (left - m) + c[2] * (up - m) + c[3] * (down - m)
