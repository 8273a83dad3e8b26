"""Magnetisation fields of whole pulses by LLG that are stored beside the trajectories."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards import CardError
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.numerics import Fields
from afterpulse.timeline.llg_schedule import Output, llg_outputs
from afterpulse.timeline.protocol import WHOLE, Point

MOST_BYTES = 2e9
"""Most fields of a chunk (B); a job keeps them in memory until it writes them."""

CELL_BYTES = 12
"""Three components of a cell in single precision (B)."""

COPIES = 3
"""Copies of the fields of a running job on the disk."""

ROUNDING = 1e-9
"""Relative rounding error of a sum of times."""


class Snapshot(NamedTuple):
    """Magnetisation field at a time.

    Attributes
    ----------
    time : float
        Of a trajectory: since the start of its first pulse; of a stage: since its start (s).
    m : ndarray of float32, shape (nx, ny, 3)
        Unit magnetisation.
    """

    time: float
    m: NDArray[np.float32]


def mark_kept(
    stages: tuple[list[Output], list[Output]], width: float, fields: Fields | None, last: bool
) -> tuple[list[Output], list[Output]]:
    """Mark the outputs of a pulse and of the time after it whose fields are stored.

    Parameters
    ----------
    stages : tuple of list of Output
        From the start of the pulse on, and from its end on.
    width : float
        Of the pulse (s).
    fields : Fields, optional
        Of the experiment card.
    last : bool
        True for the last pulse of a trajectory.
    """
    leading, trailing = stages
    if fields is None or fields.keep == "none" or not leading:
        return stages
    ends = np.array([*(each.end for each in leading), *(width + each.end for each in trailing)])
    kept = np.zeros(ends.size, dtype=bool)
    if fields.keep == "all":
        middle = (ends[1:] + ends[:-1]) / 2
        above = np.append(middle, ends[-1] * (1 + ROUNDING))
        # The last multiple nearer to an output than to the next one.
        multiple = np.floor(above / fields.interval) * fields.interval
        kept = multiple > np.append(0.0, middle)
    kept[-1] |= last
    marked = [
        output._replace(kept=bool(mark))
        for output, mark in zip([*leading, *trailing], kept, strict=True)
    ]
    return marked[: len(leading)], marked[len(leading) :]


def stored_bytes(experiment: Experiment, points: Iterable[Point]) -> float:
    """Return the size of the stored fields of some points without compression (B)."""
    numerics = experiment.numerics
    if not numerics.keeps_fields:
        return 0.0
    snapshots: dict[tuple[tuple[float, float], ...], int] = {}
    total = 0
    for point in points:
        if point.micromagnetics not in WHOLE:
            continue
        times = tuple((pulse.width, pulse.wait) for pulse in point.pulses)
        if times not in snapshots:
            snapshots[times] = sum(
                output.kept
                for index, pulse in enumerate(point.pulses, start=1)
                for stage in mark_kept(
                    llg_outputs(point, pulse, numerics),
                    pulse.width,
                    numerics.fields,
                    index == len(point.pulses),
                )
                for output in stage
            )
        total += snapshots[times]
    return float(total * round(numerics.window / numerics.cell) ** 2 * CELL_BYTES)


def refuse_large(experiment: Experiment, points: list[Point], chunks: list[str]) -> None:
    """Refuse a plan in which a chunk has more than `MOST_BYTES` of stored fields.

    Raises
    ------
    CardError
        With one line that names the size and the field of the card.
    """
    members: dict[str, list[Point]] = {}
    for point, chunk in zip(points, chunks, strict=True):
        members.setdefault(chunk, []).append(point)
    largest = max((stored_bytes(experiment, each) for each in members.values()), default=0.0)
    if largest > MOST_BYTES:
        raise CardError(
            [
                f"{experiment.name}: numerics.fields: expected at most {printed(MOST_BYTES)} of "
                f"fields in a chunk, got {printed(largest)}: a longer interval, keep: final or "
                "fewer numerics.points_per_chunk need less"
            ]
        )


def refuse_full_disk(experiment: Experiment, points: list[Point], target: str | Path) -> None:
    """Refuse a chunk whose stored fields may not fit on the disk of `target`.

    The job needs space for the file and for two checkpoints, the old and the new one.

    Raises
    ------
    CardError
        With one line that names the size, the free space and the field of the card.
    """
    size = COPIES * stored_bytes(experiment, points)
    folder = Path(target).absolute().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if size > free:
        raise CardError(
            [
                f"{experiment.name}: numerics.fields: expected free space of {printed(size)} for "
                f"{target}, got {printed(free)}"
            ]
        )


def printed(size: float) -> str:
    """Return a number of bytes for people."""
    unit, name = (1e9, "GB") if size >= 1e9 else (1e6, "MB")
    return f"{size / unit:.3g} {name}"


def field_dataset(trajectories: list[list[Snapshot]], cell: float) -> xr.Dataset:
    """Return the snapshots of each trajectory of a chunk as a dataset.

    ``magnetisation`` has the dims (point, snapshot, x, y, component), ``snapshot_time`` (point,
    snapshot); both are NaN beyond the last snapshot of a trajectory. `cell` is the edge of a cell
    (m). Without any snapshot the dataset is empty.
    """
    count = max(len(snapshots) for snapshots in trajectories)
    if not count:
        return xr.Dataset()
    (shape,) = {snapshot.m.shape for snapshots in trajectories for snapshot in snapshots}
    m = np.full((len(trajectories), count, *shape), np.nan, dtype=np.float32)
    time = np.full(m.shape[:2], np.nan)
    for point, snapshots in enumerate(trajectories):
        for index, snapshot in enumerate(snapshots):
            time[point, index], m[point, index] = snapshot
    x, y = ((np.arange(size) + 0.5) * cell for size in shape[:2])
    return xr.Dataset(
        {
            "magnetisation": (("point", "snapshot", "x", "y", "component"), m),
            "snapshot_time": (("point", "snapshot"), time),
        },
        coords={"x": x, "y": y, "component": ["x", "y", "z"], "snapshot": np.arange(count)},
    )


def split_fields(dataset: xr.Dataset, thickness: float) -> tuple[xr.Dataset, xr.Dataset]:
    """Return the series of a chunk, and its stored fields as they are written.

    `thickness` is that of the ferromagnet (m).
    """
    if "magnetisation" not in dataset:
        empty = xr.Dataset(coords={"point": dataset["point"], "snapshot": np.arange(0)})
        return dataset, empty.assign(thickness=((), thickness))
    fields = dataset[["magnetisation", "snapshot_time", "point"]]
    series = dataset.drop_dims(["snapshot", "x", "y", "component"])
    return series, fields.rename(snapshot_time="time").assign(thickness=((), thickness))
