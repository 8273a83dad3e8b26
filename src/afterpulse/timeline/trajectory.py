"""Trajectories: points of a plan, carried from segment to segment on one clock."""

import dataclasses
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.experiment import Experiment, Mechanisms
from afterpulse.device import Device, heat_path, heating, thermal_spin_torque
from afterpulse.engines import Driven, engine_of
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import relaxed, to_field, to_units
from afterpulse.engines.magnet_system import Conditions
from afterpulse.film.random_streams import SAMPLE, stream, stream_seed
from afterpulse.film.sample import Sample
from afterpulse.kinetics.film import Calibrated, Film, make_film
from afterpulse.kinetics.hysteresis import hysteresis_loop, loop_fields
from afterpulse.kinetics.segment import (
    State,
    exchange_bias_at,
    heat_flux,
    run_segment,
    step_ends,
    unit_grain_order,
)
from afterpulse.timeline import records
from afterpulse.timeline.ageing import aged_state
from afterpulse.timeline.protocol import Point, current_density, mechanism_sets
from afterpulse.workflow.progress import Report

LLG_OUTPUTS = 10


@dataclass
class Trajectory:
    """One point on its way.

    Attributes
    ----------
    point : Point
        What is asked for.
    state : State
        Where it stands.
    history : str
        All that has been done, for the random streams.
    clock : float
        Time since the start of the first pulse (s).
    pulse : int
        Number of the last pulse that has begun.
    pulse_end : float
        When that pulse ends (s).
    rows : list of dict
        One mapping of arrays a segment, all with a first axis of time.
    loops : list of ndarray
        <m_z> along the hysteresis loops, before the first pulse and after all.
    """

    point: Point
    state: State
    history: str
    clock: float = 0.0
    pulse: int = -1
    pulse_end: float = 0.0
    rows: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    loops: list[NDArray[np.float64]] = field(default_factory=list)


@dataclass(frozen=True)
class Bench:
    """What all points of an experiment share: cards, film, relaxed state.

    Attributes
    ----------
    device, experiment : Device, Experiment
        The cards.
    sample : Sample
        Geometry.
    film : Film
        Couplings of the kinetics.
    ground_state : ndarray, shape (nx, ny, 3)
        Relaxed film in the initial state.
    """

    device: Device
    experiment: Experiment
    sample: Sample
    film: Film
    ground_state: NDArray[np.float64]

    def mechanisms(self, point: Point) -> Mechanisms:
        """Mechanisms of a point's set."""
        return mechanism_sets(self.experiment)[point.mechanism_set]


def run_points(
    device: Device,
    experiment: Experiment,
    sample: Sample,
    ground_state: NDArray[np.float64],
    calibrated: Calibrated,
    points: list[Point],
    report: Report = lambda share, line: None,
) -> xr.Dataset:
    """Compute a chunk of points that have the same number of pulses.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    sample : Sample
        The film.
    ground_state : ndarray, shape (nx, ny, 3)
        Relaxed film.
    calibrated : Calibrated
        What micromagnetics says of the units.
    points : list of Point
        Of one protocol.
    report : callable
        Told of the progress.

    Returns
    -------
    xarray.Dataset
        Dims (point, step); a point does not depend on the others of its chunk.
    """
    bench = Bench(
        device,
        experiment,
        sample,
        make_film(device, experiment, sample, calibrated),
        ground_state,
    )
    aged: dict[tuple[int, str], Trajectory] = {}
    trajectories = []
    for point in points:
        film = (point.replicate, point.mechanism_set)
        if film not in aged:
            mechanisms = bench.mechanisms(point)
            state = aged_state(device, experiment, mechanisms, bench.film, point.replicate)
            aged[film] = Trajectory(point, state, "aged")
            take_loop(bench, aged[film])
            report(0.0, f"replicate {point.replicate} aged for {experiment.ageing:g} s")
        trajectories.append(dataclasses.replace(deepcopy(aged[film]), point=point))
        store_start(bench, trajectories[-1])
    for number in range(len(points[0].pulses)):
        run_pulse(bench, trajectories, number, report)
    for trajectory in trajectories:
        take_loop(bench, trajectory)
    dataset = records.chunk_dataset([trajectory.rows for trajectory in trajectories])
    if experiment.hysteresis is None:
        return dataset
    loops = np.array([trajectory.loops for trajectory in trajectories])
    return dataset.merge(records.loop_dataset(loop_fields(experiment.hysteresis), loops))


