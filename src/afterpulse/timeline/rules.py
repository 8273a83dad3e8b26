"""The rules of trajectories and of their reduction."""

import hashlib
import itertools
import json
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from afterpulse import datasets
from afterpulse.calibration import calibrated
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.sections import (
    CRITICAL_CURRENT_DENSITY,
    KINETICS,
    MATERIALS,
    digest,
    reads,
)
from afterpulse.datasets import save
from afterpulse.device import Device
from afterpulse.engines.rules import read_ground_state
from afterpulse.film.random_streams import stream, stream_seed
from afterpulse.film.rules import read_sample
from afterpulse.kinetics.blocking import activated_loops
from afterpulse.kinetics.film import make_film
from afterpulse.kinetics.hysteresis import loop_fields, shift_and_coercivity
from afterpulse.kinetics.state import SegmentConditions
from afterpulse.timeline import protocol, reduction
from afterpulse.timeline.ageing import aged_state
from afterpulse.timeline.bench import Bench
from afterpulse.timeline.checkpoint_file import CheckpointFile
from afterpulse.timeline.failures import concatenate, run_computable
from afterpulse.timeline.hottest import hottest_temperature, perpendicular_warning
from afterpulse.timeline.plan import TRAJECTORY, point_names, points_of_chunk, read_plan
from afterpulse.timeline.refinement import refine as refined_points
from afterpulse.timeline.stored_fields import refuse_full_disk, split_fields
from afterpulse.timeline.trajectory import run_points
from afterpulse.workflow.progress import progress

logger = logging.getLogger("afterpulse")


def read_bench(
    device: Device, experiment: Experiment, sample: str, ground_state: str, calibration: str
) -> Bench:
    """Read the files that all points of a sample share."""
    return Bench.of_sample(
        device,
        experiment,
        read_sample(sample),
        read_ground_state(ground_state),
        calibrated(datasets.read(calibration), device),
    )


# A chunk is named by its points, whatever else the experiment asks for.
@reads(
    TRAJECTORY,
    keyed=(
        "sweep",
        "trains",
        "samples",
        "replicates",
        "mechanisms",
        "compare",
        "numerics.micromagnetics",
    ),
)
def trajectories(
    device: Device,
    experiment: Experiment,
    plan: str,
    sample: str,
    ground_state: str,
    calibration: str,
    chunk: str,
    target: str,
    fields: str | None = None,
) -> None:
    """Compute the trajectories of one chunk of the plan and store them.

    Points that fail are left out; the attribute ``failures`` has the reasons. `fields` is the file
    of the magnetisation fields that the card keeps, if any.
    """
    planned, names = points_of_chunk(device, experiment, read_plan(plan), chunk)
    if fields is not None:
        refuse_full_disk(experiment, planned, fields)
    started = time.monotonic()
    hottest = hottest_temperature(device, planned)
    warning = perpendicular_warning(device, experiment.name, hottest)
    if warning is not None:
        logger.warning(warning)
    bench = read_bench(device, experiment, sample, ground_state, calibration)
    checkpoint = CheckpointFile(
        Path(target).with_name(f".{chunk}.checkpoint"),
        checkpoint_owner(names, (sample, ground_state, calibration)),
    )
    bench = replace(
        bench,
        fields=None if fields is None else experiment.numerics.fields,
        checkpoint=checkpoint if planned[0].micromagnetics in protocol.WHOLE else None,
    )
    report = progress(planned[0].protocol, time.monotonic)
    dataset, failures = run_computable(partial(run_points, bench, report=report), planned)
    for index, reason in failures.items():
        logger.error("point %s failed: %s", names[index], reason)
    done = [index for index in range(len(planned)) if index not in failures]
    if done:
        dataset = with_plan(dataset, bench, [planned[i] for i in done], [names[i] for i in done])
    reasons = {names[index]: reason for index, reason in failures.items()}
    dataset, stored = split_fields(dataset, device.ferromagnet.thickness.value)
    if fields is not None:
        save(stored, fields, device, experiment)
    save(dataset, target, device, experiment, failures=json.dumps(reasons))
    checkpoint.remove()
    logger.info(
        "%s: %d points done in %.1f s",
        planned[0].protocol,
        len(done),
        time.monotonic() - started,
    )


def checkpoint_owner(names: list[str], inputs: Iterable[str]) -> str:
    """Return a digest of the points of a chunk, its input files and the versions of libraries."""
    files = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in inputs]
    versions = {name: datasets.version(name) for name in ("afterpulse", *datasets.LIBRARIES)}
    return digest([names, files, versions])


