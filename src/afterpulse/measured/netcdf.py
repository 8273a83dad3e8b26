"""Traces in NetCDF files."""

import warnings
from io import BufferedReader
from pathlib import Path

import xarray as xr

from afterpulse.cards.quantity import quoted
from afterpulse.measured.columns import Column, Recording, finite, printed
from afterpulse.measured.error import TraceError
from afterpulse.measured.file import opened
from afterpulse.measured.units import SIGNALS, TIME, size_of_unit

HDF5, CLASSIC = b"\x89HDF\r\n\x1a\n", b"CDF"
ENDINGS = (".nc", ".nc4", ".cdf", ".h5", ".hdf5")
MOST_NUMBERS = 20_000_000


def is_netcdf(path: str | Path, head: bytes) -> bool:
    """Identify NetCDF by a file's first bytes or, for a damaged file, by its name."""
    return head.startswith((HDF5, CLASSIC)) or Path(path).suffix.lower() in ENDINGS


def read_netcdf(path: str | Path) -> Recording:
    """Read the variables along the time from a NetCDF-4 or classic file, such as one of QCoDeS.

    The time is a variable along one dimension. A variable with one more dimension, of repeats,
    becomes a column for each repeat. Raises TraceError if the file cannot be read or is too large.
    """
    file = str(path)
    with opened(path) as stream:
        try:
            columns, indices = _load(file, stream)
        except TraceError:
            raise
        except Exception as error:
            # The libraries raise exceptions of any type for a damaged file.
            raise TraceError(file, "a NetCDF file", f"{type(error).__name__}: {error}") from error

    def place(row: int, column: int | None = None) -> str:
        if row < 0 or column is None:
            return file
        name, repeat = indices[column]
        return f"{file}: {name}[{row if repeat is None else f'{repeat}, {row}'}]"

    return Recording(file, columns, place)


def _load(file: str, stream: BufferedReader) -> tuple[list[Column], list[tuple[str, int | None]]]:
    """Return the columns, and the variable and the repeat of each."""
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
        dim = _dimension(file, dataset)
        columns: list[Column] = []
        indices: list[tuple[str, int | None]] = []
        for name, variable in dataset.variables.items():
            if variable.dtype.kind not in "iuf" or dim not in variable.dims:
                continue
            values = variable.transpose(dim, ...).values.reshape(dataset.sizes[dim], -1)
            repeats = values.shape[1]
            for repeat in range(repeats):
                several = repeats > 1
                label = printed(f"{name} {repeat + 1}" if several else str(name))
                columns.append(Column(label, _unit(variable), finite(values[:, repeat]), label))
                indices.append((str(name), repeat if several else None))
        return columns, indices


def _dimension(file: str, dataset: xr.Dataset) -> str:
    """Return the dimension of the time, after a check of the sizes of all variables along it."""
    numeric = {
        str(name): variable
        for name, variable in dataset.variables.items()
        if variable.dtype.kind in "iuf"
    }
    timed = {
        str(variable.dims[0])
        for variable in numeric.values()
        if variable.ndim == 1 and variable.size > 1 and size_of_unit(_unit(variable), TIME)
    }
    # Variables of the signal come first: a file may also have the times of the pulses.
    signals = [
        variable
        for quantity in SIGNALS
        for variable in numeric.values()
        if size_of_unit(_unit(variable), quantity) and timed.intersection(variable.dims)
    ]
    if signals:
        dims = [dim for dim in signals[0].dims if dim in timed]
    else:
        dims = sorted(str(dim) for each in numeric.values() for dim in each.dims if each.size > 1)
        dims = sorted(timed) or sorted(dims, key=lambda dim: -dataset.sizes[dim])
    if not dims:
        raise TraceError(file, "a variable in units of time", _listed(dataset))
    for name, variable in numeric.items():
        shape = {dim: size for dim, size in variable.sizes.items() if size != 1}
        if dims[0] in variable.dims and len(shape) > 2:
            expected = f"{quoted(name)} to have its time and one dimension of repeats"
            raise TraceError(
                file, expected, quoted(", ".join(f"{d}: {n}" for d, n in shape.items()))
            )
        if dims[0] in variable.dims and variable.size > MOST_NUMBERS:
            raise TraceError(file, f"at most {MOST_NUMBERS} samples of all repeats", variable.size)
    return str(dims[0])


def _unit(variable: xr.Variable) -> str:
    """Return the unit of a variable; "seconds" for "seconds since <date>"."""
    unit = variable.attrs.get("units", "")
    return printed(unit.partition(" since ")[0]) if isinstance(unit, str) else ""


def _listed(dataset: xr.Dataset) -> str:
    """List the variables with their units for a message."""
    names = [f"{name} ({_unit(each) or 'no units'})" for name, each in dataset.variables.items()]
    return quoted(", ".join(names)) if names else "no variable"
