"""The kinetics over a segment of constant current: steps, temperature, torques, records."""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.constants import k as boltzmann

from afterpulse.cards import CardError
from afterpulse.cards.experiment import Experiment, Mechanisms
from afterpulse.device import (
    Device,
    heat_path,
    heating,
    spin_orbit_torque,
    temperature_scaling,
    thermal_spin_torque,
)
from afterpulse.device.critical_current import in_plane_bias, initial_sign
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.flicker_error import flicker_error
from afterpulse.kinetics.monte_carlo import (
    Ceilings,
    Couplings,
    Elements,
    advance,
    fill_ceilings,
    room_for_ceilings,
)
from afterpulse.kinetics.neighbours import Neighbours, neighbours_of, renew, renew_distant
from afterpulse.kinetics.spans import span_starts

# Nothing in a film follows faster than the attempt frequencies of about 1/ns.
FIRST_STEP = 1e-9
# The stray field of distant units is renewed once the mean magnetisation has moved so far that it
# may change the energy of a unit by this much, in k_B T.
MOST_LAG = 0.1
# Share by which temperature and heat flux may change while the film's parameters are held.
MOST_CHANGE = 0.01
# Elements that turn at their limit all the time reverse twice as often as it says; beyond this
# many times the limit on average something is wrong.
RUNAWAY = 10
# Estimated change of <m_z>, or of the grains' order, at which the flicker limit is doubled.
MOST_FLICKER_ERROR = 0.02


class KineticsError(RuntimeError):
    """A step that would not come to an end."""


@dataclass
class State:
    """What a trajectory carries from segment to segment.

    Attributes
    ----------
    unit_state : ndarray of int8, shape (units,)
        Sign of m_z.
    grain_state : ndarray of int8, shape (grains,)
        Sign of the interface spin along the easy axis.
    rise : ndarray, shape (stages,)
        Temperature rise of the Foster stages (K).
    persisting_flux : float
        Heat flux that persists with a time constant of its own (W/m²).
    """

    unit_state: NDArray[np.int8]
    grain_state: NDArray[np.int8]
    rise: NDArray[np.float64]
    persisting_flux: float


@dataclass(frozen=True)
class Record:
    """What is known at the end of each step.

    Attributes
    ----------
    time : ndarray, shape (steps,)
        From the start of the segment (s).
    temperature : ndarray, shape (steps,)
        K.
    unit_state : ndarray of int8, shape (steps, units)
        Sign of m_z.
    grain_order : ndarray, shape (steps,)
        Mean of the grains' states over the area (1).
    unit_grain_order : ndarray, shape (steps, units)
        Of the grains under each unit, see `unit_grain_order` (1).
    exchange_bias_field : ndarray, shape (steps,)
        Mean over the film, along z (T).
    flips : ndarray of int64, shape (steps,)
        Events in the step.
    flicker_error : ndarray, shape (steps,)
        By how much the flicker limit may have changed <m_z> or the grains' order, as last
        estimated (1).
    """

    time: NDArray[np.float64]
    temperature: NDArray[np.float64]
    unit_state: NDArray[np.int8]
    grain_order: NDArray[np.float64]
    unit_grain_order: NDArray[np.float64]
    exchange_bias_field: NDArray[np.float64]
    flips: NDArray[np.int64]
    flicker_error: NDArray[np.float64]


class Held(NamedTuple):
    """Film whose parameters are held over a span of steps."""

    units: Elements
    grains: Elements
    couplings: Couplings
    ceilings: Ceilings
    temperature: float


def initial_state(device: Device, experiment: Experiment, film: Film) -> State:
    """Set film: units and grains along the initial state, at the ambient temperature."""
    sign = initial_sign(experiment)
    return State(
        unit_state=np.full(film.unit_share.size, sign, dtype=np.int8),
        grain_state=np.full(film.grain_share.size, sign, dtype=np.int8),
        rise=np.zeros(len(device.heat_path.stages)),
        persisting_flux=0.0,
    )


