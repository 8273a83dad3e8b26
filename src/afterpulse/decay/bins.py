"""A trace of many samples as means over bins that are equal in the logarithm of the delay."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PER_DECADE = 24


class Binned(NamedTuple):
    """Means over bins.

    Attributes
    ----------
    delay : ndarray, shape (bins,)
        Mean delay of the samples of each bin, in s.
    change : ndarray, shape (replicates, bins)
        Mean change, in V.
    samples : ndarray, shape (bins,)
        How many there are in each bin; white noise of the mean is that of a sample over its root.
    spread : ndarray, shape (bins,)
        Standard deviation of the delays in each bin, in s.
    """

    delay: Array
    change: Array
    samples: Array
    spread: Array


def binned(delay: Array, change: Array) -> Binned:
    """Average a trace over bins of a twenty-fourth of a decade.

    The first sample is a bin of its own, since all models count their time from it; the one sample
    in it keeps its weight in the fits small. Bins without a sample are left out.

    Parameters
    ----------
    delay : ndarray, shape (n,)
        Rising, all above 0, in s.
    change : ndarray, shape (replicates, n)
        V.

    Returns
    -------
    Binned
        With the delay of the first sample as the first one.
    """
    number = np.floor(PER_DECADE * np.log10(delay / delay[0]) + 1e-9).astype(int)
    number[0] = -1
    _, first, count = np.unique(number, return_index=True, return_counts=True)
    mean = np.add.reduceat(delay, first) / count
    apart = delay - np.repeat(mean, count)
    return Binned(
        mean,
        np.add.reduceat(change, first, axis=-1) / count,
        count.astype(float),
        np.sqrt(np.add.reduceat(apart**2, first) / count),
    )
