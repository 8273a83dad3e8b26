"""Reading of a measured trace."""

from pathlib import Path

import numpy as np
import xarray as xr

from afterpulse.cards.quantity import Quantity, quoted
from afterpulse.measured.error import TraceError
from afterpulse.measured.file import opened
from afterpulse.measured.netcdf import is_netcdf, read_netcdf
from afterpulse.measured.samples import to_trace
from afterpulse.measured.text_table import Table, read_table
from afterpulse.measured.units import TIME, VOLTAGE, identify_unit

MEASURED = [TIME, VOLTAGE]


def read_trace(path: str | Path) -> xr.Dataset:
    """Read a measured Hall voltage.

    Parameters
    ----------
    path : str or Path
        Text file (`read_table`) with a column of times and a column of voltages for each repeat of
        the measurement, or NetCDF file (`read_netcdf`).

    Returns
    -------
    Dataset
        ``anomalous_hall_voltage`` (replicate, time) in V, with the time in s on the clock of the
        file. The attribute ``file`` is the path.

    Raises
    ------
    TraceError
        If the file cannot be read or holds no trace. The message names the file and the line.
    """
    with opened(path) as stream:
        netcdf = is_netcdf(path, stream.read(8))
    return read_netcdf(path) if netcdf else trace_of_table(read_table(path))


def trace_of_table(table: Table) -> xr.Dataset:
    """Convert the columns of a text file to a trace."""
    times: list[int] = []
    voltages: list[int] = []
    scaled = np.empty_like(table.values)
    for column, (name, unit) in enumerate(zip(table.names, table.units, strict=True)):
        place = table.place(-1, column)
        factor, quantity = quantity_of_column(name, unit, place)
        with np.errstate(over="ignore"):
            scaled[:, column] = factor * table.values[:, column]
        if quantity is TIME and times:
            first = quoted(table.names[times[0]])
            raise TraceError(place, f"one column of times, which is {first}", "a second one")
        (times if quantity is TIME else voltages).append(column)
    for columns, content in ((times, "times"), (voltages, "voltages")):
        if not columns:
            raise TraceError(table.place(-1), f"a column of {content}", "none")
    if not len(table.values):
        raise TraceError(table.place(0), "samples", "the end of the file")
    order = times + voltages
    return to_trace(table.file, scaled[:, order], lambda row, k: table.place(row, order[k]))


def quantity_of_column(name: str, unit: str, place: str) -> tuple[float, Quantity]:
    """Identify the quantity of a column by its unit; a name "time" or "voltage" must agree."""
    named = [quantity for quantity in MEASURED if name.split()[0].casefold() == quantity.dimension]
    return identify_unit(unit, *(named or MEASURED), place=place)