def step_ends(
    duration: float, steps_per_decade: int, marks: tuple[float, ...] = ()
) -> NDArray[np.float64]:
    """Ends of steps that are logarithmic from the start of a segment.

    Parameters
    ----------
    duration : float
        Of the segment (s).
    steps_per_decade : int
        Of time.
    marks : tuple of float
        Further times that a step has to end at (s).

    Returns
    -------
    ndarray
        Increasing, the last is `duration`.
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
    device: Device,
    experiment: Experiment,
    mechanisms: Mechanisms,
    film: Film,
    state: State,
    current_density: float,
    ends: NDArray[np.float64],
    random: np.random.Generator,
) -> Record:
    """Carry a state over a segment of constant current, in place.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    mechanisms : Mechanisms
        Which of them act.
    film : Film
        From `film.make_film`.
    state : State
        Changed.
    current_density : float
        In the spin-Hall layer (A/m²).
    ends : ndarray, shape (steps,)
        End of each step from the start of the segment (s).
    random : numpy.random.Generator
        Of this segment alone.

    Returns
    -------
    Record
        At the end of each step.

    Raises
    ------
    CardError
        If the film gets hotter than its Curie temperature.
    KineticsError
        If a step would not come to an end.
    """
    resistance, time_constant = heating.chain(device)
    chain = (heating.power(device, current_density), resistance, time_constant)
    ambient = device.heat_path.ambient_temperature.value
    durations = np.diff(ends, prepend=0.0)
    rise_at_end = heat_path.stage_rise(state.rise, chain[0], ends[:, None], *chain[1:])
    rise_at_start = np.vstack([state.rise, rise_at_end[:-1]])
    rise = heat_path.mean_stage_rise(rise_at_start, chain[0], durations[:, None], *chain[1:])
    temperature, temperature_at_end = ambient + rise.sum(axis=1), ambient + rise_at_end.sum(axis=1)
    refuse_above_curie(device, current_density, max(temperature.max(), temperature_at_end.max()))
    flux = np.array(
        [
            heat_flux(device, state, mean, duration)
            for mean, duration in zip(rise.sum(axis=1) / resistance.sum(), durations, strict=True)
        ]
    )

    steps, units, grains = ends.size, state.unit_state.size, state.grain_state.size
    unit_states = np.empty((steps, units), dtype=np.int8)
    unit_order = np.empty((steps, units))
    grain_order, bias_field = np.empty(steps), np.empty(steps)
    flips = np.empty(steps, dtype=np.int64)
    limit, errors = experiment.numerics.flicker_limit, np.zeros(steps)
    estimated = estimate_at(steps, experiment.numerics.steps_per_decade)
    around = neighbours_of(film, state.unit_state, state.grain_state)
    ceilings = room_for_ceilings(units, grains)
    limit_raised = False
    starts = span_starts(np.log(temperature), MOST_CHANGE)
    if mechanisms.thermal_spin_torque:
        starts += span_starts(flux, MOST_CHANGE * np.abs(flux).max())
    for first, last in itertools.pairwise(sorted({*starts, steps})):
        share = durations[first:last] / durations[first:last].sum()
        held = hold(
            device,
            experiment,
            mechanisms,
            film,
            around,
            ceilings,
            state,
            current_density,
            float(share @ temperature[first:last]),
            float(share @ flux[first:last]),
        )
        for step in range(first, last):
            most_turns = limit / ends[step]
            if step == first or limit_raised:
                fill_ceilings(ceilings, held.units, held.grains, held.temperature, most_turns)
            limit_raised = False
            flips[step] = run_step(film, around, held, durations[step], most_turns, random)
            if step in estimated:
                errors[step:] = largest_error(film, held, most_turns, ends[step])
                if errors[step] > MOST_FLICKER_ERROR:
                    limit, limit_raised = 2 * limit, True
            unit_states[step] = state.unit_state
            grain_order[step] = film.grain_share @ state.grain_state
            unit_order[step] = around.grains
            bias_field[step] = exchange_bias(
                device, film, float(around.grains.sum()), temperature_at_end[step]
            )
    state.rise = rise_at_end[-1]
    unit_order /= largest_grain_bias(film)
    return Record(
        ends,
        temperature_at_end,
        unit_states,
        grain_order,
        unit_order,
        bias_field,
        flips,
        errors,
    )


def estimate_at(steps: int, steps_per_decade: int) -> set[int]:
    """Steps after which the error is estimated: the last, and one in each decade before it."""
    return set(range(steps - 1, -1, -steps_per_decade))


def largest_error(film: Film, held: Held, most_turns: float, elapsed: float) -> float:
    """Size of the estimated error of <m_z> or of the grains' order, whichever is larger (1)."""
    units, grains, couplings, _, temperature = held
    both = flicker_error(
        units,
        grains,
        couplings,
        temperature,
        most_turns,
        elapsed,
        film.unit_share,
        film.grain_share,
    )
    return max(abs(both[0]), abs(both[1]))


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


