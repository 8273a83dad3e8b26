"""What is compared; tests/workflow/test_workflow.py computes stored points again."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from afterpulse.datasets import DatasetError
from afterpulse.timeline.plan import COLUMNS, write_plan
from afterpulse.timeline.records import OF_UNITS, SERIES
from afterpulse.timeline.reproduction import differing, reproduce


def trajectory(steps, padded):
    values = np.sin(np.arange(float(steps)))
    filled = np.concatenate([values, np.full(padded, np.nan)])
    words = np.array(["wait"] * steps + [""] * padded)
    return xr.Dataset(
        {
            name: (
                ("step", "unit") if name in OF_UNITS else "step",
                np.stack([filled] * 2, axis=1)
                if name in OF_UNITS
                else (words if name in ("stage", "engine") else filled),
            )
            for name in (*SERIES, *OF_UNITS)
        }
    )


def test_what_fills_a_trajectory_up_does_not_count():
    assert differing(trajectory(5, 3), trajectory(5, 0)) == []


@pytest.mark.parametrize("name", ["temperature", "unit_state", "stage"])
def test_the_last_bit_counts(name):
    again = trajectory(5, 0)
    changed = again[name].values.copy()
    if name == "stage":
        changed[2] = "edge"
    else:
        changed[2] = np.nextafter(changed[2], 9)
    again[name] = again[name].copy(data=changed)
    assert differing(trajectory(5, 3), again) == [name]


def test_folder_without_trajectories_is_named(tmp_path):
    table = pd.DataFrame("", index=range(1), columns=list(COLUMNS))
    table["point"], table["chunk"] = ["p1"], "c0123456789ab"
    write_plan(table, tmp_path / "plan.csv")
    with pytest.raises(DatasetError, match="expected trajectories of its plan, got none"):
        reproduce(tmp_path, 5, 0)
