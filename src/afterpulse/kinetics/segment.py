"""The kinetics over a segment of constant current."""

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.constants import k as boltzmann

from afterpulse.cards import CardError
from afterpulse.device import Device, thermal_spin_torque
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.flicker_error import flicker_error
from afterpulse.kinetics.grain_order import largest_grain_bias, mean_exchange_bias
from afterpulse.kinetics.monte_carlo import EarlyStop, System, advance, fill_ceilings
from afterpulse.kinetics.neighbours import Neighbours
from afterpulse.kinetics.parameters import Factors, system_at
from afterpulse.kinetics.spans import span_means, span_starts
from afterpulse.kinetics.state import Record, SegmentConditions, State

# Nothing in a film follows faster than the attempt frequencies of about 1/ns.
FIRST_STEP = 1e-9
# The stray field of distant units is updated once the mean magnetisation has moved so far that it
# may change the energy of a unit by this much, in k_B T.
MOST_LAG = 0.1
# Fraction by which temperature and spin current may change while the film's parameters are
# constant.
MOST_CHANGE = 0.01
# Elements that turn at their limit all the time reverse twice as often as it says; beyond this
# many times the limit on average something is wrong.
RUNAWAY = 10
# Estimated change of <m_z>, or of the grain order, at which the flicker limit is doubled.
MOST_FLICKER_ERROR = 0.02


class KineticsError(RuntimeError):
    """A step that would not come to an end."""


class Heating(NamedTuple):
    """Heat along the steps of a segment.

    Attributes
    ----------
    temperature, temperature_at_end : ndarray, shape (steps,)
        Mean over each step, and at its end (K).
    spin_current : ndarray, shape (steps,)
        Mean thermal spin current over each step (A/m²).
    """

    temperature: NDArray[np.float64]
    temperature_at_end: NDArray[np.float64]
    spin_current: NDArray[np.float64]


def step_ends(
    duration: float, steps_per_decade: int, marks: tuple[float, ...] = ()
) -> NDArray[np.float64]:
    """Return the ends of steps that are logarithmic from the start of a segment (s).

    They increase and include the duration and the marks (s) before it.
    """
    decades = max(0.0, np.log10(duration / FIRST_STEP))
    grid = FIRST_STEP * 10 ** (np.arange(int(decades * steps_per_decade) + 1) / steps_per_decade)
    # A grid point that all but meets a mark would make a step of rounding errors.
    inner = [mark for mark in marks if mark < duration]
    keep = np.ones(grid.size, dtype=bool)
    for mark in [*inner, duration]:
        keep &= np.abs(grid / mark - 1) > 1e-3
    return np.unique(np.concatenate([grid[keep & (grid < duration)], inner, [duration]]))


def run_segment(
    film: Film,
    state: State,
    conditions: SegmentConditions,
    ends: NDArray[np.float64],
    random: np.random.Generator,
) -> Record:
    """Advance a state over a segment of constant current, in place.

    Parameters
    ----------
    film, state, conditions : Film, State, SegmentConditions
        The state is changed.
    ends : ndarray, shape (steps,)
        End of each step from the start of the segment (s).
    random : numpy.random.Generator
        Of this segment alone.

    Raises
    ------
    CardError
        If the film gets hotter than its Curie temperature.
    KineticsError
        If a step would not come to an end.
    """
    durations = np.diff(ends, prepend=0.0)
    heat = heat_steps(film.device, state, conditions, ends)
    steps = ends.size
    unit_states = np.empty((steps, state.unit_state.size), dtype=np.int8)
    unit_order = np.empty(unit_states.shape)
    grain_order, contact_energy = np.empty(steps), np.empty(steps)
    flips = np.empty(steps, dtype=np.int64)
    limit, errors = film.numerics.flicker_limit, np.zeros(steps)
    # The error is estimated after the last step and once in each decade before it.
    estimated = set(range(steps - 1, -1, -film.numerics.steps_per_decade))
    neighbours = Neighbours.of_states(film, state.unit_state, state.grain_state)
    limit_raised = False
    starts = span_starts(np.log(heat.temperature), MOST_CHANGE)
    # The fields in the plane follow units and grains from decade to decade.
    starts += range(0, steps, film.numerics.steps_per_decade)
    if conditions.mechanisms.thermal_spin_torque:
        starts += span_starts(heat.spin_current, MOST_CHANGE * np.abs(heat.spin_current).max())
    spans = list(itertools.pairwise(sorted({*starts, steps})))
    temperature, spin_current = (
        span_means(values, durations, spans) for values in (heat.temperature, heat.spin_current)
    )
    factors = Factors.at(film.device, temperature)
    for span, (first, last) in enumerate(spans):
        at_once = factors.one(span), float(spin_current[span])
        system = system_at(film, state, neighbours, conditions, *at_once)
        for step in range(first, last):
            system = system._replace(turn_limit=limit / ends[step])
            if step == first or limit_raised:
                fill_ceilings(system)
            limit_raised = False
            flips[step] = run_step(film, neighbours, system, durations[step], random)
            if step in estimated:
                fractions = film.unit_fraction, film.grain_fraction
                errors[step:] = np.abs(flicker_error(system, ends[step], *fractions)).max()
                if errors[step] > MOST_FLICKER_ERROR:
                    limit, limit_raised = 2 * limit, True
            unit_states[step] = state.unit_state
            grain_order[step] = film.grain_fraction @ state.grain_state
            unit_order[step] = neighbours.sums.grains
            contact_energy[step] = neighbours.sums.grains.sum()
    mean_m = np.zeros((steps, 3))
    mean_m[:, 2] = unit_states @ film.unit_fraction
    return Record(
        engine="kinetics",
        time=ends,
        temperature=heat.temperature_at_end,
        mean_m=mean_m,
        unit_state=unit_states,
        grain_order=grain_order,
        unit_grain_order=unit_order / largest_grain_bias(film),
        exchange_bias_field=mean_exchange_bias(film, contact_energy, heat.temperature_at_end),
        flicker_error=errors,
        flips=flips,
    )