def take_loop(bench: Bench, trajectory: Trajectory) -> None:
    """Take the card's hysteresis loop, if it has one, on a copy of a trajectory's film."""
    experiment, point = bench.experiment, trajectory.point
    if experiment.hysteresis is None:
        return
    random = stream(experiment.seed, SAMPLE, point.replicate, f"{trajectory.history} hysteresis")
    trajectory.loops.append(
        hysteresis_loop(
            bench.device,
            experiment,
            bench.mechanisms(point),
            bench.film,
            trajectory.state,
            experiment.hysteresis,
            random,
        )
    )


def run_pulse(bench: Bench, trajectories: list[Trajectory], number: int, report: Report) -> None:
    """Carry all trajectories over their pulse of a given number and the wait after it."""
    numerics = bench.experiment.numerics
    pulses = [trajectory.point.pulses[number] for trajectory in trajectories]
    by_llg = [trajectory.point.pulse_edges == "llg" for trajectory in trajectories]
    leading = [
        (pulse.width if pulse.width <= numerics.llg_pulse_max else numerics.leading_edge)
        if llg
        else 0.0
        for pulse, llg in zip(pulses, by_llg, strict=True)
    ]
    trailing = [
        min(numerics.trailing_edge, pulse.wait / 2) if llg else 0.0
        for pulse, llg in zip(pulses, by_llg, strict=True)
    ]
    for trajectory, pulse in zip(trajectories, pulses, strict=True):
        trajectory.pulse = number
        trajectory.pulse_end = trajectory.clock + pulse.width
        trajectory.history += f"|{pulse.amplitude!r} A"
    run_edges(bench, trajectories, leading, [p.amplitude for p in pulses], "leading_edge", report)
    for trajectory, pulse, edge in zip(trajectories, pulses, leading, strict=True):
        trajectory.history += f" for {pulse.width!r} s"
        if pulse.width > edge:
            ends = step_ends(pulse.width - edge, numerics.steps_per_decade)
            run_kinetics(bench, trajectory, pulse.amplitude, ends, "plateau")
    run_edges(bench, trajectories, trailing, [0.0] * len(pulses), "trailing_edge", report)
    for done, (trajectory, pulse, edge) in enumerate(
        zip(trajectories, pulses, trailing, strict=True), start=1
    ):
        # The steps are counted from the end of the pulse, so that all edges share one grid.
        ends = step_ends(pulse.wait, numerics.steps_per_decade, trajectory.point.marks)
        run_kinetics(bench, trajectory, 0.0, ends[ends > edge * (1 + 1e-9)] - edge, "wait")
        trajectory.history += f", wait {pulse.wait!r} s"
        of = len(trajectory.point.pulses)
        report(
            (number + done / len(trajectories)) / of,
            f"pulse {number + 1} of {of}, point {done} of {len(trajectories)}, "
            f"{trajectory.clock:.4g} s simulated",
        )


def run_kinetics(
    bench: Bench, trajectory: Trajectory, current: float, ends: NDArray[np.float64], stage: str
) -> None:
    """Carry one trajectory over a segment by kinetic Monte Carlo and store it."""
    experiment, point = bench.experiment, trajectory.point
    record = run_segment(
        bench.device,
        experiment,
        bench.mechanisms(point),
        bench.film,
        trajectory.state,
        current_density(bench.device, current),
        ends,
        stream(experiment.seed, SAMPLE, point.replicate, f"{trajectory.history} {stage}"),
    )
    steps = ends.size
    magnetisation = np.zeros((steps, 3))
    magnetisation[:, 2] = record.unit_state @ bench.film.unit_share
    store(
        bench,
        trajectory,
        stage,
        "kinetics",
        current,
        record.time,
        record.temperature,
        magnetisation,
        np.zeros(steps),
        record.unit_state,
        record.grain_order,
        record.exchange_bias_field,
        record.flicker_error,
        record.unit_grain_order,
    )


