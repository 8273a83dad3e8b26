"""Energies of each element in the fields of its neighbours, updated from step to step.

Few elements are in another state after a step than before, so only their links are visited;
summing over all links would cost more than the events of the step.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from afterpulse.device.compiled import compiled
from afterpulse.film.stray_field import film_coupling
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.monte_carlo import Couplings, Links


class Sums(NamedTuple):
    """Sums over the links of each element at T = 0, and the states to which they belong.

    Attributes
    ----------
    unit_state, grain_state : ndarray of int8, shape (units,), (grains,)
        -1 or 1.
    walls, near, grains : ndarray, shape (units,)
        Walls to touching units, stray field of near units, exchange bias of the grains (J).
    units : ndarray, shape (grains,)
        Exchange with the units above (J).
    """

    unit_state: Any
    grain_state: Any
    walls: Any
    near: Any
    grains: Any
    units: Any


@dataclass
class Neighbours:
    """Energies in the fields of the neighbours.

    Attributes
    ----------
    sums : Sums
        Over the links.
    distant : ndarray, shape (units,)
        Energy in the stray field of all units that are not near, at T = 0 (J).
    moved : float
        Change of <m_z> since `distant` was updated.
    """

    sums: Sums
    distant: NDArray[np.float64]
    moved: float

    @classmethod
    def of_states(
        cls, film: Film, unit_state: NDArray[np.int8], grain_state: NDArray[np.int8]
    ) -> Self:
        """Return the sums over all neighbours of all elements."""
        units, grains = unit_state.size, grain_state.size
        states = (np.zeros(units, dtype=np.int8), np.zeros(grains, dtype=np.int8))
        walls, near, bias = np.zeros((3, units))
        sums = Sums(*states, walls, near, bias, np.zeros(grains))
        neighbours = cls(sums, np.zeros(units), 0.0)
        neighbours.update(film, unit_state, grain_state)
        neighbours.update_distant(film)
        return neighbours

    def update(
        self, film: Film, unit_state: NDArray[np.int8], grain_state: NDArray[np.int8]
    ) -> None:
        """Update the sums, but not `distant`, to new states."""
        fraction = film.unit_fraction
        self.moved += float(fraction @ unit_state - fraction @ self.sums.unit_state)
        update_sums(self.sums, film.couplings, unit_state, grain_state)

    def update_distant(self, film: Film) -> NDArray[np.float64]:
        """Update `distant` to the states of the sums and return its change (J)."""
        unit_state = self.sums.unit_state
        whole = film_coupling(film.unit_index, film.dipolar_spectrum, unit_state)
        distant = whole - film.own_dipolar * unit_state - self.sums.near
        change = distant - self.distant
        self.distant, self.moved = distant, 0.0
        return np.asarray(change)


@compiled
def update_sums(
    sums: Sums,
    couplings: Couplings,
    unit_state: NDArray[np.int8],
    grain_state: NDArray[np.int8],
) -> None:
    """Update sums and their states to new states, in place."""
    for unit in range(unit_state.size):
        change = float(unit_state[unit]) - float(sums.unit_state[unit])
        if change != 0.0:
            sums.unit_state[unit] = unit_state[unit]
            add_links(sums.walls, couplings.walls, unit, change)
            add_links(sums.near, couplings.stray_field, unit, change)
            add_links(sums.units, couplings.grains_of_unit, unit, change)
    for grain in range(grain_state.size):
        change = float(grain_state[grain]) - float(sums.grain_state[grain])
        if change != 0.0:
            sums.grain_state[grain] = grain_state[grain]
            add_links(sums.grains, couplings.units_of_grain, grain, change)


@compiled
def add_links(total: NDArray[np.float64], links: Links, index: int, change: float) -> None:
    """Add to the sums (J) of all linked elements the effect of a change of one element."""
    for link in range(links.start[index], links.start[index + 1]):
        total[links.other[link]] += links.energy[link] * change
