"""Text files with columns of numbers, in any usual dialect."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from afterpulse.cards.quantity import quoted
from afterpulse.measured.columns import Column, Recording, distinct, finite, named
from afterpulse.measured.dates import (
    CLOCK,
    ISO,
    YEAR_LAST,
    seconds_of_day,
    seconds_of_iso,
    seconds_of_year_last,
)
from afterpulse.measured.error import TraceError
from afterpulse.measured.file import opened
from afterpulse.measured.units import TIME, size_of_unit

LARGEST_FILE = 256 * 1024**2
SEPARATORS = ("\t", ";", ",", " ")
"""A space stands for any number of blanks."""
COMMENTS = ("#", "%")
MISSING = (
    *("", "-", "--", "---", "nan", "NaN", "NAN", "NA", "N/A", "n/a", "#N/A", "null", "None"),
    *("OVLD", "OVERLOAD", "Overload", "OVERFLOW", "Overflow", "OL"),
)
HEAD = 1000
"""Lines in which the table must begin."""

_NUMBER = r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eEdD][+-]?[0-9]+)?"
_INFINITE = r"[+-]?(?i:inf(?:inity)?)"
_DATE = r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}"
_VALUE = re.compile("|".join([_NUMBER, _INFINITE, ISO, CLOCK, _DATE, YEAR_LAST]))
_FRACTION = re.compile(r"(:[0-9]{2}:[0-9]{2}),([0-9]{3},)")
_WITH_UNIT = re.compile(r"\s+(?![(\[])")


class Layout(NamedTuple):
    """Position of a table in a text."""

    separator: str
    decimal: str
    header: int  # index of the line, -1 if there is none
    units: int  # index of the line of units, -1 if there is none
    first: int  # index of the first row
    width: int  # columns


def read_table(path: str | Path, skip: int = 0) -> Recording:
    """Read a table of numbers from text.

    Parameters
    ----------
    path : str or Path
        Text in UTF-8, UTF-16 or Latin-1. See `parse_table` for its form.
    skip : int, optional
        Lines before the header.

    Raises
    ------
    TraceError
        If the file cannot be read or holds no such table; the message names the line.
    """
    return parse_table(str(path), decode(path), skip)


def decode(path: str | Path) -> str:
    """Return a text file, with a line feed after each line. Raises TraceError if it is none."""
    file = str(path)
    with opened(path) as stream:
        raw = stream.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        raise TraceError(file, f"at most {LARGEST_FILE} bytes", "more")
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    if encoding == "utf-8-sig" and b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        raise TraceError(f"{file}: line {line}", "text", "a zero byte")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-16":
            raise TraceError(file, "text in UTF-16", error.reason) from error
        # Windows programs write the micro sign and the degree sign in one byte.
        text = raw.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse_table(file: str, text: str, skip: int = 0) -> Recording:
    """Find and read the table in a text.

    Lines before the header, empty lines and comments (``#`` or ``%``) are left out. The columns are
    separated by tabs, semicolons, commas or blanks. The header is the line above the rows, and may
    be a comment. Units stand in the header (`named`) or in a second row. Cells are numbers with a
    decimal point or comma, dates, times of day, or text.

    Parameters
    ----------
    file : str
        Path, for messages.
    text : str
        Text of the file, from `decode`.
    skip : int, optional
        Lines before the header.

    Raises
    ------
    TraceError
        If there are no rows of numbers, or a row is too long; the message names the line.
    """
    lines = text.rstrip("\n \t").split("\n")
    if not text.strip():
        raise TraceError(f"{file}: line {len(lines)}", "a header and rows of numbers", "no text")
    layout = find_layout(file, lines, skip)
    if layout.separator == "," and 0 < _named_cells(lines, layout) < layout.width:
        # A decimal comma in the time of day is no separator.
        lines = [_FRACTION.sub(r"\1.\2", line) for line in lines]
        layout = find_layout(file, lines, skip)
    rows = [
        index
        for index in range(layout.first, len(lines))
        if (line := lines[index].strip(" ")) and line.strip() and not line.startswith(COMMENTS)
    ]
    # A remark at the end, or a row that was cut off.
    while len(rows) > 1 and _is_remark(cells_of(lines[rows[-1]], layout.separator)):
        rows.pop()
    place_of_line = [index + 1 for index in rows]
    _check_rows(file, lines, rows, layout)
    frame = _parsed(file, [lines[index] for index in rows], layout)
    columns = _columns(lines, layout, frame)

    def place(row: int, column: int | None = None) -> str:
        line = place_of_line[row] if row >= 0 else max(layout.header, skip) + 1
        where = f"{file}: line {line}"
        return where if column is None else f"{where}, column {column + 1} ({names[column]!r})"

    names = [column.name for column in columns]
    return Recording(file, columns, place)


def cells_of(line: str, separator: str) -> list[str]:
    """Split a line into cells without surrounding blanks."""
    if separator == " ":
        return line.split()
    try:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return [line]
    return [cell.strip() for cell in cells]


def find_layout(file: str, lines: Sequence[str], skip: int = 0) -> Layout:
    """Return where the table begins in the lines of a text, and how its cells are separated."""
    head = lines[:HEAD]
    best: tuple[float, list[int], str] = (0.0, [], "")
    for separator in SEPARATORS:
        cells = [cells_of(line, separator) if i >= skip else [] for i, line in enumerate(head)]
        rows = [index for index, row in enumerate(cells) if _is_row(row)]
        quality = sum(_fraction_of_values(cells[index]) for index in rows)
        if quality > best[0] + 1e-9:
            best = quality, rows, separator
    _, rows, separator = best
    if not rows:
        shown = next(
            (i for i, line in enumerate(head) if i >= skip and line.strip()), len(head) - 1
        )
        expected = "a header and rows of at least two numbers, separated by commas, semicolons, "
        raise TraceError(
            f"{file}: line {shown + 1}", f"{expected}tabs or blanks", quoted(head[shown].strip())
        )
    run = _first_run(head, rows)
    cells = [cells_of(head[index], separator) for index in run]
    widths = [len(row) for row in cells]
    width = max(set(widths), key=widths.count)
    # A line of words above the rows is no row, even if it holds some numbers.
    texts = [
        sum(column < len(row) and not _is_value(row[column]) for row in cells) * 2 > len(cells)
        for column in range(width)
    ]
    while len(run) > 1 and any(
        not _is_value(cell) and not text for cell, text in zip(cells[0], texts, strict=False)
    ):
        run, cells = run[1:], cells[1:]
    header, units = _header_lines(head, run[0], skip, (separator, width))
    if header >= 0:
        width = max(width, len(_header_cells(head[header], separator, width)))
    return Layout(separator, _decimal(cells, separator, lines), header, units, run[0], width)


def _named_cells(lines: Sequence[str], layout: Layout) -> int:
    """Return the number of cells of the header, 0 without a header."""
    if layout.header < 0:
        return 0
    return len(_header_cells(lines[layout.header], layout.separator, layout.width))


def _is_value(cell: str) -> bool:
    return cell in MISSING or _VALUE.fullmatch(cell) is not None


def _is_row(cells: Sequence[str]) -> bool:
    """Whether a line is a row of a table: mostly numbers, with fewer words."""
    filled = [cell for cell in cells if cell]
    numbers = sum(_VALUE.fullmatch(cell) is not None for cell in filled)
    words = sum(not _is_value(cell) for cell in filled)
    if len(cells) < 2 or not numbers or filled[0].startswith(COMMENTS):
        return False
    return 2 * words < len(filled) or (numbers >= 2 and 2 * words <= len(filled))


def _is_remark(cells: Sequence[str]) -> bool:
    """Whether a line has more words than numbers, or a single cell."""
    words = sum(not _is_value(cell) for cell in cells)
    return len(cells) < 2 or 2 * words > len([cell for cell in cells if cell])


def _fraction_of_values(cells: Sequence[str]) -> float:
    filled = [cell for cell in cells if cell]
    return sum(map(_is_value, filled)) / len(filled)


def _first_run(head: Sequence[str], rows: list[int]) -> list[int]:
    """Return the first three or more rows without a line of text between them, else the most."""
    runs: list[list[int]] = [[rows[0]]]
    for previous, index in zip(rows, rows[1:], strict=False):
        between = [line.strip() for line in head[previous + 1 : index]]
        if any(line and not line.startswith(COMMENTS) for line in between):
            runs.append([])
        runs[-1].append(index)
    return next((run for run in runs if len(run) >= 3), max(runs, key=len))


def _header_cells(line: str, separator: str, width: int) -> list[str]:
    text = line.strip(" ")
    if text.startswith(COMMENTS):
        text = text.lstrip("#% ")
    if separator != " ":
        return cells_of(text, separator)
    text = text.strip()
    # "time (s)" is one cell although columns are separated by blanks.
    splits = [re.split(r"\s{2,}", text), _WITH_UNIT.split(text), text.split()]
    return next((cells for cells in splits if len(cells) == width), splits[1])


def _header_lines(
    head: Sequence[str], first: int, skip: int, form: tuple[str, int]
) -> tuple[int, int]:
    """Return the indices of the header and of the line of units above the first row, -1 if none."""
    separator, width = form
    above = []
    for index in range(first - 1, max(skip, first - 10) - 1, -1):
        line = head[index].strip(" ")
        cells = _header_cells(line, separator, width)
        fits = len(cells) == width or (len(cells) > 1 and not line.startswith(COMMENTS))
        if line.strip() and fits:
            above.append((index, cells))
    if not above:
        return -1, -1
    for (units, cells), (header, _) in zip(above[:2], above[1:3], strict=False):
        words = [_bare(cell) for cell in cells]
        is_time = any(size_of_unit(word, TIME) for word in words if word)
        if is_time and len(cells) == width and all(len(word) < 12 for word in words):
            return header, units
    return above[0][0], -1


def _bare(cell: str) -> str:
    """Return a unit without brackets."""
    return cell.strip("()[] ")


def _decimal(cells: Sequence[Sequence[str]], separator: str, lines: Sequence[str]) -> str:
    """Return the decimal mark, a comma only if no number has a point."""
    if separator == ",":
        return "."
    numbers = [cell for row in cells for cell in row if re.fullmatch(_NUMBER, cell)]
    marks = {mark for mark in ",." if any(mark in cell for cell in numbers)}
    if not marks:
        later = any("," in line for line in lines[HEAD:])
        return "," if later and not any("." in line for line in lines[HEAD:]) else "."
    return "," if marks == {","} else "."


def _check_rows(file: str, lines: Sequence[str], rows: Sequence[int], layout: Layout) -> None:
    """Raise TraceError at a row with too many cells or an open quotation mark."""
    separator, width = layout.separator, layout.width
    for index in rows:
        line = lines[index]
        if '"' in line:
            if line.count('"') % 2:
                expected = "a closing quotation mark"
                raise TraceError(f"{file}: line {index + 1}", expected, "the end of the line")
            cells = cells_of(line, separator)
        elif separator == " ":
            cells = line.split() if len(line) > width else []
        elif line.count(separator) < width:
            continue
        else:
            cells = line.split(separator)
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            raise TraceError(f"{file}: line {index + 1}", f"{width} cells", len(cells))


def _parsed(file: str, rows: list[str], layout: Layout) -> pd.DataFrame:
    """Return the cells of all rows; a column without any word is numeric."""
    try:
        return pd.read_csv(
            io.StringIO("\n".join(rows)),
            sep=r"\s+" if layout.separator == " " else layout.separator,
            header=None,
            names=list(range(layout.width)),
            index_col=False,
            decimal=layout.decimal,
            na_values=list(MISSING),
            skipinitialspace=True,
            skip_blank_lines=False,
            low_memory=False,
        )
    except (ValueError, OverflowError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise TraceError(file, f"rows of {layout.width} cells", error) from error


def _columns(lines: Sequence[str], layout: Layout, frame: pd.DataFrame) -> list[Column]:
    headers = [""] * layout.width
    units = [""] * layout.width
    if layout.header >= 0:
        cells = _header_cells(lines[layout.header], layout.separator, layout.width)
        headers[: len(cells)] = cells
    if layout.units >= 0:
        cells = _header_cells(lines[layout.units], layout.separator, layout.width)
        units[: len(cells)] = map(_bare, cells)
    split = [named(header) for header in headers]
    names = distinct([name for name, _ in split])
    columns: list[Column] = []
    for index, (header, name) in enumerate(zip(headers, names, strict=True)):
        unit = split[index][1] or units[index]
        values, clock, fault = _values(frame[index], layout.decimal, unit)
        column = Column(name, clock or unit, values, header, bool(clock), fault)
        # Some programs write the unit of a reading beside it, in each row.
        if (
            columns
            and not columns[-1].unit
            and column.is_text
            and name.casefold() in ("unit", "units")
        ):
            words = frame[index].dropna().unique()
            if len(words) == 1:
                columns[-1] = Column(columns[-1].name, str(words[0]), columns[-1].values)
        columns.append(column)
    return columns


def _values(
    cells: pd.Series, decimal: str, unit: str
) -> tuple[NDArray[np.float64], str, tuple[int, str] | None]:
    """Return the numbers of a column, their clock, and the first cell that is no number.

    The clock is "s" for dates in seconds since 1970 (UTC) or times of day on `ANY_DAY`,
    `EITHER_ORDER` if dates leave the order of day and month open, and empty for numbers. `unit` is
    that of the header, which may be the order.
    """
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        return finite(cells.to_numpy(np.float64, na_value=np.nan)), "", None
    words = cells.astype("string").str.strip()
    words = words.mask(words.isin(MISSING))
    present = words.notna().to_numpy(bool)

    def matching(pattern: str) -> NDArray[np.bool_]:
        return words.str.fullmatch(pattern).fillna(False).to_numpy(bool)

    other = {",": ".", ".": ","}[decimal]
    wrong_mark = words.str.contains(other, regex=False).fillna(False).to_numpy(bool)
    valid, form = matching(_NUMBER) & ~wrong_mark, ""
    for pattern in (ISO, CLOCK, YEAR_LAST):
        matched = matching(pattern)
        if matched.sum() > max(valid.sum(), 0.5 * present.sum()):
            valid, form = matched, pattern
    values, clock = np.full(len(words), np.nan), "s" if form else ""
    if form == YEAR_LAST:
        values[valid], order = seconds_of_year_last(words[valid], unit)
        clock = order or "s"
    else:
        values[valid] = _CONVERSIONS[form](words[valid].str.replace(",", ".", regex=False))
    wrong = np.flatnonzero(present & ~(valid & ~np.isnan(values)) & ~matching(_INFINITE))
    fault = (int(wrong[0]), str(words.iloc[wrong[0]])) if wrong.size else None
    return finite(values), clock, fault


def _numbers(words: pd.Series) -> NDArray[np.float64]:
    return words.str.replace("[dD]", "e", regex=True).to_numpy(object).astype(np.float64)


_CONVERSIONS: dict[str, Callable[[pd.Series], NDArray[np.float64]]] = {
    "": _numbers,
    ISO: seconds_of_iso,
    CLOCK: seconds_of_day,
}