def run_edges(
    bench: Bench,
    trajectories: list[Trajectory],
    durations: list[float],
    currents: list[float],
    stage: str,
    report: Report,
) -> None:
    """Carry trajectories over a pulse's edge by LLG, in batches of one duration, and store it.

    Trajectories with one history so far, such as pulses that differ in width alone, share it.
    """
    stretches = sorted(set(durations) - {0.0})
    if not stretches:
        # An engine takes a second to import.
        return
    engine = engine_of(bench.experiment.engine)
    for duration in stretches:
        members = [
            (trajectory, current)
            for trajectory, current, own in zip(trajectories, currents, durations, strict=True)
            if own == duration
        ]
        heated = [heat_edge(bench, *member, duration) for member in members]
        seeds = [
            stream_seed(
                bench.experiment.seed,
                SAMPLE,
                trajectory.point.replicate,
                f"{trajectory.history} {stage}",
            )
            for trajectory, _ in members
        ]
        alike = [
            (seed, trajectory.point.mechanism_set)
            for seed, (trajectory, _) in zip(seeds, members, strict=True)
        ]
        first = {key: lane for lane, key in reversed(list(enumerate(alike)))}
        lanes = sorted(first.values())
        begun = trajectories[0].pulse / len(trajectories[0].point.pulses)
        report(begun, f"{stage.replace('_', ' ')}: LLG of {len(lanes)} films over {duration:g} s")
        cards, film = (bench.device, bench.experiment), bench.sample
        states = [members[lane][0].state for lane in lanes]
        written = [
            film_system(
                *cards,
                film,
                to_field(film, state.unit_state, bench.ground_state),
                state.grain_state,
                Conditions(heated[lane][0]),
            )
            for lane, state in zip(lanes, states, strict=True)
        ]
        settled = relaxed(engine, written, bench.experiment.numerics)
        conditions = [
            Conditions(
                heated[lane][0],
                current_density(bench.device, members[lane][1]),
                heated[lane][2],
            )
            for lane in lanes
        ]
        systems = [
            film_system(*cards, film, m, state.grain_state, condition)
            for m, state, condition in zip(settled, states, conditions, strict=True)
        ]
        driven = engine(
            systems,
            duration,
            LLG_OUTPUTS,
            [seeds[lane] for lane in lanes],
            bench.experiment.numerics,
        )
        shared = {alike[lane]: result for lane, result in zip(lanes, driven, strict=True)}
        for lane, (trajectory, current) in enumerate(members):
            store_edge(bench, trajectory, stage, current, shared[alike[lane]], heated[lane][1])


def heat_edge(
    bench: Bench, trajectory: Trajectory, current: float, duration: float
) -> tuple[float, NDArray[np.float64], float]:
    """Heat a trajectory's film over an edge, in place.

    Parameters
    ----------
    bench : Bench
        The cards.
    trajectory : Trajectory
        Its state's temperature rises are carried on.
    current : float
        A.
    duration : float
        s.

    Returns
    -------
    mean : float
        Mean temperature, with which LLG computes (K).
    at_outputs : ndarray, shape (LLG_OUTPUTS,)
        Temperature at LLG's outputs (K).
    thermal : float
        Spin current of the heat flux (A/m²), 0 where the mechanism is off.
    """
    device, state = bench.device, trajectory.state
    resistance, time_constant = heating.chain(device)
    power = heating.power(device, current_density(device, current))
    mean = heat_path.mean_stage_rise(state.rise, power, duration, resistance, time_constant)
    outputs = duration * np.arange(1, LLG_OUTPUTS + 1) / LLG_OUTPUTS
    rises = np.array(
        [
            heat_path.stage_rise(state.rise, power, time, resistance, time_constant)
            for time in outputs
        ]
    )
    state.rise = rises[-1]
    flux = heat_flux(device, state, float(mean.sum() / resistance.sum()), duration)
    acts = bench.mechanisms(trajectory.point).thermal_spin_torque
    thermal = thermal_spin_torque.spin_current_density(
        device.thermal_spin_torque.conversion.value, flux
    )
    ambient = device.heat_path.ambient_temperature.value
    return (
        float(ambient + mean.sum()),
        ambient + rises.sum(axis=1),
        float(thermal) if acts else 0.0,
    )


