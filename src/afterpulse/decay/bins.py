"""Averages of a trace over bins of equal width in the logarithm of the delay."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PER_DECADE = 24
MOST_DELAYS = 60
"""A trace with more delays is averaged over bins."""


class Binned(NamedTuple):
    """Averages over bins."""

    delay: Array  # mean in each bin (bins,), in s
    change: Array  # mean (replicates, bins), in V
    samples: Array  # number in each bin (bins,)
    spread: Array  # standard deviation of the delays in each bin (bins,), in s


def binned(delay: Array, change: Array, per_decade: float = PER_DECADE) -> Binned:
    """Average changes (replicates, n) at rising delays (n,) over bins, by default of 1/24 decade.

    Empty bins are left out. The first sample is a bin of its own, since retention times count from
    it.
    """
    index = np.floor(per_decade * np.log10(delay / delay[0]) + 1e-9).astype(int)
    index[0] = -1
    _, first, count = np.unique(index, return_index=True, return_counts=True)
    mean = np.add.reduceat(delay, first) / count
    deviation = delay - np.repeat(mean, count)
    return Binned(
        mean,
        np.add.reduceat(change, first, axis=-1) / count,
        count.astype(float),
        np.sqrt(np.add.reduceat(deviation**2, first) / count),
    )
