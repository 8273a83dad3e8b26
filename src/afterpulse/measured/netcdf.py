"""Traces in NetCDF files."""

import warnings
from io import BufferedReader
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.quantity import Quantity, quoted
from afterpulse.measured.error import TraceError
from afterpulse.measured.file import opened
from afterpulse.measured.samples import to_trace
from afterpulse.measured.units import TIME, VOLTAGE, size_of_unit

HDF5, CLASSIC = b"\x89HDF\r\n\x1a\n", b"CDF"
ENDINGS = (".nc", ".nc4", ".cdf", ".h5", ".hdf5")
MOST_NUMBERS = 20_000_000


def is_netcdf(path: str | Path, head: bytes) -> bool:
    """Identify NetCDF by a file's first bytes or, for a damaged file, by its name."""
    return head.startswith((HDF5, CLASSIC)) or Path(path).suffix.lower() in ENDINGS


def read_netcdf(path: str | Path) -> xr.Dataset:
    """Read a trace, see `afterpulse.measured.read_trace`, from a NetCDF-4 or classic file.

    The file has one variable in units of voltage, along a variable in units of time and, for
    repeats, one more dimension. Raises TraceError if it cannot be read or has no such variables.
    """
    file = str(path)
    with opened(path) as stream:
        try:
            samples, time, voltage = _load(file, stream)
        except TraceError:
            raise
        except Exception as error:
            # The libraries raise exceptions of any type for a damaged file.
            raise TraceError(file, "a NetCDF file", f"{type(error).__name__}: {error}") from error

    def place(row: int, column: int) -> str:
        if column == 0:
            return f"{file}: {time}[{row}]"
        index = f"{row}" if samples.shape[1] == 2 else f"{column - 1}, {row}"
        return f"{file}: {voltage}[{index}]"

    return to_trace(file, samples, place)


def _load(file: str, stream: BufferedReader) -> tuple[NDArray[np.float64], str, str]:
    """Return samples (samples, 1 + repeats) in s and V, and the names of time and voltage."""
    with (
        warnings.catch_warnings(action="ignore"),
        # Nothing is loaded before its size is known, so no index is built either.
        xr.open_dataset(
            stream,
            engine="scipy" if stream.peek(3).startswith(CLASSIC) else "h5netcdf",
            decode_times=False,
            decode_timedelta=False,
            create_default_indexes=False,
        ) as dataset,
    ):
        voltage, time = _select_variables(file, dataset)
        repeats = dataset[voltage].variable.transpose(dataset[time].dims[0], ...)
        times = _in_si(dataset[time].variable, TIME)
        voltages = _in_si(repeats, VOLTAGE).reshape(times.size, -1)
        return np.column_stack([times, voltages]), time, voltage


def _select_variables(file: str, dataset: xr.Dataset) -> tuple[str, str]:
    """Return the names of the voltage and of its time."""
    voltages = _variables(dataset, VOLTAGE)
    times = {
        voltage: [
            time
            for time in _variables(dataset, TIME)
            if dataset[time].ndim == 1
            and dataset[time].size > 1
            and dataset[time].dims[0] in dataset[voltage].dims
        ]
        for voltage in voltages
    }
    if not voltages:
        raise TraceError(file, "a variable with units of voltage", _listed(dataset))
    timed = [voltage for voltage in voltages if times[voltage]]
    if not timed:
        expected = f"a variable with units of time along {quoted(voltages[0])}"
        raise TraceError(file, expected, _listed(dataset))
    if len(timed) > 1:
        raise TraceError(file, "one variable with units of voltage", quoted(", ".join(timed)))
    voltage = timed[0]
    if len(times[voltage]) > 1:
        expected = f"one variable with units of time along {quoted(voltage)}"
        raise TraceError(file, expected, quoted(", ".join(times[voltage])))
    shape = {dim: size for dim, size in dataset[voltage].sizes.items() if size != 1}
    if len(shape) > 2 or not dataset[voltage].size:
        expected = f"{quoted(voltage)} to have its time and one dimension of repeats"
        raise TraceError(file, expected, quoted(", ".join(f"{d}: {n}" for d, n in shape.items())))
    if dataset[voltage].size > MOST_NUMBERS:
        expected = f"at most {MOST_NUMBERS} samples of all repeats"
        raise TraceError(file, expected, dataset[voltage].size)
    return voltage, times[voltage][0]


def _variables(dataset: xr.Dataset, quantity: Quantity) -> list[str]:
    """Return the names of the numeric variables in units of a quantity."""
    return [
        str(name)
        for name, variable in dataset.variables.items()
        if variable.dtype.kind in "iuf" and size_of_unit(_unit(variable), quantity)
    ]


def _unit(variable: xr.Variable) -> str:
    """Return the unit of a variable; "seconds" for "seconds since <date>"."""
    unit = variable.attrs.get("units", "")
    return unit.partition(" since ")[0] if isinstance(unit, str) else ""


def _listed(dataset: xr.Dataset) -> str:
    """List the variables with their units for a message."""
    names = [f"{name} ({_unit(each) or 'no units'})" for name, each in dataset.variables.items()]
    return quoted(", ".join(names)) if names else "no variable"


def _in_si(variable: xr.Variable, quantity: Quantity) -> NDArray[np.float64]:
    size = size_of_unit(_unit(variable), quantity)
    with np.errstate(over="ignore"):
        return variable.values.astype(np.float64) * (np.nan if size is None else size)
