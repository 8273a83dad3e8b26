"""The plan: all points of an experiment as a table, grouped into chunks, a chunk a job."""

import itertools
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from afterpulse import datasets
from afterpulse.cards.experiment import OWN_MECHANISMS, Experiment
from afterpulse.cards.sections import GRID, LLG, MATERIALS, Sections, content, digest
from afterpulse.device import Device
from afterpulse.timeline.chunk_size import chunk_size
from afterpulse.timeline.protocol import COMPARE, SWEEP, Point, mechanism_sets, points
from afterpulse.timeline.stored_fields import refuse_large

TRAJECTORY = (
    MATERIALS
    | GRID
    | LLG
    | Sections(
        device=("hall_bar",),
        experiment=(
            "engine",
            "calibration",
            "preparation",
            "ageing",
            "hysteresis",
            "numerics.llg_pulse_max",
            "numerics.leading_edge",
            "numerics.trailing_edge",
            "numerics.rise_time",
            "numerics.output_interval",
            "numerics.temperature_step",
            "numerics.frozen_grains",
            "numerics.fields",
            "numerics.steps_per_decade",
            "numerics.flicker_limit",
        ),
    )
)
"""Sections of the cards that a trajectory depends on, beside its point."""
COLUMNS = (
    "point",
    "chunk",
    "protocol",
    "mechanism_set",
    "sample",
    "replicate",
    "micromagnetics",
    "first_amplitude_A",
    "first_width_s",
    "pulses",
    "simulated_time_s",
)


def point_names(device: Device, experiment: Experiment, planned: Iterable[Point]) -> list[str]:
    """Return names of points: the letter p and hexadecimal digits.

    Equal names mean equal trajectories, whatever else is on the cards.
    """
    physics = digest(content(device, experiment, TRAJECTORY))
    sets = {label: each.model_dump() for label, each in mechanism_sets(experiment).items()}
    beginning = {label: [physics, label, switches] for label, switches in sets.items()}
    return [
        # A table would take digits alone for a number.
        "p"
        + digest(
            [
                beginning[point.mechanism_set],
                point.protocol,
                point.sample,
                point.replicate,
                point.micromagnetics,
                point.pulses,
                point.marks,
            ]
        )
        for point in planned
    ]


def assign_chunks(
    device: Device,
    experiment: Experiment,
    planned: list[Point],
    names: list[str],
    earlier: dict[str, str],
) -> list[str]:
    """Return the chunk of each point.

    A chunk has points of one protocol, so equally many pulses, and of one sample; its name is the
    letter c and hexadecimal digits that follow from the points that it was made for. Points of one
    protocol stand together. `earlier` are chunks of an earlier plan by the names of its points.
    They stay, so that a point is not computed again because others have joined it.
    """
    chunks = [earlier.get(name, "") for name in names]
    new = [index for index, chunk in enumerate(chunks) if not chunk]
    for _, group in itertools.groupby(new, key=lambda index: planned[index].protocol):
        # Replicates of one history share its ageing. Within them the names' order is as good as
        # random, so that no job gets all strong pulses, which take longest.
        ordered = sorted(
            group,
            key=lambda index: (
                planned[index].sample,
                planned[index].mechanism_set,
                planned[index].replicate,
                names[index],
            ),
        )
        for _, members in itertools.groupby(ordered, key=lambda index: planned[index].sample):
            together = list(members)
            size = experiment.numerics.points_per_chunk or chunk_size(
                device, experiment, [planned[index] for index in together]
            )
            for start in range(0, len(together), size):
                chunk = "c" + digest([names[index] for index in together[start : start + size]])
                for index in together[start : start + size]:
                    chunks[index] = chunk
    return chunks


def plan(device: Device, experiment: Experiment, earlier: pd.DataFrame | None) -> pd.DataFrame:
    """Return the plan of an experiment: the columns of `COLUMNS`, one row a point.

    Points of an earlier plan keep their chunks. Planning again with the result returns it.

    Raises
    ------
    afterpulse.cards.CardError
        If the stored fields of a chunk are too large.
    """
    planned = points(device, experiment)
    names = point_names(device, experiment, planned)
    known = {} if earlier is None else dict(zip(earlier["point"], earlier["chunk"], strict=True))
    chunks = assign_chunks(device, experiment, planned, names, known)
    refuse_large(experiment, planned, chunks)
    rows = [
        (
            name,
            chunk,
            point.protocol,
            point.mechanism_set,
            point.sample,
            point.replicate,
            point.micromagnetics,
            point.pulses[0].amplitude,
            point.pulses[0].width,
            len(point.pulses),
            sum(pulse.width + pulse.wait for pulse in point.pulses),
        )
        for name, chunk, point in zip(names, chunks, planned, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def read_plan(path: str | Path) -> pd.DataFrame:
    """Read a plan that `write_plan` wrote.

    Raises
    ------
    afterpulse.datasets.DatasetError
        If there is no such file or it is no plan.
    """
    try:
        table = pd.read_csv(path, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise datasets.DatasetError(f"{path}: expected a plan, got: {error}") from error
    if tuple(table.columns) != COLUMNS or not table["chunk"].str.fullmatch("c[0-9a-f]{12}").all():
        raise datasets.DatasetError(
            f"{path}: expected a plan with the columns {', '.join(COLUMNS)}; remove the file and "
            "the points are planned anew"
        )
    return table


def rows_of(table: pd.DataFrame, protocol: str) -> pd.DataFrame:
    """Return the rows of a plan that are reduced to the dataset of a protocol.

    For the card's own mechanisms a comparison may have the points of the sweep.
    """
    rows = table["protocol"] == protocol
    if protocol == COMPARE.name and not (rows & (table["mechanism_set"] == OWN_MECHANISMS)).any():
        rows |= table["protocol"] == SWEEP.name
    return table[rows]


def write_plan(table: pd.DataFrame, path: str | Path) -> None:
    """Write a plan as CSV, unless the file already has this text; its folder is made."""
    text = table.to_csv(index=False)
    if Path(path).exists() and Path(path).read_text(encoding="utf-8") == text:
        return
    with datasets.whole(path) as beside:
        beside.write_text(text, encoding="utf-8")


def points_of_chunk(
    device: Device, experiment: Experiment, table: pd.DataFrame, chunk: str
) -> tuple[list[Point], list[str]]:
    """Return the points of a chunk of a plan with their names, in the order of the plan."""
    members = set(table.loc[table["chunk"] == chunk, "point"])
    planned = points(device, experiment)
    names = point_names(device, experiment, planned)
    chosen = [pair for pair in zip(planned, names, strict=True) if pair[1] in members]
    return [point for point, _ in chosen], [name for _, name in chosen]
