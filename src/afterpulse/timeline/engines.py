"""LLG engines: each drives systems over one time and returns what the timeline stores."""

from collections.abc import Callable
from dataclasses import dataclass

import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.experiment import Numerics


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


Engine = Callable[[list[mm.System], float, int, list[int], Numerics], list[Driven]]


def embedded(
    systems: list[mm.System], duration: float, outputs: int, seeds: list[int], numerics: Numerics
) -> list[Driven]:
    """Drive a batch on the calculator of this package.

    Parameters
    ----------
    systems : list of micromagneticmodel.System
        On one mesh and with the same terms.
    duration : float
        s.
    outputs : int
        Times that are stored, equally spaced and without the start.
    seeds : list of int
        One a system.
    numerics : Numerics
        Time step and precision.

    Returns
    -------
    list of Driven
        One a system.
    """
    # JAX takes seconds to import, which a job without micromagnetics should not pay.
    from afterpulse import llg

    result = llg.drive_batch(
        systems,
        t=duration,
        n=outputs,
        seeds=seeds,
        time_step=numerics.llg_time_step,
        dtype=numerics.precision,
    )
    return [
        Driven(
            result.time,
            result.mean_m[lane],
            result.mean_xy[lane],
            result.m[lane, :, :, 0].astype(float),
        )
        for lane in range(len(systems))
    ]


ENGINES: dict[str, Engine] = {"embedded": embedded}
