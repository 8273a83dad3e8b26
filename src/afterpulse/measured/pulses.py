"""Pulses of a measurement, from a file or from the command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.quantity import Quantity, quoted
from afterpulse.measured.columns import Recording
from afterpulse.measured.error import TraceError
from afterpulse.measured.samples import LARGEST
from afterpulse.measured.text_table import read_table
from afterpulse.measured.units import (
    CURRENT,
    CURRENT_DENSITY,
    TIME,
    VOLTAGE,
    identify_unit,
    parsed,
)

COLUMNS = ("start", "width", "amplitude")
Unit = Literal["A", "A m-2", "V"]
AMPLITUDES: dict[Unit, str] = {
    "A": "pulse_amplitude",
    "A m-2": "pulse_current_density",
    "V": "pulse_voltage",
}
"""Variable of the amplitude by its unit."""
AMPLITUDE_UNITS: dict[Quantity, Unit] = {CURRENT: "A", CURRENT_DENSITY: "A m-2", VOLTAGE: "V"}
"""Unit of an amplitude by its quantity."""
ABSOLUTE = 1e8
"""Clocks beyond this time (s), three years, count from a date."""
WIDTH = Quantity("time", "s", "1 ms", "positive")


class Pulse(NamedTuple):
    """Current pulse.

    Attributes
    ----------
    start : float
        On the clock of the trace (s).
    width : float
        In s.
    amplitude : float
        In `unit`.
    unit : {"A", "A m-2", "V"}
        Unit of a current, a current density or a voltage.
    place : str
        Source of the pulse, for messages.
    """

    start: float
    width: float
    amplitude: float
    unit: Unit = "A"
    place: str = "pulses"

    @property
    def end(self) -> float:
        """End on the clock of the trace (s)."""
        return self.start + self.width


def amplitude_variable(fits: xr.Dataset) -> str:
    """Return the variable of `AMPLITUDES` that a dataset has."""
    return next(name for name in AMPLITUDES.values() if name in fits)


def read_pulses(path: str | Path) -> list[Pulse]:
    """Read the pulses of a measurement, at least one, in order of time.

    Parameters
    ----------
    path : str or Path
        Text file (`read_table`) with the columns start, width and amplitude. The amplitude is a
        current, a current density or a voltage.

    Raises
    ------
    TraceError
        If the file cannot be read or is no such table, a width is not positive, or a pulse begins
        before the end of the previous pulse. The message names the file and the line.
    """
    table = read_table(path)
    names = [column.name.casefold() for column in table.columns]
    if sorted(names) != sorted(COLUMNS):
        expected = f"the columns {', '.join(COLUMNS)}"
        found = ", ".join(column.name for column in table.columns)
        raise TraceError(table.place(-1, None), expected, quoted(found))
    order = [names.index(name) for name in COLUMNS]
    starts, _ = _column(table, order[0], TIME)
    widths, _ = _column(table, order[1], TIME)
    amplitudes, quantity = _column(table, order[2], *AMPLITUDE_UNITS)
    unit = AMPLITUDE_UNITS[quantity]
    rows = zip(starts.tolist(), widths.tolist(), amplitudes.tolist(), strict=True)
    return checked(
        [
            Pulse(start, width, amplitude, unit, table.place(index, None))
            for index, (start, width, amplitude) in enumerate(rows)
        ]
    )


def checked(pulses: list[Pulse]) -> list[Pulse]:
    """Return pulses in order of time.

    Raises TraceError if there is none, a width is not positive, or a pulse begins before the end of
    the previous pulse.
    """
    if not pulses:
        raise TraceError("pulses", "at least one pulse", "none")
    for pulse, previous in zip(pulses, [None, *pulses], strict=False):
        if pulse.width <= 0:
            raise TraceError(pulse.place, "a width above 0", f"{pulse.width:g} s")
        if previous is not None and pulse.start < previous.end:
            expected = "a start after the end of the previous pulse"
            raise TraceError(pulse.place, expected, f"{pulse.start:.12g} s")
    return pulses


def _column(
    table: Recording, index: int, *quantities: Quantity
) -> tuple[NDArray[np.float64], Quantity]:
    """Return a column in SI and the quantity of its unit."""
    column = table.columns[index]
    size, quantity = identify_unit(column.unit, *quantities, place=table.place(-1, index))
    if column.fault is not None:
        row, text = column.fault
        raise TraceError(table.place(row, index), "a number", quoted(text))
    with np.errstate(over="ignore"):
        values = size * column.values
    wrong = np.flatnonzero(~(abs(values) <= LARGEST))
    if wrong.size:
        expected = f"a number within {LARGEST:g} {quantity.unit}"
        got = f"{values[wrong[0]]:g} {quantity.unit}"
        raise TraceError(table.place(int(wrong[0]), index), expected, got)
    return values, quantity


def on_clock(pulses: Sequence[Pulse], trace: xr.Dataset) -> list[Pulse]:
    """Return pulses on the clock of a trace.

    If this clock counts from a date (`ABSOLUTE`), as time stamps do, an earlier start of a pulse
    counts from the first sample.
    """
    begin = float(trace["time"][0])
    if begin < ABSOLUTE:
        return list(pulses)
    return [
        pulse._replace(start=begin + pulse.start) if pulse.start < ABSOLUTE else pulse
        for pulse in pulses
    ]


def parse_pulse(start: str, width: str, amplitude: str) -> Pulse:
    """Read a pulse from command-line options such as ``"1 s"``, ``"1 ms"``, ``"2 mA"``.

    The amplitude is a current, a current density such as ``"8.4e11 A/m^2"``, or a voltage.

    Raises
    ------
    TraceError
        If a text is no such quantity; the message names the option.
    """
    begin, duration = parsed(start, TIME, "--pulse-start"), parsed(width, WIDTH, "--pulse-width")
    place = "--pulse-amplitude"
    for quantity in (CURRENT_DENSITY, VOLTAGE):
        try:
            value = parsed(amplitude, quantity, place)
        except TraceError:
            continue
        return Pulse(begin, duration, value, AMPLITUDE_UNITS[quantity], "--pulse-start")
    return Pulse(begin, duration, parsed(amplitude, CURRENT, place), "A", "--pulse-start")