def hold(
    device: Device,
    experiment: Experiment,
    mechanisms: Mechanisms,
    film: Film,
    around: Neighbours,
    ceilings: Ceilings,
    state: State,
    current_density: float,
    temperature: float,
    flux: float,
) -> Held:
    """Elements and couplings at a temperature, under a current and a heat flux.

    Parameters
    ----------
    device, experiment, mechanisms, film, state, current_density
        As in `run_segment`.
    around : Neighbours
        Of the state.
    ceilings : Ceilings
        To be filled.
    temperature : float
        K, below the Curie temperature.
    flux : float
        Heat flux that drives the thermal spin torque (W/m²).

    Returns
    -------
    Held
        The state's arrays are shared, not copied.
    """
    magnet, antiferromagnet = device.ferromagnet, device.antiferromagnet
    curie, exponent = magnet.curie_temperature.value, magnet.anisotropy_exponent.value
    neel = antiferromagnet.neel_temperature.value
    ambient = device.heat_path.ambient_temperature.value
    magnetisation = temperature_scaling.magnetisation(temperature, curie)
    anisotropy = temperature_scaling.anisotropy(temperature, curie, exponent)
    anisotropy_at_ambient = temperature_scaling.anisotropy(ambient, curie, exponent)
    couplings = scaled(
        film.couplings,
        float(temperature_scaling.wall_energy(temperature, curie, exponent)),
        float(magnetisation**2),
        float(temperature_scaling.interface_coupling(temperature, neel)),
    )
    wall, dipolar, contact, _ = (links.factor for links in couplings)

    unit_barrier = film.barrier_factor * (
        film.anisotropy_energy * anisotropy + film.shape_energy * magnetisation**2
    )
    barrier_at_ambient = film.barrier_factor * (
        film.anisotropy_energy * anisotropy_at_ambient
        + film.shape_energy * temperature_scaling.magnetisation(ambient, curie) ** 2
    )
    # A macrospin's threshold is proportional to its barrier, so it falls as the film heats up.
    threshold = film.unit_threshold * unit_barrier / barrier_at_ambient
    ratio = np.divide(
        abs(current_density),
        threshold,
        out=np.full(threshold.size, np.inf if current_density else 0.0),
        where=threshold > 0,
    )
    # The torque itself does not depend on temperature, so neither does the tilt, 2KV J/J_c.
    polarity = spin_orbit_torque.favoured_polarity(
        current_density,
        device.spin_hall_layer.spin_hall_angle.value,
        in_plane_bias(device, experiment),
    )
    tilt = film.torque_tilt * polarity
    unit_energy = (
        tilt * 2 * barrier_at_ambient * abs(current_density) / film.unit_threshold
        + film.unit_moment * magnetisation * experiment.applied_field[2]
        + wall * around.walls
        + dipolar * (around.near + around.distant)
        + contact * around.grains
    )
    if mechanisms.thermal_spin_torque:
        unit_energy += thermal_spin_torque.well_bias(
            film.anisotropy_energy,
            thermal_spin_torque.spin_current_density(
                device.thermal_spin_torque.conversion.value, flux
            ),
            film.unit_heat_threshold,
            device.thermal_spin_torque.polarisation.value[2],
        )
    softening = temperature_scaling.antiferromagnet_anisotropy(temperature, neel)
    return Held(
        Elements(
            state.unit_state,
            unit_barrier * np.maximum(1 - ratio, 0.0),
            unit_energy,
            magnet.attempt_frequency.value,
            mechanisms.fm_aftereffect,
        ),
        Elements(
            state.grain_state,
            film.grain_barrier * softening,
            contact * around.units,
            antiferromagnet.attempt_frequency.value if mechanisms.afm_viscosity else 0.0,
            True,
        ),
        couplings,
        ceilings,
        temperature,
    )


def scaled(couplings: Couplings, wall: float, dipolar: float, contact: float) -> Couplings:
    """Couplings with factors on the wall energies, the stray field and the interface coupling."""
    return Couplings(
        couplings.walls._replace(factor=wall),
        couplings.stray_field._replace(factor=dipolar),
        couplings.grains_of_unit._replace(factor=contact),
        couplings.units_of_grain._replace(factor=contact),
    )


