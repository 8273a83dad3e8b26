"""What an LLG engine is: a function that drives systems over one time."""

from collections.abc import Callable
from dataclasses import dataclass

import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.experiment import Numerics


class EngineError(RuntimeError):
    """An engine that is missing, failed or took too long; one line says which."""


@dataclass(frozen=True)
class Driven:
    """What an engine gives for one system.

    Attributes
    ----------
    time : ndarray, shape (outputs,)
        From the start of the drive (s).
    mean_m : ndarray, shape (outputs, 3)
        Mean unit magnetisation.
    mean_xy : ndarray, shape (outputs,)
        Mean of m_x m_y, which the planar Hall effect reads.
    m : ndarray, shape (nx, ny, 3)
        At the end.
    """

    time: NDArray[np.float64]
    mean_m: NDArray[np.float64]
    mean_xy: NDArray[np.float64]
    m: NDArray[np.float64]


# Systems on one mesh and with the same terms, duration (s), number of outputs, a seed a system,
# numerics of the card.
Engine = Callable[[list[mm.System], float, int, list[int], Numerics], list[Driven]]
