"""Edges of pulses by LLG."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.device import heat_path, heating, thermal_spin_torque
from afterpulse.engines import engine_of
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import relaxed, to_field, to_units
from afterpulse.kinetics.segment import heat_flux
from afterpulse.timeline.bench import Bench, Trajectory, store
from afterpulse.timeline.protocol import current_density
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
        Spin current of the heat flux (A/m²), 0 if the mechanism is off.
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
        states = [members[lane][0].state for lane in lanes]
        settled = relaxed(
            engine,
            bench.device,
            bench.experiment,
            bench.sample,
            [to_field(bench.sample, state.unit_state, bench.ground_state) for state in states],
            [state.grain_state for state in states],
            [heats[lane].mean for lane in lanes],
        )
        systems = [
            film_system(
                bench.device,
                bench.experiment,
                bench.sample,
                m,
                members[lane][0].state.grain_state,
                heats[lane].mean,
                current_density(bench.device, members[lane][1]),
                heats[lane].spin_current,
            )
            for lane, m in zip(lanes, settled, strict=True)
        ]
        seeds = [keys[lane][0] for lane in lanes]
        results = engine(systems, duration, LLG_OUTPUTS, seeds, bench.experiment.numerics)
        driven_by_key = dict(zip(dict.fromkeys(keys), results, strict=True))
        for (trajectory, current), key, heat in zip(members, keys, heats, strict=True):
            driven = driven_by_key[key]
            trajectory.state.unit_state = to_units(bench.sample, driven.m)
            record = bench.frozen_record(
                bench.experiment.engine,
                trajectory.state,
                driven.time,
                heat.at_outputs,
                driven.mean_m,
                driven.mean_xy,
            )
            store(bench, trajectory, stage, current, record)


def heat_edge(bench: Bench, trajectory: Trajectory, current: float, duration: float) -> EdgeHeat:
    """Heat a trajectory's film over an edge, in place; current in A, duration in s."""
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
    spin_current = 0.0
    if bench.mechanisms(trajectory.point).thermal_spin_torque:
        conversion = device.thermal_spin_torque.conversion.value
        spin_current = float(thermal_spin_torque.spin_current_density(conversion, flux))
    ambient = device.heat_path.ambient_temperature.value
    return EdgeHeat(float(ambient + mean.sum()), ambient + rises.sum(axis=1), spin_current)
