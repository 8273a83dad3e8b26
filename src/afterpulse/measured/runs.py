"""Several measured files, each with its pulses."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from afterpulse.cards.quantity import Quantity, quoted
from afterpulse.measured.columns import distinct, named, printed
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import AMPLITUDE_UNITS, WIDTH, Pulse
from afterpulse.measured.text_table import COMMENTS, SEPARATORS, cells_of, decode
from afterpulse.measured.units import TIME, identify_unit, parsed

REQUIRED = ("file", "amplitude", "width")
QUANTITIES: dict[str, tuple[Quantity, ...]] = {
    "amplitude": tuple(AMPLITUDE_UNITS),
    "width": (WIDTH,),
    "start": (TIME,),
    "temperature": (Quantity("temperature", "K", "300 K", "positive"),),
}
"""Columns of `read_runs` besides the file, with the quantities that each may have."""


class Run(NamedTuple):
    """Measured file.

    Attributes
    ----------
    file : Path
        The file.
    pulses : sequence of Pulse
        Pulses on its clock.
    temperature : float
        Temperature of the measurement (K), NaN if unknown.
    """

    file: Path
    pulses: Sequence[Pulse]
    temperature: float = np.nan


class _Header(NamedTuple):
    line: int  # from 1 on
    separator: str
    columns: dict[str, tuple[int, str]]  # position and unit by the name in lower case


def find_files(paths: Sequence[Path], left_out: Sequence[Path] = ()) -> list[Path]:
    """Return files, and in place of each folder its files in the order of their names.

    Hidden files, subfolders and the files `left_out` of a folder are left out. Raises TraceError
    for a folder that cannot be read or has no files.
    """
    files: list[Path] = []
    others = [path.resolve() for path in left_out]
    for path in paths:
        try:
            if not path.is_dir():
                files.append(path)
                continue
            inside = [
                file
                for file in sorted(path.iterdir())
                if file.is_file() and file.name[0] != "." and file.resolve() not in others
            ]
        except OSError as error:
            raise TraceError(str(path), "a readable file", error.strerror) from error
        if not inside:
            raise TraceError(str(path), "a folder with files", "none")
        files += inside
    return list(dict.fromkeys(files))


def read_runs(path: str | Path, start: float | None = None) -> list[Run]:
    """Read a table with a row for each measured file.

    Parameters
    ----------
    path : str or Path
        Text with the columns file, amplitude (a current, a current density or a voltage) and width,
        and optionally start and temperature, separated by commas, semicolons or tabs. Units stand
        in the header as for `afterpulse.measured.columns.named`. Other columns are not read. A file
        is relative to the folder of the table.
    start : float, optional
        Start of the pulse in all files on their clocks (s), in place of the column.

    Raises
    ------
    TraceError
        If the table cannot be read; the message names the line and the column.
    """
    lines = decode(path).split("\n")
    header = _header(str(path), lines)
    where = f"{path}: line {header.line}"
    if ("start" in header.columns) == (start is not None):
        got = "neither" if start is None else "both"
        raise TraceError(where, "either a column start or --pulse-start", got)
    kinds = {
        name: identify_unit(unit, *QUANTITIES[name], place=_place(where, name, position))[1]
        for name, (position, unit) in header.columns.items()
        if name in QUANTITIES
    }
    runs: list[Run] = []
    for number, line in enumerate(lines[header.line :], header.line + 1):
        if not line.strip() or line.startswith(COMMENTS):
            continue
        where = f"{path}: line {number}"
        cells = cells_of(line, header.separator)
        values = {"temperature": np.nan} | ({} if start is None else {"start": start})
        for name, quantity in kinds.items():
            cell = _cell(cells, header.columns[name][0])
            if header.separator != ",":
                cell = cell.replace(",", ".")
            if cell or name != "temperature":
                place = _place(where, name, header.columns[name][0])
                values[name] = parsed(f"{cell} {header.columns[name][1]}", quantity, place)
        position = header.columns["file"][0]
        name = _cell(cells, position)
        file = Path(path).parent / name
        if not name or file in [run.file for run in runs]:
            got = quoted(name) if name else "none"
            raise TraceError(_place(where, "file", position), "one row for each file", got)
        unit = AMPLITUDE_UNITS[kinds["amplitude"]]
        pulse = Pulse(values["start"], values["width"], values["amplitude"], unit, where)
        runs.append(Run(file, (pulse,), values["temperature"]))
    if not runs:
        raise TraceError(where, "a row for each file", "the header alone")
    return runs


def of_files(files: Sequence[Path], runs: Sequence[Run]) -> tuple[list[Run], dict[Path, str]]:
    """Return the runs of some files, and the files that have none, each with the reason.

    A file belongs to the row with its path, or else to the only row with its name.
    """
    selected: list[Run] = []
    missing: dict[Path, str] = {}
    by_path = {run.file.resolve(): run for run in runs}
    names = [run.file.name for run in runs]
    by_name = {run.file.name: run for run in runs if names.count(run.file.name) == 1}
    for file in files:
        run = by_path.get(file.resolve()) or by_name.get(file.name)
        if run is None:
            missing[file] = f"{printed(str(file))}: expected a row of the table, got none"
        else:
            selected.append(run._replace(file=file))
    return selected, missing


def names_of(files: Sequence[Path]) -> list[str]:
    """Return printable names, of which no two are equal, relative to the common folder."""
    folders = [os.path.abspath(file.parent) for file in files]
    common = os.path.commonpath(folders)
    return distinct([printed(os.path.relpath(file, common)) for file in files])


def _header(file: str, lines: Sequence[str]) -> _Header:
    """Return the first line with the column file, which may be a comment."""
    for number, line in enumerate(lines, 1):
        for separator in SEPARATORS[:3]:
            cells = cells_of(line.lstrip("#% "), separator)
            split = [named(cell) for cell in cells]
            columns = {name.casefold(): (i, unit) for i, (name, unit) in enumerate(split)}
            if "file" not in columns or len(columns) < 2:
                continue
            missing = [name for name in REQUIRED if name not in columns]
            if missing:
                expected = f"the columns {', '.join(REQUIRED)}"
                raise TraceError(f"{file}: line {number}", expected, f"no {missing[0]}")
            return _Header(number, separator, columns)
    expected = f"a header with the columns {', '.join(REQUIRED)}"
    raise TraceError(f"{file}: line 1", expected, quoted(lines[0]))


def _cell(cells: Sequence[str], position: int) -> str:
    return cells[position] if position < len(cells) else ""


def _place(where: str, name: str, position: int) -> str:
    return f"{where}, column {position + 1} ({name!r})"
