"""Edges of pulses by LLG."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.engines import engine_of
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import thermalised, to_field, to_units
from afterpulse.engines.magnet_system import Conditions
from afterpulse.kinetics.segment import refuse_above_curie, thermal_spin_current
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
        quiets = [bench.quiet_film.magnetisation(heats[lane].mean) for lane in lanes]
        written = [
            film_system(
                *cards,
                to_field(film, state.unit_state, bench.ground_state),
                state.grain_state,
                Conditions(heats[lane].mean, quiet=quiet),
            )
            for lane, state, quiet in zip(lanes, states, quiets, strict=True)
        ]
        settling = [bench.seed(members[lane][0], f"{stage} settling") for lane in lanes]
        settled = thermalised(engine, written, bench.experiment.numerics, settling)
        systems = [
            film_system(
                *cards,
                m,
                state.grain_state,
                Conditions(
                    heats[lane].mean,
                    bench.device.current_density(members[lane][1]),
                    heats[lane].spin_current,
                    quiet,
                ),
            )
            for lane, m, state, quiet in zip(lanes, settled, states, quiets, strict=True)
        ]
        seeds = [keys[lane][0] for lane in lanes]
        numerics, weight = bench.experiment.numerics, bench.reading_weight
        results = engine(systems, duration, LLG_OUTPUTS, seeds, numerics, weight)
        runs = zip(results, quiets, strict=True)
        run_by_key = dict(zip(dict.fromkeys(keys), runs, strict=True))
        for (trajectory, current), key, heat in zip(members, keys, heats, strict=True):
            driven, quiet = run_by_key[key]
            trajectory.state.unit_state = to_units(film, driven.m)
            record = bench.frozen_record(
                bench.experiment.engine,
                trajectory.state,
                driven.time,
                heat.at_outputs,
                # Over that of a quiet film, whose cells have M_s/quiet.
                driven.mean_m * np.mean(1 / quiet),
            )
            read = float(np.sum(weight * quiet))
            # A product of second order falls with the third power, as anisotropy does.
            hall_means = HallMeans(driven.mean_z / read, driven.mean_xy / read**3)
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
    refuse_above_curie(device, density, ambient + float(mean.sum()))
    return EdgeHeat(
        float(ambient + mean.sum()),
        ambient + rises.sum(axis=1),
        spin_current if acts else 0.0,
    )
