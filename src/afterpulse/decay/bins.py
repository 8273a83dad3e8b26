"""A trace of many samples as means over bins that are equal in the logarithm of the delay."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PER_DECADE = 24


def binned(delay: Array, change: Array) -> tuple[Array, Array]:
    """Average a trace over bins of a twenty-fourth of a decade.

    The first sample is a bin of its own, since all models count their time from it; bins without a
    sample are left out.

    Parameters
    ----------
    delay : ndarray, shape (n,)
        Rising, all above 0, in s.
    change : ndarray, shape (replicates, n)
        V.

    Returns
    -------
    delay : ndarray, shape (bins,)
        Mean delay of the samples of each bin, in s.
    change : ndarray, shape (replicates, bins)
        Mean change, in V.
    """
    number = np.floor(PER_DECADE * np.log10(delay / delay[0]) + 1e-9).astype(int)
    number[0] = -1
    _, first = np.unique(number, return_index=True)
    count = np.diff([*first, delay.size])
    return (
        np.add.reduceat(delay, first) / count,
        np.add.reduceat(change, first, axis=-1) / count,
    )
