"""Features of the traces after some pulses for a forest."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAST = 1e-3
"""Change that counts as none, over the voltage of the saturated film."""


def features(change: Array, rise: Array) -> Array:
    """Convert traces to features (traces, n) that identify mechanisms one by one.

    `change` (traces, pulses, delays) is that of the Hall voltage since before the pulse, over the
    voltage of the saturated film; `rise` (pulses, delays) that of the temperature (K). Features are
    changes, their steps from delay to delay and their projection on the temperature; each also over
    the largest change of the trace.
    """
    largest = np.maximum(abs(change).max(axis=(1, 2), keepdims=True), LEAST)
    steps = np.diff(change, axis=-1)
    heating = rise / rise.max()
    heating = heating - heating.mean(axis=-1, keepdims=True)
    projection = (change * heating).sum(axis=(1, 2)) / (heating**2).sum()
    columns = [
        values.reshape(len(change), -1)
        for values in (change, change / largest, steps, steps / largest)
    ]
    return np.column_stack([*columns, projection, projection / largest[:, 0, 0]])
