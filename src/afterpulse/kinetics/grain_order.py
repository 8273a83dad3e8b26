"""Order of the AFM grains and the exchange bias that follows from it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afterpulse.kinetics.film import Film


def mean_exchange_bias(
    film: Film, contact_energy: float | NDArray[np.float64], temperature: ArrayLike
) -> NDArray[np.float64]:
    """Return the exchange-bias field along z, mean over the film (T).

    `contact_energy` is the sum of J_int A u_z sigma over all contacts at T = 0 (J), `temperature`
    is below the Curie temperature (K). The result has their common shape.
    """
    coupling = film.device.interface_coupling_factor(temperature)
    moment = film.device.magnetisation_factor(temperature) * film.unit_moment.sum()
    return np.asarray(coupling * contact_energy / moment)


def exchange_bias_at(film: Film, grain_state: NDArray[np.int8], temperature: float) -> float:
    """Return the exchange-bias field along z of given grain states, mean over the film (T)."""
    links = film.couplings.grains_of_unit
    energy = float(links.energy @ grain_state[links.other])
    return float(mean_exchange_bias(film, energy, temperature))


def unit_grain_order(film: Film, grain_state: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return the order of the grains under each unit, shape (units,).

    It is the exchange bias on the unit over that of grains all up, from -1 to 1; NaN for a unit
    that no grain biases.
    """
    links = film.couplings.grains_of_unit
    return unit_sums(film, links.energy * grain_state[links.other]) / largest_grain_bias(film)


def in_plane_bias(film: Film, grain_state: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return the exchange bias of the grains on each unit along x and y at T = 0.

    It is an energy, J_int A u sigma (J), of shape (units, 2).
    """
    spin = grain_state[film.couplings.grains_of_unit.other]
    return np.stack([unit_sums(film, each * spin) for each in film.in_plane_contact.T], axis=1)


def in_plane_exchange(
    film: Film, unit_state: NDArray[np.int8], tilt: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the exchange field of the units on each grain across its axis u, at T = 0.

    It is an energy, J_int A (m - s u) of first order in the angles of moment and axis with z (J),
    of shape (grains, 2). `tilt` is m along x and y of each unit, shape (units, 2).
    """
    links = film.couplings.grains_of_unit
    unit = film.unit_of_contact
    parts = film.contact_energy[:, None] * tilt[unit]
    parts -= film.in_plane_contact * unit_state[unit][:, None]
    grains = film.grain_fraction.size
    return np.stack([np.bincount(links.other, each, minlength=grains) for each in parts.T], axis=1)


def in_plane_walls(film: Film, unit_state: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return the field that its neighbours exert on each unit by the DMI at T = 0.

    It is an energy, M_s V times the field along x and y (J), of shape (units, 2).
    """
    walls = film.couplings.walls
    first = unit_state[film.first_of_wall]
    sums = [
        np.bincount(walls.other, each * first, minlength=unit_state.size)
        for each in film.in_plane_wall.T
    ]
    return np.stack(sums, axis=1)


def largest_grain_bias(film: Film) -> NDArray[np.float64]:
    """Return the exchange bias on each unit from grains all up at T = 0 (J), NaN without grains."""
    largest = unit_sums(film, film.couplings.grains_of_unit.energy)
    return np.where(largest > 0, largest, np.nan)


def unit_sums(film: Film, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum over each unit of one value per link in `couplings.grains_of_unit`."""
    units = film.unit_fraction.size
    sums = np.bincount(film.unit_of_contact, values, minlength=units)
    return np.asarray(sums, dtype=np.float64)