def heat_steps(
    device: Device, state: State, conditions: SegmentConditions, ends: NDArray[np.float64]
) -> Heating:
    """Return the heat along the steps of a segment; the state's heat is advanced to its end."""
    density, ambient = conditions.current_density, conditions.ambient_temperature
    durations = np.diff(ends, prepend=0.0)
    at_end = device.stage_rise(state.rise, density, ends[:, None])
    at_start = np.vstack([state.rise, at_end[:-1]])
    mean = device.mean_stage_rise(at_start, density, durations[:, None])
    temperature, temperature_at_end = ambient + mean.sum(axis=1), ambient + at_end.sum(axis=1)
    refuse_above_curie(device, density, max(temperature.max(), temperature_at_end.max()))
    steps = zip((at_end - at_start).sum(axis=1), durations, strict=True)
    spin_current = np.array([thermal_spin_current(device, state, density, *step) for step in steps])
    state.rise = at_end[-1]
    return Heating(temperature, temperature_at_end, spin_current)


def thermal_spin_current(
    device: Device, state: State, current_density: float, warming: float, duration: float
) -> float:
    """Return the mean thermal spin current over a step of constant current (A/m²).

    Without a persistence it is what the heat flux drives. With one, the spin current at the end of
    a pulse decays exponentially; a later pulse replaces what is left if it drives more, in size.
    The state's `kept_spin_current` is updated.

    Parameters
    ----------
    device, state : Device, State
        The state's temperature is not read.
    current_density : float
        In the spin-Hall layer (A/m²).
    warming : float
        Change of the film's temperature over the step (K).
    duration : float
        s.
    """
    driven = float(
        device.spin_current_density(device.interface_heat_flux(current_density, warming / duration))
    )
    persistence = device.thermal_spin_torque.spin_current_persistence.value
    if persistence is None:
        return driven
    before = state.kept_spin_current
    kept = float(thermal_spin_torque.mean_persisting_spin_current(before, duration, persistence))
    if current_density != 0 and abs(driven) >= abs(kept):
        state.kept_spin_current = driven
        return driven
    state.kept_spin_current = float(
        thermal_spin_torque.persisting_spin_current(before, duration, persistence)
    )
    return kept


def refuse_above_curie(device: Device, current_density: float, temperature: float) -> None:
    """Raise CardError where a film would be hotter (K) than its Curie temperature."""
    curie = device.ferromagnet.curie_temperature.value
    if temperature >= curie:
        raise CardError(
            [
                f"{device.name}: ferromagnet.curie_temperature: expected more than the "
                f"{temperature:.4g} K to which {abs(current_density):.3g} A/m^2 heat the film, "
                f"got {curie:g} K"
            ]
        )


def run_step(
    film: Film,
    neighbours: Neighbours,
    system: System,
    duration: float,
    random: np.random.Generator,
) -> int:
    """Advance the states over a step of constant parameters, in place; return the flips.

    The stray field of distant units is updated each time it may have changed by `MOST_LAG`.
    Far more flips than the limit on each element should allow raise KineticsError.
    """
    units, grains = system.units, system.grains
    dipolar = system.couplings.stray_field.factor
    lag = dipolar * film.distant_reach / (MOST_LAG * boltzmann * system.temperature)
    most_moved = 1 / lag if lag > 0 else np.inf
    flips = np.zeros(units.state.size + grains.state.size, dtype=np.int64)
    most_flips = int(RUNAWAY * system.turn_limit * duration + 1) * flips.size
    left = duration
    while left > 0:
        if abs(neighbours.moved) >= most_moved:
            units.energy[:] += dipolar * neighbours.update_distant(film)
            fill_ceilings(system)
        stop = EarlyStop(neighbours.moved, most_moved, most_flips)
        left -= advance(system, film.unit_fraction, left, stop, flips, random)
        neighbours.update(film, units.state, grains.state)
        if flips.sum() >= most_flips:
            worst, first_grain = int(np.argmax(flips)), units.state.size
            name = f"unit {worst}" if worst < first_grain else f"grain {worst - first_grain}"
            raise KineticsError(
                f"{flips.sum()} reversals in a step of {duration:g} s at "
                f"{system.temperature:g} K, {flips[worst]} of them of {name}: "
                "numerics.flicker_limit does not bound what is coupled there"
            )
    return int(flips.sum())
