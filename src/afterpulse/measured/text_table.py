"""A text file of numbers in columns, each with a name and a unit in the header."""

import csv
import io
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.quantity import quoted
from afterpulse.measured.error import TraceError
from afterpulse.measured.file import opened

LARGEST_FILE = 64 * 1024**2
SEPARATORS = ("\t", ";", ",")
"""Tried in this order: a name in a column may hold a comma, but no tab."""

_HEADER = re.compile(r"(.*\S)\s*(?:\(([^()]*)\)|\[([^\[\]]*)\])")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)


class Table(NamedTuple):
    """Numbers as they stand in the file, with where they stand.

    Attributes
    ----------
    file : str
        As it was named.
    names, units : list of str
        One a column.
    values : ndarray, shape (rows, columns)
        In these units.
    header_line : int
        Line of the header, from 1.
    lines : ndarray, shape (rows,)
        Line of each row.
    """

    file: str
    names: list[str]
    units: list[str]
    values: NDArray[np.float64]
    header_line: int
    lines: NDArray[np.int64]


def place_in(file: str, line: int, column: int, name: str) -> str:
    """Name a cell, counted from 1, for a message."""
    return f"{file}: line {line}, column {column} ({quoted(name)})"


def read_table(path: str | Path) -> Table:
    """Read a table of numbers.

    Lines that are empty or begin with ``#`` are left out before the header, empty lines also at
    the end. Columns stand between tabs, semicolons or commas; a decimal comma is read where they
    stand between semicolons and no number has a decimal point.

    Parameters
    ----------
    path : str or Path
        Text in UTF-8.

    Returns
    -------
    Table
        One row or more is not made sure of.

    Raises
    ------
    TraceError
        Where the file cannot be read, or is no such table; the message names the line.
    """
    file = str(path)
    with opened(path) as stream:
        text = decoded(file, stream.read(LARGEST_FILE + 1))
    rest = io.StringIO(text, newline=None)
    header, header_line = "", 0
    for line in rest:
        header_line += 1
        if line.strip() and not line.lstrip().startswith("#"):
            header = line.strip()
            break
    if not header:
        got = "a file without one" if text.strip() else "an empty file"
        raise TraceError(f"{file}: line {header_line + 1}", "a header with names and units", got)
    separator, cells = split(file, header_line, header)
    names, units = names_and_units(file, header_line, cells)
    values, lines = numbers(file, rest, header_line, separator, names)
    return Table(file, names, units, values, header_line, lines)


def decoded(file: str, raw: bytes) -> str:
    """Text of a file's bytes."""
    if len(raw) > LARGEST_FILE:
        raise TraceError(file, f"at most {LARGEST_FILE} bytes", "more")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TraceError(f"{file}: line 1", "text in UTF-8", "UTF-16")
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        raise TraceError(f"{file}: line {line}", "text", "a zero byte")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = raw[error.start]
        raise TraceError(
            f"{file}: line {line}", "text in UTF-8", f"the byte {byte:#x}, which is none"
        ) from error


def split(file: str, line: int, header: str) -> tuple[str, list[str]]:
    """Separator of a header and its cells."""
    for separator in SEPARATORS:
        try:
            cells = next(_reader([header], separator))
        except csv.Error:
            # Cells in quotes end before another separator.
            continue
        if len(cells) > 1:
            return separator, [cell.strip() for cell in cells]
    raise TraceError(
        f"{file}: line {line}",
        "a header of columns between commas, semicolons or tabs",
        quoted(header),
    )


def names_and_units(file: str, line: int, cells: list[str]) -> tuple[list[str], list[str]]:
    """Names and units that a header gives."""
    if all(_NUMBER.fullmatch(cell) for cell in cells):
        raise TraceError(f"{file}: line {line}", "a header with names and units", "numbers")
    names: list[str] = []
    units: list[str] = []
    for column, cell in enumerate(cells, 1):
        found = _HEADER.fullmatch(cell)
        unit = (found[2] or found[3] or "").strip() if found else ""
        if found is None or not unit:
            raise TraceError(
                f"{file}: line {line}, column {column}",
                'a name with a unit such as "time (s)"',
                quoted(cell),
            )
        name = " ".join(found[1].split())
        if name.casefold() in (other.casefold() for other in names):
            place = place_in(file, line, column, name)
            raise TraceError(place, "a name that no other column has", "it again")
        names.append(name)
        units.append(unit)
    return names, units


def numbers(
    file: str, rest: io.StringIO, header_line: int, separator: str, names: list[str]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Read the rows after a header, with their lines."""
    reader = _reader(rest, separator)
    rows: list[list[float]] = []
    lines: list[int] = []
    empty: int | None = None
    mark: tuple[str, int] | None = None
    while True:
        line = header_line + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise TraceError(f"{file}: line {line}", f"{len(names)} cells", error) from error
        if not "".join(cells).strip() and len(cells) < 2:
            empty = empty or line
            continue
        if empty is not None:
            raise TraceError(f"{file}: line {empty}", f"{len(names)} cells", "an empty line")
        if len(cells) != len(names):
            raise TraceError(f"{file}: line {line}", f"{len(names)} cells", len(cells))
        row = []
        for column, (cell, name) in enumerate(zip(cells, names, strict=True), 1):
            word = cell.strip()
            if _NUMBER.fullmatch(word) is None:
                raise TraceError(place_in(file, line, column, name), "a number", quoted(word))
            for here in ",.":
                if here not in word:
                    continue
                if here == "," and separator != ";":
                    place = place_in(file, line, column, name)
                    expected = "a decimal point (a comma only where semicolons separate columns)"
                    raise TraceError(place, expected, quoted(word))
                mark = mark or (here, line)
                if here != mark[0]:
                    place = place_in(file, line, column, name)
                    expected = f'a decimal "{mark[0]}" as in line {mark[1]}'
                    raise TraceError(place, expected, quoted(word))
            row.append(float(word.replace(",", ".")))
        rows.append(row)
        lines.append(line)
    values = np.array(rows, dtype=np.float64).reshape(len(rows), len(names))
    return values, np.array(lines, dtype=np.int64)


def _reader(lines: io.StringIO | list[str], separator: str):  # type: ignore[no-untyped-def]
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
