"""Tilt of the units out of z by fields in the plane and by spin-orbit torque.

Units that are coupled tilt together: the exchange and the stray field of tilted neighbours have
parts in the plane. All is of first order in the angles.
"""

import math

import numpy as np
from numpy.typing import NDArray

from afterpulse.device.compiled import compiled
from afterpulse.kinetics.monte_carlo import Couplings, Links

Array = NDArray[np.float64]

LARGEST = math.sqrt(0.5)
"""m_x, or m_y, at which a moment leaves its well, at about 45 degrees."""
PRECISION, MOST_ITERATIONS = 1e-4, 50


@compiled
def tilt(pull: Array, stiffness: Array) -> Array:
    """Return m_x and m_y of units, at most `LARGEST`, shape (units, 2).

    Parameters
    ----------
    pull : ndarray, shape (units, 2)
        M_s V times the field in the plane and that of the torque (J).
    stiffness : ndarray, shape (units,)
        M_s V times the field along the state: 2KV + e s (J). It may be negative.
    """
    result = np.zeros(pull.shape)
    for unit in range(stiffness.size):
        held = max(stiffness[unit], math.hypot(pull[unit, 0], pull[unit, 1]) / LARGEST)
        if held > 0.0:
            result[unit, 0] = pull[unit, 0] / held
            result[unit, 1] = pull[unit, 1] / held
    return result


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


@compiled
def tilt_together(pull: Array, stiffness: Array, coupling: tuple[Links, ...]) -> Array:
    """Return m_x and m_y of coupled units, shape (units, 2).

    Parameters
    ----------
    pull, stiffness : ndarray
        As in `tilt`, with the neighbours along z.
    coupling : tuple of Links
        From `in_plane_coupling`.
    """
    result = tilt(pull, stiffness)
    for _ in range(MOST_ITERATIONS):
        before, result = result, tilt(pull + neighbours_pull(result, coupling), stiffness)
        if np.max(np.abs(result - before)) < PRECISION:
            break
    return result


@compiled
def neighbours_pull(tilted: Array, coupling: tuple[Links, ...]) -> Array:
    """Return M_s V times the field in the plane of the neighbours' tilt, shape (units, 2) (J).

    `tilted` is m_x and m_y of each unit, shape (units, 2), `coupling` that of `tilt_together`.
    """
    result = np.zeros(tilted.shape)
    for links in coupling:
        for unit in range(tilted.shape[0]):
            for link in range(links.start[unit], links.start[unit + 1]):
                energy, other = links.factor * links.energy[link], links.other[link]
                result[unit, 0] += energy * tilted[other, 0]
                result[unit, 1] += energy * tilted[other, 1]
    return result


def in_plane_coupling(couplings: Couplings, wall: float, dipolar: float) -> tuple[Links, Links]:
    """Return M_s V times the field in the plane on each unit for a tilt of 1 of another (J).

    The wall energy acts alike along all axes. The stray field of a flat unit in the plane is half
    of that along z and of the other sign, on average over directions; that of distant units is left
    out.

    Parameters
    ----------
    couplings : Couplings
        At T = 0.
    wall, dipolar : float
        Factors of the temperature on wall energy and stray field (1).
    """
    walls, near = couplings.walls, couplings.stray_field
    return walls._replace(factor=wall), near._replace(factor=-dipolar / 2)
