"""Demagnetising field of one layer of cells with open boundaries."""

import itertools
from collections.abc import Callable
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

# Beyond this distance, in units of the longest cell edge, Newell's differences lose digits
# (about (R/d)^6 of the machine's precision) and quadrature of the dipole field is exact enough.
FAR = 10.0

Array = NDArray[np.float64]


def newell_f(x: Array, y: Array, z: Array) -> Array:
    """Newell's function f, eq. (27) of J. Geophys. Res. 98, 9551 (1993).

    Parameters
    ----------
    x, y, z : ndarray
        Coordinates of one shape.

    Returns
    -------
    ndarray
        f, in the unit of length cubed.
    """
    x, y, z = np.abs(x), np.abs(y), np.abs(z)
    r = np.sqrt(x * x + y * y + z * z)
    return (
        0.5 * y * (z * z - x * x) * _asinh(y, np.hypot(x, z))
        + 0.5 * z * (y * y - x * x) * _asinh(z, np.hypot(x, y))
        - x * y * z * _atan(y * z, x * r)
        + (2 * x * x - y * y - z * z) * r / 6
    )


def newell_g(x: Array, y: Array, z: Array) -> Array:
    """Newell's function g, eq. (32) of J. Geophys. Res. 98, 9551 (1993).

    Parameters
    ----------
    x, y, z : ndarray
        Coordinates of one shape.

    Returns
    -------
    ndarray
        g, in the unit of length cubed.
    """
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
    return np.arcsinh(
        np.divide(numerator, denominator, where=denominator != 0, out=np.zeros_like(numerator))
    )


def _atan(numerator: Array, denominator: Array) -> Array:
    return np.arctan(
        np.divide(numerator, denominator, where=denominator != 0, out=np.zeros_like(numerator))
    )


