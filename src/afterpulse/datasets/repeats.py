"""Repeats of a measurement: several random samples, each with several replicates."""

from typing import Any, TypeVar

import numpy as np
import xarray as xr

X = TypeVar("X", xr.DataArray, xr.Dataset)


def repeat_coordinates(repeats: list[tuple[int, int]]) -> dict[str, Any]:
    """Return the coordinates of repeats, each an index of a sample and of a replicate on it.

    Replicates of all samples are numbered in one row, and the coordinate `sample` tells them apart.
    """
    count = 1 + max(replicate for _, replicate in repeats)
    return {
        "replicate": [sample * count + replicate for sample, replicate in repeats],
        "sample": ("replicate", [sample for sample, _ in repeats]),
    }


def sample_means(data: X) -> X:
    """Average over the replicates of each sample, if there are several samples.

    The means of samples are independent, which the replicates on one sample are not: the standard
    error over the returned dimension `replicate` includes the spread between samples.
    """
    if "sample" not in data.coords or np.unique(data["sample"]).size == 1:
        return data
    means = data.groupby("sample").mean("replicate", keep_attrs=True)
    return means.rename(sample="replicate")
