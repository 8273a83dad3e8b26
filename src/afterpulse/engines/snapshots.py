"""Magnetisation files of an external engine and their reduction."""

from pathlib import Path

import discretisedfield as df
import numpy as np
from numpy.typing import NDArray

from afterpulse.engines.engine import Driven, EngineError

# Deviation from a unit vector in single precision, which mumax3 has, and some rounding.
UNIT = 1e-4


def read_snapshots(
    engine: str, files: list[Path], outputs: int, start: df.Field
) -> list[NDArray[np.float64]]:
    """Read the unit magnetisation, shape (nx, ny, 3), that an engine has written at each output.

    Parameters
    ----------
    engine : str
        Name for messages.
    files : list of pathlib.Path
        In the order of time.
    outputs : int
        Expected number of files.
    start : discretisedfield.Field
        Magnetisation at the start, for its mesh and norm.

    Raises
    ------
    EngineError
        If files are missing or damaged.
    """
    if len(files) != outputs:
        raise EngineError(f"{engine}: expected {outputs} magnetisation files, got {len(files)}")
    snapshots = []
    for file in files:
        try:
            array = df.Field.from_file(str(file)).array
        except Exception as error:  # the reader fails in many ways on damaged files
            reason = " ".join(str(error).split())
            raise EngineError(f"{engine}: {file.name} is damaged: {reason}") from error
        if array.shape != start.array.shape:
            raise EngineError(f"{engine}: {file.name} is damaged: it is on another mesh")
        magnet = start.norm.array > 0
        m = np.divide(array, start.norm.array, where=magnet, out=np.zeros_like(array))
        if not np.allclose(np.linalg.norm(m, axis=-1), magnet[..., 0], atol=UNIT):
            raise EngineError(f"{engine}: {file.name} is damaged: it holds no unit vectors")
        snapshots.append(m[:, :, 0].astype(float))
    return snapshots


def reduced(
    duration: float,
    snapshots: list[NDArray[np.float64]],
    weight: NDArray[np.float64] | None = None,
    magnetisation: NDArray[np.float64] | None = None,
) -> Driven:
    """Reduce unit magnetisation at equally spaced times, without the start, to its means.

    `weight` is that of the cells in `Driven.mean_z` and `Driven.mean_xy`, `magnetisation` is M_s of
    the cells, which weights `Driven.mean_m`; both have the shape (nx, ny).
    """
    count = len(snapshots)
    moment = np.ones(snapshots[0].shape[:2]) if magnetisation is None else magnetisation
    mean_m = np.array([np.average(m, axis=(0, 1), weights=moment) for m in snapshots])
    products = [m[..., 0] * m[..., 1] for m in snapshots]
    if weight is None:
        mean_z, mean_xy = mean_m[:, 2], np.array([product.mean() for product in products])
    else:
        mean_z = np.array([np.average(m[..., 2], weights=weight) for m in snapshots])
        mean_xy = np.array([np.average(product, weights=weight) for product in products])
    return Driven(
        duration * np.arange(1, count + 1) / count,
        mean_m,
        mean_z,
        mean_xy,
        np.array(snapshots),
    )
