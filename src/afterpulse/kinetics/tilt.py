"""Tilt of the units out of z by fields in the plane and by spin-orbit torque.

Units that are coupled tilt together: the exchange and the stray field of tilted neighbours have
parts in the plane. All is of first order in the angles.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from afterpulse.kinetics.film import Film
from afterpulse.kinetics.monte_carlo import Links

Array = NDArray[np.float64]

LARGEST = np.sqrt(0.5)
"""m_x, or m_y, at which a moment leaves its well, at about 45 degrees."""
PRECISION, MOST_ITERATIONS = 1e-4, 50


def tilt(pull: Array, stiffness: Array) -> Array:
    """Return m_x and m_y of units, at most `LARGEST`, shape (units, 2).

    Parameters
    ----------
    pull : ndarray, shape (units, 2)
        M_s V times the field in the plane and that of the torque (J).
    stiffness : ndarray, shape (units,)
        M_s V times the field along the state: 2KV + e s (J). It may be negative.
    """
    size = np.hypot(*pull.T)
    held = np.maximum(stiffness, size / LARGEST)
    return np.divide(pull, held[:, None], out=np.zeros(pull.shape), where=held[:, None] > 0)


def torque_pull(barrier: Array, current: Array, across: Array, state: NDArray[np.int8]) -> Array:
    """Return M_s V times the field of the spin-orbit torque on units along z, shape (units, 2).

    A torque of J/J_c acts as the field -s (B_K/2) (J/J_c) (p x z) (J).

    Parameters
    ----------
    barrier, current, state : ndarray, shape (units,)
        KV (J), J/J_c >= 0, s.
    across : ndarray, shape (2,)
        p x z of the spin current's polarisation p.
    """
    # The threshold of a unit without a barrier is 0.
    size = np.multiply(current, barrier, out=np.zeros(barrier.size), where=barrier > 0)
    return -(state * size)[:, None] * across


def tilt_together(pull: Array, stiffness: Array, coupling: csr_array) -> Array:
    """Return m_x and m_y of coupled units, shape (units, 2).

    Parameters
    ----------
    pull, stiffness : ndarray
        As in `tilt`, with the neighbours along z.
    coupling : csr_array, shape (units, units)
        From `in_plane_coupling`.
    """
    result = tilt(pull, stiffness)
    for _ in range(MOST_ITERATIONS):
        before, result = result, tilt(pull + coupling @ result, stiffness)
        if np.abs(result - before).max(initial=0.0) < PRECISION:
            break
    return result


def in_plane_coupling(film: Film, wall: float, dipolar: float) -> csr_array:
    """Return M_s V times the field in the plane on each unit for a tilt of 1 of another (J).

    The wall energy acts alike along all axes. The stray field of a flat unit in the plane is half
    of that along z and of the other sign, on average over directions; that of distant units is left
    out.

    Parameters
    ----------
    film : Film
        At T = 0.
    wall, dipolar : float
        Factors of the temperature on wall energy and stray field (1).
    """
    walls, near = film.couplings.walls, film.couplings.stray_field
    return wall * matrix(walls) - dipolar / 2 * matrix(near)


def matrix(links: Links) -> csr_array:
    """Return links as a matrix of energies, without their factor (J)."""
    units = links.start.size - 1
    indices = links.other.astype(np.int32), links.start.astype(np.int32)
    return csr_array((links.energy, *indices), shape=(units, units))