def newell_tensor(x: Array, y: Array, cell: tuple[float, float, float]) -> Array:
    """Demagnetisation tensor between two cells of one layer, exact.

    Parameters
    ----------
    x, y : ndarray
        Distance between the centres in the plane, of one shape, in m.
    cell : tuple of float
        Edges of the cell in m.

    Returns
    -------
    ndarray
        (N_xx, N_xy, N_yy, N_zz) in front of the shape of x; H = -N M.
    """
    z = np.zeros_like(x)
    return np.stack(
        [
            _second_difference(newell_f, (x, y, z), cell),
            _second_difference(newell_g, (x, y, z), cell),
            _second_difference(newell_f, (y, x, z), (cell[1], cell[0], cell[2])),
            _second_difference(newell_f, (z, y, x), (cell[2], cell[1], cell[0])),
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


def dipole_tensor(x: Array, y: Array, cell: tuple[float, float, float]) -> Array:
    """Demagnetisation tensor between two distant cells of one layer.

    The tensor is the point-dipole tensor averaged over both cells, so over each difference of
    coordinates with a triangular weight. Gauss quadrature of four nodes for that weight is
    exact to degree 7 in d/R: relative error below 1e-7 from 10 cell edges on.

    Parameters
    ----------
    x, y : ndarray
        Distance between the centres in the plane, of one shape, in m; not near 0.
    cell : tuple of float
        Edges of the cell in m.

    Returns
    -------
    ndarray
        (N_xx, N_xy, N_yy, N_zz) in front of the shape of x; H = -N M.
    """
    # Even moments of the triangular weight on (-1, 1): 2 / ((n + 1)(n + 2)).
    m2, m4, m6 = 1 / 6, 1 / 15, 1 / 28
    a, b = np.linalg.solve(np.array([[m2, -1.0], [m4, -m2]]), np.array([m4, m6]))
    squares = np.roots([1.0, -a, b])
    weights = np.linalg.solve(np.stack([[2.0, 2.0], 2 * squares]), np.array([1.0, m2]))
    nodes = [(s * np.sqrt(q), w) for q, w in zip(squares, weights, strict=True) for s in (-1, 1)]
    total = np.zeros((4, *x.shape))
    for (u, wu), (v, wv), (w, ww) in itertools.product(nodes, repeat=3):
        px, py, pz = x + u * cell[0], y + v * cell[1], w * cell[2]
        r2 = px * px + py * py + pz * pz
        scale = wu * wv * ww / (r2 * r2 * np.sqrt(r2))
        total += scale * np.stack(
            [r2 - 3 * px * px, -3 * px * py, r2 - 3 * py * py, r2 - 3 * pz * pz]
        )
    return total * np.prod(cell) / (4 * np.pi)


def demagnetisation_tensor(shape: tuple[int, int], cell: tuple[float, float, float]) -> Array:
    """Demagnetisation tensor for all distances on a mesh that are not negative.

    Parameters
    ----------
    shape : tuple of int
        Cells along x and y.
    cell : tuple of float
        Edges of the cell in m.

    Returns
    -------
    ndarray
        (N_xx, N_xy, N_yy, N_zz), shape (4, nx, ny), dimensionless.
    """
    # In units of the longest edge, so that no power of 1e-9 underflows.
    unit = max(cell)
    edges = (cell[0] / unit, cell[1] / unit, cell[2] / unit)
    x, y = np.meshgrid(
        np.arange(shape[0]) * edges[0], np.arange(shape[1]) * edges[1], indexing="ij"
    )
    far = np.hypot(x, y) > FAR
    tensor = np.empty((4, *shape))
    tensor[:, ~far] = newell_tensor(x[~far], y[~far], edges)
    tensor[:, far] = dipole_tensor(x[far], y[far], edges)
    return tensor


@lru_cache(maxsize=8)
def demagnetisation_kernel(shape: tuple[int, int], cell: tuple[float, float, float]) -> Array:
    """Fourier transform of the tensor on the zero-padded mesh.

    The tensor is even or odd in both coordinates, so its transform is real.

    Parameters
    ----------
    shape : tuple of int
        Cells along x and y.
    cell : tuple of float
        Edges of the cell in m.

    Returns
    -------
    ndarray
        Shape (4, py // 2 + 1, px) with px, py the padded lengths; y first, see
        `demagnetisation_field`.
    """
    nx, ny = shape
    px, py = padded_shape(shape)
    tensor = demagnetisation_tensor(shape, cell)
    padded = np.zeros((4, px, py))
    for sx, sy in itertools.product((1, -1), repeat=2):
        i, j = (sx * np.arange(nx)) % px, (sy * np.arange(ny)) % py
        sign = np.array([1, sx * sy, 1, 1])[:, None, None]
        padded[np.ix_(np.arange(4), i, j)] = sign * tensor
    # N_xy is zero on the axes, where both signs write to one place.
    kernel = np.ascontiguousarray(np.fft.rfft2(padded).real.swapaxes(1, 2))
    kernel.setflags(write=False)
    return kernel


def padded_shape(shape: tuple[int, int]) -> tuple[int, int]:
    """Length of the transforms: at least 2 n - 1, with small prime factors.

    Parameters
    ----------
    shape : tuple of int
        Cells along x and y.

    Returns
    -------
    tuple of int
        Padded lengths along x and y.
    """
    return next_fast_len(2 * shape[0] - 1), next_fast_len(2 * shape[1] - 1, real=True)


def demagnetisation_field(
    m: jax.Array, saturation_magnetisation: jax.Array, kernel: jax.Array
) -> jax.Array:
    """H = -N * M by fast convolution.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nx, ny).
    saturation_magnetisation : jax.Array
        M_s in A/m, shape (nx, ny).
    kernel : jax.Array
        From `demagnetisation_kernel`.

    Returns
    -------
    jax.Array
        Field in A/m, shape (3, nx, ny).
    """
    _, nx, ny = m.shape
    px, py = padded_shape((nx, ny))
    # Row-column transforms: rows that are only padding are never transformed.
    rows = jnp.fft.rfft(saturation_magnetisation * m, n=py, axis=-1)
    spectrum = jnp.fft.fft(jnp.swapaxes(rows, -1, -2), n=px, axis=-1)
    nxx, nxy, nyy, nzz = kernel
    product = jnp.stack(
        [
            nxx * spectrum[0] + nxy * spectrum[1],
            nxy * spectrum[0] + nyy * spectrum[1],
            nzz * spectrum[2],
        ]
    )
    rows = jnp.swapaxes(jnp.fft.ifft(product, axis=-1)[..., :nx], -1, -2)
    return -jnp.fft.irfft(rows, n=py, axis=-1)[..., :ny]
