"""Demagnetising field by fast convolution."""

import dataclasses
import itertools
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from .newell import cell_tensor
from .periodic_tensor import film_tensor, row_tensor

# Axes of which a component is odd: N_xx, N_yy, N_zz, N_xy, N_xz, N_yz.
ODD = ((), (), (), (0, 1), (0, 2), (1, 2))

Array = NDArray[np.float64]


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Demagnetisation:
    """The demagnetisation tensor N of a mesh."""

    kernel: Any
    self_tensor: Any
    # The shape of the kernel does not determine the periodic axes: two open cells, padded to three,
    # have as many coefficients along y as two periodic cells.
    periodic: tuple[bool, bool, bool] = dataclasses.field(metadata={"static": True})


@lru_cache(maxsize=8)
def demagnetisation_kernel(
    n: tuple[int, int, int], cell: tuple[float, float, float], periodic: tuple[bool, bool, bool]
) -> Array:
    """Return the Fourier transform of the tensor on the zero-padded mesh.

    The tensor is even or odd in each coordinate, so its transform is real. `n` are the cells and
    `cell` the edges in m along x, y, z. Raises ValueError for a mesh that is periodic in all three
    directions.

    Returns
    -------
    ndarray
        Shape (4 or 6, pz, py // 2 + 1, px) with the padded lengths; y before x, see
        `demagnetisation_field`. A single layer has no N_xz and N_yz.
    """
    padded = padded_shape(n, periodic)
    components = 4 if n[2] == 1 else 6
    # Along an open axis, parity gives the tensor at negative distances.
    unit = max(cell)
    edges = (cell[0] / unit, cell[1] / unit, cell[2] / unit)
    x, y, z = (np.arange(k) * edge for k, edge in zip(n, edges, strict=True))
    z, x, y = np.meshgrid(z, x, y, indexing="ij")
    repeated = [axis for axis in range(3) if periodic[axis]]
    periods = [n[axis] * edges[axis] for axis in repeated]
    if len(repeated) == 3:
        raise ValueError(
            "Demag: a mesh that is periodic in all three directions has no surface, so its "
            "demagnetising field is not defined"
        )
    if len(repeated) == 2:
        tensor = film_tensor((x, y, z), edges, repeated, periods)
    elif len(repeated) == 1:
        tensor = row_tensor((x, y, z), edges, repeated[0], periods[0])
    else:
        tensor = cell_tensor(x, y, z, edges)
    spread = np.zeros((components, padded[2], padded[0], padded[1]))
    for signs in itertools.product(*[(1,) if wraps else (1, -1) for wraps in periodic]):
        positions = [(s * np.arange(k)) % p for s, k, p in zip(signs, n, padded, strict=True)]
        parity = np.array([np.prod([signs[axis] for axis in odd]) for odd in ODD[:components]])
        index = np.ix_(np.arange(components), positions[2], positions[0], positions[1])
        spread[index] = parity.reshape(-1, 1, 1, 1) * tensor[:components]
    # Two odd axes make the transform real. A component that is odd is zero on its axes, where
    # both signs write to one element.
    transform = np.fft.rfftn(spread, axes=(1, 2, 3))
    kernel = np.ascontiguousarray(transform.real.swapaxes(2, 3))
    kernel.setflags(write=False)
    return kernel


@lru_cache(maxsize=8)
def cell_self_tensor(cell: tuple[float, float, float]) -> Array:
    """Return N_xx, N_yy and N_zz of a cell in its own field; the rest is 0 by symmetry."""
    zero, unit = np.zeros(1), max(cell)
    edges = (cell[0] / unit, cell[1] / unit, cell[2] / unit)
    tensor = np.asarray(cell_tensor(zero, zero, zero, edges))[:3, 0]
    tensor.setflags(write=False)
    return tensor


def cell_self_field(
    m: jax.Array, saturation_magnetisation: jax.Array, self_tensor: jax.Array
) -> jax.Array:
    """Return the demagnetising field of each cell in itself, part of `demagnetisation_field`."""
    return -self_tensor.reshape(3, 1, 1, 1) * saturation_magnetisation * m


def padded_shape(
    n: tuple[int, int, int], periodic: tuple[bool, bool, bool]
) -> tuple[int, int, int]:
    """Return the lengths of the transforms along x, y and z.

    n along periodic axes; else at least 2 n - 1, with small factors.
    """
    x, y, z = (
        count if wraps else next_fast_len(2 * count - 1, real=axis == 1)
        for axis, (count, wraps) in enumerate(zip(n, periodic, strict=True))
    )
    return x, y, z


def demagnetisation_field(
    m: jax.Array, saturation_magnetisation: jax.Array, tensor: Demagnetisation
) -> jax.Array:
    """Return H = -N * M by fast convolution."""
    _, nz, nx, ny = m.shape
    px, py, pz = padded_shape((nx, ny, nz), tensor.periodic)
    # One axis after the other: lines that are only padding are never transformed.
    lines = jnp.fft.rfft(saturation_magnetisation * m, n=py, axis=-1)
    spectrum = jnp.fft.fft(jnp.swapaxes(lines, -1, -2), n=px, axis=-1)
    if nz > 1:
        spectrum = jnp.fft.fft(spectrum, n=pz, axis=1)
    x, y, z = spectrum
    if nz == 1:
        nxx, nyy, nzz, nxy = tensor.kernel
        product = jnp.stack([nxx * x + nxy * y, nxy * x + nyy * y, nzz * z])
    else:
        nxx, nyy, nzz, nxy, nxz, nyz = tensor.kernel
        product = jnp.stack(
            [
                nxx * x + nxy * y + nxz * z,
                nxy * x + nyy * y + nyz * z,
                nxz * x + nyz * y + nzz * z,
            ]
        )
        product = jnp.fft.ifft(product, axis=1)[:, :nz]
    lines = jnp.swapaxes(jnp.fft.ifft(product, axis=-1)[..., :nx], -1, -2)
    return -jnp.fft.irfft(lines, n=py, axis=-1)[..., :ny]
