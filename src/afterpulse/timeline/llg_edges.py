"""Edges of pulses by LLG."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.engines import engine_of
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import relaxed, to_field, to_units
from afterpulse.engines.magnet_system import Conditions
from afterpulse.kinetics.segment import thermal_spin_current
from afterpulse.timeline.bench import Bench, HallMeans, Trajectory, store
from afterpulse.workflow.progress import Report

LLG_OUTPUTS = 10


class EdgeHeat(NamedTuple):
    """Heat of a film over an edge.

    Attributes
    ----------
    mean : float
        Mean temperature, that of the LLG parameters (K).
    at_outputs : ndarray, shape (LLG_OUTPUTS,)
        Temperature at the outputs (K).
    spin_current : float
        Mean thermal spin current (A/m²), 0 if the mechanism is off.
    """

    mean: float
    at_outputs: NDArray[np.float64]
    spin_current: float


def run_edges(
    bench: Bench,
    trajectories: list[Trajectory],
    durations: list[float],
    currents: list[float],
    stage: str,
    report: Report,
) -> None:
    """Advance trajectories over an edge of their pulses and store it.

    LLG runs in batches of equal duration (s). Trajectories with equal history and current so far,
    such as pulses that differ only in width, share one LLG run.
    """
    if not any(durations):
        # An engine takes a second to import.
        return
    engine = engine_of(bench.experiment.engine)
    for duration in sorted(set(durations) - {0.0}):
        members = [
            (trajectory, current)
            for trajectory, current, own in zip(trajectories, currents, durations, strict=True)
            if own == duration
        ]
        heats = [heat_edge(bench, *member, duration) for member in members]
        keys = [
            (bench.seed(trajectory, stage), trajectory.point.mechanism_set)
            for trajectory, _ in members
        ]
        lanes = [keys.index(key) for key in dict.fromkeys(keys)]
        begun = trajectories[0].pulse / len(trajectories[0].point.pulses)
        report(begun, f"{stage.replace('_', ' ')}: LLG of {len(lanes)} films over {duration:g} s")
        film, cards = bench.sample, (bench.device, bench.experiment, bench.sample)
        states = [members[lane][0].state for lane in lanes]
        written = [
            film_system(
                *cards,
                to_field(film, state.unit_state, bench.ground_state),
                state.grain_state,
                Conditions(heats[lane].mean),
            )
            for lane, state in zip(lanes, states, strict=True)
        ]
        settled = relaxed(engine, written, bench.experiment.numerics)
        systems = [
            film_system(
                *cards,
                m,
                state.grain_state,
                Conditions(
                    heats[lane].mean,
                    bench.device.current_density(members[lane][1]),
                    heats[lane].spin_current,
                ),
            )
            for lane, m, state in zip(lanes, settled, states, strict=True)
        ]
        seeds = [keys[lane][0] for lane in lanes]
        numerics, weight = bench.experiment.numerics, bench.hall_weight
        results = engine(systems, duration, LLG_OUTPUTS, seeds, numerics, weight)
        driven_by_key = dict(zip(dict.fromkeys(keys), results, strict=True))
        for (trajectory, current), key, heat in zip(members, keys, heats, strict=True):
            driven = driven_by_key[key]
            trajectory.state.unit_state = to_units(film, driven.m)
            record = bench.frozen_record(
                bench.experiment.engine,
                trajectory.state,
                driven.time,
                heat.at_outputs,
                driven.mean_m,
            )
            hall_means = HallMeans(driven.mean_z, driven.mean_xy)
            store(bench, trajectory, stage, current, record, hall_means)


def heat_edge(bench: Bench, trajectory: Trajectory, current: float, duration: float) -> EdgeHeat:
    """Heat a trajectory's film over an edge, in place; current in A, duration in s."""
    device, state = bench.device, trajectory.state
    density = device.current_density(current)
    mean = device.mean_stage_rise(state.rise, density, duration)
    outputs = duration * np.arange(1, LLG_OUTPUTS + 1) / LLG_OUTPUTS
    rises = np.array([device.stage_rise(state.rise, density, time) for time in outputs])
    warming = float((rises[-1] - state.rise).sum())
    state.rise = rises[-1]
    spin_current = thermal_spin_current(device, state, density, warming, duration)
    acts = bench.mechanisms(trajectory.point).thermal_spin_torque
    ambient = device.ambient_temperature
    return EdgeHeat(
        float(ambient + mean.sum()),
        ambient + rises.sum(axis=1),
        spin_current if acts else 0.0,
    )
