"""Observed changes of the Hall voltage at a few delays after each pulse."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Array = NDArray[np.float64]

PER_DECADE = 3
FIRST_DELAY = 1e-5


def comparison_delays(delay: Array) -> Array:
    """Select delays of a trace (rising, in s), three per decade from `FIRST_DELAY` on.

    The first and the last of these are included.
    """
    delay = delay[delay >= FIRST_DELAY * (1 - 1e-9)]
    count = 1 + round(PER_DECADE * float(np.log10(delay[-1] / delay[0])))
    targets = np.geomspace(delay[0], delay[-1], max(count, 2))
    return delay[np.unique([int(np.argmin(abs(np.log(delay / each)))) for each in targets])]


def pulses_of(traces: xr.Dataset) -> list[tuple[float, float]]:
    """Return amplitude (A) and width (s) of each pulse of a sweep, by amplitude, then width."""
    amplitudes, widths = (traces[name].values for name in ("pulse_amplitude", "pulse_width"))
    return [(float(amplitude), float(width)) for amplitude in amplitudes for width in widths]


def observed_changes(traces: xr.Dataset) -> tuple[Array, int, float]:
    """Return the mean change from the initial voltage after each pulse of a sweep.

    `traces` has ``anomalous_hall_voltage`` (pulse_amplitude, pulse_width, replicate, delay),
    ``initial_voltage`` without the delay, and ``change_noise``. Returned are the change (pulses,
    delays) in V, in the order of `pulses_of`; the number of repeats in the mean; and the standard
    deviation of the change of a single repeat by read noise (V).
    """
    change = traces["anomalous_hall_voltage"] - traces["initial_voltage"]
    change = change.transpose("pulse_amplitude", "pulse_width", "replicate", "delay")
    replicates = change.sizes["replicate"]
    mean = change.mean("replicate").values.reshape(-1, change.sizes["delay"])
    return mean, replicates, float(traces["change_noise"])
