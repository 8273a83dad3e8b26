"""Share of a change that is left, and the time it takes to fade, without a model."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import stats

from afterpulse.decay.window import (
    changes,
    of_points,
    position,
    present,
    reason_to_refuse,
    standard_error,
)

Array = NDArray[np.float64]

CONFIDENCE = 0.95
BOOTSTRAP_DRAWS = 2000
BOOTSTRAP_SEED = 1
BOOTSTRAP = {
    "confidence": CONFIDENCE,
    "bootstrap_draws": BOOTSTRAP_DRAWS,
    "bootstrap_seed": BOOTSTRAP_SEED,
}


def share_retained(ahe: xr.Dataset, at: float = 10.0, probe: float = 0.5) -> xr.Dataset:
    """Share of the change at the probe delay that is left at a later delay.

    The share is a ratio of means over the replicates. Its interval is the expanded percentile
    interval of a bootstrap over replicates (Hesterberg, Am. Stat. 69, 371, 2015), which corrects
    the plain percentile interval for few replicates; below about five it is a guess all the same.

    Parameters
    ----------
    ahe : Dataset
        ``anomalous_hall_voltage`` with the dimensions replicate, delay and any others, and
        ``initial_voltage`` with the same but delay.
    at : float
        Later delay, in s.
    probe : float
        Probe delay, in s.

    Returns
    -------
    Dataset
        ``change_at_probe`` and ``change_at_probe_stderr`` in V, ``share_retained``,
        ``share_retained_interval`` (bound) and ``refused``: empty, or why there is no share. The
        attributes give the delays, the confidence and the bootstrap.

    Raises
    ------
    ValueError
        Where one of the delays is not stored.
    """
    dims, change, delay = changes(ahe, probe)
    later = position(delay, at)
    shape = change.shape[:-2]
    share, interval = np.full(shape, np.nan), np.full((*shape, 2), np.nan)
    mean, stderr = np.full(shape, np.nan), np.full(shape, np.nan)
    refused = np.full(shape, "", dtype=object)
    for point in np.ndindex(shape):
        trace = present(change[point])
        refused[point] = reason_to_refuse(trace)
        if len(trace):
            mean[point], stderr[point] = trace[:, 0].mean(), standard_error(trace[:, 0])
        if refused[point]:
            continue
        share[point] = trace[:, later].mean() / trace[:, 0].mean()
        drawn = _resampled_means(trace[:, [0, later]])
        with np.errstate(divide="ignore", invalid="ignore"):
            interval[point] = _expanded_percentiles(drawn[:, 1] / drawn[:, 0], len(trace))
    return of_points(
        ahe,
        dims,
        {
            "change_at_probe": (dims, mean),
            "change_at_probe_stderr": (dims, stderr),
            "share_retained": (dims, share),
            "share_retained_interval": ((*dims, "bound"), interval),
            "refused": (dims, refused),
        },
        {"probe_delay": probe, "retained_at": at} | BOOTSTRAP,
    )


def retention_time(ahe: xr.Dataset, probe: float = 0.5) -> xr.Dataset:
    """Time after the probe until 1/e of the change at the probe is left, without a model.

    The first crossing of the mean over the replicates; between two stored delays the logarithm of
    the change is linear in time, so an exponential gives its time constant exactly.

    Parameters
    ----------
    ahe : Dataset
        See `share_retained`.
    probe : float
        Probe delay, in s.

    Returns
    -------
    Dataset
        ``retention_time`` in s, NaN where it was refused or lies beyond the window;
        ``retention_time_interval`` (bound) as in `share_retained`, infinite where the bound lies
        beyond the window; ``retention_time_refused``: empty, or why there is no time.

    Raises
    ------
    ValueError
        Where the probe delay is not stored.
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
        interval[point] = _expanded_percentiles(
            _crossing(delay - delay[0], _resampled_means(trace)), len(trace)
        )
        found = _crossing(delay - delay[0], trace.mean(axis=0)[None])[0]
        if np.isfinite(found):
            time[point] = found
        else:
            left = trace[:, -1].mean() / trace[:, 0].mean()
            refused[point] = f"{left:.2f} of the change is left at the last delay, {delay[-1]:g} s"
    return of_points(
        ahe,
        dims,
        {
            "retention_time": (dims, time),
            "retention_time_interval": ((*dims, "bound"), interval),
            "retention_time_refused": (dims, refused),
        },
        {"probe_delay": probe} | BOOTSTRAP,
    )


def _resampled_means(values: Array) -> Array:
    """Means over resampled replicates, shape (draws, ...), the same draws at every call."""
    replicates = len(values)
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    drawn = generator.integers(replicates, size=(BOOTSTRAP_DRAWS, replicates))
    counts = (drawn[:, :, None] == np.arange(replicates)).sum(axis=1)
    return np.asarray(counts @ values / replicates)


def _expanded_percentiles(draws: Array, replicates: int) -> Array:
    quantile = stats.t.ppf(0.5 * (1 + CONFIDENCE), replicates - 1)
    tail = stats.norm.cdf(-np.sqrt(replicates / (replicates - 1)) * quantile)
    # Order statistics, not interpolated ones: a bound may be infinite.
    return np.asarray(np.quantile(draws, [tail, 1 - tail], method="inverted_cdf"))


def _crossing(time: Array, change: Array) -> Array:
    """First time at which each row (rows, n) reaches 1/e of its first value, else infinity."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = change / change[:, :1]
        below = share <= np.exp(-1)
        after = np.argmax(below, axis=1)
        rows = np.arange(len(share))
        high, low = share[rows, after - 1], share[rows, after]
        logarithm = (np.log(high) + 1) / (np.log(high) - np.log(low))
        linear = (high - np.exp(-1)) / (high - low)
        part = np.where(low > 0, logarithm, linear)
    found = time[after - 1] + part * (time[after] - time[after - 1])
    return np.where(below.any(axis=1), found, np.inf)