def run_step(
    film: Film,
    around: Neighbours,
    held: Held,
    duration: float,
    most_turns: float,
    random: np.random.Generator,
) -> int:
    """Carry the states over a step of constant parameters, in place.

    The stray field of distant units is renewed each time it may have changed by `MOST_LAG`.

    Parameters
    ----------
    film : Film
        The couplings at T = 0.
    around : Neighbours
        Of the present states; renewed.
    held : Held
        With ceilings for the present states.
    duration : float
        s.
    most_turns : float
        Turns a second of one element that are carried out at most.
    random : numpy.random.Generator
        Of the segment.

    Returns
    -------
    int
        Number of flips.

    Raises
    ------
    KineticsError
        If there are far more flips than the limit on each element should allow.
    """
    units, grains, couplings, ceilings, temperature = held
    dipolar = couplings.stray_field.factor
    lag = dipolar * film.distant_reach / (MOST_LAG * boltzmann * temperature)
    most_moved = 1 / lag if lag > 0 else np.inf
    flips = np.zeros(units.state.size + grains.state.size, dtype=np.int64)
    most_flips = int(RUNAWAY * most_turns * duration + 1) * flips.size
    left = duration
    while left > 0:
        if abs(around.moved) >= most_moved:
            units.energy[:] += dipolar * renew_distant(around, film)
            fill_ceilings(ceilings, units, grains, temperature, most_turns)
        left -= advance(
            units,
            grains,
            couplings,
            ceilings,
            left,
            temperature,
            most_turns,
            film.unit_share,
            around.moved,
            most_moved,
            flips,
            most_flips,
            random,
        )
        renew(around, film, units.state, grains.state)
        if flips.sum() >= most_flips:
            worst, first_grain = int(np.argmax(flips)), units.state.size
            name = f"unit {worst}" if worst < first_grain else f"grain {worst - first_grain}"
            raise KineticsError(
                f"{flips.sum()} reversals in a step of {duration:g} s at {temperature:g} K, "
                f"{flips[worst]} of them of {name}: numerics.flicker_limit does not bound what is "
                "coupled there"
            )
    return int(flips.sum())


def heat_flux(device: Device, state: State, flux: float, duration: float) -> float:
    """Heat flux that drives the thermal spin torque; renews what persists of it in the state.

    Parameters
    ----------
    device : Device
        With or without a persistence of its own.
    state : State
        Its `persisting_flux` is changed.
    flux : float
        Mean of the heat path over the step (W/m²).
    duration : float
        Of the step (s).

    Returns
    -------
    float
        W/m².
    """
    persistence = device.thermal_spin_torque.persistence.value
    if persistence is None:
        return flux
    kept = thermal_spin_torque.persisting_heat_flux(state.persisting_flux, duration, persistence)
    state.persisting_flux = max(flux, float(kept))
    return state.persisting_flux


def exchange_bias(device: Device, film: Film, contacts: float, temperature: float) -> float:
    """Exchange-bias field along z, mean over the film.

    Parameters
    ----------
    device : Device
        How coupling and magnetisation follow the temperature.
    film : Film
        Moments.
    contacts : float
        Sum of J_int A u_z sigma over all contacts, at T = 0 (J).
    temperature : float
        K, below the Curie temperature.

    Returns
    -------
    float
        T.
    """
    magnetisation = temperature_scaling.magnetisation(
        temperature, device.ferromagnet.curie_temperature.value
    )
    coupling = temperature_scaling.interface_coupling(
        temperature, device.antiferromagnet.neel_temperature.value
    )
    return float(coupling * contacts / (magnetisation * film.unit_moment.sum()))


def exchange_bias_at(
    device: Device, film: Film, grain_state: NDArray[np.int8], temperature: float
) -> float:
    """Exchange-bias field of grains in given states (T); parameters as `exchange_bias`."""
    links = film.couplings.grains_of_unit
    return exchange_bias(device, film, float(links.energy @ grain_state[links.other]), temperature)


def unit_grain_order(film: Film, grain_state: NDArray[np.int8]) -> NDArray[np.float64]:
    """Order of the grains under each unit: their exchange bias on it over that of grains all up.

    Parameters
    ----------
    film : Film
        Which grains a unit touches, over which areas.
    grain_state : ndarray of int8, shape (grains,)
        Signs.

    Returns
    -------
    ndarray, shape (units,)
        From -1 to 1, NaN for a unit that no grain biases.
    """
    links = film.couplings.grains_of_unit
    return sums_of_units(film, links.energy * grain_state[links.other]) / largest_grain_bias(film)


def largest_grain_bias(film: Film) -> NDArray[np.float64]:
    """Exchange bias on each unit from grains all up, at T = 0 (J); NaN where there are none."""
    largest = sums_of_units(film, film.couplings.grains_of_unit.energy)
    return np.where(largest > 0, largest, np.nan)


def sums_of_units(film: Film, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over the grains of each unit of one value for each of `couplings.grains_of_unit`."""
    start = film.couplings.grains_of_unit.start.astype(np.int64)
    unit = np.repeat(np.arange(start.size - 1), np.diff(start))
    total = np.bincount(unit, values, minlength=start.size - 1)
    return np.asarray(total, dtype=np.float64)
