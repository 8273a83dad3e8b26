"""Stored magnetisation as fields of discretisedfield."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    import discretisedfield as df


def discretised(dataset: xr.Dataset, point: int | str, snapshot: int) -> df.Field:
    """Return the unit magnetisation of a snapshot as a field of discretisedfield.

    Parameters
    ----------
    dataset : Dataset
        Stored fields, ``fields/<chunk>.nc``; only this snapshot is read.
    point : int or str
        Index of the trajectory, or its name in ``plan.csv``.
    snapshot : int
        Index among the snapshots of this trajectory; negative ones count from its last snapshot.

    Returns
    -------
    discretisedfield.Field
        On a mesh from the origin to the edges of the film (m), with a single cell along z.

    Raises
    ------
    IndexError
        If the trajectory has no such snapshot.
    """
    # It takes a second to import.
    import discretisedfield as df

    if isinstance(point, str):
        names = dataset["point"].values.tolist()
        if point not in names:
            raise IndexError(f"no point {point!r} in this dataset")
        point = names.index(point)
    count = int(dataset["time"][point].notnull().sum()) if "time" in dataset else 0
    if not -count <= snapshot < count:
        raise IndexError(f"point {point} has {count} snapshots, none of index {snapshot}")
    stored = dataset["magnetisation"][point, snapshot % count].transpose("x", "y", "component")
    # The first centre is half a cell from the edge.
    edges = [2 * float(dataset[axis][0]) * dataset.sizes[axis] for axis in "xy"]
    mesh = df.Mesh(
        p1=(0, 0, 0),
        p2=(*edges, float(dataset["thickness"])),
        n=(dataset.sizes["x"], dataset.sizes["y"], 1),
    )
    return df.Field(mesh, nvdim=3, value=np.asarray(stored.values, dtype=float)[:, :, None, :])
