"""When an experimenter reads the Hall voltage along a pulse train."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.timeline.reduction import CLOCK_ROUNDING

Array = NDArray[np.float64]

READING = 0.5
"""Time from the end of a pulse to its reading, unless the next pulse comes first (s)."""
BURST_READING = 1e-3
"""Time from the end of a burst to its reading, since its change fades within milliseconds (s)."""


def fraction_changed(initial: Any, voltage: Any) -> Any:
    """Return the change of a Hall voltage over twice the initial one: 1 is the opposite state."""
    return (initial - voltage) / (2 * initial)


def before_next(train: xr.Dataset) -> Array:
    """Return the time right before the next pulse after each, and the last time (s)."""
    starts = train["pulse_start"].values[1:] + CLOCK_ROUNDING
    return np.append(starts, train["time"].values[-1])


def reading_times(train: xr.Dataset) -> Array:
    """Return the time of the reading after each pulse (s)."""
    return np.minimum(train["pulse_end"].values + READING, before_next(train))


def first_of_burst(train: xr.Dataset) -> int:
    """Return the index of the first pulse after the longest wait between two pulses."""
    starts = train["pulse_start"].values
    return int(np.argmax(np.diff(starts))) + 1 if starts.size > 1 else 0
