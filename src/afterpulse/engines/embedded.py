"""Engine on the calculator of this package."""

import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.numerics import Numerics
from afterpulse.engines.engine import Driven, EngineError


def drive(
    systems: list[mm.System],
    duration: float,
    outputs: int,
    seeds: list[int],
    numerics: Numerics,
    weight: NDArray[np.float64] | None = None,
) -> list[Driven]:
    """Drive a batch of systems; see `Engine`."""
    # JAX takes seconds to import, which a job without micromagnetics should not pay.
    from afterpulse import llg

    try:
        result = llg.drive_batch(
            systems,
            t=duration,
            n=outputs,
            seeds=seeds,
            time_step=numerics.llg_time_step,
            dtype=numerics.precision,
            weight=weight,
            snapshots=True,
        )
    except llg.IntegrationError as error:
        raise EngineError(f"embedded: {error}") from error
    return [
        Driven(
            result.time,
            result.mean_m[lane],
            result.mean_z[lane],
            result.mean_xy[lane],
            result.snapshots[lane, :, :, :, 0].astype(float),
        )
        for lane in range(len(systems))
    ]
