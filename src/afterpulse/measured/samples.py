"""The samples of a measured trace, whatever file they are from."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.datasets import label
from afterpulse.measured.error import TraceError

LEAST_SAMPLES = 5
"""The least that a single exponential can be judged by."""
LARGEST = 1e15
"""Largest number in SI; the squares of larger ones are lost in what follows."""


def trace_of(
    file: str, samples: NDArray[np.float64], place: Callable[[int, int], str]
) -> xr.Dataset:
    """Check samples and give them names.

    Parameters
    ----------
    file : str
        Where they are from.
    samples : ndarray, shape (samples, 1 + repeats)
        Time in s, then the voltage of each repeat in V.
    place : callable
        Name of a sample and a column for a message.

    Returns
    -------
    Dataset
        ``anomalous_hall_voltage`` (replicate, time); its attribute ``file`` is `file`.

    Raises
    ------
    TraceError
        Where a number is not finite or too large, the time does not increase, or the samples are
        too few.
    """
    wrong = np.argwhere(~(abs(samples) <= LARGEST))
    if wrong.size:
        row, column = wrong[0]
        unit = "s" if column == 0 else "V"
        got = f"{samples[row, column]:g} {unit}"
        raise TraceError(place(row, column), f"a number within {LARGEST:g} {unit}", got)
    time = samples[:, 0]
    late = np.flatnonzero(np.diff(time) <= 0)
    if late.size:
        row = late[0] + 1
        before, got = f"{time[row - 1]:.12g} s", f"{time[row]:.12g} s"
        raise TraceError(place(row, 0), f"a time after the one before, {before}", got)
    if len(samples) < LEAST_SAMPLES:
        raise TraceError(
            place(len(samples) - 1, 0) if len(samples) else file,
            f"at least {LEAST_SAMPLES} samples",
            f"an end after {len(samples)}",
        )
    own_clock = {"long_name": "time on the clock of the measurement"}
    return label(
        xr.Dataset(
            {"anomalous_hall_voltage": (("replicate", "time"), samples[:, 1:].T)},
            coords={
                "replicate": np.arange(samples.shape[1] - 1),
                "time": ("time", time, own_clock),
            },
            attrs={"file": file},
        )
    )
