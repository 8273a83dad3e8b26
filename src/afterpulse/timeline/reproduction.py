"""Stored points computed again from the files beside them."""

import json
from pathlib import Path

import numpy as np
import xarray as xr

from afterpulse import datasets
from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.timeline.plan import points_of_chunk, read_plan
from afterpulse.timeline.protocol import sample_files
from afterpulse.timeline.records import OF_UNITS, SERIES
from afterpulse.timeline.rules import read_bench
from afterpulse.timeline.trajectory import run_points


def reproduce(folder: str | Path, count: int, seed: int) -> dict[str, list[str]]:
    """Compute a random selection of an experiment's points again, each by itself.

    The folder is ``results/<device>/<experiment>``; `count` is the number of points, all if there
    are fewer, and `seed` that of the selection. The result has by point the variables that differ
    in any bit.

    Raises
    ------
    afterpulse.datasets.DatasetError
        If a file is missing or damaged, or none of the plan's points is there.
    """
    folder = Path(folder)
    table = read_plan(folder / "plan.csv")
    stored_rows = table[
        [(folder / f"trajectories/{chunk}.nc").exists() for chunk in table["chunk"]]
    ]
    if stored_rows.empty:
        raise datasets.DatasetError(f"{folder}: expected trajectories of its plan, got none")
    random = np.random.default_rng(seed)
    selected = stored_rows.iloc[np.sort(random.permutation(len(stored_rows))[:count])]
    differences = {}
    for chunk, rows in selected.groupby("chunk", sort=False):
        stored = datasets.read(folder / f"trajectories/{chunk}.nc")
        device = Device.model_validate(json.loads(stored.attrs["device_card"]))
        experiment = Experiment.model_validate(json.loads(stored.attrs["experiment_card"]))
        planned, names = points_of_chunk(device, experiment, table, str(chunk))
        inputs = (*sample_files(planned[0].sample), "calibration.nc")
        files = [str(folder / name) for name in inputs]
        bench = read_bench(device, experiment, *files)
        for name in rows["point"]:
            if name not in names:
                raise datasets.DatasetError(
                    f"{folder}: the cards stored in trajectories/{chunk}.nc do not ask for {name}"
                )
            if name not in stored["point"].values:
                continue  # it failed, and failed.csv says why
            again = run_points(bench, [planned[names.index(name)]])
            differences[name] = differing(stored.sel(point=name), again.isel(point=0))
    return differences


def differing(stored: xr.Dataset, again: xr.Dataset) -> list[str]:
    """Return the variables of a trajectory that are not equal in every bit, without padding."""
    steps = again.sizes["step"]
    return [
        name
        for name in (*SERIES, *OF_UNITS)
        if not np.array_equal(
            stored[name].values[:steps],
            again[name].values,
            equal_nan=again[name].dtype.kind == "f",
        )
    ]