@reads(
    TRAJECTORY,
    experiment=("sweep", "samples", "replicates", "mechanisms", "numerics.micromagnetics"),
    keyed=("compare",),
)
def refine(
    device: Device,
    experiment: Experiment,
    plan: str,
    samples: list[str],
    ground_states: list[str],
    calibration: str,
    trajectories: list[str],
    width: int,
    target: str,
) -> None:
    """Compute further amplitudes of a sweep's pulse width where the voltage changes fast.

    A job finds and computes all of them, so that their number need not be known before.
    """
    sweep = protocol.required_sweep(experiment)
    if sweep.refine is None:
        raise ValueError(f"{experiment.name} has no sweep to refine")
    benches = [
        read_bench(device, experiment, *files, calibration)
        for files in zip(samples, ground_states, strict=True)
    ]
    computed: list[xr.Dataset] = []

    def at_probe(chunks: Iterable[xr.Dataset]) -> xr.DataArray:
        reduced = protocol.SWEEP.reduce(chunks, device, experiment)
        voltage = reduced["anomalous_hall_voltage"].sel(
            delay=sweep.probe_delay, pulse_width=sweep.pulse_width[width], method="nearest"
        )
        return voltage.mean("replicate").reset_coords(drop=True)

    def run(points: list[protocol.Point]) -> xr.DataArray:
        names = point_names(device, experiment, points)
        report, first = progress("refinement", time.monotonic), len(computed)
        for index, bench in enumerate(benches):
            own = [at for at, point in enumerate(points) if point.sample == index]
            members = [points[at] for at in own]
            dataset = run_points(bench, members, report)
            computed.append(with_plan(dataset, bench, members, [names[at] for at in own]))
        return at_probe(computed[first:])

    coarse = at_probe(planned_points(plan, trajectories))
    refined_points(run, experiment, sweep.refine, sweep.pulse_width[width], coarse)
    dataset = concatenate(computed)
    save(dataset, target, device, experiment)
    logger.info("%d points added at %g s", dataset.sizes["point"], sweep.pulse_width[width])


@reads(experiment=("seed",))
def failed(
    device: Device, experiment: Experiment, plan: str, trajectories: list[str], target: str
) -> None:
    """List the points that failed, with the card, the seed and the reason of each."""
    planned, reasons = read_plan(plan), dict[str, str]()
    for path in trajectories:
        with datasets.opened(path) as chunk, datasets.reading(path):
            reasons |= json.loads(chunk.attrs["failures"])
    rows = planned[planned["point"].isin(list(reasons))].assign(
        device=device.name,
        experiment=experiment.name,
        seed=lambda rows: [
            stream_seed(experiment.seed, *repeat, "")
            for repeat in zip(rows["sample"], rows["replicate"], strict=True)
        ],
        reason=lambda rows: [reasons[point] for point in rows["point"]],
    )
    with datasets.whole(target) as beside:
        rows.to_csv(beside, index=False)
    for row in rows.itertuples():
        logger.error(
            "%s, %.4g A, %.4g s failed: %s",
            row.protocol,
            row.first_amplitude_A,
            row.first_width_s,
            row.reason,
        )


@reads(
    MATERIALS,
    KINETICS,
    experiment=("blocking", "hysteresis", "samples", "replicates", "mechanisms"),
)
def blocking(
    device: Device, experiment: Experiment, samples: list[str], calibration: str, target: str
) -> None:
    """Take hysteresis loops after thermal activation of each replicate and store them."""
    settings, hysteresis = experiment.blocking, experiment.hysteresis
    if settings is None or hysteresis is None:
        raise ValueError(f"{experiment.name} has no blocking to measure")
    factors = calibrated(datasets.read(calibration), device)
    films = [make_film(device, experiment, read_sample(sample), factors) for sample in samples]
    conditions = SegmentConditions.of_cards(device, experiment, experiment.mechanisms)
    loops, bias = [], []
    repeats = list(np.ndindex(experiment.samples, experiment.replicates))
    for done, repeat in enumerate(repeats, start=1):
        film = films[repeat[0]]
        state = aged_state(film, experiment, experiment.mechanisms, repeat)
        streams = partial(stream, experiment.seed, *repeat)
        measured = activated_loops(film, state, conditions, settings, hysteresis, streams)
        loops.append(measured[0])
        bias.append(measured[1])
        logger.info("%d of %d replicates", done, len(repeats))
    fields = loop_fields(hysteresis)
    shift = np.array([[shift_and_coercivity(fields, loop) for loop in each] for each in loops])
    dims = ("replicate", "activation_temperature")
    dataset = xr.Dataset(
        {
            "loop_field": ("loop_step", fields),
            "loop_magnetisation_z": ((*dims, "loop_step"), np.array(loops)),
            "loop_exchange_bias": (dims, shift[..., 0]),
            "loop_coercivity": (dims, shift[..., 1]),
            "exchange_bias_field": (dims, np.array(bias)),
        },
        coords={
            "replicate": np.arange(len(repeats)),
            "sample": ("replicate", [sample for sample, _ in repeats]),
            "activation_temperature": np.array(settings.activation_temperature),
        },
    )
    save(dataset, target, device, experiment)


