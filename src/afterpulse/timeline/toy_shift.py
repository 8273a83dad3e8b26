"""A voltage that shifts linearly with the time since the pulse."""

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.experiment import Mechanisms

RATE = 1e-6
"""V/s."""


def shift(mechanisms: Mechanisms, delay: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shift of the Hall voltage (V) at some times since the pulse (s)."""
    if not mechanisms.toy_shift:
        return np.zeros_like(delay)
    return RATE * np.maximum(delay, 0.0)
