"""Selection of the time and of the Hall voltage among the columns of a file."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np

from afterpulse.cards.quantity import Quantity, quoted
from afterpulse.measured.columns import Column, Recording, named
from afterpulse.measured.dates import (
    DAY_FIRST,
    EITHER_ORDER,
    MONTH_FIRST,
    order_of,
    with_month_first,
)
from afterpulse.measured.error import TraceError
from afterpulse.measured.units import (
    FREQUENCY,
    RESISTANCE,
    SIGNALS,
    TIME,
    VOLTAGE,
    size_of_unit,
)

MOST_UNEQUAL_RANGES = 5.0
"""Largest ratio of the ranges of two repeats; beyond it they are different signals."""

_HALL = re.compile(r"hall|ahe|xy|yx", re.IGNORECASE)
_CLOCK = re.compile(r"^t\b|time|zeit|clock|elapsed", re.IGNORECASE)
_ELAPSED = re.compile(r"elapsed|relative", re.IGNORECASE)


@dataclass(frozen=True)
class Selection:
    """Columns that hold the time and the Hall voltage; by default they follow from units and names.

    Attributes
    ----------
    time : str, optional
        Column of the time: its name, or its position from 1 on. ``"name (unit)"`` replaces the unit
        of the file; ``"name (60 MHz)"`` is a counter of ticks.
    voltages : sequence of str, optional
        Columns of the Hall voltage or resistance, one for each repeat.
    repeats : bool
        Whether all columns of voltages are repeats.
    read_current : float, optional
        In A. A resistance times this current is the voltage; without it the signal is the
        resistance.
    skip : int, optional
        Lines of a text before the header.
    command : str
        Command of afterpulse that reads the file, for messages.
    """

    time: str | None = None
    voltages: Sequence[str] = ()
    repeats: bool = False
    read_current: float | None = None
    skip: int | None = None
    command: str = "fit"


def select(recording: Recording, selection: Selection) -> tuple[Column, list[Column], Quantity]:
    """Return the column of the time, those of the Hall voltage in SI, and their quantity.

    Without a read current a resistance is a quantity of its own, as a signal in arbitrary units is.

    Raises TraceError if the file does not determine them. The message lists all columns and a
    command that reads the file.
    """
    time = _time(recording, selection)
    signals = _signals(recording, selection, time)
    for column in (time, *signals):
        if column.fault is not None:
            row, text = column.fault
            place = recording.place(row, recording.position(column))
            kind = "a date" if column.is_date else "a number"
            raise TraceError(place, kind, quoted(text))
    current = selection.read_current
    quantities = {column.quantity for column in signals if column.quantity is not None}
    if current is not None:
        if RESISTANCE not in quantities:
            raise TraceError("--read-current", "a column of resistances", _listed(recording))
        quantities = {VOLTAGE if each is RESISTANCE else each for each in quantities}
    if len(quantities) > 1:
        described = ", ".join(column.described() for column in signals)
        raise TraceError("--column", "columns of one quantity", described)
    (quantity,) = quantities
    return _in_seconds(time), [_in_si(column, current) for column in signals], quantity


def _time(recording: Recording, selection: Selection) -> Column:
    if selection.time is not None:
        column = _find(recording, selection.time, "--time-column")
        if column.is_date:
            return _ordered(recording.columns[recording.position(column)], column.unit)
        if column.quantity is TIME or size_of_frequency(column.unit) is not None:
            return column
        expected = f'a unit of time, such as --time-column "{column.name} (s)"'
        raise TraceError(f"--time-column: {column.name!r}", expected, column.unit or "no unit")
    times = [column for column in _numeric(recording) if column.quantity is TIME]
    # Dates often have a resolution of a second only.
    times = [column for column in times if _increases(column)] or [
        column for column in times if not column.is_date
    ]
    # Elapsed times come before the dates of the same samples.
    for preferred in (
        [column for column in times if not column.is_date],
        [column for column in times if _ELAPSED.search(column.name)],
    ):
        if len(times) > 1 and preferred:
            times = preferred
    if len(times) == 1:
        return times[0]
    ambiguous = [column for column in recording.columns if column.unit == EITHER_ORDER]
    if ambiguous and not times:
        expected = "--time-column with the order of day and month"
        _refuse(recording, selection, expected, ambiguous, [])
    several = f"--time-column, since {len(times)} columns are times"
    _refuse(recording, selection, several if times else "a column of times", times, [])


def _ordered(column: Column, unit: str) -> Column:
    """Return a column of dates, with day and month in the order of `unit` if they are ambiguous."""
    if column.unit != EITHER_ORDER:
        return column
    order = order_of(unit)
    if unit == EITHER_ORDER or not order:
        expected = (
            f'the order of day and month, --time-column "{column.name} ({DAY_FIRST})" or '
            f'"{column.name} ({MONTH_FIRST})"'
        )
        raise TraceError(f"--time-column: {column.name!r}", expected, "dates of either order")
    values = column.values if order == DAY_FIRST else with_month_first(column.values)
    return replace(column, unit="s", values=values)


def _signals(recording: Recording, selection: Selection, time: Column) -> list[Column]:
    if selection.voltages:
        found = [_find(recording, text, "--column") for text in selection.voltages]
        for column in found:
            if column.quantity not in SIGNALS:
                name = column.name
                expected = f'a voltage or signal, such as --column "{name} (uV)" or "{name} (a.u.)"'
                raise TraceError(f"--column: {column.name!r}", expected, column.unit or "no unit")
        return found
    for quantity in SIGNALS if selection.read_current is None else (RESISTANCE, *SIGNALS):
        signals = [column for column in _numeric(recording) if column.quantity is quantity]
        signals = [column for column in signals if not column.is_constant] or signals
        if not signals:
            continue
        if len(signals) == 1 or selection.repeats:
            return signals
        reason = _different(signals)
        if not reason:
            return signals
        _refuse(recording, selection, f"--column or --repeats, since {reason}", [time], signals)
    _refuse(recording, selection, "a column of voltages", [time], [])


def _different(signals: Sequence[Column]) -> str:
    """Return why columns are no repeats of one voltage; empty if they can be."""
    first, *others = signals
    for other in others:
        if _without_digits(first.name) != _without_digits(other.name):
            return f"the names {first.name!r} and {other.name!r} differ"
    sizes = [column.size * column.values[np.isfinite(column.values)] for column in signals]
    levels = np.array([np.median(values) for values in sizes])
    ranges = np.array([np.ptp(values) for values in sizes])
    if ranges.max() > MOST_UNEQUAL_RANGES * ranges.min() or np.ptp(levels) > ranges.max():
        return f"levels or ranges of {first.name!r} and the other voltages differ"
    return ""


def _without_digits(name: str) -> str:
    return re.sub(r"[\d\W_]+", "", name.casefold())


def _numeric(recording: Recording) -> list[Column]:
    return [
        column
        for column in recording.columns
        if not column.is_text and np.isfinite(column.values).any()
    ]


def _increases(column: Column) -> bool:
    values = column.values[np.isfinite(column.values)]
    return not column.is_constant and bool((np.diff(values) > 0).all())


def _find(recording: Recording, text: str, option: str) -> Column:
    """Return the column of a name, ``"name (unit)"`` or a position from 1 on."""
    name, unit = named(text)
    for wanted, own_unit in ((text, ""), (name, unit)):
        key = " ".join(wanted.casefold().split())
        for column in recording.columns:
            if key in (column.name.casefold(), " ".join(column.header.casefold().split())):
                return replace(column, unit=own_unit or column.unit)
        if key.isascii() and key.isdigit() and 0 < int(key[:9]) <= len(recording.columns):
            column = recording.columns[int(key) - 1]
            return replace(column, unit=own_unit or column.unit)
    raise TraceError(option, f"a column of {recording.file}: {_listed(recording)}", quoted(text))


def size_of_frequency(unit: str) -> float | None:
    """Return a frequency such as ``"60 MHz"`` in Hz; None if it is none."""
    match = re.fullmatch(r"\s*([0-9.]+)\s*(.+)", unit)
    if match is None:
        return None
    size = size_of_unit(match[2], FREQUENCY)
    try:
        return None if size is None else (float(match[1]) * size or None)
    except ValueError:
        return None


def _in_seconds(column: Column) -> Column:
    frequency = size_of_frequency(column.unit)
    with np.errstate(over="ignore"):
        if frequency is not None:
            # A counter of ticks starts when the instrument is switched on.
            present = column.values[np.isfinite(column.values)]
            values = (column.values - (present[0] if present.size else 0.0)) / frequency
        else:
            values = column.size * column.values
    return replace(column, values=values)


def _in_si(column: Column, read_current: float | None) -> Column:
    size = column.size
    if column.quantity is RESISTANCE and read_current is not None:
        size *= read_current
    with np.errstate(over="ignore"):
        return replace(column, values=size * column.values)


def _listed(recording: Recording) -> str:
    return ", ".join(column.described() for column in recording.columns)


def _refuse(
    recording: Recording,
    selection: Selection,
    expected: str,
    times: Sequence[Column],
    signals: Sequence[Column],
) -> NoReturn:
    """Raise TraceError with all columns and the command that reads the probable ones."""
    numeric = _numeric(recording)
    clocks = [column for column in numeric if _increases(column)]
    probable = [
        *times,
        *(column for column in clocks if _CLOCK.search(column.name)),
        *(column for column in clocks if column.quantity is None),
    ]
    time = probable[0] if probable else None
    others = [column for column in numeric if column is not time and not column.is_constant]
    ranked = signals or [c for c in others if c.quantity in SIGNALS] or others
    signal = next((c for c in ranked if _HALL.search(c.name)), next(iter(ranked), None))
    options = []
    if selection.time is None:
        options += ["--time-column", _argument(time, TIME)]
    if not selection.voltages:
        options += ["--column", _argument(signal, *SIGNALS)]
    _raise(recording, selection, expected, options)


def _raise(
    recording: Recording, selection: Selection, expected: str, options: Sequence[str]
) -> NoReturn:
    """Raise TraceError with all columns and the command with further options."""
    given = [] if selection.time is None else ["--time-column", selection.time]
    given += [word for text in selection.voltages for word in ("--column", text)]
    words = ["afterpulse", selection.command, recording.file, *given, *options]
    command = " ".join(_shell(word) for word in words)
    got = f"{_listed(recording) or 'no column'}; for example: {command} ..."
    raise TraceError(recording.place(-1, None), expected, got)


def _argument(column: Column | None, *quantities: Quantity) -> str:
    """Return a column as an option takes it, with a unit if the file has none of a quantity."""
    unit = quantities[0].unit
    if column is None:
        return f"NAME ({unit})"
    if column.unit == EITHER_ORDER:
        return f"{column.name} ({DAY_FIRST})"
    if column.unit == "ticks":
        return f"{column.name} (60 MHz)"
    return column.name if column.quantity in quantities else f"{column.name} ({unit})"


def _shell(word: str) -> str:
    """Return a word as a shell takes it, with double quotes if possible."""
    safe = shlex.quote(word)
    return f'"{word}"' if safe != word and not set(word) & set('"$`\\!') else safe