def store_edge(
    bench: Bench,
    trajectory: Trajectory,
    stage: str,
    current: float,
    driven: Driven,
    temperature: NDArray[np.float64],
) -> None:
    """Store an edge and hand its last field over to the units."""
    trajectory.state.unit_state = to_units(bench.sample, driven.m)
    steps = driven.time.size
    order = bench.film.grain_share @ trajectory.state.grain_state
    bias = [
        exchange_bias_at(bench.device, bench.film, trajectory.state.grain_state, kelvin)
        for kelvin in temperature
    ]
    store(
        bench,
        trajectory,
        stage,
        bench.experiment.engine,
        current,
        driven.time,
        temperature,
        driven.mean_m,
        driven.mean_xy,
        np.tile(trajectory.state.unit_state, (steps, 1)),
        np.full(steps, order),
        np.array(bias),
        np.zeros(steps),  # LLG carries out every turn
        np.tile(unit_grain_order(bench.film, trajectory.state.grain_state), (steps, 1)),
    )


def store_start(bench: Bench, trajectory: Trajectory) -> None:
    """Store the state right before the first pulse."""
    state, film = trajectory.state, bench.film
    kelvin = bench.device.heat_path.ambient_temperature.value + state.rise.sum()
    store(
        bench,
        trajectory,
        "start",
        "kinetics",
        0.0,
        np.zeros(1),
        np.array([kelvin]),
        np.array([[0.0, 0.0, state.unit_state @ film.unit_share]]),
        np.zeros(1),
        state.unit_state[None].copy(),  # the kinetics change it in place
        np.array([film.grain_share @ state.grain_state]),
        np.array([exchange_bias_at(bench.device, film, state.grain_state, kelvin)]),
        np.zeros(1),
        unit_grain_order(film, state.grain_state)[None],
    )


def store(
    bench: Bench,
    trajectory: Trajectory,
    stage: str,
    engine: str,
    current: float,
    time: NDArray[np.float64],
    temperature: NDArray[np.float64],
    mean_m: NDArray[np.float64],
    mean_xy: NDArray[np.float64],
    unit_state: NDArray[np.int8],
    grain_order: NDArray[np.float64],
    exchange_bias_field: NDArray[np.float64],
    flicker_error: NDArray[np.float64],
    unit_grain_order: NDArray[np.float64],
) -> None:
    """Append a segment to a trajectory, with its Hall voltage, and move the clock on.

    Times count from the start of the segment; arrays have a first axis of time.
    """
    seed = stream_seed(
        bench.experiment.seed,
        SAMPLE,
        trajectory.point.replicate,
        f"{trajectory.history} {stage} noise",
    )
    # Short times first: after a long train the clock has lost the digits of a nanosecond.
    delay = time + (trajectory.clock - trajectory.pulse_end)
    trajectory.rows.append(
        records.rows(
            trajectory.clock + time,
            delay,
            current,
            temperature,
            mean_m,
            records.voltage(
                bench.device,
                bench.mechanisms(trajectory.point),
                temperature,
                mean_m[:, 2],
                mean_xy,
                seed,
            ),
            grain_order,
            exchange_bias_field,
            flicker_error,
            unit_state,
            unit_grain_order,
            stage,
            engine,
            trajectory.pulse,
        )
    )
    trajectory.clock += float(time[-1])
