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


def observed_changes(sweep: xr.Dataset, delays: Array) -> tuple[Array, int]:
    """Mean change from the initial voltage at some delays after each pulse of a sweep.

    Parameters
    ----------
    sweep : Dataset
        ``anomalous_hall_voltage`` and ``initial_voltage`` with the dimensions pulse_amplitude,
        pulse_width and replicate, and delay.
    delays : ndarray, shape (m,)
        Each is stored (s).

    Returns
    -------
    change : ndarray, shape (pulses, m)
        V, pulses by amplitude and then by width.
    replicates : int
        Over which the mean is.
    """
    change = sweep["anomalous_hall_voltage"] - sweep["initial_voltage"]
    change = change.sel(delay=delays, method="nearest")
    change = change.transpose("pulse_amplitude", "pulse_width", "replicate", "delay")
    replicates = change.sizes["replicate"]
    return change.mean("replicate").values.reshape(-1, len(delays)), replicates
