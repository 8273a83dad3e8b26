"""Demagnetisation tensor of meshes that repeat along one or two directions.

The sums over all images have no cut-off: near images are summed one by one, the rest is an
integral or a lattice sum in closed form. Lengths are in units of a cell's longest edge; tensors
are those of `newell`.
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
    """Return the tensor between a cell and a row of images of another cell along an axis.

    `point` is the distance (x, y, z) between the centres, `period` that between two images.
    """
    along = (point[axis] + period / 2) % period - period / 2
    last = IMAGES + int(np.ceil(FAR / period))

    def image(index: float) -> Point:
        return _replaced(point, axis, along + index * period)

    total = np.zeros((6, *point[0].shape))
    ends = {}
    for index in range(-last - 1, last + 2):
        tensor = cell_tensor(*image(index), cell)
        if abs(index) <= last:
            total += tensor
        if abs(index) >= last:
            ends[index] = tensor
    # Euler and Maclaurin, for samples in the middle of their intervals: the sum beyond is the
    # integral from half a period behind the last image, and a 24th of the slope there.
    for sign in (-1, 1):
        total += _line_end(image(sign * (last + 0.5)), cell, axis, period, sign)
        total += (ends[sign * (last + 1)] - ends[sign * last]) / 24
    return total


def _replaced(point: Point, axis: int, value: Array) -> Point:
    x, y, z = (value if k == axis else c for k, c in enumerate(point))
    return x, y, z


def _line_end(
    start: Point, cell: tuple[float, float, float], axis: int, period: float, sign: int
) -> Array:
    """Return the tensor of a row beyond a point, as a line of dipoles; sign -1 looks back."""
    seen = _replaced(start, axis, sign * start[axis])

    def integral(x: Array, y: Array, z: Array) -> Array:
        return _half_line((x, y, z), axis) / period

    tensor = averaged(integral, seen, cell, 4)
    # Seen backwards, components that are odd along the row change sign.
    parity = np.array([sign if (axis in pair and pair[0] != pair[1]) else 1 for pair in PAIRS])
    return np.asarray(parity.reshape(-1, *[1] * (tensor.ndim - 1)) * tensor)


def _half_line(distance: Point, axis: int) -> Array:
    """Return the integral of a dipole's tensor -d_i d_j (1 / 4 pi r) from a position on."""
    a = distance[axis]
    r = np.sqrt(sum(c * c for c in distance))
    s = a + r
    result = []
    for i, j in PAIRS:
        if i == axis or j == axis:
            other = distance[j if i == axis else i]
            result.append(-other / r**3)
        else:
            trace = 1 / (r * s) if i == j else 0.0
            result.append(trace - distance[i] * distance[j] * (r + s) / (r**3 * s**2))
    return np.stack(result) / (4 * np.pi)


def film_tensor(
    point: Point, cell: tuple[float, float, float], axes: list[int], periods: list[float]
) -> Array:
    """Return the tensor between a cell and a plane of images of another cell.

    Rows of images along the shorter period are summed; far rows are lines of dipoles, and the
    sum over all lines is pi^2 / sin^2.
    """
    (short, row), (long, across) = sorted(zip(periods, axes, strict=True))
    normal = 3 - row - across
    middle = (point[across] + long / 2) % long - long / 2
    last = int(np.ceil(max(LINE * short, FAR) / long))
    total = np.zeros((6, *point[0].shape))
    for index in range(-last, last + 1):
        moved = _replaced(point, across, middle + index * long)
        total += row_tensor(moved, cell, row, short)

    def lines_beyond(*distance: Array) -> Array:
        # The field of a line of dipoles is that of -1 / w^2 with w = b + i c.
        w = distance[across] + 1j * distance[normal]
        with np.errstate(over="ignore"):
            all_lines = (np.pi / long) ** 2 / np.sin(np.pi * w / long) ** 2
        near = sum(1 / (w + index * long) ** 2 for index in range(-last, last + 1))
        field = -(all_lines - near) / (2 * np.pi * short)
        values = {
            (across, across): field.real,
            (normal, normal): -field.real,
            tuple(sorted((across, normal))): -field.imag,
        }
        return np.stack([values.get(pair, np.zeros(w.shape)) for pair in PAIRS])

    return total + averaged(lines_beyond, _replaced(point, across, middle), cell, 4)
