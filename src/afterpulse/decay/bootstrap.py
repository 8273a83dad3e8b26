"""Bootstrap over the replicates of a sweep, for switching currents."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from afterpulse.decay.window import CONFIDENCE

Array = NDArray[np.float64]

BOOTSTRAP_DRAWS = 2000
BOOTSTRAP_SEED = 1
BOOTSTRAP = {
    "confidence": CONFIDENCE,
    "bootstrap_draws": BOOTSTRAP_DRAWS,
    "bootstrap_seed": BOOTSTRAP_SEED,
}
"""Attributes of datasets with intervals by the bootstrap."""


def resampled_means(values: Array) -> Array:
    """Return means over resampled replicates, shape (draws, ...); all calls use equal draws.

    `values` has the replicates along its first axis.
    """
    replicates = len(values)
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    drawn = generator.integers(replicates, size=(BOOTSTRAP_DRAWS, replicates))
    counts = (drawn[:, :, None] == np.arange(replicates)).sum(axis=1)
    return np.asarray(counts @ values / replicates)


def expanded_percentiles(draws: Array, replicates: int) -> Array:
    """Return both ends of the expanded percentile interval of `draws` (draws,).

    The percentiles are corrected for few replicates (Hesterberg, Am. Stat. 69, 371, 2015).
    """
    quantile = stats.t.ppf(0.5 * (1 + CONFIDENCE), replicates - 1)
    tail = stats.norm.cdf(-np.sqrt(replicates / (replicates - 1)) * quantile)
    # Order statistics are not interpolated, because a bound may be infinite.
    return np.asarray(np.quantile(draws, [tail, 1 - tail], method="inverted_cdf"))
