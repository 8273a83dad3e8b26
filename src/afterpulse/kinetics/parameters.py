"""Parameters of a film at a temperature, under a current and a thermal spin current."""

import numpy as np
from numpy.typing import NDArray

from afterpulse.device import thermal_spin_torque
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.grain_order import in_plane_bias, in_plane_exchange, in_plane_walls
from afterpulse.kinetics.monte_carlo import Couplings, Elements, System, empty_ceilings
from afterpulse.kinetics.neighbours import Neighbours
from afterpulse.kinetics.state import SegmentConditions, State
from afterpulse.kinetics.tilt import in_plane_coupling, tilt, tilt_together, torque_pull


def system_at(
    film: Film,
    state: State,
    neighbours: Neighbours,
    conditions: SegmentConditions,
    temperature: float,
    thermal_current: float,
) -> System:
    """Return elements and couplings at a temperature (K) below the Curie temperature.

    The thermal spin current (A/m²) acts if its mechanism does. The arrays of the state are shared,
    not copied; the ceilings are empty and turns have no limit.
    """
    device, sums, mechanisms = film.device, neighbours.sums, conditions.mechanisms
    magnetisation = device.magnetisation_factor(temperature)
    wall = float(device.wall_energy_factor(temperature))
    dipolar = float(magnetisation**2)
    contact = float(device.interface_coupling_factor(temperature))

    unit_barrier = film.unit_barrier(temperature)
    moment = film.unit_moment * magnetisation
    unit_energy = (
        moment * conditions.applied_field[2]
        + wall * sums.walls
        + dipolar * (sums.near + neighbours.distant)
        + contact * sums.grains
    )
    if mechanisms.thermal_spin_torque:
        unit_energy += thermal_spin_torque.well_bias(
            film.anisotropy_energy,
            thermal_current,
            film.unit_heat_threshold,
            device.thermal_spin_torque.polarisation.value[2],
        )
    polarised = np.array(device.thermal_spin_torque.polarisation.value)
    polarised *= thermal_current if mechanisms.thermal_spin_torque else 0.0
    in_plane = polarised[:2] + [0.0, device.spin_hall_current(conditions.current_density)]
    size = float(np.linalg.norm(in_plane))
    if size > 0:
        across = np.array([in_plane[1], -in_plane[0]]) / size
        current = relative_current(film, unit_barrier, size)
    else:
        across, current = np.zeros(2), np.zeros(moment.size)

    chiral = float(device.exchange_factor(temperature))
    field = (
        moment[:, None] * np.array(conditions.applied_field[:2])
        + contact * in_plane_bias(film, state.grain_state)
        + chiral * in_plane_walls(film, state.unit_state)
    )
    shared = in_plane_coupling(film, wall, dipolar)
    by_torque = torque_pull(unit_barrier, current, across, state.unit_state)
    biased = unit_energy * state.unit_state
    tilted = tilt_together(field + by_torque, 2 * unit_barrier + biased, shared)
    field += shared @ tilted
    # Half of what the tilt of a unit gains where it is up instead of down.
    gained = tilted - tilt(field - by_torque, 2 * unit_barrier - biased)
    gained *= state.unit_state[:, None] / 2
    if size == 0:
        # A field in the plane leaves (1 - B/B_K)² of the barrier (Stoner and Wohlfarth).
        reduced = np.maximum(2 * unit_barrier - np.hypot(*field.T), 0.0)
        unit_barrier = np.divide(
            reduced**2, 4 * unit_barrier, out=np.zeros(moment.size), where=unit_barrier > 0
        )
    grain_current, grain_field = 0.0, np.zeros(state.grain_state.size)
    if mechanisms.afm_spin_torque:
        grain_current = device.relative_grain_current(conditions.current_density, temperature)
    if grain_current:
        # The polarisation is along y: the field that counts is the one along x, or against it.
        exchange = contact * in_plane_exchange(film, state.unit_state, tilted)
        grain_field = np.sign(grain_current) * exchange[:, 0]
    by_wall = np.repeat(np.arange(moment.size), np.diff(film.couplings.walls.start.astype(int)))
    couplings, grain_attempts = film.couplings, device.antiferromagnet.attempt_frequency.value
    return System(
        units=Elements(
            state.unit_state,
            unit_barrier,
            unit_energy,
            film.attempt_frequency,
            mechanisms.fm_aftereffect,
            current,
            field @ across,
            film.torque_law,
        ),
        grains=Elements(
            state.grain_state,
            film.grain_barrier * device.grain_anisotropy_factor(temperature),
            contact * sums.units,
            grain_attempts if mechanisms.afm_viscosity or grain_current else 0.0,
            True,
            np.full(state.grain_state.size, abs(grain_current)),
            grain_field,
            film.torque_law,
        ),
        couplings=Couplings(
            couplings.walls._replace(factor=wall),
            couplings.walls._replace(
                energy=chiral * film.in_plane_wall @ across
                + wall * couplings.walls.energy * (gained @ across)[by_wall],
                factor=1.0,
            ),
            couplings.stray_field._replace(factor=dipolar),
            couplings.grains_of_unit._replace(factor=contact),
            couplings.units_of_grain._replace(factor=contact),
        ),
        ceilings=empty_ceilings(state.unit_state.size, state.grain_state.size),
        temperature=temperature,
        turn_limit=np.inf,
    )


def relative_current(
    film: Film, unit_barrier: NDArray[np.float64], spin_current: float
) -> NDArray[np.float64]:
    """Return a spin current (A/m²) with a polarisation in the plane over each unit's threshold.

    A macrospin's threshold is proportional to its barrier `unit_barrier` (J), so it falls as the
    film heats up; thresholds of the film belong to the card's ambient temperature.
    """
    at_ambient = film.unit_barrier(film.device.ambient_temperature)
    threshold = film.device.spin_hall_current(film.unit_threshold) * unit_barrier / at_ambient
    return np.divide(
        spin_current,
        np.abs(threshold),
        out=np.full(unit_barrier.size, np.inf),
        where=threshold != 0,
    )
