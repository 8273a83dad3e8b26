"""Samples of a measured trace, from any file format."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.datasets import label
from afterpulse.measured.error import TraceError
from afterpulse.measured.units import VOLTAGE, in_unit

LEAST_SAMPLES = 5
"""Fewest samples for which the corrected AIC of a single exponential exists."""
LARGEST = 1e15
"""Largest number in SI; the squares of larger ones overflow in the fits."""


def to_trace(
    file: str,
    samples: NDArray[np.float64],
    place: Callable[[int, int], str],
    unit: str = VOLTAGE.unit,
) -> xr.Dataset:
    """Check samples from any file and return them as a trace, see `read_trace`.

    `samples` has the shape (samples, 1 + repeats): time in s, then each repeat in `unit`.
    `place` returns the name of a sample (row, column) for a message. Raises TraceError if a number
    is not finite or too large, the time does not increase, or there are too few samples.
    """
    wrong = np.argwhere(~(abs(samples) <= LARGEST))
    if wrong.size:
        row, column = wrong[0]
        of_column = "s" if column == 0 else unit
        got = f"{samples[row, column]:g} {of_column}"
        raise TraceError(place(row, column), f"a number within {LARGEST:g} {of_column}", got)
    time = samples[:, 0]
    late = np.flatnonzero(np.diff(time) <= 0)
    if late.size:
        row = late[0] + 1
        expected = f"a time after the previous time, {time[row - 1]:.12g} s"
        raise TraceError(place(row, 0), expected, f"{time[row]:.12g} s")
    if len(samples) < LEAST_SAMPLES:
        last = place(len(samples) - 1, 0) if len(samples) else file
        raise TraceError(last, f"at least {LEAST_SAMPLES} samples", f"an end after {len(samples)}")
    own_clock = {"long_name": "time on the clock of the measurement"}
    trace = label(
        xr.Dataset(
            {"anomalous_hall_voltage": (("replicate", "time"), samples[:, 1:].T)},
            coords={
                "replicate": np.arange(samples.shape[1] - 1),
                "time": ("time", time, own_clock),
            },
            attrs={"file": file},
        )
    )
    return in_unit(trace, unit)
