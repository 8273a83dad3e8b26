"""Spans of steps over which a quantity hardly changes, so that all rates can be constant."""

import numpy as np
from numpy.typing import NDArray


def span_starts(values: NDArray[np.float64], most_change: float) -> list[int]:
    """Return the index of the first step of each span, each as long as possible.

    Parameters
    ----------
    values : ndarray, shape (steps,)
        The quantity in each step, steps > 0.
    most_change : float
        Largest difference between two of its values within a span, >= 0.
    """
    starts, low, high = [0], values[0], values[0]
    for step, value in enumerate(values):
        low, high = min(low, value), max(high, value)
        if high - low > most_change:
            starts.append(step)
            low = high = value
    return starts


def span_means(
    values: NDArray[np.float64], weights: NDArray[np.float64], spans: list[tuple[int, int]]
) -> NDArray[np.float64]:
    """Return the weighted mean of values over the steps of each span, its first and last + 1."""
    return np.array(
        [
            weights[first:last] / weights[first:last].sum() @ values[first:last]
            for first, last in spans
        ]
    )
