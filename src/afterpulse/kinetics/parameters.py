"""Parameters of a film at a temperature, under a current and a thermal spin current."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afterpulse.device import Device, thermal_spin_torque
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.grain_order import in_plane_bias, in_plane_exchange, in_plane_walls
from afterpulse.kinetics.monte_carlo import Couplings, Elements, System, empty_ceilings
from afterpulse.kinetics.neighbours import Neighbours
from afterpulse.kinetics.state import SegmentConditions, State
from afterpulse.kinetics.tilt import (
    in_plane_coupling,
    neighbours_pull,
    tilt,
    tilt_together,
    torque_pull,
)


class Factors(NamedTuple):
    """Anisotropies and couplings at a temperature over those at T = 0 (1), numbers or arrays.

    Attributes
    ----------
    temperature
        K.
    magnetisation
        M_s, the moments of the units.
    anisotropy
        K_eff.
    wall
        Wall energy between units.
    dipolar
        Stray field.
    chiral
        DMI.
    contact
        J_int.
    grain_anisotropy
        K_AF.
    """

    temperature: Any
    magnetisation: Any
    anisotropy: Any
    wall: Any
    dipolar: Any
    chiral: Any
    contact: Any
    grain_anisotropy: Any

    @classmethod
    def at(cls, device: Device, temperature: ArrayLike) -> Self:
        """Return the factors of a device at temperatures (K)."""
        magnetisation = device.magnetisation_factor(temperature)
        return cls(
            np.asarray(temperature),
            magnetisation,
            device.anisotropy_factor(temperature),
            device.wall_energy_factor(temperature),
            magnetisation**2,
            device.exchange_factor(temperature),
            device.interface_coupling_factor(temperature),
            device.grain_anisotropy_factor(temperature),
        )

    def one(self, index: int) -> Self:
        """Return the factors at one temperature of an array, as numbers."""
        return type(self)(*(float(values[index]) for values in self))


class Torque(NamedTuple):
    """Spin current with a polarisation p in the plane.

    Attributes
    ----------
    across : ndarray, shape (2,)
        p x z; 0 without a current.
    current : ndarray, shape (units,)
        Spin current over each unit's threshold, >= 0 (1).
    """

    across: NDArray[np.float64]
    current: NDArray[np.float64]


def system_at(
    film: Film,
    state: State,
    neighbours: Neighbours,
    conditions: SegmentConditions,
    factors: Factors,
    thermal_current: float,
) -> System:
    """Return elements and couplings at one temperature below the Curie temperature.

    The thermal spin current (A/m²) acts if its mechanism does. The arrays of the state are shared,
    not copied; the ceilings are empty and turns have no limit.
    """
    device, mechanisms = film.device, conditions.mechanisms
    if not mechanisms.thermal_spin_torque:
        thermal_current = 0.0
    barrier = film.unit_barrier(factors.anisotropy, factors.magnetisation)
    energy = unit_energy(film, neighbours, conditions, factors, thermal_current)
    torque = torque_on_units(film, barrier, conditions.current_density, thermal_current)

    field = factors.magnetisation * film.unit_moment[:, None] * conditions.applied_field[:2]
    field += factors.contact * in_plane_bias(film, state.grain_state)
    field += factors.chiral * in_plane_walls(film, state.unit_state)
    shared = in_plane_coupling(film.couplings, factors.wall, factors.dipolar)
    by_torque = torque_pull(barrier, torque.current, torque.across, state.unit_state)
    biased = energy * state.unit_state
    tilted = tilt_together(field + by_torque, 2 * barrier + biased, shared)
    field += neighbours_pull(tilted, shared)
    # Half of what the tilt of a unit gains where it is up instead of down.
    gained = tilted - tilt(field - by_torque, 2 * barrier - biased)
    gained *= state.unit_state[:, None] / 2
    if not torque.across.any():
        # A field in the plane leaves (1 - B/B_K)² of the barrier (Stoner and Wohlfarth).
        reduced = np.maximum(2 * barrier - np.hypot(*field.T), 0.0)
        barrier = np.divide(reduced**2, 4 * barrier, out=np.zeros(barrier.size), where=barrier > 0)

    grain_current, grain_field = 0.0, np.zeros(state.grain_state.size)
    if mechanisms.afm_spin_torque:
        grain_current = device.relative_grain_current(
            conditions.current_density, factors.temperature
        )
    if grain_current:
        # The polarisation is along y: the field that counts is the one along x, or against it.
        exchange = factors.contact * in_plane_exchange(film, state.unit_state, tilted)
        grain_field = np.sign(grain_current) * exchange[:, 0]
    couplings, grain_attempts = film.couplings, device.antiferromagnet.attempt_frequency.value
    in_plane = factors.chiral * film.in_plane_wall @ torque.across
    in_plane += factors.wall * couplings.walls.energy * (gained @ torque.across)[film.first_of_wall]
    return System(
        units=Elements(
            state.unit_state,
            barrier,
            energy,
            film.attempt_frequency,
            mechanisms.fm_aftereffect,
            torque.current,
            field @ torque.across,
            film.torque_law,
        ),
        grains=Elements(
            state.grain_state,
            film.grain_barrier * factors.grain_anisotropy,
            factors.contact * neighbours.sums.units,
            grain_attempts if mechanisms.afm_viscosity or grain_current else 0.0,
            True,
            np.full(state.grain_state.size, abs(grain_current)),
            grain_field,
            film.torque_law,
        ),
        couplings=Couplings(
            couplings.walls._replace(factor=factors.wall),
            couplings.walls._replace(energy=in_plane, factor=1.0),
            couplings.stray_field._replace(factor=factors.dipolar),
            couplings.grains_of_unit._replace(factor=factors.contact),
            couplings.units_of_grain._replace(factor=factors.contact),
        ),
        ceilings=empty_ceilings(state.unit_state.size, state.grain_state.size),
        temperature=float(factors.temperature),
        turn_limit=np.inf,
    )


def unit_energy(
    film: Film,
    neighbours: Neighbours,
    conditions: SegmentConditions,
    factors: Factors,
    thermal_current: float,
) -> NDArray[np.float64]:
    """Return e of each unit (J) under a thermal spin current (A/m²)."""
    sums = neighbours.sums
    energy = (
        factors.magnetisation * film.unit_moment * conditions.applied_field[2]
        + factors.wall * sums.walls
        + factors.dipolar * (sums.near + neighbours.distant)
        + factors.contact * sums.grains
    )
    if thermal_current:
        energy += thermal_spin_torque.well_bias(
            film.anisotropy_energy,
            thermal_current,
            film.unit_heat_threshold,
            film.device.thermal_spin_torque.polarisation.value[2],
        )
    return np.asarray(energy)


def torque_on_units(
    film: Film, barrier: NDArray[np.float64], current_density: float, thermal_current: float
) -> Torque:
    """Return the torque of a current and a thermal spin current (A/m²) on barriers (J)."""
    device = film.device
    polarised = thermal_current * np.array(device.thermal_spin_torque.polarisation.value[:2])
    polarised[1] += float(device.spin_hall_current(current_density))
    size = float(np.linalg.norm(polarised))
    if size == 0:
        return Torque(np.zeros(2), np.zeros(barrier.size))
    across = np.array([polarised[1], -polarised[0]]) / size
    return Torque(across, relative_current(film, barrier, size))


def relative_current(
    film: Film, unit_barrier: NDArray[np.float64], spin_current: float
) -> NDArray[np.float64]:
    """Return a spin current (A/m²) with a polarisation in the plane over each unit's threshold.

    A macrospin's threshold is proportional to its barrier `unit_barrier` (J), so it falls as the
    film heats up; thresholds of the film belong to the card's ambient temperature.
    """
    threshold = film.device.spin_hall_current(film.unit_threshold) * unit_barrier
    threshold /= film.ambient_barrier
    return np.divide(
        spin_current,
        np.abs(threshold),
        out=np.full(unit_barrier.size, np.inf),
        where=threshold != 0,
    )
