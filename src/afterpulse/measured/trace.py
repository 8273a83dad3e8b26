"""Reading of a measured trace."""

from pathlib import Path

import numpy as np
import xarray as xr

from afterpulse.measured.columns import Recording
from afterpulse.measured.error import TraceError
from afterpulse.measured.formats import read_columns
from afterpulse.measured.samples import to_trace
from afterpulse.measured.selection import Selection, select

AUTOMATIC = Selection()


def read_trace(path: str | Path, selection: Selection = AUTOMATIC) -> xr.Dataset:
    """Read a measured Hall voltage.

    Parameters
    ----------
    path : str or Path
        File in any format of `afterpulse.measured.formats.read_columns`.
    selection : Selection, optional
        Columns to read; by default they follow from their units and names.

    Returns
    -------
    Dataset
        ``anomalous_hall_voltage`` (replicate, time), with the time in s on the clock of the file.
        Its unit is V, or ohm or a.u. of columns with such a unit. Rows without a time or a voltage
        are left out. The attribute ``file`` is the path, and ``columns`` states in words what was
        read.

    Raises
    ------
    TraceError
        If the file cannot be read or does not determine the columns. The message names the file and
        the line, or lists the columns.
    """
    return trace_of_columns(read_columns(path, selection.skip), selection)


def trace_of_columns(recording: Recording, selection: Selection = AUTOMATIC) -> xr.Dataset:
    """Select columns of a file and convert them to a trace, see `read_trace`."""
    time, voltages, quantity = select(recording, selection)
    samples = np.column_stack([time.values, *(column.values for column in voltages)])
    rows = np.flatnonzero(~np.isnan(samples).any(axis=1))
    if not rows.size:
        raise TraceError(recording.file, "rows with a time and a voltage", "none")
    order = [recording.position(column) for column in (time, *voltages)]
    trace = to_trace(
        recording.file,
        samples[rows],
        lambda row, column: recording.place(int(rows[row]), order[column]),
        quantity.unit,
    )
    time_name, *names = [f"{column.name!r} ({column.unit})" for column in (time, *voltages)]
    words = [f"time {time_name}", f"{quantity.dimension} {', '.join(names)}"]
    if selection.read_current is not None:
        words.append(f"read current {selection.read_current:g} A")
    missing = len(samples) - rows.size
    if missing:
        words.append(f"{missing} of {len(samples)} rows without a time or a voltage left out")
    return trace.assign_attrs(columns="; ".join(words))
