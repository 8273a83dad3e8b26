"""From the states of FM units to a magnetisation field and back."""

import numpy as np
from numpy.typing import NDArray

from afterpulse.stack.sample import Sample


def to_field(
    sample: Sample, unit_state: NDArray[np.int8], ground_state: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Magnetisation of a film whose units are in given states.

    Parameters
    ----------
    sample : Sample
        The units.
    unit_state : ndarray, shape (units,)
        Signs of m_z.
    ground_state : ndarray, shape (nx, ny, 3)
        Relaxed film; it gives the size of each component and the in-plane part.

    Returns
    -------
    ndarray, shape (nx, ny, 3)
        Unit vectors.
    """
    field = ground_state.copy()
    field[..., 2] = np.abs(field[..., 2]) * unit_state[sample.unit_index]
    return field


def to_units(sample: Sample, m: NDArray[np.floating]) -> NDArray[np.int8]:
    """State of each unit, the sign of its mean m_z.

    Parameters
    ----------
    sample : Sample
        The units.
    m : ndarray, shape (nx, ny, 3)
        Unit magnetisation.

    Returns
    -------
    ndarray of int8, shape (units,)
        -1 or 1.
    """
    total = np.bincount(sample.unit_index.ravel(), m[..., 2].ravel().astype(float))
    return np.where(total < 0, -1, 1).astype(np.int8)
