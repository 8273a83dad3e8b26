"""Stages of a pulse by LLG: its edges, the whole pulse, or the time after it as well."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.engines import Driven, Engine, engine_of
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import thermalised, to_field, to_units
from afterpulse.engines.magnet_system import Conditions
from afterpulse.engines.observables import observables
from afterpulse.kinetics.segment import refuse_above_curie, run_segment, thermal_spin_current
from afterpulse.kinetics.state import Record, State
from afterpulse.timeline.bench import Bench, HallMeans, Trajectory, store
from afterpulse.timeline.llg_batch import Lane, LlgBatch, StageSeries, batch_name
from afterpulse.timeline.llg_schedule import LlgStep, Output, steps
from afterpulse.timeline.protocol import WHOLE
from afterpulse.timeline.stored_fields import Snapshot
from afterpulse.workflow.progress import Report

if TYPE_CHECKING:
    import micromagneticmodel as mm


class StepHeat(NamedTuple):
    """Heat of a film over a step.

    Attributes
    ----------
    mean : float
        Mean temperature, that of the LLG parameters (K).
    at_outputs : ndarray, shape (outputs,)
        Temperature at the outputs (K).
    spin_current : float
        Mean thermal spin current (A/m²), 0 if the mechanism is off.
    """

    mean: float
    at_outputs: NDArray[np.float64]
    spin_current: float


def run_stage(
    bench: Bench,
    trajectories: list[Trajectory],
    outputs: list[list[Output]],
    amplitudes: list[float],
    stage: str,
    report: Report,
) -> None:
    """Advance trajectories over a stage of their pulses and store it.

    LLG runs in batches of equal steps. Trajectories with equal history and current so far, such as
    pulses that differ only in width, share one LLG run.

    Parameters
    ----------
    outputs : list of list of Output
        Of each trajectory; none if LLG does not compute the stage.
    amplitudes : list of float
        Of the pulses (A).
    """
    if not any(outputs):
        # An engine takes a second to import.
        return
    engine = engine_of(bench.experiment.engine)
    batches: dict[tuple[LlgStep, ...], list[tuple[Trajectory, float]]] = {}
    for trajectory, own, amplitude in zip(trajectories, outputs, amplitudes, strict=True):
        if own:
            planned = steps(
                bench.device,
                trajectory.state.rise,
                bench.device.current_density(amplitude),
                own,
                largest_step(bench, trajectory),
            )
            batches.setdefault(planned, []).append((trajectory, amplitude))
    count, done = len(trajectories[0].point.pulses), 0
    for planned, members in batches.items():
        alike: dict[tuple[int, str], list[tuple[Trajectory, float]]] = {}
        for trajectory, amplitude in members:
            key = bench.seed(trajectory, stage), trajectory.point.mechanism_set
            alike.setdefault(key, []).append((trajectory, amplitude))
        time = sum(step.duration for step in planned)
        label = f"{stage.replace('_', ' ')}: LLG of {len(alike)} films over {time:g} s"
        # A stage counts as half of its pulse and the wait after it.
        first = (trajectories[0].pulse + 0.5 * done / len(trajectories)) / count
        share = 0.5 * len(members) / len(trajectories) / count
        done += len(members)
        report(first, label)
        reached = partial(reach, report, label, first, share)
        batch = batch_at(bench, engine, [group[0] for group in alike.values()], planned, stage)
        drive(bench, engine, batch, reached)
        for lane, group in zip(batch.lanes, alike.values(), strict=True):
            for trajectory, _ in group:
                trajectory.state = deepcopy(lane.trajectory.state)
                trajectory.field = lane.m if trajectory.point.micromagnetics in WHOLE else None
                store_stage(bench, trajectory, lane, stage)


def reach(report: Report, label: str, first: float, share: float, fraction: float) -> None:
    """Report a fraction of a share of the work that starts at `first`."""
    report(first + share * fraction, label)


def largest_step(bench: Bench, trajectory: Trajectory) -> float:
    """Return the most change of temperature in a step (K); the edges of pulses are one step."""
    if trajectory.point.micromagnetics in WHOLE:
        return bench.experiment.numerics.temperature_step
    return float(np.inf)


def batch_at(
    bench: Bench,
    engine: Engine,
    members: list[tuple[Trajectory, float]],
    planned: tuple[LlgStep, ...],
    stage: str,
) -> LlgBatch:
    """Return a batch at its checkpoint, or else at the start of the stage."""
    if bench.checkpoint is not None:
        arrays = bench.checkpoint.saved(batch_name(bench, stage, planned, members))
        if arrays is not None:
            return LlgBatch.of_arrays(stage, planned, members, arrays)
    return LlgBatch(stage, planned, start(bench, engine, members, stage))


def start(
    bench: Bench, engine: Engine, members: list[tuple[Trajectory, float]], stage: str
) -> list[Lane]:
    """Return the films at the start of a stage, those of units in thermal equilibrium."""
    cold = [trajectory for trajectory, _ in members if trajectory.field is None]
    written = []
    for trajectory in cold:
        kelvin = bench.device.ambient_temperature + float(trajectory.state.rise.sum())
        m = to_field(bench.sample, trajectory.state.unit_state, bench.ground_state)
        written.append(system_of(bench, trajectory, m, Conditions(kelvin)))
    seeds = [bench.seed(trajectory, f"{stage} settling") for trajectory in cold]
    settled = iter(thermalised(engine, written, bench.experiment.numerics, seeds) if cold else [])
    return [
        Lane(
            trajectory,
            amplitude,
            next(settled) if trajectory.field is None else trajectory.field,
        )
        for trajectory, amplitude in members
    ]


def system_of(
    bench: Bench, trajectory: Trajectory, m: NDArray[np.float64], at: Conditions
) -> mm.System:
    """Return the system of a trajectory's film with the parameters of a quiet one."""
    quiet = bench.quiet_film.magnetisation(at.temperature)
    return film_system(
        bench.device,
        bench.experiment,
        bench.sample,
        m,
        trajectory.state.grain_state,
        replace(at, quiet=quiet),
    )


