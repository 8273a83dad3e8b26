"""The rules of trajectories and of their reduction."""

import itertools
import json
import logging
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from afterpulse import datasets
from afterpulse.calibration import calibrated
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.sections import CRITICAL_CURRENT_DENSITY, KINETICS, MATERIALS, reads
from afterpulse.datasets import save
from afterpulse.device import Device
from afterpulse.engines.rules import read_ground_state
from afterpulse.film import sample as samples
from afterpulse.film.random_streams import SAMPLE, stream, stream_seed
from afterpulse.kinetics.blocking import activated_loops
from afterpulse.kinetics.film import make_film
from afterpulse.kinetics.hysteresis import loop_fields, shift_and_coercivity
from afterpulse.timeline import protocol, reduction
from afterpulse.timeline.ageing import aged_state
from afterpulse.timeline.failures import joined, run_those_that_can
from afterpulse.timeline.plan import TRAJECTORY, names, points_of_chunk, read_plan
from afterpulse.timeline.refinement import refine as refined_points
from afterpulse.timeline.trajectory import run_points
from afterpulse.workflow.progress import progress

logger = logging.getLogger("afterpulse")


# A chunk is named by its points, whatever else the experiment asks for.
@reads(
    TRAJECTORY,
    keyed=("sweep", "trains", "replicates", "mechanisms", "compare", "numerics.pulse_edges"),
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
) -> None:
    """Compute the trajectories of one chunk of the plan and store them.

    Points that fail are left out; why is in the attribute ``failures``.
    """
    planned, named = points_of_chunk(device, experiment, read_plan(plan), chunk)
    started = time.monotonic()
    run = partial(
        run_points,
        device,
        experiment,
        samples.from_dataset(datasets.read(sample)),
        read_ground_state(ground_state),
        calibrated(datasets.read(calibration), device),
        report=progress(planned[0].protocol, time.monotonic),
    )
    dataset, failures = run_those_that_can(lambda points: run(points=points), planned)
    for index, reason in failures.items():
        logger.error("point %s failed: %s", named[index], reason)
    done = [index for index in range(len(planned)) if index not in failures]
    if done:
        dataset = with_plan(
            dataset, device, experiment, [planned[i] for i in done], [named[i] for i in done]
        )
    reasons = {named[index]: reason for index, reason in failures.items()}
    save(dataset, target, device, experiment, failures=json.dumps(reasons))
    logger.info(
        "%s: %d points done in %.1f s",
        planned[0].protocol,
        len(done),
        time.monotonic() - started,
    )


@reads(
    TRAJECTORY,
    experiment=("sweep", "replicates", "mechanisms", "numerics.pulse_edges"),
    keyed=("compare",),
)
def refine(
    device: Device,
    experiment: Experiment,
    plan: str,
    sample: str,
    ground_state: str,
    calibration: str,
    trajectories: list[str],
    width: int,
    target: str,
) -> None:
    """Compute further amplitudes of a sweep's pulse width where the voltage changes fast.

    A job finds and computes them all, so that their number need not be known before.
    """
    sweep = experiment.sweep
    if sweep is None or sweep.refine is None:
        raise ValueError(f"{experiment.name} has no sweep to refine")
    film = samples.from_dataset(datasets.read(sample))
    m = read_ground_state(ground_state)
    measured = calibrated(datasets.read(calibration), device)
    critical = protocol.critical_current(device, experiment)
    found: list[xr.Dataset] = []

    def at_probe(chunks: Iterable[xr.Dataset]) -> xr.DataArray:
        reduced = reduction.sweep_dataset(chunks, critical).squeeze("mechanism_set", drop=True)
        voltage = reduced["anomalous_hall_voltage"].sel(
            delay=sweep.probe_delay, pulse_width=sweep.pulse_width[width], method="nearest"
        )
        return voltage.mean("replicate").reset_coords(drop=True)

    def run(points: list[protocol.Point]) -> xr.DataArray:
        report = progress("refinement", time.monotonic)
        dataset = run_points(device, experiment, film, m, measured, points, report)
        named = names(device, experiment, points)
        found.append(with_plan(dataset, device, experiment, points, named))
        return at_probe(found[-1:])

    coarse = at_probe(planned_points(plan, trajectories))
    refined_points(run, experiment, sweep.refine, sweep.pulse_width[width], coarse)
    dataset = joined(found)
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
            stream_seed(experiment.seed, SAMPLE, replicate, "") for replicate in rows["replicate"]
        ],
        reason=lambda rows: [reasons[point] for point in rows["point"]],
    )
    with datasets.whole(target) as beside:
        rows.to_csv(beside, index=False)
    for row in rows.itertuples():
        logger.error("%s, %.4g A, %.4g s failed: %s", *row[3:4], *row[7:9], row.reason)


