"""Cost of an experiment on this machine, from a short timing of its own points."""

import dataclasses
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.table import Table

from afterpulse import datasets
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.numerics import Numerics
from afterpulse.device import Device
from afterpulse.engines import engine_of
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import relaxed
from afterpulse.engines.magnet_system import Conditions
from afterpulse.film.random_streams import SAMPLE, stream
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin
from afterpulse.timeline.bench import Bench
from afterpulse.timeline.llg_schedule import llg_outputs, steps
from afterpulse.timeline.protocol import WHOLE, Point, points
from afterpulse.timeline.stored_fields import stored_bytes
from afterpulse.timeline.trajectory import run_points

TIMED_POINTS, TIMED_PULSES = 3, 3
FEWER_STEPS, MORE_STEPS = 20, 60
# Films of one batch of the embedded calculator; another engine has a process for each film.
BATCH = 8


@dataclass(frozen=True)
class Timing:
    """Times of one core and bytes of this machine.

    Attributes
    ----------
    pulse : dict of str to float
        Kinetics of a pulse and its wait, by protocol (s).
    stored : dict of str to float
        Size of a pulse and its wait on disk, by protocol (bytes); stored fields without
        compression.
    film : float
        Thermal equilibrium of a film before LLG (s).
    call : float
        A call of the engine for one film, whatever its duration (s).
    step : float
        LLG of one film for one time step (s).
    calls : dict of str to float
        Calls for a point of whole pulses by LLG, by protocol.
    """

    pulse: dict[str, float]
    stored: dict[str, float]
    film: float
    call: float
    step: float
    calls: dict[str, float]


def measure(device: Device, experiment: Experiment) -> Timing:
    """Time some points of each protocol by kinetics, and some steps of LLG if it computes edges.

    Units are taken for macrospins, since they are not calibrated yet.

    Raises
    ------
    afterpulse.engines.EngineError
        If the engine is missing or fails.
    """
    sample = make_sample(device, experiment, stream(experiment.seed, SAMPLE, 0, "sample"))
    upright = np.zeros((*sample.unit_index.shape, 3))
    upright[..., 2] = experiment.initial_sign
    bench = Bench.of_sample(device, experiment, sample, upright, macrospin(device))
    planned = points(device, experiment)
    pulse, stored, calls = {}, {}, {}
    for protocol in dict.fromkeys(point.protocol for point in planned):
        alike = [point for point in planned if point.protocol == protocol]
        chosen = representative(alike)
        calls[protocol] = float(np.mean([calls_for(device, experiment, each) for each in alike]))
        pulse[protocol], stored[protocol] = time_kinetics(bench, chosen)
        pulses = sum(len(point.pulses) for point in alike)
        stored[protocol] += stored_bytes(experiment, alike) / pulses
    by_llg = any(point.micromagnetics != "none" for point in planned)
    times = time_llg(bench) if by_llg else (0.0, 0.0, 0.0)
    return Timing(pulse, stored, *times, calls)


def calls_for(device: Device, experiment: Experiment, point: Point) -> int:
    """Return how often a point calls the engine, heated from the ambient temperature on."""
    numerics, rise = experiment.numerics, np.zeros(len(device.heat_path.stages))
    largest = numerics.temperature_step if point.micromagnetics in WHOLE else np.inf
    return sum(
        len(steps(device, rise, device.current_density(pulse.amplitude), outputs, largest))
        for pulse in point.pulses
        for outputs in llg_outputs(point, pulse, numerics)
        if outputs
    )


def representative(alike: list[Point]) -> list[Point]:
    """Return points of small, middle and large first amplitude, with a few of their pulses."""
    ordered = sorted(alike, key=lambda point: abs(point.pulses[0].amplitude))
    indices = np.linspace(0, len(ordered) - 1, TIMED_POINTS).astype(int)
    return [
        dataclasses.replace(
            ordered[index], pulses=ordered[index].pulses[:TIMED_PULSES], micromagnetics="none"
        )
        for index in dict.fromkeys(indices.tolist())
    ]


def time_kinetics(bench: Bench, chosen: list[Point]) -> tuple[float, float]:
    """Return time (s) and bytes of one pulse and its wait, mean over some points."""
    # Numba keeps what it compiles; the first call shall not count.
    run_points(bench, chosen[:1])
    started = time.perf_counter()
    dataset = run_points(bench, chosen)
    elapsed = time.perf_counter() - started
    pulses = sum(len(point.pulses) for point in chosen)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "points.nc"
        datasets.write(datasets.label(dataset), file)
        return elapsed / pulses, file.stat().st_size / pulses


