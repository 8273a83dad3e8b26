"""Demagnetisation tensor between two cells (Newell, Williams and Dunlop).

Tensors are (N_xx, N_yy, N_zz, N_xy, N_xz, N_yz) in front of the shape of the coordinates x, y, z,
the distance between the centres of two cells; H = -N M.
"""

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..mesh import quotient

Array = NDArray[np.float64]

# In units of the longest edge of a cell.
FAR = 10.0


def newell_f(x: Array, y: Array, z: Array) -> Array:
    """Return Newell's function f, eq. (27) of J. Geophys. Res. 98, 9551 (1993)."""
    x, y, z = np.abs(x), np.abs(y), np.abs(z)
    r = np.sqrt(x * x + y * y + z * z)
    return (
        0.5 * y * (z * z - x * x) * _asinh(y, np.hypot(x, z))
        + 0.5 * z * (y * y - x * x) * _asinh(z, np.hypot(x, y))
        - x * y * z * _atan(y * z, x * r)
        + (2 * x * x - y * y - z * z) * r / 6
    )


def newell_g(x: Array, y: Array, z: Array) -> Array:
    """Return Newell's function g, eq. (32) of J. Geophys. Res. 98, 9551 (1993)."""
    z = np.abs(z)
    r = np.sqrt(x * x + y * y + z * z)
    return (
        x * y * z * _asinh(z, np.hypot(x, y))
        + y / 6 * (3 * z * z - y * y) * _asinh(x, np.hypot(y, z))
        + x / 6 * (3 * z * z - x * x) * _asinh(y, np.hypot(x, z))
        - z**3 / 6 * _atan(x * y, z * r)
        - z * y * y / 2 * _atan(x * z, y * r)
        - z * x * x / 2 * _atan(y * z, x * r)
        - x * y * r / 3
    )


def _asinh(numerator: Array, denominator: Array) -> Array:
    # Where the denominator is 0 the factor in front is 0 as well.
    return np.arcsinh(quotient(numerator, denominator))


def _atan(numerator: Array, denominator: Array) -> Array:
    return np.arctan(quotient(numerator, denominator))


def newell_tensor(x: Array, y: Array, z: Array, cell: tuple[float, float, float]) -> Array:
    """Return the exact tensor between two cells."""
    dx, dy, dz = cell
    return np.stack(
        [
            _second_difference(newell_f, (x, y, z), (dx, dy, dz)),
            _second_difference(newell_f, (y, x, z), (dy, dx, dz)),
            _second_difference(newell_f, (z, y, x), (dz, dy, dx)),
            _second_difference(newell_g, (x, y, z), (dx, dy, dz)),
            _second_difference(newell_g, (x, z, y), (dx, dz, dy)),
            _second_difference(newell_g, (y, z, x), (dy, dz, dx)),
        ]
    )


def _second_difference(
    function: Callable[[Array, Array, Array], Array],
    centre: tuple[Array, Array, Array],
    cell: tuple[float, float, float],
) -> Array:
    total = np.zeros_like(centre[0])
    for step in itertools.product((-1, 0, 1), repeat=3):
        weight = np.prod([2.0 if s == 0 else -1.0 for s in step])
        shifted = (c + s * d for c, s, d in zip(centre, step, cell, strict=True))
        total += weight * function(*shifted)
    return total / (4 * np.pi * np.prod(cell))


def far_nodes(count: int) -> list[tuple[float, float]]:
    """Return nodes and weights to average over the difference of coordinates in two cells.

    The difference has a triangular weight on (-1, 1), in units of the cell's edge. 2 nodes are
    exact to degree 3, 4 nodes to degree 7.
    """
    # Even moments of the weight: 2 / ((k + 1)(k + 2)).
    m2, m4, m6 = 1 / 6, 1 / 15, 1 / 28
    if count == 2:
        return [(s * np.sqrt(m2), 0.5) for s in (-1, 1)]
    a, b = np.linalg.solve(np.array([[m2, -1.0], [m4, -m2]]), np.array([m4, m6]))
    squares = np.roots([1.0, -a, b])
    weights = np.linalg.solve(np.stack([[2.0, 2.0], 2 * squares]), np.array([1.0, m2]))
    return [(s * np.sqrt(q), w) for q, w in zip(squares, weights, strict=True) for s in (-1, 1)]


def averaged(
    function: Callable[[Array, Array, Array], Array],
    point: tuple[Array, Array, Array],
    cell: tuple[float, float, float],
    count: int,
) -> Array:
    """Return the average of a tensor of the distance over two cells, times the volume of a cell.

    `function` is the tensor for a unit volume, `count` the number of nodes along each axis.
    """
    total = np.zeros((6, *point[0].shape))
    for nodes in itertools.product(far_nodes(count), repeat=3):
        weight = np.prod([w for _, w in nodes])
        moved = (p + u * d for p, (u, _), d in zip(point, nodes, cell, strict=True))
        total += weight * function(*moved)
    return total * np.prod(cell)


def point_dipole_tensor(x: Array, y: Array, z: Array) -> Array:
    """Return the tensor -d_i d_j (1 / 4 pi r) of a point dipole of unit volume."""
    r2 = x * x + y * y + z * z
    scale = 1 / (4 * np.pi * r2 * r2 * np.sqrt(r2))
    return scale * np.stack(
        [r2 - 3 * x * x, r2 - 3 * y * y, r2 - 3 * z * z, -3 * x * y, -3 * x * z, -3 * y * z]
    )


def cell_tensor(x: Array, y: Array, z: Array, cell: tuple[float, float, float]) -> Array:
    """Return the tensor between two cells at any distance, in units of the longest edge of a cell.

    Near cells by Newell's formulas. Their differences lose digits with distance, about (R/d)^6 of
    the machine's precision, so farther cells are point dipoles averaged over both cells: with
    four nodes along each axis (relative error below 1e-7 from 10 edges on, where the tensor itself
    is below 1e-4), with two from 50 edges on.
    """
    distance = np.sqrt(x * x + y * y + z * z)
    tensor = np.empty((6, *distance.shape))
    near, far = distance <= FAR, distance > 5 * FAR
    middle = ~near & ~far
    tensor[:, near] = newell_tensor(x[near], y[near], z[near], cell)
    for where, count in ((middle, 4), (far, 2)):
        if where.any():
            point = (x[where], y[where], z[where])
            tensor[:, where] = averaged(point_dipole_tensor, point, cell, count)
    return tensor
