"""Demagnetisation tensor of meshes that repeat along one or two directions.

The sums over all images have no cut-off: near images are summed one by one, what lies beyond is
an integral or a lattice sum in closed form. All lengths are in units of a cell's longest edge.
"""

import numpy as np
from numpy.typing import NDArray

from .newell import FAR, averaged, cell_tensor

Array = NDArray[np.float64]
Point = tuple[Array, Array, Array]

# Images along a row that are summed before the integral takes over.
IMAGES = 20
# Beyond this many periods a row of dipoles differs from a line by exp(-2 pi times as much).
LINE = 4.5

PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


def row_tensor(point: Point, cell: tuple[float, float, float], axis: int, period: float) -> Array:
    """Tensor between a cell and a row of images of another one along an axis.

    Parameters
    ----------
    point : tuple of ndarray
        Distance (x, y, z) between the centres, of one shape.
    cell : tuple of float
        Edges of a cell, the longest one 1.
    axis : int
        0, 1, 2 for a row along x, y, z.
    period : float
        Distance between two images.

    Returns
    -------
    ndarray
        (N_xx, N_yy, N_zz, N_xy, N_xz, N_yz) in front of the shape of x; H = -N M.
    """
    along = (point[axis] + period / 2) % period - period / 2
    last = IMAGES + int(np.ceil(FAR / period))

    def image(number: float) -> Point:
        moved = list(point)
        moved[axis] = along + number * period
        return (moved[0], moved[1], moved[2])

    total = np.zeros((6, *point[0].shape))
    ends = {}
    for number in range(-last - 1, last + 2):
        tensor = cell_tensor(*image(number), cell)
        if abs(number) <= last:
            total += tensor
        if abs(number) >= last:
            ends[number] = tensor
    # Euler and Maclaurin, for samples in the middle of their intervals: the sum beyond is the
    # integral from half a period behind the last image, and a 24th of the slope there.
    for sign in (-1, 1):
        total += _line_end(image(sign * (last + 0.5)), cell, axis, period, sign)
        total += (ends[sign * (last + 1)] - ends[sign * last]) / 24
    return total


def _line_end(
    start: Point, cell: tuple[float, float, float], axis: int, period: float, sign: int
) -> Array:
    """What lies beyond a place on a row, as a line of dipoles; sign -1 looks back along it."""
    seen = list(start)
    seen[axis] = sign * start[axis]

    def integral(x: Array, y: Array, z: Array) -> Array:
        return _half_line((x, y, z), axis) / period

    tensor = averaged(integral, (seen[0], seen[1], seen[2]), cell, 4)
    # Seen backwards, components that are odd along the row change sign.
    parity = np.array([sign if (axis in pair and pair[0] != pair[1]) else 1 for pair in PAIRS])
    return np.asarray(parity.reshape(-1, *[1] * (tensor.ndim - 1)) * tensor)


def _half_line(distance: Point, axis: int) -> Array:
    """Integral of a point dipole's tensor -d_i d_j (1 / 4 pi r) over its place from here on."""
    a = distance[axis]
    r = np.sqrt(sum(part * part for part in distance))
    s = a + r
    result = []
    for i, j in PAIRS:
        if i == axis or j == axis:
            other = distance[j if i == axis else i]
            result.append(-other / r**3)
        else:
            same = 1 / (r * s) if i == j else 0.0
            result.append(same - distance[i] * distance[j] * (r + s) / (r**3 * s**2))
    return np.stack(result) / (4 * np.pi)


def film_tensor(
    point: Point, cell: tuple[float, float, float], axes: list[int], periods: list[float]
) -> Array:
    """Tensor between a cell and a plane of images of another one.

    Rows of images along the shorter period are summed; far rows are lines of dipoles, and the
    sum over all lines is pi^2 / sin^2.

    Parameters
    ----------
    point, cell
        As in `row_tensor`.
    axes : list of int
        The two axes.
    periods : list of float
        Their periods.

    Returns
    -------
    ndarray
        As from `row_tensor`.
    """
    (short, row), (long, across) = sorted(zip(periods, axes, strict=True))
    normal = 3 - row - across
    middle = (point[across] + long / 2) % long - long / 2
    last = int(np.ceil(max(LINE * short, FAR) / long))
    total = np.zeros((6, *point[0].shape))
    for number in range(-last, last + 1):
        moved = list(point)
        moved[across] = middle + number * long
        total += row_tensor((moved[0], moved[1], moved[2]), cell, row, short)

    def lines_beyond(*distance: Array) -> Array:
        # The field of a line of dipoles is that of -1 / w^2 with w = b + i c.
        w = distance[across] + 1j * distance[normal]
        with np.errstate(over="ignore"):
            all_lines = (np.pi / long) ** 2 / np.sin(np.pi * w / long) ** 2
        near = sum(1 / (w + number * long) ** 2 for number in range(-last, last + 1))
        field = -(all_lines - near) / (2 * np.pi * short)
        values = {
            (across, across): field.real,
            (normal, normal): -field.real,
            tuple(sorted((across, normal))): -field.imag,
        }
        return np.stack([values.get(pair, np.zeros(w.shape)) for pair in PAIRS])

    start = list(point)
    start[across] = middle
    return total + averaged(lines_beyond, (start[0], start[1], start[2]), cell, 4)
