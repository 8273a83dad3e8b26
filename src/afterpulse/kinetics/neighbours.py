"""What the neighbours of each element make of its e, kept up to date from step to step.

Few elements are in another state after a step than before it, so their links alone are gone
through; summing over all links would cost more than the step's events.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from afterpulse.device.compiled import compiled
from afterpulse.film.stray_field import film_coupling
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.monte_carlo import Couplings, Links


@dataclass
class Neighbours:
    """Sums over the neighbours of each element, at T = 0 (J).

    Attributes
    ----------
    unit_state, grain_state : ndarray of int8
        States to which the sums belong; the distant ones may be older.
    walls : ndarray, shape (units,)
        Walls to touching units.
    near, distant : ndarray, shape (units,)
        Stray field of near units, and of all others.
    grains : ndarray, shape (units,)
        Exchange bias of the grains beneath.
    units : ndarray, shape (grains,)
        Exchange with the units above.
    moved : float
        By how much <m_z> has changed since `distant` was renewed.
    """

    unit_state: NDArray[np.int8]
    grain_state: NDArray[np.int8]
    walls: NDArray[np.float64]
    near: NDArray[np.float64]
    distant: NDArray[np.float64]
    grains: NDArray[np.float64]
    units: NDArray[np.float64]
    moved: float


def neighbours_of(
    film: Film, unit_state: NDArray[np.int8], grain_state: NDArray[np.int8]
) -> Neighbours:
    """Sum over all neighbours of all elements.

    Parameters
    ----------
    film : Film
        The couplings.
    unit_state : ndarray of int8, shape (units,)
        -1 or 1.
    grain_state : ndarray of int8, shape (grains,)
        -1 or 1.

    Returns
    -------
    Neighbours
        For `renew`.
    """
    units, grains = unit_state.size, grain_state.size
    around = Neighbours(
        unit_state=np.zeros(units, dtype=np.int8),
        grain_state=np.zeros(grains, dtype=np.int8),
        walls=np.zeros(units),
        near=np.zeros(units),
        distant=np.zeros(units),
        grains=np.zeros(units),
        units=np.zeros(grains),
        moved=0.0,
    )
    renew(around, film, unit_state, grain_state)
    renew_distant(around, film)
    return around


def renew(
    around: Neighbours, film: Film, unit_state: NDArray[np.int8], grain_state: NDArray[np.int8]
) -> None:
    """Bring all sums but the distant ones up to the present states, in place.

    Parameters
    ----------
    around : Neighbours
        Changed.
    film : Film
        The couplings.
    unit_state, grain_state : ndarray of int8
        -1 or 1.
    """
    around.moved += float(film.unit_share @ unit_state - film.unit_share @ around.unit_state)
    follow(
        film.couplings,
        around.unit_state,
        around.grain_state,
        unit_state,
        grain_state,
        around.walls,
        around.near,
        around.units,
        around.grains,
    )


@compiled
def follow(
    couplings: Couplings,
    unit_before: NDArray[np.int8],
    grain_before: NDArray[np.int8],
    unit_state: NDArray[np.int8],
    grain_state: NDArray[np.int8],
    walls: NDArray[np.float64],
    near: NDArray[np.float64],
    units: NDArray[np.float64],
    grains: NDArray[np.float64],
) -> None:
    """Bring the states before and the sums that belong to them up to the present, in place."""
    for unit in range(unit_state.size):
        change = float(unit_state[unit]) - float(unit_before[unit])
        if change != 0.0:
            unit_before[unit] = unit_state[unit]
            add_links(walls, couplings.walls, unit, change)
            add_links(near, couplings.stray_field, unit, change)
            add_links(units, couplings.grains_of_unit, unit, change)
    for grain in range(grain_state.size):
        change = float(grain_state[grain]) - float(grain_before[grain])
        if change != 0.0:
            grain_before[grain] = grain_state[grain]
            add_links(grains, couplings.units_of_grain, grain, change)


@compiled
def add_links(total: NDArray[np.float64], links: Links, number: int, change: float) -> None:
    """Add to the sums (J) what the change of an element does to all that it is linked to."""
    for link in range(links.start[number], links.start[number + 1]):
        total[links.other[link]] += links.energy[link] * change


def renew_distant(around: Neighbours, film: Film) -> NDArray[np.float64]:
    """Bring the stray field of distant units up to the states of the other sums, in place.

    Parameters
    ----------
    around : Neighbours
        Changed; its other sums belong to the present states.
    film : Film
        The couplings.

    Returns
    -------
    ndarray, shape (units,)
        By how much it has changed (J).
    """
    whole = film_coupling(film.unit_index, film.dipolar_spectrum, around.unit_state)
    distant = whole - film.own_dipolar * around.unit_state - around.near
    change = distant - around.distant
    around.distant, around.moved = distant, 0.0
    return change
