"""Slonczewski torque as an equivalent field."""

import jax
import numpy as np
from micromagneticmodel.consts import e, hbar, mu0
from numpy.typing import NDArray

from .cross_product import cross
from .mesh import quotient


def spin_torque_field_strength(
    current_density: NDArray[np.float64],
    saturation_magnetisation: NDArray[np.float64],
    thickness: float,
) -> NDArray[np.float64]:
    """Return beta = hbar J / (mu0 e M_s t) in A/m, 0 in vacuum.

    J in A/m^2 with its sign, M_s in A/m, thickness t in m: the edge of the cell along z.
    """
    return hbar / (mu0 * e * thickness) * quotient(current_density, saturation_magnetisation)


def slonczewski_field(
    m: jax.Array,
    strength: jax.Array,
    polarisation: jax.Array,
    efficiency: jax.Array,
    asymmetry: jax.Array,
    field_like: jax.Array,
) -> jax.Array:
    """Return the field whose torque -gamma0 m x H is OOMMF's Slonczewski torque.

    dm/dt = ... + gamma0 beta eps m x (mp x m) - gamma0 beta eps' m x mp (OOMMF user guide,
    Oxs_SpinXferEvolve), so H = beta (eps m x mp + eps' mp) with
    eps = P Lambda^2 / ((Lambda^2 + 1) + (Lambda^2 - 1) m . mp).
    The arguments are beta in A/m, mp, P, Lambda and eps' in each cell.
    """
    p, square = polarisation, asymmetry * asymmetry
    along = m[0] * p[0] + m[1] * p[1] + m[2] * p[2]
    epsilon = efficiency * square / ((square + 1) + (square - 1) * along)
    return (strength * epsilon) * cross(m, p) + (strength * field_like) * p