def drive(bench: Bench, engine: Engine, batch: LlgBatch, reached: Callable[[float], None]) -> None:
    """Advance films over the rest of a stage."""
    numerics, weight = bench.experiment.numerics, bench.reading_weight
    stage, planned, lanes = batch.stage, batch.planned, batch.lanes
    members = [(lane.trajectory, lane.amplitude) for lane in lanes]
    name = batch_name(bench, stage, planned, members)
    seeds = [
        [bench.seed(lane.trajectory, f"{stage} {index}" if index else stage) for lane in lanes]
        for index in range(len(planned))
    ]
    # Steps that are not stored count too.
    begins = np.cumsum([0.0, *(step.duration for step in planned)])
    for index, step in enumerate(planned[batch.done :], start=batch.done):
        before = [
            (lane.trajectory.state.rise.copy(), lane.trajectory.state.kept_spin_current)
            for lane in lanes
        ]
        heats = [heat_step(bench, lane.trajectory, lane.amplitude, step) for lane in lanes]
        systems = [
            system_of(
                bench,
                lane.trajectory,
                lane.m,
                Conditions(
                    heat.mean,
                    bench.device.current_density(step.current * lane.amplitude),
                    heat.spin_current,
                ),
            )
            for lane, heat in zip(lanes, heats, strict=True)
        ]
        results = engine(systems, step.duration, step.outputs, seeds[index], numerics, weight)
        for lane, heat, system, driven, earlier in zip(
            lanes, heats, systems, results, before, strict=True
        ):
            trajectory, state = lane.trajectory, lane.trajectory.state
            lane.m = driven.m
            state.unit_state = to_units(bench.sample, driven.m)
            whole = trajectory.point.micromagnetics in WHOLE
            if whole and not numerics.frozen_grains:
                # The kinetics heat the film over the same step.
                state.rise, state.kept_spin_current = earlier
                turn_grains(bench, lane, step, f"{stage} {index} grains")
            if step.stored:
                times = begins[index] + driven.time
                currents = np.full(step.outputs, step.current * lane.amplitude)
                record, hall_means = read_film(bench, state, heat, replace(driven, time=times))
                observed = of_fields(system, driven, hall_means, heat) if whole else {}
                lane.series.append(StageSeries(record, currents, hall_means, observed))
                lane.snapshots += [
                    Snapshot(float(times[i]), driven.snapshots[i].astype(np.float32))
                    for i in step.kept
                ]
        batch.done = index + 1
        if bench.checkpoint is not None:
            bench.checkpoint.update(name, batch.arrays, batch.finished)
        reached(batch.done / len(planned))


