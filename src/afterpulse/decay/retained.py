"""Fraction retained and retention time without a model."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.decay.bootstrap import BOOTSTRAP, expanded_percentiles, resampled_means
from afterpulse.decay.window import (
    changes,
    delay_index,
    point_dataset,
    present,
    reason_to_refuse,
    standard_error,
)

Array = NDArray[np.float64]


def fraction_retained(ahe: xr.Dataset, at: float = 10.0, probe: float = 0.5) -> xr.Dataset:
    """Return the change at a later delay over the change at the probe delay.

    The fraction is a ratio of means over the replicates. Its interval is the expanded percentile
    interval of a bootstrap over replicates (Hesterberg, Am. Stat. 69, 371, 2015), which corrects
    the percentile interval for few replicates; with fewer than about five it is unreliable.

    Parameters
    ----------
    ahe : Dataset
        See `afterpulse.decay.window.changes`.
    at, probe : float
        Later delay and probe delay (s).

    Returns
    -------
    Dataset
        ``change_at_probe`` and ``change_at_probe_stderr`` in V, ``share_retained``,
        ``share_retained_interval`` (bound) and ``refused``: empty, or the reason for no fraction.

    Raises
    ------
    ValueError
        If one of the delays is not stored.
    """
    dims, change, delay = changes(ahe, probe)
    later = delay_index(delay, at)
    shape = change.shape[:-2]
    fraction, interval = np.full(shape, np.nan), np.full((*shape, 2), np.nan)
    mean, stderr = np.full(shape, np.nan), np.full(shape, np.nan)
    refused = np.full(shape, "", dtype=object)
    for point in np.ndindex(shape):
        trace = present(change[point])
        refused[point] = reason_to_refuse(trace)
        if len(trace):
            mean[point], stderr[point] = trace[:, 0].mean(), standard_error(trace[:, 0])
        if refused[point]:
            continue
        fraction[point] = trace[:, later].mean() / trace[:, 0].mean()
        drawn = resampled_means(trace[:, [0, later]])
        with np.errstate(divide="ignore", invalid="ignore"):
            interval[point] = expanded_percentiles(drawn[:, 1] / drawn[:, 0], len(trace))
    return point_dataset(
        ahe,
        dims,
        {
            "change_at_probe": (dims, mean),
            "change_at_probe_stderr": (dims, stderr),
            "share_retained": (dims, fraction),
            "share_retained_interval": ((*dims, "bound"), interval),
            "refused": (dims, refused),
        },
        {"probe_delay": probe, "retained_at": at} | BOOTSTRAP,
    )


def retention_time(ahe: xr.Dataset, probe: float = 0.5) -> xr.Dataset:
    """Return the time after the probe until the mean change first crosses 1/e of that at the probe.

    Between two stored delays the logarithm of the change is linear in time, so an exponential
    gives its time constant exactly. Arguments and errors as for `fraction_retained`.

    Returns
    -------
    Dataset
        ``retention_time`` in s, NaN if refused or beyond the window; ``retention_time_interval``
        (bound) as in `fraction_retained`, infinite beyond the window; ``retention_time_refused``:
        empty, or the reason for no time.
    """
    dims, change, delay = changes(ahe, probe)
    shape = change.shape[:-2]
    time, interval = np.full(shape, np.nan), np.full((*shape, 2), np.nan)
    refused = np.full(shape, "", dtype=object)
    for point in np.ndindex(shape):
        trace = present(change[point])
        refused[point] = reason_to_refuse(trace)
        if refused[point]:
            continue
        interval[point] = expanded_percentiles(
            _crossing(delay - delay[0], resampled_means(trace)), len(trace)
        )
        crossing = _crossing(delay - delay[0], trace.mean(axis=0)[None])[0]
        if np.isfinite(crossing):
            time[point] = crossing
        else:
            left = trace[:, -1].mean() / trace[:, 0].mean()
            refused[point] = f"{left:.2f} of the change is left at the last delay, {delay[-1]:g} s"
    return point_dataset(
        ahe,
        dims,
        {
            "retention_time": (dims, time),
            "retention_time_interval": ((*dims, "bound"), interval),
            "retention_time_refused": (dims, refused),
        },
        {"probe_delay": probe} | BOOTSTRAP,
    )


def _crossing(time: Array, change: Array) -> Array:
    """Return when each row (rows, n) first reaches 1/e of its first value, else infinity."""
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = change / change[:, :1]
        below = fraction <= np.exp(-1)
        after = np.argmax(below, axis=1)
        rows = np.arange(len(fraction))
        high, low = fraction[rows, after - 1], fraction[rows, after]
        logarithm = (np.log(high) + 1) / (np.log(high) - np.log(low))
        linear = (high - np.exp(-1)) / (high - low)
        step = np.where(low > 0, logarithm, linear)
    crossing = time[after - 1] + step * (time[after] - time[after - 1])
    return np.where(below.any(axis=1), crossing, np.inf)
