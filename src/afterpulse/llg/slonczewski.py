"""Slonczewski torque as an equivalent field."""

import jax
import numpy as np
from micromagneticmodel.consts import e, hbar, mu0
from numpy.typing import NDArray

from .cross_product import cross


def spin_torque_field_strength(
    current_density: NDArray[np.float64],
    saturation_magnetisation: NDArray[np.float64],
    thickness: float,
) -> NDArray[np.float64]:
    """Return beta = hbar J / (mu0 e M_s t).

    Parameters
    ----------
    current_density : ndarray
        J in A/m^2, shape (nz, nx, ny), with its sign.
    saturation_magnetisation : ndarray
        M_s in A/m, shape (nz, nx, ny); beta is 0 where M_s is 0.
    thickness : float
        Edge of the cell along z in m.

    Returns
    -------
    ndarray
        beta in A/m, shape (nz, nx, ny).
    """
    magnetic = saturation_magnetisation > 0
    per_magnetisation = np.divide(
        current_density, saturation_magnetisation, where=magnetic, out=np.zeros(magnetic.shape)
    )
    return hbar / (mu0 * e * thickness) * per_magnetisation


def slonczewski_field(
    m: jax.Array,
    strength: jax.Array,
    polarisation: jax.Array,
    efficiency: jax.Array,
    asymmetry: jax.Array,
    field_like: jax.Array,
) -> jax.Array:
    """Field whose torque -gamma0 m x H is OOMMF's Slonczewski torque.

    dm/dt = ... + gamma0 beta eps m x (mp x m) - gamma0 beta eps' m x mp (OOMMF user guide,
    Oxs_SpinXferEvolve), so H = beta (eps m x mp + eps' mp) with
    eps = P Lambda^2 / ((Lambda^2 + 1) + (Lambda^2 - 1) m . mp).

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    strength : jax.Array
        beta in A/m, shape (nz, nx, ny).
    polarisation : jax.Array
        Unit vector mp, shape (3, nz, nx, ny).
    efficiency, asymmetry, field_like : jax.Array
        P, Lambda and eps', each of shape (nz, nx, ny).

    Returns
    -------
    jax.Array
        Field in A/m, shape (3, nz, nx, ny).
    """
    p, square = polarisation, asymmetry * asymmetry
    along = m[0] * p[0] + m[1] * p[1] + m[2] * p[2]
    epsilon = efficiency * square / ((square + 1) + (square - 1) * along)
    return (strength * epsilon) * cross(m, p) + (strength * field_like) * p