def read_film(
    bench: Bench, state: State, heat: StepHeat, driven: Driven
) -> tuple[Record, HallMeans]:
    """Return a step's record and its means over the Hall cross, over those of a quiet film."""
    quiet, weight = bench.quiet_film.magnetisation(heat.mean), bench.reading_weight
    # The cells have M_s/quiet.
    mean_m = driven.mean_m * np.mean(1 / quiet)
    record = bench.frozen_record(
        bench.experiment.engine, state, driven.time, heat.at_outputs, mean_m
    )
    states = np.array([to_units(bench.sample, m) for m in driven.snapshots])
    read = float(np.sum(weight * quiet))
    # A product of second order falls with the third power, as anisotropy does.
    hall_means = HallMeans(driven.mean_z / read, driven.mean_xy / read**3)
    return replace(record, unit_state=states), hall_means


def of_fields(
    system: mm.System, driven: Driven, hall_means: HallMeans, heat: StepHeat
) -> dict[str, NDArray[np.float64]]:
    """Return the variables of `records.OF_FIELDS` of a step."""
    return {
        **observables(system, driven.snapshots),
        "magnetisation_xy": hall_means.xy,
        "thermal_spin_current_density": np.full(hall_means.xy.size, heat.spin_current),
    }


def heat_step(bench: Bench, trajectory: Trajectory, amplitude: float, step: LlgStep) -> StepHeat:
    """Heat a trajectory's film over a step of a pulse of an amplitude (A), in place."""
    device, state = bench.device, trajectory.state
    density = device.current_density(step.current * amplitude)
    mean = device.mean_stage_rise(state.rise, density, step.duration)
    outputs = step.duration * np.arange(1, step.outputs + 1) / step.outputs
    rises = np.array([device.stage_rise(state.rise, density, time) for time in outputs])
    warming = float((rises[-1] - state.rise).sum())
    state.rise = rises[-1]
    spin_current = thermal_spin_current(device, state, density, warming, step.duration)
    acts = bench.mechanisms(trajectory.point).thermal_spin_torque
    ambient = device.ambient_temperature
    refuse_above_curie(device, density, ambient + float(mean.sum()))
    return StepHeat(
        float(ambient + mean.sum()),
        ambient + rises.sum(axis=1),
        spin_current if acts else 0.0,
    )


def turn_grains(bench: Bench, lane: Lane, step: LlgStep, purpose: str) -> None:
    """Let the grains under a film reverse by the kinetics over a step; its units are held."""
    trajectory = lane.trajectory
    conditions = bench.conditions(trajectory.point, step.current * lane.amplitude)
    held = conditions.mechanisms.without("fm_aftereffect")
    random = np.random.default_rng(bench.seed(trajectory, purpose))
    ends = np.array([step.duration])
    run_segment(bench.film, trajectory.state, replace(conditions, mechanisms=held), ends, random)


def store_stage(bench: Bench, trajectory: Trajectory, lane: Lane, stage: str) -> None:
    """Append the stored steps of a lane to a trajectory."""
    series = lane.joined()
    trajectory.snapshots += [
        each._replace(time=trajectory.clock + each.time) for each in lane.snapshots
    ]
    of_field = series.hall_means, series.observed
    store(bench, trajectory, stage, series.currents, series.record, of_field)
