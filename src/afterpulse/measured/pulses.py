"""The pulses of a measurement, from a file or from the command line."""

from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.quantity import Quantity, quoted
from afterpulse.measured.error import TraceError
from afterpulse.measured.samples import LARGEST
from afterpulse.measured.text_table import Table, place_in, read_table
from afterpulse.measured.units import CURRENT, CURRENT_DENSITY, TIME, parsed, unit_of_any

COLUMNS = ("start", "width", "amplitude")
WIDTH = Quantity("time", "s", "1 ms", "positive")


class Pulse(NamedTuple):
    """One current pulse.

    Attributes
    ----------
    start : float
        On the clock of the trace, in s.
    width : float
        In s.
    amplitude : float
        In `unit`.
    unit : {"A", "A m-2"}
        Of a current or of a current density.
    place : str
        Where it was given, for messages.
    """

    start: float
    width: float
    amplitude: float
    unit: Literal["A", "A m-2"]
    place: str


def read_pulses(path: str | Path) -> list[Pulse]:
    """Read the pulses of a measurement.

    Parameters
    ----------
    path : str or Path
        A text file, see `read_table`, with the columns start, width and amplitude. The amplitude
        is a current or a current density.

    Returns
    -------
    list of Pulse
        One or more, one after the other.

    Raises
    ------
    TraceError
        Where the file cannot be read or is no such table, a width is not positive, or a pulse
        begins before the one before has ended. The message names the file and the line.
    """
    table = read_table(path)
    names = [name.casefold() for name in table.names]
    if sorted(names) != sorted(COLUMNS):
        raise TraceError(
            f"{table.file}: line {table.header_line}",
            f"the columns {', '.join(COLUMNS)}",
            quoted(", ".join(table.names)),
        )
    order = [names.index(name) for name in COLUMNS]
    starts, _ = column_of(table, order[0], TIME)
    widths, _ = column_of(table, order[1], TIME)
    amplitudes, of_amplitude = column_of(table, order[2], CURRENT, CURRENT_DENSITY)
    pulses: list[Pulse] = []
    for row, line in enumerate(table.lines):
        place = f"{table.file}: line {line}"
        pulse = Pulse(
            float(starts[row]),
            float(widths[row]),
            float(amplitudes[row]),
            "A" if of_amplitude is CURRENT else "A m-2",
            place,
        )
        if pulse.width <= 0:
            raise TraceError(place, "a width above 0", f"{pulse.width:g} s")
        if pulses and pulse.start < pulses[-1].start + pulses[-1].width:
            expected = "a pulse that starts after the one before has ended"
            raise TraceError(place, expected, f"a start at {pulse.start:.12g} s")
        pulses.append(pulse)
    if not pulses:
        raise TraceError(f"{table.file}: line {table.header_line + 1}", "a pulse", "the end")
    return pulses


def column_of(table: Table, column: int, *among: Quantity) -> tuple[NDArray[np.float64], Quantity]:
    """Numbers of a column in SI, and which of some quantities its unit is of."""
    name, unit = table.names[column], table.units[column]
    found = unit_of_any(unit, *among)
    if found is None:
        expected = f"a unit of {' or '.join(quantity.dimension for quantity in among)}"
        place = place_in(table.file, table.header_line, column + 1, name)
        raise TraceError(place, expected, quoted(unit))
    factor, quantity = found
    with np.errstate(over="ignore"):
        values = factor * table.values[:, column]
    wrong = np.flatnonzero(~(abs(values) <= LARGEST))
    if wrong.size:
        row = wrong[0]
        place = place_in(table.file, int(table.lines[row]), column + 1, name)
        expected = f"a number within {LARGEST:g} {quantity.unit}"
        raise TraceError(place, expected, f"{values[row]:g} {quantity.unit}")
    return values, quantity


def pulse_of_texts(start: str, width: str, amplitude: str) -> Pulse:
    """Pulse that the command line gives.

    Parameters
    ----------
    start, width, amplitude : str
        With units, such as ``"1 s"``, ``"1 ms"`` and ``"2 mA"`` or ``"8.4e11 A/m^2"``.

    Returns
    -------
    Pulse
        In SI.

    Raises
    ------
    TraceError
        Where one is no such quantity; the message names its option.
    """
    begin, duration = parsed(start, TIME, "--pulse-start"), parsed(width, WIDTH, "--pulse-width")
    place = "--pulse-amplitude"
    try:
        density = parsed(amplitude, CURRENT_DENSITY, place)
    except TraceError:
        current = parsed(amplitude, CURRENT, place)
        return Pulse(begin, duration, current, "A", "--pulse-start")
    return Pulse(begin, duration, density, "A m-2", "--pulse-start")