@reads(
    MATERIALS,
    KINETICS,
    experiment=("blocking", "hysteresis", "replicates", "mechanisms"),
)
def blocking(
    device: Device, experiment: Experiment, sample: str, calibration: str, target: str
) -> None:
    """Take hysteresis loops after thermal activation of each replicate and store them."""
    settings, hysteresis = experiment.blocking, experiment.hysteresis
    if settings is None or hysteresis is None:
        raise ValueError(f"{experiment.name} has no blocking to measure")
    film = make_film(
        device,
        experiment,
        samples.from_dataset(datasets.read(sample)),
        calibrated(datasets.read(calibration), device),
    )
    loops, bias = [], []
    for replicate in range(experiment.replicates):
        state = aged_state(device, experiment, experiment.mechanisms, film, replicate)
        found = activated_loops(
            device,
            experiment,
            experiment.mechanisms,
            film,
            state,
            settings,
            hysteresis,
            partial(stream, experiment.seed, SAMPLE, replicate),
        )
        loops.append(found[0])
        bias.append(found[1])
        logger.info("%d of %d replicates", replicate + 1, experiment.replicates)
    fields = loop_fields(hysteresis)
    shift = np.array([[shift_and_coercivity(fields, loop) for loop in one] for one in loops])
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
            "replicate": np.arange(experiment.replicates),
            "activation_temperature": np.array(settings.activation_temperature),
        },
    )
    save(dataset, target, device, experiment)


def with_plan(
    dataset: xr.Dataset,
    device: Device,
    experiment: Experiment,
    planned: list[protocol.Point],
    named: list[str],
) -> xr.Dataset:
    """Add to a chunk what each of its points was asked to do and its name in the plan.

    By the numbers of steps and pulses `xarray.open_mfdataset` lays chunks side by side.
    """
    amplitude = np.array([[pulse.amplitude for pulse in point.pulses] for point in planned])
    width = np.array([[pulse.width for pulse in point.pulses] for point in planned])
    return dataset.assign(
        pulse_amplitude=(("point", "pulse_number"), amplitude),
        pulse_width=(("point", "pulse_number"), width),
        pulse_current_density=(
            ("point", "pulse_number"),
            protocol.current_density(device, 1.0) * amplitude,
        ),
        protocol=("point", [point.protocol for point in planned]),
        mechanism_set=("point", [point.mechanism_set for point in planned]),
        pulse_edges=("point", [point.pulse_edges for point in planned]),
        replicate=("point", [point.replicate for point in planned]),
        seed=(
            "point",
            [stream_seed(experiment.seed, SAMPLE, point.replicate, "") for point in planned],
        ),
        current_density=dataset["current"] * protocol.current_density(device, 1.0),
    ).assign_coords(
        point=named,
        step=np.arange(dataset.sizes["step"]),
        pulse_number=np.arange(amplitude.shape[1]),
    )


def one_by_one(paths: Iterable[str]) -> Iterator[xr.Dataset]:
    """Open datasets one after the other and close each after use."""
    for path in paths:
        with datasets.opened(path) as dataset:
            yield dataset


def planned_points(plan: str, paths: Iterable[str]) -> Iterator[xr.Dataset]:
    """Open chunks one after the other, without points that the plan no longer has.

    Raises
    ------
    afterpulse.datasets.OutdatedError
        If a chunk neither has a point that the plan gives it nor says why the point failed.
    """
    table = read_plan(plan)
    for path, chunk in zip(paths, one_by_one(paths), strict=True):
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
    target: str,
) -> None:
    """Reduce the chunks of a sweep, a walk or a comparison to one dataset.

    What refined a sweep is not in the plan, since it follows from the results.
    """
    dataset = reduction.sweep_dataset(
        itertools.chain(planned_points(plan, trajectories), one_by_one(refined)),
        protocol.critical_current(device, experiment),
    )
    if dataset.sizes["mechanism_set"] == 1:
        dataset = dataset.squeeze("mechanism_set", drop=True)
    save(dataset, target, device, experiment)


# The plan has the points of these sections.
@reads(experiment=("trains", "replicates", "mechanisms", "compare"))
def reduce_train(
    device: Device, experiment: Experiment, plan: str, trajectories: list[str], target: str
) -> None:
    """Reduce the chunks of a pulse train to one dataset."""
    dataset = reduction.train_dataset(planned_points(plan, trajectories))
    save(dataset, target, device, experiment)


@reads()
def trains_table(trains: list[str], target: str) -> None:
    """Write what each train did as a table, one row a train and mechanism set."""
    rows = []
    for path in trains:
        dataset = datasets.read(path)
        rows += reduction.train_rows(dataset, Path(path).stem)
    with datasets.whole(target) as beside:
        pd.DataFrame(rows).to_csv(beside, index=False)
