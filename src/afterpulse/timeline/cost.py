"""What an experiment will cost on this machine, from a short timing of its own points."""

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
from afterpulse.device import Device
from afterpulse.engines import engine_of
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import relaxed
from afterpulse.engines.magnet_system import Conditions
from afterpulse.film.random_streams import SAMPLE, stream
from afterpulse.film.sample import Sample, make_sample
from afterpulse.kinetics.film import MACROSPIN
from afterpulse.timeline.protocol import Point, points
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
        Size of a pulse and its wait on disk, by protocol (bytes).
    film : float
        LLG of one film, whatever its duration (s).
    step : float
        LLG of one film for one time step (s).
    """

    pulse: dict[str, float]
    stored: dict[str, float]
    film: float
    step: float


def measure(device: Device, experiment: Experiment) -> Timing:
    """Time some points of each protocol by kinetics, and some steps of LLG where it has edges.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.

    Returns
    -------
    Timing
        Units are taken for macrospins, since they are not calibrated yet.

    Raises
    ------
    afterpulse.engines.EngineError
        Where the engine is missing or fails.
    """
    film = make_sample(device, experiment, stream(experiment.seed, SAMPLE, 0, "sample"))
    planned = points(device, experiment)
    pulse, stored = {}, {}
    for protocol in dict.fromkeys(point.protocol for point in planned):
        chosen = representative([point for point in planned if point.protocol == protocol])
        pulse[protocol], stored[protocol] = time_kinetics(device, experiment, film, chosen)
    by_llg = any(point.pulse_edges == "llg" for point in planned)
    film_time, step_time = time_llg(device, experiment, film) if by_llg else (0.0, 0.0)
    return Timing(pulse, stored, film_time, step_time)


def representative(alike: list[Point]) -> list[Point]:
    """Points of small, middle and large first amplitude, with a few of their pulses."""
    ordered = sorted(alike, key=lambda point: abs(point.pulses[0].amplitude))
    places = np.linspace(0, len(ordered) - 1, TIMED_POINTS).astype(int)
    return [
        dataclasses.replace(
            ordered[place], pulses=ordered[place].pulses[:TIMED_PULSES], pulse_edges="kinetics"
        )
        for place in dict.fromkeys(places.tolist())
    ]


def time_kinetics(
    device: Device, experiment: Experiment, film: Sample, chosen: list[Point]
) -> tuple[float, float]:
    """Time (s) and bytes of one pulse and its wait, mean over some points."""
    upright = np.zeros((*film.unit_index.shape, 3))
    # What Numba compiles it keeps; the first call shall not count.
    run_points(device, experiment, film, upright, MACROSPIN, chosen[:1])
    started = time.perf_counter()
    dataset = run_points(device, experiment, film, upright, MACROSPIN, chosen)
    elapsed = time.perf_counter() - started
    pulses = sum(len(point.pulses) for point in chosen)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "points.nc"
        datasets.write(datasets.label(dataset), file)
        return elapsed / pulses, file.stat().st_size / pulses


def time_llg(device: Device, experiment: Experiment, film: Sample) -> tuple[float, float]:
    """Time of an edge whatever its duration, and of each step, of one film (s)."""
    numerics, engine = experiment.numerics, engine_of(experiment.engine)
    count = BATCH if experiment.engine == "embedded" else 1
    upright = np.zeros((*film.unit_index.shape, 3))
    upright[..., 2] = experiment.initial_sign
    grains = np.full(film.grain_area.size, experiment.initial_sign, dtype=np.int8)
    ambient = Conditions(device.ambient_temperature)
    system = film_system(device, experiment, film, upright, grains, ambient)

    def settle() -> None:
        systems = [
            film_system(device, experiment, film, upright, grains, ambient) for _ in range(count)
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
    return settling + max(few - FEWER_STEPS * step, 0.0), step


def costs(experiment: Experiment, table: pd.DataFrame, timing: Timing) -> pd.DataFrame:
    """What the points of a plan cost.

    Parameters
    ----------
    experiment : Experiment
        The card.
    table : pandas.DataFrame
        The plan, or those rows of it that are to be computed.
    timing : Timing
        From `measure`.

    Returns
    -------
    pandas.DataFrame
        By protocol: points, jobs, simulated time (s), time of one core by kinetics and by LLG
        (s), bytes.
    """
    numerics, rows = experiment.numerics, []
    for protocol, part in table.groupby("protocol", sort=False):
        name, pulses = str(protocol), float(part["pulses"].sum())
        llg = part[part["pulse_edges"] == "llg"]
        whole = llg["first_width_s"] <= numerics.llg_pulse_max
        leading = llg.assign(
            edge=np.where(whole, llg["first_width_s"], numerics.leading_edge)
        ).drop_duplicates(["chunk", "replicate", "mechanism_set", "first_amplitude_A", "edge"])
        time_of_films = leading["edge"].sum() + len(llg) * numerics.trailing_edge
        rows.append(
            {
                "protocol": name,
                "points": len(part),
                "jobs": part["chunk"].nunique(),
                "simulated_time_s": part["simulated_time_s"].sum(),
                "kinetics_s": pulses * timing.pulse[name],
                "llg_s": (len(leading) + len(llg)) * timing.film
                + time_of_films / numerics.llg_time_step * timing.step,
                "bytes": pulses * timing.stored[name],
            }
        )
    return pd.DataFrame(rows)


def cost_table(found: pd.DataFrame) -> Table:
    """Costs by protocol, for a terminal."""
    table = Table("", "points", "jobs", "simulated", "kinetics", "LLG", "disk", box=None)
    for row in found.to_dict("records"):
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


def cost_summary(found: pd.DataFrame) -> str:
    """Costs of all protocols in a line."""
    hours = (found["kinetics_s"].sum() + found["llg_s"].sum()) / 3600
    return (
        f"{found['points'].sum()} points to compute in {found['jobs'].sum()} jobs: "
        f"{hours:.2f} core hours and {found['bytes'].sum() / 1e6:.0f} MB, from a timing on this "
        "machine; sample, ground state, calibration, fits and figures come on top"
    )
