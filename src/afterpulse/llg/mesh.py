"""Meshes, and the layout of fields in memory.

Arrays have the components first, then z, x and y: a film of one layer is a plane of memory, and
the transforms of the stray field run along contiguous lines.
"""

import warnings
from typing import Any

import discretisedfield as df
import numpy as np
from numpy.typing import NDArray

# Longest edge of a cell in m without a warning; domain walls are a thousand times thinner.
LARGEST_CELL = 1e-3


class UnsupportedSystem(ValueError):
    """The system has a term or a mesh that this calculator does not have."""


def check_mesh(mesh: df.Mesh) -> None:
    """Refuse a mesh that is not three-dimensional with open or periodic boundaries."""
    if mesh.region.ndim != 3:
        raise UnsupportedSystem(f"mesh: three dimensions are needed, not {mesh.region.ndim}")
    if mesh.bc not in ("", "neumann") and not set(mesh.bc) <= set(mesh.region.dims):
        raise UnsupportedSystem(f"mesh: boundary conditions bc = '{mesh.bc}' are not supported")


def warn_of_large_cells(mesh: df.Mesh, stacklevel: int = 2) -> None:
    """Warn if the cells of a mesh are so large that its lengths cannot be in metres."""
    longest = max(float(edge) for edge in mesh.cell)
    if longest > LARGEST_CELL:
        warnings.warn(
            f"mesh: a cell has an edge of {longest:g} m; lengths are in metres, so 1 nm is 1e-9",
            stacklevel=stacklevel + 1,
        )


def periodic_axes(mesh: df.Mesh) -> tuple[bool, bool, bool]:
    """Return True for each periodic axis of x, y and z."""
    if mesh.bc == "neumann":
        return (False, False, False)
    x, y, z = (dim in mesh.bc for dim in mesh.region.dims)
    return (x, y, z)


def array_shape(mesh: df.Mesh) -> tuple[int, int, int]:
    """Return (nz, nx, ny)."""
    nx, ny, nz = (int(n) for n in mesh.n)
    return (nz, nx, ny)


def components_first(array: NDArray[Any]) -> NDArray[Any]:
    """Turn discretisedfield's (nx, ny, nz, components) into (components, nz, nx, ny)."""
    return np.ascontiguousarray(np.transpose(array, (3, 2, 0, 1)))


def components_last(array: NDArray[Any]) -> NDArray[Any]:
    """Turn (components, nz, nx, ny) into discretisedfield's (nx, ny, nz, components)."""
    return np.ascontiguousarray(np.transpose(array, (2, 3, 1, 0)))


def quotient(numerator: Any, denominator: NDArray[Any]) -> NDArray[np.float64]:
    """Return a quotient of arrays, 0 where the denominator is 0."""
    shape = np.broadcast_shapes(np.shape(numerator), denominator.shape)
    return np.divide(numerator, denominator, where=denominator != 0, out=np.zeros(shape))
