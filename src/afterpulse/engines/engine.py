"""Interface of an LLG engine: a function that drives systems over one time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.numerics import Numerics

if TYPE_CHECKING:
    import micromagneticmodel as mm


class EngineError(RuntimeError):
    """An engine that failed or took too long; the message is one line."""


class EngineMissing(EngineError):
    """An engine that this machine or account cannot run at all."""


class EngineKilled(EngineError):
    """An engine that was killed from outside, by a user or for memory; another run may succeed."""


@dataclass(frozen=True)
class Driven:
    """Result of an engine for one system."""

    time: NDArray[np.float64]
    """From the start of the drive (s), shape (outputs,)."""
    mean_m: NDArray[np.float64]
    """Mean unit magnetisation, weighted by M_s of the cells, shape (outputs, 3)."""
    mean_z: NDArray[np.float64]
    """Mean of m_z, weighted for the anomalous Hall effect, shape (outputs,)."""
    mean_xy: NDArray[np.float64]
    """Mean of m_x m_y, weighted for the planar Hall effect, shape (outputs,)."""
    snapshots: NDArray[np.float64]
    """Unit magnetisation, shape (outputs, nx, ny, 3)."""

    @property
    def m(self) -> NDArray[np.float64]:
        """Unit magnetisation at the end, shape (nx, ny, 3)."""
        return self.snapshots[-1]


class Engine(Protocol):
    """Function that drives systems with one mesh and the same terms over one time."""

    def __call__(
        self,
        systems: list[mm.System],
        duration: float,
        outputs: int,
        seeds: list[int],
        numerics: Numerics,
        weight: NDArray[np.float64] | None = None,
        /,
    ) -> list[Driven]:
        """Drive systems and return the result of each.

        Parameters
        ----------
        systems : list of micromagneticmodel.System
            From `magnet_system`.
        duration : float
            s.
        outputs : int
            Number of stored times, equally spaced and without the start.
        seeds : list of int
            Of the thermal field of each system.
        numerics : Numerics
            Time step, precision and the limit on the wall time of one system.
        weight : ndarray, shape (nx, ny), optional
            Weight of each cell in `Driven.mean_z` and `Driven.mean_xy`, in any unit.

        Raises
        ------
        EngineError
            If an engine is missing, diverges, fails, takes too long or leaves its output
            unfinished.
        """
        ...
