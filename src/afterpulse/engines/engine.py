"""What an LLG engine is: a function that drives systems over one time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.experiment import Numerics

if TYPE_CHECKING:
    import micromagneticmodel as mm


class EngineError(RuntimeError):
    """An engine that failed or took too long; one line says which."""


class EngineMissing(EngineError):
    """An engine that this machine or account cannot run at all."""


class EngineKilled(EngineError):
    """An engine that was killed from outside, by a user or for memory: run again, it may do."""


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


class Engine(Protocol):
    """Drives systems, on one mesh and with the same terms, over one time."""

    def __call__(
        self,
        systems: list[mm.System],
        duration: float,
        outputs: int,
        seeds: list[int],
        numerics: Numerics,
        /,
    ) -> list[Driven]:
        """Take a duration (s), a number of outputs, a seed a system and the card's numerics."""
        ...