def with_plan(
    dataset: xr.Dataset, bench: Bench, planned: list[protocol.Point], names: list[str]
) -> xr.Dataset:
    """Add the pulses of each point of a chunk and its name in the plan.

    With step and pulse numbers as coordinates `xarray.open_mfdataset` lays chunks side by side.
    """
    amplitude = np.array([[pulse.amplitude for pulse in point.pulses] for point in planned])
    width = np.array([[pulse.width for pulse in point.pulses] for point in planned])
    density_per_ampere, seed = bench.device.current_density(1.0), bench.experiment.seed
    return dataset.assign(
        pulse_amplitude=(("point", "pulse_number"), amplitude),
        pulse_width=(("point", "pulse_number"), width),
        pulse_current_density=(("point", "pulse_number"), density_per_ampere * amplitude),
        protocol=("point", [point.protocol for point in planned]),
        mechanism_set=("point", [point.mechanism_set for point in planned]),
        micromagnetics=("point", [point.micromagnetics for point in planned]),
        sample=("point", [point.sample for point in planned]),
        replicate=("point", [point.replicate for point in planned]),
        seed=(
            "point",
            [stream_seed(seed, point.sample, point.replicate, "") for point in planned],
        ),
        current_density=dataset["current"] * density_per_ampere,
    ).assign_coords(
        point=names,
        step=np.arange(dataset.sizes["step"]),
        pulse_number=np.arange(amplitude.shape[1]),
    )


def opened_in_turn(paths: Iterable[str]) -> Iterator[xr.Dataset]:
    """Open datasets one after the other and close each after use."""
    for path in paths:
        with datasets.opened(path) as dataset:
            yield dataset


def planned_points(plan: str, paths: Iterable[str]) -> Iterator[xr.Dataset]:
    """Open chunks one after the other, without points that the plan no longer has.

    Raises
    ------
    afterpulse.datasets.OutdatedError
        If a chunk neither has a point that the plan gives it nor the reason of its failure.
    """
    table = read_plan(plan)
    for path, chunk in zip(paths, opened_in_turn(paths), strict=True):
        with datasets.reading(path):
            points = chunk["point"].values
        known = {*points.tolist(), *json.loads(chunk.attrs.get("failures", "{}"))}
        expected = table.loc[table["chunk"] == Path(path).stem, "point"]
        missing = [point for point in expected if point not in known]
        if missing:
            raise datasets.OutdatedError(
                path,
                f"lacks {len(missing)} of the {len(expected)} points that the plan gives it, "
                f"first {missing[0]}",
            )
        kept = np.isin(points, table["point"])
        yield chunk if kept.all() else chunk.isel(point=np.flatnonzero(kept))


# The plan has the points of these sections. Figures take the probe delay from the stored card.
@reads(
    CRITICAL_CURRENT_DENSITY,
    device=("hall_bar",),
    experiment=("sweep", "replicates", "mechanisms"),
)
def reduce_sweep(
    device: Device,
    experiment: Experiment,
    plan: str,
    trajectories: list[str],
    refined: list[str],
    sweep: str,
    target: str,
) -> None:
    """Reduce the chunks of the protocol that belongs to a dataset (`sweep`) to that dataset.

    Refined points of a sweep are not in the plan, since they follow from the results.
    """
    chunks = itertools.chain(planned_points(plan, trajectories), opened_in_turn(refined))
    dataset = protocol.of_dataset(sweep).reduce(chunks, device, experiment)
    save(dataset, target, device, experiment)


# The plan has the points of these sections.
@reads(experiment=("trains", "replicates", "mechanisms", "compare"))
def reduce_train(
    device: Device, experiment: Experiment, plan: str, trajectories: list[str], target: str
) -> None:
    """Reduce the chunks of a pulse train to one dataset."""
    dataset = protocol.TRAINS.reduce(planned_points(plan, trajectories), device, experiment)
    save(dataset, target, device, experiment)


@reads()
def trains_table(trains: list[str], target: str) -> None:
    """Write a table of the trains, one row a train and mechanism set."""
    rows = []
    for path in trains:
        rows += reduction.train_rows(datasets.read(path), Path(path).stem)
    with datasets.whole(target) as beside:
        pd.DataFrame(rows).to_csv(beside, index=False)
