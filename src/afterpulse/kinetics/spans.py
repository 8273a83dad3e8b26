"""Spans of steps over which a quantity hardly changes, so that all rates can stay as they are."""

import numpy as np
from numpy.typing import NDArray


def span_starts(values: NDArray[np.float64], most_change: float) -> list[int]:
    """First step of each span.

    Parameters
    ----------
    values : ndarray, shape (steps,)
        The quantity in each step, steps > 0.
    most_change : float
        Largest difference between two of its values within a span, >= 0.

    Returns
    -------
    list of int
        Increasing, the first is 0; a span that begins goes on as long as it may.
    """
    starts, low, high = [0], values[0], values[0]
    for step, value in enumerate(values):
        low, high = min(low, value), max(high, value)
        if high - low > most_change:
            starts.append(step)
            low = high = value
    return starts
