"""What a forest sees of the traces after some pulses."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAST = 1e-3
"""Size of a change that counts as none, over the largest of all traces."""


def features(change: Array, rise: Array) -> Array:
    """Put traces into numbers of which single ones tell mechanisms apart.

    Parameters
    ----------
    change : ndarray, shape (traces, pulses, delays)
        Of the Hall voltage since before the pulse, over the voltage of the saturated film.
    rise : ndarray, shape (pulses, delays)
        Temperature above that before the pulse (K).

    Returns
    -------
    ndarray, shape (traces, n)
        The changes, their steps from delay to delay, both also over the largest change of the
        trace, and what goes with the temperature.
    """
    largest = np.maximum(abs(change).max(axis=(1, 2), keepdims=True), LEAST)
    steps = np.diff(change, axis=-1)
    heating = rise / rise.max()
    heating = heating - heating.mean(axis=-1, keepdims=True)
    follows = (change * heating).sum(axis=(1, 2)) / (heating**2).sum()
    parts = [change, change / largest, steps, steps / largest]
    rows = [part.reshape(len(change), -1) for part in parts]
    return np.column_stack([*rows, follows, follows / largest[:, 0, 0]])
