"""Parameters of a film at a temperature, under a current and a heat flux."""

import numpy as np

from afterpulse.device import spin_orbit_torque, temperature_scaling, thermal_spin_torque
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.monte_carlo import Couplings, Elements, System, empty_ceilings
from afterpulse.kinetics.neighbours import Neighbours
from afterpulse.kinetics.state import Conditions, State


def system_at(
    film: Film,
    state: State,
    neighbours: Neighbours,
    conditions: Conditions,
    temperature: float,
    heat_flux: float,
) -> System:
    """Return elements and couplings at a temperature.

    Parameters
    ----------
    film : Film
        Energies at T = 0.
    state : State
        Its arrays are shared, not copied.
    neighbours : Neighbours
        Of the state.
    conditions : Conditions
        Mechanisms, current and field.
    temperature : float
        K, below the Curie temperature.
    heat_flux : float
        Heat flux that drives the thermal spin torque (W/m²).

    Returns
    -------
    System
        With empty ceilings and without a limit on turns.
    """
    device, sums = film.device, neighbours.sums
    magnet, antiferromagnet = device.ferromagnet, device.antiferromagnet
    curie, exponent = magnet.curie_temperature.value, magnet.anisotropy_exponent.value
    neel = antiferromagnet.neel_temperature.value
    magnetisation = temperature_scaling.magnetisation(temperature, curie)
    wall = float(temperature_scaling.wall_energy(temperature, curie, exponent))
    dipolar = float(magnetisation**2)
    contact = float(temperature_scaling.interface_coupling(temperature, neel))

    current_density = abs(conditions.current_density)
    unit_barrier = film.unit_barrier(temperature)
    # Thresholds belong to the card's ambient temperature, at which treatments have no current.
    barrier_at_ambient = film.unit_barrier(device.heat_path.ambient_temperature.value)
    # A macrospin's threshold is proportional to its barrier, so it falls as the film heats up.
    threshold = film.unit_threshold * unit_barrier / barrier_at_ambient
    ratio = np.divide(
        current_density,
        threshold,
        out=np.full(threshold.size, np.inf if current_density else 0.0),
        where=threshold > 0,
    )
    # The torque itself does not depend on temperature, so neither does the tilt, 2KV J/J_c.
    polarity = spin_orbit_torque.favoured_polarity(
        conditions.current_density,
        device.spin_hall_layer.spin_hall_angle.value,
        conditions.in_plane_field,
    )
    unit_energy = (
        film.torque_tilt * polarity * 2 * barrier_at_ambient * current_density / film.unit_threshold
        + film.unit_moment * magnetisation * conditions.applied_field[2]
        + wall * sums.walls
        + dipolar * (sums.near + neighbours.distant)
        + contact * sums.grains
    )
    if conditions.mechanisms.thermal_spin_torque:
        unit_energy += thermal_spin_torque.well_bias(
            film.anisotropy_energy,
            thermal_spin_torque.spin_current_density(
                device.thermal_spin_torque.conversion.value, heat_flux
            ),
            film.unit_heat_threshold,
            device.thermal_spin_torque.polarisation.value[2],
        )
    couplings, softening = (
        film.couplings,
        temperature_scaling.antiferromagnet_anisotropy(temperature, neel),
    )
    return System(
        units=Elements(
            state.unit_state,
            unit_barrier * np.maximum(1 - ratio, 0.0),
            unit_energy,
            magnet.attempt_frequency.value,
            conditions.mechanisms.fm_aftereffect,
        ),
        grains=Elements(
            state.grain_state,
            film.grain_barrier * softening,
            contact * sums.units,
            antiferromagnet.attempt_frequency.value if conditions.mechanisms.afm_viscosity else 0.0,
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
