"""Reads a measured trace."""

from pathlib import Path

import numpy as np
import xarray as xr

from afterpulse.cards.quantity import Quantity, quoted
from afterpulse.measured.error import TraceError
from afterpulse.measured.file import opened
from afterpulse.measured.netcdf import is_netcdf, read_netcdf
from afterpulse.measured.samples import trace_of
from afterpulse.measured.text_table import Table, place_in, read_table
from afterpulse.measured.units import TIME, VOLTAGE, unit_of_any

MEASURED = [TIME, VOLTAGE]


def read_trace(path: str | Path) -> xr.Dataset:
    """Read a measured Hall voltage.

    Parameters
    ----------
    path : str or Path
        A text file, see `read_table`, with a column of times and one of voltages for each repeat
        of the measurement, or a NetCDF file, see `read_netcdf`.

    Returns
    -------
    Dataset
        ``anomalous_hall_voltage`` (replicate, time) in V with the time in s on the clock of the
        file. Its attribute ``file`` is the path.

    Raises
    ------
    TraceError
        Where the file cannot be read or is no such trace. The message names the file and the line.
    """
    with opened(path) as stream:
        netcdf = is_netcdf(path, stream.read(8))
    return read_netcdf(path) if netcdf else trace_of_table(read_table(path))


def trace_of_table(table: Table) -> xr.Dataset:
    """Trace from the columns of a text file."""
    times: list[int] = []
    voltages: list[int] = []
    scaled = np.empty_like(table.values)
    for column, (name, unit) in enumerate(zip(table.names, table.units, strict=True)):
        place = place_in(table.file, table.header_line, column + 1, name)
        factor, quantity = quantity_of(name, unit, place)
        with np.errstate(over="ignore"):
            scaled[:, column] = factor * table.values[:, column]
        if quantity is TIME and times:
            other = quoted(table.names[times[0]])
            raise TraceError(place, f"one column of times, which is {other}", "another one")
        (times if quantity is TIME else voltages).append(column)
    for found, what in ((times, "times"), (voltages, "voltages")):
        if not found:
            place = f"{table.file}: line {table.header_line}"
            raise TraceError(place, f"a column of {what}", "none")
    order = times + voltages

    def place_of(row: int, column: int) -> str:
        number = order[column]
        return place_in(table.file, int(table.lines[row]), number + 1, table.names[number])

    if not table.lines.size:
        raise TraceError(f"{table.file}: line {table.header_line + 1}", "samples", "the end")
    return trace_of(table.file, scaled[:, order], place_of)


def quantity_of(name: str, unit: str, place: str) -> tuple[float, Quantity]:
    """Tell by a column's unit what it holds; a name that says time or voltage must agree."""
    said = [quantity for quantity in MEASURED if name.split()[0].casefold() == quantity.dimension]
    among = said or MEASURED
    found = unit_of_any(unit, *among)
    if found is None:
        expected = f"a unit of {' or '.join(quantity.dimension for quantity in among)}"
        raise TraceError(place, expected, quoted(unit))
    return found