def time_llg(bench: Bench) -> tuple[float, float, float]:
    """Return the times of a film's settling, of a call of the engine and of each step (s)."""
    device, experiment, sample = bench.device, bench.experiment, bench.sample
    upright = bench.ground_state
    numerics, engine = experiment.numerics, engine_of(experiment.engine)
    count = BATCH if experiment.engine == "embedded" else 1
    grains = np.full(sample.grain_area.size, experiment.initial_sign, dtype=np.int8)
    ambient = Conditions(device.ambient_temperature)
    system = film_system(device, experiment, sample, upright, grains, ambient)

    def settle() -> None:
        systems = [
            film_system(device, experiment, sample, upright, grains, ambient) for _ in range(count)
        ]
        relaxed(engine, systems, numerics)

    def drive(steps: int) -> None:
        duration = steps * numerics.llg_time_step
        engine([system] * count, duration, 1, list(range(count)), numerics)

    seconds = []
    for run in (settle, lambda: drive(FEWER_STEPS), lambda: drive(MORE_STEPS)):
        if experiment.engine == "embedded":
            run()  # compiles
        started = time.perf_counter()
        run()
        seconds.append((time.perf_counter() - started) / count)
    settling, few, many = seconds
    step = max(many - few, 0.0) / (MORE_STEPS - FEWER_STEPS)
    return settling, max(few - FEWER_STEPS * step, 0.0), step


def costs(experiment: Experiment, table: pd.DataFrame, timing: Timing) -> pd.DataFrame:
    """Return the cost of the points of a plan, or of some rows of it, by protocol.

    The columns are points, jobs, simulated time (s), time of one core by kinetics and by LLG (s)
    and bytes.
    """
    numerics, rows = experiment.numerics, []
    whole = numerics.micromagnetics in WHOLE
    for protocol, group in table.groupby("protocol", sort=False):
        name, pulses = str(protocol), float(group["pulses"].sum())
        films, simulated = llg_films(group, numerics)
        rows.append(
            {
                "protocol": name,
                "points": len(group),
                "jobs": group["chunk"].nunique(),
                "simulated_time_s": group["simulated_time_s"].sum(),
                "kinetics_s": pulses * timing.pulse[name],
                "llg_s": films * timing.film
                + (timing.calls[name] * len(group) if whole else films) * timing.call
                + simulated / numerics.llg_time_step * timing.step,
                "bytes": pulses * timing.stored[name],
            }
        )
    return pd.DataFrame(rows)


def llg_films(group: pd.DataFrame, numerics: Numerics) -> tuple[int, float]:
    """Return the films of rows of a plan that settle before LLG, and its simulated time (s)."""
    llg = group[group["micromagnetics"] != "none"]
    pulses, trailing = llg["pulses"].sum(), numerics.trailing_edge
    kind = numerics.micromagnetics
    if kind == "throughout":
        return len(llg), float(llg["simulated_time_s"].sum())
    if kind == "pulse":
        return int(pulses), float((llg["first_width_s"] * llg["pulses"]).sum() + pulses * trailing)
    whole = llg["first_width_s"] <= numerics.llg_pulse_max
    edge = np.where(whole, llg["first_width_s"], numerics.leading_edge)
    # Films with one history share their leading edge.
    leading = llg.assign(edge=edge).drop_duplicates(
        ["chunk", "replicate", "mechanism_set", "first_amplitude_A", "edge"]
    )
    return len(leading) + len(llg), float(leading["edge"].sum()) + len(llg) * trailing


def cost_table(expected: pd.DataFrame) -> Table:
    """Return costs by protocol as a table for a terminal."""
    table = Table("", "points", "jobs", "simulated", "kinetics", "LLG", "disk", box=None)
    for row in expected.to_dict("records"):
        table.add_row(
            row["protocol"],
            str(row["points"]),
            str(row["jobs"]),
            f"{row['simulated_time_s']:.4g} s",
            f"{row['kinetics_s'] / 3600:.3f} core h",
            f"{row['llg_s'] / 3600:.3f} core h",
            f"{row['bytes'] / 1e6:.1f} MB",
        )
    return table


def cost_summary(expected: pd.DataFrame) -> str:
    """Return costs of all protocols in one sentence."""
    hours = (expected["kinetics_s"].sum() + expected["llg_s"].sum()) / 3600
    return (
        f"{expected['points'].sum()} points to compute in {expected['jobs'].sum()} jobs: "
        f"{hours:.2f} core hours and {expected['bytes'].sum() / 1e6:.0f} MB, from a timing on this "
        "machine; sample, ground state, calibration, fits and figures come on top"
    )
