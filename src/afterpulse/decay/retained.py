"""Fraction retained and retention time without a model."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import optimize, stats

from afterpulse.decay.bins import MOST_DELAYS, binned
from afterpulse.decay.window import (
    CONFIDENCE,
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

    The fraction is a ratio of means over the replicates. Its interval has Student's t times the
    linearised standard error (delta method; Oehlert, Am. Stat. 46, 27, 1992).

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
        first = trace[:, 0].mean()
        fraction[point] = trace[:, later].mean() / first
        influence = (trace[:, later] - fraction[point] * trace[:, 0]) / first
        interval[point] = fraction[point] + reach(influence) * np.array([-1, 1])
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
        {"probe_delay": probe, "retained_at": at, "confidence": CONFIDENCE},
    )


def retention_time(ahe: xr.Dataset, probe: float = 0.5) -> xr.Dataset:
    """Return the time after the probe until the mean change first crosses 1/e of that at the probe.

    Between two stored delays the logarithm of the change is linear in time, so an exponential
    gives its time constant exactly. More than `MOST_DELAYS` delays are averaged over bins of 1/24
    decade. The interval has Student's t times the standard error of the logarithm of the crossing,
    linearised in the changes of the replicates. Arguments and errors as for `fraction_retained`.

    Returns
    -------
    Dataset
        ``retention_time`` in s, NaN if refused or beyond the window; ``retention_time_interval``
        (bound), infinite beyond the window, the lower end NaN if unknown;
        ``retention_time_refused``: empty, or the reason for no time.
    """
    dims, change, delay = changes(ahe, probe)
    shape, last = change.shape[:-2], delay[-1]
    if delay.size > MOST_DELAYS:
        delay, change, *_ = binned(delay, change)
    time, interval = np.full(shape, np.nan), np.full((*shape, 2), np.nan)
    refused = np.full(shape, "", dtype=object)
    for point in np.ndindex(shape):
        trace = present(change[point])
        refused[point] = reason_to_refuse(trace)
        if refused[point]:
            continue
        crossing, ends = crossing_time(delay - delay[0], trace)
        interval[point] = np.where(ends > last - delay[0], np.inf, ends)
        if np.isfinite(crossing):
            time[point] = crossing
        else:
            left = trace[:, -1].mean() / trace[:, 0].mean()
            refused[point] = f"{left:.2f} of the change is left at the last delay, {last:g} s"
    return point_dataset(
        ahe,
        dims,
        {
            "retention_time": (dims, time),
            "retention_time_interval": ((*dims, "bound"), interval),
            "retention_time_refused": (dims, refused),
        },
        {"probe_delay": probe, "confidence": CONFIDENCE},
    )


def reach(influence: Array) -> float:
    """Return half the width of the interval of a mean of `influence` (replicates,)."""
    quantile = stats.t.ppf(0.5 * (1 + CONFIDENCE), len(influence) - 1)
    return float(quantile * standard_error(influence))


def crossing_time(time: Array, change: Array) -> tuple[float, Array]:
    """Return when the mean of changes (replicates, n) reaches 1/e of its first value (s).

    The second result are the ends of the interval. Without a crossing all are infinite, but the
    lower end is NaN if the last point is not significantly above 1/e.
    """
    mean = change.mean(axis=0)
    below = mean / mean[0] <= np.exp(-1)
    if not below.any():
        influence = (change[:, -1] - np.exp(-1) * change[:, 0]) / mean[0]
        above = influence.mean() > reach(influence)
        return np.inf, np.array([np.inf if above else np.nan, np.inf])
    after = int(np.argmax(below))
    points = [0, after - 1, after]

    def logarithm(three: Array) -> float:
        """Return the logarithm of the crossing from the values at three points."""
        high, low = three[1:] / three[0]
        if low > 0:
            step = (np.log(high) + 1) / (np.log(high) - np.log(low))
        else:
            step = (high - np.exp(-1)) / (high - low)
        return float(np.log(time[after - 1] + step * (time[after] - time[after - 1])))

    scale = abs(mean[0])
    gradient = optimize.approx_fprime(mean[points] / scale, logarithm, 1e-7)
    crossing = logarithm(mean[points])
    ends = crossing + reach(change[:, points] @ gradient / scale) * np.array([-1, 1])
    with np.errstate(over="ignore"):
        return float(np.exp(crossing)), np.exp(ends)
