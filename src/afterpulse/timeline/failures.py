"""Points that fail do not stop the others of their chunk."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from afterpulse.engines import EngineError, EngineKilled, EngineMissing
from afterpulse.kinetics.segment import KineticsError
from afterpulse.timeline.protocol import Point


def run_those_that_can(
    run: Callable[[list[Point]], xr.Dataset], points: list[Point]
) -> tuple[xr.Dataset, dict[int, str]]:
    """Compute points together, and where that fails those of each half by themselves.

    A trajectory does not depend on the others of its chunk, so that those which are left are
    the same as without the failure.

    Parameters
    ----------
    run : callable
        Gives the dataset of some points, dims (point, step) among others, as
        `trajectory.run_points` does.
    points : list of Point
        What to compute.

    Returns
    -------
    dataset : xarray.Dataset
        Of those points that can be computed, in their order; empty where none can.
    failures : dict of int to str
        What is said of each of the others, by its index.

    Raises
    ------
    EngineMissing, EngineKilled
        For want of an engine, or where it was killed: that is no fault of the points, which the
        next run may compute.
    """
    found, failures = halves(run, points, 0)
    return joined(found), failures


def halves(
    run: Callable[[list[Point]], xr.Dataset], points: list[Point], first: int
) -> tuple[list[xr.Dataset], dict[int, str]]:
    """Datasets and failures of points, of which the first has a given index."""
    try:
        return [run(points)], {}
    except (EngineMissing, EngineKilled):
        raise
    except (KineticsError, EngineError) as error:
        if len(points) == 1:
            return [], {first: str(error)}
    middle = len(points) // 2
    before = halves(run, points[:middle], first)
    after = halves(run, points[middle:], first + middle)
    return before[0] + after[0], before[1] | after[1]


def joined(parts: list[xr.Dataset]) -> xr.Dataset:
    """Join datasets along their points; shorter ones are padded as `chunk_dataset` pads."""
    if not parts:
        return xr.Dataset(coords={"point": np.zeros(0)})
    if len(parts) == 1:
        return parts[0]
    numbered = [part.assign_coords(step=np.arange(part.sizes["step"])) for part in parts]
    padding = {
        name: {"f": np.nan, "U": ""}.get(variable.dtype.kind, 0)
        for name, variable in parts[0].data_vars.items()
    }
    return xr.concat(
        numbered, "point", data_vars="minimal", join="outer", fill_value=padding, compat="equals"
    ).drop_vars("step")
