"""The plan: all points of an experiment as a table, grouped into chunks, a chunk a job."""

import itertools
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from afterpulse import datasets
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.sections import GRID, LLG, MATERIALS, Sections, content, digest
from afterpulse.device import Device
from afterpulse.timeline.chunk_size import chosen_size
from afterpulse.timeline.protocol import Point, mechanism_sets, points

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
    "replicate",
    "pulse_edges",
    "first_amplitude_A",
    "first_width_s",
    "pulses",
    "simulated_time_s",
)


def names(device: Device, experiment: Experiment, planned: Iterable[Point]) -> list[str]:
    """Name points by what they are.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    planned : iterable of Point
        Points of the experiment.

    Returns
    -------
    list of str
        The letter p and hexadecimal digits. Equal names mean equal trajectories, whatever else is
        on the cards.
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
                point.replicate,
                point.pulse_edges,
                [(pulse.amplitude, pulse.width, pulse.wait) for pulse in point.pulses],
                point.marks,
            ]
        )
        for point in planned
    ]


def grouped(
    device: Device,
    experiment: Experiment,
    planned: list[Point],
    named: list[str],
    earlier: dict[str, str],
) -> list[str]:
    """Chunk of each point.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards; the latter says how many points a new chunk has, or leaves that open.
    planned : list of Point
        Points, those of one protocol together.
    named : list of str
        Their names.
    earlier : dict of str to str
        Chunks of an earlier plan by the names of its points. They stay, so that a point that is
        there is not computed again because others have joined it.

    Returns
    -------
    list of str
        A chunk has points of one protocol, so equally many pulses; it is named by the points
        that it was made for: the letter c and hexadecimal digits.
    """
    chunks = [earlier.get(name, "") for name in named]
    new = [index for index, chunk in enumerate(chunks) if not chunk]
    for _, group in itertools.groupby(new, key=lambda index: planned[index].protocol):
        # Replicates of one history share its ageing. Within them the names' order is as good as
        # random, so that no job gets all strong pulses, which take longest.
        together = sorted(
            group,
            key=lambda index: (
                planned[index].mechanism_set,
                planned[index].replicate,
                named[index],
            ),
        )
        most = experiment.numerics.points_per_chunk or chosen_size(
            device, experiment, [planned[index] for index in together]
        )
        for start in range(0, len(together), most):
            some = together[start : start + most]
            chunk = "c" + digest([named[index] for index in some])
            for index in some:
                chunks[index] = chunk
    return chunks


def plan(device: Device, experiment: Experiment, earlier: pd.DataFrame | None) -> pd.DataFrame:
    """Plan of an experiment.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    earlier : pandas.DataFrame or None
        Plan by which something may already have been computed.

    Returns
    -------
    pandas.DataFrame
        The columns of `COLUMNS`, one row a point. Planning once more with the result gives it
        back.
    """
    planned = points(device, experiment)
    named = names(device, experiment, planned)
    known = {} if earlier is None else dict(zip(earlier["point"], earlier["chunk"], strict=True))
    chunks = grouped(device, experiment, planned, named, known)
    rows = [
        (
            name,
            chunk,
            point.protocol,
            point.mechanism_set,
            point.replicate,
            point.pulse_edges,
            point.pulses[0].amplitude,
            point.pulses[0].width,
            len(point.pulses),
            sum(pulse.width + pulse.wait for pulse in point.pulses),
        )
        for name, chunk, point in zip(named, chunks, planned, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def read_plan(path: str | Path) -> pd.DataFrame:
    """Read a plan.

    Parameters
    ----------
    path : str or pathlib.Path
        A file that `write_plan` wrote.

    Returns
    -------
    pandas.DataFrame
        What was written.

    Raises
    ------
    afterpulse.datasets.DatasetError
        Where there is no such file or it is something else.
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


def write_plan(table: pd.DataFrame, path: str | Path) -> None:
    """Write a plan as CSV, unless the file already says the same.

    Parameters
    ----------
    table : pandas.DataFrame
        From `plan`.
    path : str or pathlib.Path
        File that appears whole or not at all; its folder is made.
    """
    text = table.to_csv(index=False)
    if Path(path).exists() and Path(path).read_text(encoding="utf-8") == text:
        return
    with datasets.whole(path) as beside:
        beside.write_text(text, encoding="utf-8")


def points_by_chunk(
    device: Device, experiment: Experiment, table: pd.DataFrame
) -> dict[str, list[Point]]:
    """Points of every chunk.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    table : pandas.DataFrame
        Their plan, as `plan` gives it.

    Returns
    -------
    dict of str to list of Point
        By the name of the chunk, in the order of the plan.
    """
    found: dict[str, list[Point]] = {}
    for chunk, point in zip(table["chunk"], points(device, experiment), strict=True):
        found.setdefault(chunk, []).append(point)
    return found


def points_of_chunk(
    device: Device, experiment: Experiment, table: pd.DataFrame, chunk: str
) -> tuple[list[Point], list[str]]:
    """Points of a chunk with their names.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    table : pandas.DataFrame
        The plan.
    chunk : str
        Name of the chunk.

    Returns
    -------
    planned : list of Point
        In the order of the plan.
    named : list of str
        Their names.
    """
    wanted = set(table.loc[table["chunk"] == chunk, "point"])
    planned = points(device, experiment)
    named = names(device, experiment, planned)
    chosen = [(p, name) for p, name in zip(planned, named, strict=True) if name in wanted]
    return [point for point, _ in chosen], [name for _, name in chosen]
