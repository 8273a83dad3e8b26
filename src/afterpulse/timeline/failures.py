"""Points that fail do not stop the others of their chunk."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from afterpulse.cards import CardError
from afterpulse.engines import EngineError, EngineKilled, EngineMissing
from afterpulse.kinetics.segment import KineticsError
from afterpulse.timeline.protocol import Point
from afterpulse.timeline.records import padding_value


def run_computable(
    run: Callable[[list[Point]], xr.Dataset], points: list[Point]
) -> tuple[xr.Dataset, dict[int, str]]:
    """Compute points together, and after a failure those of each half by themselves.

    A trajectory does not depend on the others of its chunk, so the remaining ones are the same as
    without the failure.

    `run` returns the dataset of some points, as `trajectory.run_points` does.

    Returns
    -------
    dataset : xarray.Dataset
        Of the points that can be computed, in their order; empty without any.
    failures : dict of int to str
        Error message of each other point, by its index.

    Raises
    ------
    EngineMissing, EngineKilled
        If the engine is missing or was killed, which is no fault of the points.
    """
    computed, failures = _halves(run, points, 0)
    return concatenate(computed), failures


def _halves(
    run: Callable[[list[Point]], xr.Dataset], points: list[Point], first: int
) -> tuple[list[xr.Dataset], dict[int, str]]:
    """Return datasets and failures of points, the first of which has a given index."""
    try:
        return [run(points)], {}
    except (EngineMissing, EngineKilled):
        raise
    except (CardError, KineticsError, EngineError) as error:
        # A card may be refused for one pulse alone: one that heats the film above its T_C.
        if len(points) == 1:
            return [], {first: str(error)}
    middle = len(points) // 2
    before = _halves(run, points[:middle], first)
    after = _halves(run, points[middle:], first + middle)
    return before[0] + after[0], before[1] | after[1]


def concatenate(datasets: list[xr.Dataset]) -> xr.Dataset:
    """Concatenate datasets along their points; shorter ones are padded as by `chunk_dataset`."""
    if not datasets:
        return xr.Dataset(coords={"point": np.zeros(0)})
    if len(datasets) == 1:
        return datasets[0]
    numbered = [each.assign_coords(step=np.arange(each.sizes["step"])) for each in datasets]
    padding = {
        name: padding_value(variable.dtype) for name, variable in datasets[0].data_vars.items()
    }
    return xr.concat(
        numbered, "point", data_vars="minimal", join="outer", fill_value=padding, compat="equals"
    ).drop_vars("step")
