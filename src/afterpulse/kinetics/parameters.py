"""Parameters of a film at a temperature, under a current and a thermal spin current."""

import numpy as np

from afterpulse.device import thermal_spin_torque
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.monte_carlo import Couplings, Elements, System, empty_ceilings
from afterpulse.kinetics.neighbours import Neighbours
from afterpulse.kinetics.state import SegmentConditions, State


def system_at(
    film: Film,
    state: State,
    neighbours: Neighbours,
    conditions: SegmentConditions,
    temperature: float,
    spin_current: float,
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

    current_density = abs(conditions.current_density)
    unit_barrier = film.unit_barrier(temperature)
    # Thresholds belong to the card's ambient temperature, at which treatments have no current.
    barrier_at_ambient = film.unit_barrier(device.ambient_temperature)
    # A macrospin's threshold is proportional to its barrier, so it falls as the film heats up.
    threshold = film.unit_threshold * unit_barrier / barrier_at_ambient
    ratio = np.divide(
        current_density,
        threshold,
        out=np.full(threshold.size, np.inf if current_density else 0.0),
        where=threshold > 0,
    )
    # The torque itself does not depend on temperature, so neither does the tilt, 2KV J/J_c.
    polarity = device.favoured_polarity(conditions.current_density, conditions.in_plane_field)
    unit_energy = (
        film.torque_tilt * polarity * 2 * barrier_at_ambient * current_density / film.unit_threshold
        + film.unit_moment * magnetisation * conditions.applied_field[2]
        + wall * sums.walls
        + dipolar * (sums.near + neighbours.distant)
        + contact * sums.grains
    )
    if mechanisms.thermal_spin_torque:
        unit_energy += thermal_spin_torque.well_bias(
            film.anisotropy_energy,
            spin_current,
            film.unit_heat_threshold,
            device.thermal_spin_torque.polarisation.value[2],
        )
    couplings, grain_attempts = film.couplings, device.antiferromagnet.attempt_frequency.value
    return System(
        units=Elements(
            state.unit_state,
            unit_barrier * np.maximum(1 - ratio, 0.0),
            unit_energy,
            device.ferromagnet.attempt_frequency.value,
            mechanisms.fm_aftereffect,
        ),
        grains=Elements(
            state.grain_state,
            film.grain_barrier * device.grain_anisotropy_factor(temperature),
            contact * sums.units,
            grain_attempts if mechanisms.afm_viscosity else 0.0,
            True,
        ),
        couplings=Couplings(
            couplings.walls._replace(factor=wall),
            couplings.stray_field._replace(factor=dipolar),
            couplings.grains_of_unit._replace(factor=contact),
            couplings.units_of_grain._replace(factor=contact),
        ),
        ceilings=empty_ceilings(state.unit_state.size, state.grain_state.size),
        temperature=temperature,
        turn_limit=np.inf,
    )
