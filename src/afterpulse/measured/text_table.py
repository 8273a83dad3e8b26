"""Text files with columns of numbers, each with a name and a unit in the header."""

import io
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from afterpulse.cards.quantity import quoted
from afterpulse.measured.error import TraceError
from afterpulse.measured.file import opened

LARGEST_FILE = 64 * 1024**2
SEPARATORS = ("\t", ";", ",")
"""Tried in this order: a name in a column may contain a comma, but no tab."""

_HEADER = re.compile(r"(.*\S)\s*(?:\(([^()]*)\)|\[([^\[\]]*)\])")
_NUMBER = r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?"
_CELLS: dict[str, Any] = {
    "header": None,
    "dtype": str,
    "keep_default_na": False,
    "skip_blank_lines": False,
    "skipinitialspace": True,
}
"""Every cell is read as text: pandas would accept words and mixed decimal marks as numbers."""


class Table(NamedTuple):
    """Numbers of a text file, with their positions in it."""

    file: str  # path as given
    names: list[str]  # one per column
    units: list[str]  # one per column
    values: NDArray[np.float64]  # (rows, columns), in these units
    header_line: int  # counted from 1; the rows follow line by line

    def place(self, row: int, column: int | None = None) -> str:
        """Name a row (-1 for the header), or a cell of the row, for a message."""
        line = f"{self.file}: line {self.header_line + 1 + row}"
        if column is None:
            return line
        return f"{line}, column {column + 1} ({quoted(self.names[column])})"


def read_table(path: str | Path) -> Table:
    """Read a table of numbers from UTF-8 text.

    Empty lines and lines that begin with ``#`` are skipped before the header, empty lines also at
    the end. Columns are separated by tabs, semicolons or commas. A decimal comma is accepted if
    the separator is a semicolon and no number has a decimal point.

    Raises
    ------
    TraceError
        If the file cannot be read or is no such table; the message names the line. A table without
        rows is accepted.
    """
    file = str(path)
    with opened(path) as stream:
        text = _decode(file, stream.read(LARGEST_FILE + 1))
    lines = io.StringIO(text, newline=None)
    header, header_line = "", 0
    for line in lines:
        header_line += 1
        if line.strip() and not line.lstrip().startswith("#"):
            header = line.strip()
            break
    place = f"{file}: line {header_line}"
    if not header:
        got = "a file without one" if text.strip() else "an empty file"
        raise TraceError(f"{file}: line {header_line + 1}", "a header with names and units", got)
    separator, cells = _split_header(place, header)
    names, units = _names_and_units(place, cells)
    table = Table(file, names, units, np.empty((0, len(names))), header_line)
    # The header goes with the rows, because its width is what pandas compares theirs with.
    words = _words(table, f"{header}\n{lines.read()}".rstrip(" \n"), separator)
    return table._replace(values=_numbers(table, words, separator))


def _decode(file: str, raw: bytes) -> str:
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
        got = f"the byte {raw[error.start]:#x}, which is not UTF-8"
        raise TraceError(f"{file}: line {line}", "text in UTF-8", got) from error


def _split_header(place: str, header: str) -> tuple[str, list[str]]:
    """Return the separator and the cells of a header."""
    for separator in SEPARATORS:
        try:
            cells = pd.read_csv(io.StringIO(header), sep=separator, **_CELLS)
        except pd.errors.ParserError:
            continue
        if cells.shape[1] > 1:
            return separator, [cell.strip() for cell in cells.iloc[0]]
    raise TraceError(
        place, "a header with columns separated by commas, semicolons or tabs", quoted(header)
    )


def _names_and_units(place: str, cells: list[str]) -> tuple[list[str], list[str]]:
    if all(re.fullmatch(_NUMBER, cell) for cell in cells):
        raise TraceError(place, "a header with names and units", "numbers")
    names: list[str] = []
    units: list[str] = []
    for column, cell in enumerate(cells, 1):
        match = _HEADER.fullmatch(cell)
        unit = (match[2] or match[3] or "").strip() if match else ""
        if match is None or not unit:
            expected = 'a name with a unit such as "time (s)"'
            raise TraceError(f"{place}, column {column}", expected, quoted(cell))
        name = " ".join(match[1].split())
        if name.casefold() in (other.casefold() for other in names):
            expected = "a name that no other column has"
            raise TraceError(f"{place}, column {column} ({quoted(name)})", expected, "a repetition")
        names.append(name)
        units.append(unit)
    return names, units


def _words(table: Table, text: str, separator: str) -> pd.DataFrame:
    """Split the rows below the header into cells without surrounding spaces."""
    try:
        cells = pd.read_csv(io.StringIO(text), sep=separator, **_CELLS)
    except pd.errors.ParserError as error:
        width = f"{len(table.names)} cells"
        if match := re.search(r"in line (\d+), saw (\d+)", str(error)):
            raise TraceError(table.place(int(match[1]) - 2), width, match[2]) from error
        if match := re.search(r"EOF inside string starting at row (\d+)", str(error)):
            row = int(match[1]) - 1
            raise TraceError(
                table.place(row), "a closing quotation mark", "the end of the file"
            ) from error
        raise TraceError(table.file, f"rows of {width}", error) from error
    return cells.iloc[1:].reset_index(drop=True).apply(lambda column: column.str.strip())


def _numbers(table: Table, words: pd.DataFrame, separator: str) -> NDArray[np.float64]:
    """Convert cells to numbers, after a check that all have one decimal mark."""
    valid = words.apply(lambda column: column.str.fullmatch(_NUMBER, flags=re.ASCII))
    if (wrong := _first(~valid)) is not None:
        row, column = wrong
        if not any(words.iloc[row]):
            raise TraceError(table.place(row), f"{len(table.names)} cells", "an empty line")
        raise TraceError(table.place(row, column), "a number", quoted(words.iat[row, column]))
    first = {
        mark: _first(words.apply(lambda column, mark=mark: column.str.contains(mark, regex=False)))
        for mark in ",."
    }
    cells = {mark: cell for mark, cell in first.items() if cell is not None}
    if "," in cells and separator != ";":
        expected = "a decimal point (a comma only if semicolons separate columns)"
        raise TraceError(table.place(*cells[","]), expected, quoted(words.iat[cells[","]]))
    if len(cells) == 2:
        mark, other = sorted(cells, key=lambda mark: cells[mark])
        line = table.header_line + 1 + cells[mark][0]
        expected = f'a decimal "{mark}" as in line {line}'
        raise TraceError(table.place(*cells[other]), expected, quoted(words.iat[cells[other]]))
    # Python's own conversion rounds correctly; that of pandas does so only on request.
    return words.apply(lambda column: column.str.replace(",", ".")).to_numpy(object).astype(float)


def _first(true: pd.DataFrame) -> tuple[int, int] | None:
    """Return row and column of the first true cell, row by row."""
    cells = np.argwhere(true.to_numpy(bool))
    return (int(cells[0, 0]), int(cells[0, 1])) if len(cells) else None
