"""What is compared: the change of the Hall voltage at a few delays after each pulse."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Array = NDArray[np.float64]

PER_DECADE = 3
FIRST_DELAY = 1e-5


def comparison_delays(delay: Array) -> Array:
    """Choose delays of a trace, three a decade.

    Parameters
    ----------
    delay : ndarray, shape (n,)
        Rising, in s.

    Returns
    -------
    ndarray
        Some of them, from `FIRST_DELAY` on, first and last included.
    """
    delay = delay[delay >= FIRST_DELAY * (1 - 1e-9)]
    count = 1 + round(PER_DECADE * float(np.log10(delay[-1] / delay[0])))
    wanted = np.geomspace(delay[0], delay[-1], max(count, 2))
    return delay[np.unique([int(np.argmin(abs(np.log(delay / one)))) for one in wanted])]


def pulses_of(traces: xr.Dataset) -> list[tuple[float, float]]:
    """Amplitude (A) and width (s) of each pulse of a sweep, by amplitude and then by width."""
    amplitudes, widths = (traces[name].values for name in ("pulse_amplitude", "pulse_width"))
    return [(float(amplitude), float(width)) for amplitude in amplitudes for width in widths]


def observed_changes(traces: xr.Dataset) -> tuple[Array, int, float]:
    """Mean change from the initial voltage after each pulse of a sweep.

    Parameters
    ----------
    traces : Dataset
        ``anomalous_hall_voltage`` and ``initial_voltage`` with the dimensions pulse_amplitude,
        pulse_width and replicate, and delay; ``change_noise``.

    Returns
    -------
    change : ndarray, shape (pulses, delays)
        V, in the order of `pulses_of`.
    replicates : int
        Over which the mean is.
    noise : float
        Standard deviation of one repeat's change by read noise (V).
    """
    change = traces["anomalous_hall_voltage"] - traces["initial_voltage"]
    change = change.transpose("pulse_amplitude", "pulse_width", "replicate", "delay")
    replicates = change.sizes["replicate"]
    mean = change.mean("replicate").values.reshape(-1, change.sizes["delay"])
    return mean, replicates, float(traces["change_noise"])
