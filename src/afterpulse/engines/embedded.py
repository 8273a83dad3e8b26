"""The calculator of this package."""

import micromagneticmodel as mm

from afterpulse.cards.experiment import Numerics
from afterpulse.engines.engine import Driven, EngineError


def drive(
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

    Raises
    ------
    EngineError
        If a system diverges.
    """
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
        )
    except llg.IntegrationError as error:
        raise EngineError(f"embedded: {error}") from error
    return [
        Driven(
            result.time,
            result.mean_m[lane],
            result.mean_xy[lane],
            result.m[lane, :, :, 0].astype(float),
        )
        for lane in range(len(systems))
    ]
