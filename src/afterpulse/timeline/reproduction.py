"""Stored points computed once more, from what is stored beside them."""

import json
from pathlib import Path

import numpy as np
import xarray as xr

from afterpulse import datasets
from afterpulse.calibration import calibrated
from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.engines.rules import read_ground_state
from afterpulse.film import sample as samples
from afterpulse.timeline.plan import points_of_chunk, read_plan
from afterpulse.timeline.records import OF_UNITS, SERIES
from afterpulse.timeline.trajectory import run_points


def reproduce(folder: str | Path, count: int, seed: int) -> dict[str, list[str]]:
    """Compute a random choice of an experiment's points again, each by itself.

    Parameters
    ----------
    folder : str or pathlib.Path
        ``results/<device>/<experiment>``.
    count : int
        Number of points; all where there are fewer.
    seed : int
        Of the choice.

    Returns
    -------
    dict of str to list of str
        By point, the variables that differ in any bit; empty where none does.

    Raises
    ------
    afterpulse.datasets.DatasetError
        Where a file is missing or damaged, or none of the plan's points is there.
    """
    folder = Path(folder)
    table = read_plan(folder / "plan.csv")
    there = table[[(folder / f"trajectories/{chunk}.nc").exists() for chunk in table["chunk"]]]
    if there.empty:
        raise datasets.DatasetError(f"{folder}: expected trajectories of its plan, got none")
    random = np.random.default_rng(seed)
    chosen = there.iloc[np.sort(random.permutation(len(there))[:count])]
    sample = samples.from_dataset(datasets.read(folder / "sample.nc"))
    ground_state = read_ground_state(folder / "ground_state.nc")
    calibration = datasets.read(folder / "calibration.nc")
    found = {}
    for chunk, part in chosen.groupby("chunk", sort=False):
        stored = datasets.read(folder / f"trajectories/{chunk}.nc")
        device = Device.model_validate(json.loads(stored.attrs["device_card"]))
        experiment = Experiment.model_validate(json.loads(stored.attrs["experiment_card"]))
        planned, named = points_of_chunk(device, experiment, table, str(chunk))
        for name in part["point"]:
            if name not in named:
                raise datasets.DatasetError(
                    f"{folder}: the cards stored in trajectories/{chunk}.nc do not ask for {name}"
                )
            if name not in stored["point"].values:
                continue  # it failed, and failed.csv says why
            again = run_points(
                device,
                experiment,
                sample,
                ground_state,
                calibrated(calibration, device),
                [planned[named.index(name)]],
            )
            found[name] = differing(stored.sel(point=name), again.isel(point=0))
    return found


def differing(stored: xr.Dataset, again: xr.Dataset) -> list[str]:
    """Variables of a trajectory that are not equal in every bit, beyond what fills it up."""
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
