"""A trace from a NetCDF file."""

import warnings
from io import BufferedReader
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.quantity import Quantity, quoted
from afterpulse.measured.error import TraceError
from afterpulse.measured.file import opened
from afterpulse.measured.samples import trace_of
from afterpulse.measured.units import TIME, VOLTAGE, unit_of_any

HDF5, CLASSIC = b"\x89HDF\r\n\x1a\n", b"CDF"
ENDINGS = (".nc", ".nc4", ".cdf", ".h5", ".hdf5")
MOST_NUMBERS = 20_000_000


def is_netcdf(path: str | Path, head: bytes) -> bool:
    """Tell by a file's first bytes, or by its name where it is damaged."""
    return head.startswith((HDF5, CLASSIC)) or Path(path).suffix.lower() in ENDINGS


def read_netcdf(path: str | Path) -> xr.Dataset:
    """Read a trace from a NetCDF file.

    Parameters
    ----------
    path : str or Path
        NetCDF-4 or classic. It has one variable with units of voltage, along a variable with units
        of time and, if it likes, one more dimension of repeats.

    Returns
    -------
    Dataset
        See `trace_of`.

    Raises
    ------
    TraceError
        Where the file cannot be read or has no such variables.
    """
    file = str(path)
    with opened(path) as stream:
        try:
            samples, time, voltage = loaded(path, stream)
        except TraceError:
            raise
        except Exception as error:
            # Of a damaged file the libraries raise anything.
            raise TraceError(file, "a NetCDF file", f"{type(error).__name__}: {error}") from error

    def place_of(row: int, column: int) -> str:
        if column == 0:
            return f"{file}: {time}[{row}]"
        index = f"{row}" if samples.shape[1] == 2 else f"{column - 1}, {row}"
        return f"{file}: {voltage}[{index}]"

    return trace_of(file, samples, place_of)


def loaded(path: str | Path, stream: BufferedReader) -> tuple[NDArray[np.float64], str, str]:
    """Samples (samples, 1 + repeats) in s and V, and the names of the time and the voltage."""
    with (
        warnings.catch_warnings(action="ignore"),
        # Nothing is loaded before its size is known, so there is no index either.
        xr.open_dataset(
            stream,
            engine="scipy" if stream.peek(3).startswith(CLASSIC) else "h5netcdf",
            decode_times=False,
            decode_timedelta=False,
            create_default_indexes=False,
        ) as dataset,
    ):
        voltage, time = variables_of(str(path), dataset)
        repeats = dataset[voltage].variable.transpose(dataset[time].dims[0], ...)
        times = in_si(dataset[time].variable, TIME)
        voltages = in_si(repeats, VOLTAGE).reshape(times.size, -1)
        return np.column_stack([times, voltages]), time, voltage


def variables_of(file: str, dataset: xr.Dataset) -> tuple[str, str]:
    """Names of the voltage and of its time."""
    voltages = measured(dataset, VOLTAGE)
    along = {
        name: [
            time
            for time in measured(dataset, TIME)
            if dataset[time].ndim == 1
            and dataset[time].size > 1
            and dataset[time].dims[0] in dataset[name].dims
        ]
        for name in voltages
    }
    if not voltages:
        raise TraceError(file, "a variable with units of voltage", listed(dataset))
    voltages = [name for name in voltages if along[name]]
    if not voltages:
        expected = f"a variable with units of time along {quoted(next(iter(along)))}"
        raise TraceError(file, expected, listed(dataset))
    if len(voltages) > 1:
        raise TraceError(file, "one variable with units of voltage", quoted(", ".join(voltages)))
    voltage = voltages[0]
    if len(along[voltage]) > 1:
        expected = f"one variable with units of time along {quoted(voltage)}"
        raise TraceError(file, expected, quoted(", ".join(along[voltage])))
    time = along[voltage][0]
    shape = {dim: size for dim, size in dataset[voltage].sizes.items() if size != 1}
    if len(shape) > 2 or not dataset[voltage].size:
        expected = f"{quoted(voltage)} to have its time and one dimension of repeats"
        raise TraceError(file, expected, quoted(", ".join(f"{d}: {n}" for d, n in shape.items())))
    if dataset[voltage].size > MOST_NUMBERS:
        expected = f"at most {MOST_NUMBERS} samples of all repeats"
        raise TraceError(file, expected, dataset[voltage].size)
    return voltage, time


def measured(dataset: xr.Dataset, quantity: Quantity) -> list[str]:
    """Names of the variables of numbers that have a unit of a quantity."""
    return [
        str(name)
        for name, variable in dataset.variables.items()
        if variable.dtype.kind in "iuf" and unit_of_any(unit_of(variable), quantity)
    ]


def unit_of(variable: xr.Variable) -> str:
    """Unit of a variable; of a time since a date that of the time."""
    unit = variable.attrs.get("units", "")
    return unit.partition(" since ")[0] if isinstance(unit, str) else ""


def listed(dataset: xr.Dataset) -> str:
    """Name the variables of a dataset with their units, for a message."""
    found = [f"{name} ({unit_of(of) or 'no units'})" for name, of in dataset.variables.items()]
    return quoted(", ".join(found)) if found else "no variable"


def in_si(variable: xr.Variable, quantity: Quantity) -> NDArray[np.float64]:
    """Give the numbers of a variable in SI, whatever type they were stored in."""
    found = unit_of_any(unit_of(variable), quantity)
    with np.errstate(over="ignore"):
        return variable.values.astype(np.float64) * (found[0] if found else np.nan)
