"""Grains with prescribed areas: a power diagram on a raster."""

import numpy as np
import scipy
from numpy.typing import NDArray

# At 100 rounds the areas meet the wanted ones within 5 % (standard deviation), at 40 within 20 %.
ROUNDS = 100


def lognormal_diameters(
    median: float, spread: float, area: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Draw diameters (m) until their discs fill an area (m²), then scale them to fill it exactly.

    `median` is that of the diameters (m), `spread` the standard deviation of their logarithm.
    """
    mean_area = np.pi / 4 * median**2 * np.exp(2 * spread**2)
    diameters = median * np.exp(spread * random.standard_normal(int(2 * area / mean_area) + 16))
    filled = np.cumsum(np.pi / 4 * diameters**2)
    count = max(1, int(np.argmin(np.abs(filled - area))) + 1)
    return diameters[:count] * np.sqrt(area / filled[count - 1])


def power_diagram(
    diameters: NDArray[np.float64], pixels: int, pixel: float, random: np.random.Generator
) -> NDArray[np.int32]:
    """Return Voronoi cells, weighted so that each gets the area of its diameter.

    Seeds move to their cells' centroids and weights follow the missing area, as in Bourne
    et al., Phil. Mag. 100, 2677 (2020). The power distance is a Euclidean distance with a third
    coordinate, so a k-d tree finds the nearest seed.

    Parameters
    ----------
    diameters : ndarray, shape (grains,)
        m.
    pixels, pixel : int, float
        Raster points along each edge of the square window, edge of a raster point (m).
    random : numpy.random.Generator
        Draws the seeds.

    Returns
    -------
    ndarray of int32, shape (pixels, pixels)
        Grain of each raster point, first axis x. A grain smaller than a raster point may own none.
    """
    axis = (np.arange(pixels) + 0.5) * pixel
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    flat = np.column_stack([points, np.zeros(len(points))])
    wanted = np.pi / 4 * diameters**2
    seeds = random.uniform(0, pixels * pixel, size=(diameters.size, 2))
    weights = (diameters / 2) ** 2
    owner = np.zeros(len(points), dtype=np.int64)
    for _ in range(ROUNDS):
        height = np.sqrt(weights.max() - weights)
        _, owner = scipy.spatial.cKDTree(np.column_stack([seeds, height])).query(flat)
        count = np.bincount(owner, minlength=diameters.size)
        occupied = count > 0
        for axis_index in range(2):
            total = np.bincount(owner, points[:, axis_index], minlength=diameters.size)
            seeds[occupied, axis_index] = total[occupied] / count[occupied]
        weights += 0.5 * (wanted - count * pixel**2) / np.pi
    return owner.reshape(pixels, pixels).astype(np.int32)
