"""Trajectories: points of a plan, advanced from segment to segment on one clock."""

import dataclasses
from copy import deepcopy

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.kinetics.hysteresis import hysteresis_loop, loop_fields
from afterpulse.kinetics.segment import run_segment, step_ends
from afterpulse.timeline import records
from afterpulse.timeline.ageing import aged_state
from afterpulse.timeline.bench import Bench, Trajectory, store, store_start
from afterpulse.timeline.llg_schedule import llg_outputs
from afterpulse.timeline.llg_stage import run_stage
from afterpulse.timeline.protocol import WHOLE, Point
from afterpulse.timeline.stored_fields import field_dataset, mark_kept
from afterpulse.workflow.progress import Report


def run_points(
    bench: Bench, points: list[Point], report: Report = lambda fraction, line: None
) -> xr.Dataset:
    """Compute a chunk of points of one protocol, which have the same number of pulses.

    The result has the dims (point, step); a point does not depend on the others of its chunk. With
    `Bench.fields` it also has the variables of `field_dataset`.
    `report` receives the fraction done and a line about the progress.
    """
    experiment = bench.experiment
    aged: dict[tuple[int, int, str], Trajectory] = {}
    trajectories = []
    for point in points:
        key = (point.sample, point.replicate, point.mechanism_set)
        if key not in aged:
            repeat = point.sample, point.replicate
            state = aged_state(bench.film, experiment, bench.mechanisms(point), repeat)
            aged[key] = Trajectory(point, state, "aged")
            take_loop(bench, aged[key])
            report(0.0, f"replicate {point.replicate} aged for {experiment.ageing:g} s")
        trajectories.append(dataclasses.replace(deepcopy(aged[key]), point=point))
        store_start(bench, trajectories[-1])
    for index in range(len(points[0].pulses)):
        run_pulse(bench, trajectories, index, report)
    for trajectory in trajectories:
        take_loop(bench, trajectory)
    dataset = records.chunk_dataset([trajectory.rows for trajectory in trajectories])
    snapshots = [trajectory.snapshots for trajectory in trajectories]
    dataset = dataset.merge(field_dataset(snapshots, bench.sample.cell))
    if experiment.hysteresis is None:
        return dataset
    loops = np.array([trajectory.loops for trajectory in trajectories])
    return dataset.merge(records.loop_dataset(loop_fields(experiment.hysteresis), loops))


def take_loop(bench: Bench, trajectory: Trajectory) -> None:
    """Take the card's hysteresis loop, if any, on a copy of a trajectory's film."""
    hysteresis = bench.experiment.hysteresis
    if hysteresis is None:
        return
    random = np.random.default_rng(bench.seed(trajectory, "hysteresis"))
    conditions = bench.conditions(trajectory.point)
    trajectory.loops.append(
        hysteresis_loop(bench.film, trajectory.state, conditions, hysteresis, random)
    )


def run_pulse(bench: Bench, trajectories: list[Trajectory], index: int, report: Report) -> None:
    """Advance all trajectories over their pulse of an index and the wait after it."""
    numerics = bench.experiment.numerics
    pulses = [trajectory.point.pulses[index] for trajectory in trajectories]
    amplitudes = [pulse.amplitude for pulse in pulses]
    kind = trajectories[0].point.micromagnetics
    last = index == len(trajectories[0].point.pulses) - 1
    leading, trailing = zip(
        *(
            mark_kept(
                llg_outputs(trajectory.point, pulse, numerics), pulse.width, bench.fields, last
            )
            for trajectory, pulse in zip(trajectories, pulses, strict=True)
        ),
        strict=True,
    )
    for trajectory, pulse in zip(trajectories, pulses, strict=True):
        trajectory.pulse = index
        trajectory.pulse_end = trajectory.clock + pulse.width
        trajectory.history += f"|{pulse.amplitude!r} A"
    stage = "plateau" if kind in WHOLE else "leading_edge"
    run_stage(bench, trajectories, list(leading), amplitudes, stage, report)
    for trajectory, pulse, outputs in zip(trajectories, pulses, leading, strict=True):
        trajectory.history += f" for {pulse.width!r} s"
        edge = outputs[-1].end if outputs else 0.0
        if pulse.width > edge * (1 + 1e-9):
            ends = step_ends(pulse.width - edge, numerics.steps_per_decade)
            run_kinetics(bench, trajectory, "plateau", pulse.amplitude, ends)
    stage = "wait" if kind == "throughout" else "trailing_edge"
    run_stage(bench, trajectories, list(trailing), amplitudes, stage, report)
    count = len(trajectories[0].point.pulses)
    for done, (trajectory, pulse, outputs) in enumerate(
        zip(trajectories, pulses, trailing, strict=True), start=1
    ):
        edge = outputs[-1].end if outputs else 0.0
        if kind != "throughout":
            # The steps are counted from the end of the pulse, so that all edges share one grid.
            ends = step_ends(pulse.wait, numerics.steps_per_decade, trajectory.point.marks)
            run_kinetics(bench, trajectory, "wait", 0.0, ends[ends > edge * (1 + 1e-9)] - edge)
        trajectory.history += f", wait {pulse.wait!r} s"
        report(
            (index + done / len(trajectories)) / count,
            f"pulse {index + 1} of {count}, point {done} of {len(trajectories)}, "
            f"{trajectory.clock:.4g} s simulated",
        )


def run_kinetics(
    bench: Bench, trajectory: Trajectory, stage: str, current: float, ends: NDArray[np.float64]
) -> None:
    """Advance one trajectory over a segment by kinetic Monte Carlo and store it."""
    random = np.random.default_rng(bench.seed(trajectory, stage))
    conditions = bench.conditions(trajectory.point, current)
    trajectory.field = None
    record = run_segment(bench.film, trajectory.state, conditions, ends, random)
    store(bench, trajectory, stage, current, record)
