"""Nearest neighbours, shared by exchange, DMI and the Zhang-Li torque.

An axis with a single cell has no neighbours and is left out everywhere, which makes a film of one
layer cheap. The other axes come in the order x, y, z. A face of a cell is the face towards the
cell ahead; weights of neighbours are (2 axes, nz, nx, ny): ahead, then behind, for each axis.
"""

from collections.abc import Callable, Iterable

import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ..mesh import array_shape, periodic_axes

# Axes of an array (..., nz, nx, ny) that x, y and z run along.
ARRAY_AXES = (-2, -1, -3)

Array = NDArray[np.float64]


def axes_with_neighbours(shape: tuple[int, ...]) -> list[int]:
    """Return the axes (0, 1, 2 for x, y, z) of an array (..., nz, nx, ny) with several cells."""
    return [axis for axis, array_axis in enumerate(ARRAY_AXES) if shape[array_axis] > 1]


def neighbours(m: jax.Array) -> list[tuple[jax.Array, jax.Array]]:
    """Return the magnetisation of the neighbours ahead and behind along each axis.

    The mesh is closed to a ring, so a neighbour beyond an open boundary needs the weight zero.
    """
    axes = axes_with_neighbours(m.shape)
    widths = [(0, 0)] * m.ndim
    for axis in axes:
        widths[m.ndim + ARRAY_AXES[axis]] = (1, 1)
    # The barrier makes XLA store the padded array once. Without it the padding is recomputed,
    # with a branch a cell, in every loop that reads a neighbour.
    padded = jax.lax.optimization_barrier(jnp.pad(m, widths, mode="wrap"))
    inner = [slice(width[0], size + width[0]) for width, size in zip(widths, m.shape, strict=True)]
    pairs = []
    for axis in axes:
        array_axis = m.ndim + ARRAY_AXES[axis]
        ahead, behind = list(inner), list(inner)
        ahead[array_axis], behind[array_axis] = slice(2, None), slice(0, -2)
        pairs.append((padded[tuple(ahead)], padded[tuple(behind)]))
    return pairs


def ahead_of(values: NDArray, axis: int) -> NDArray:
    """Return the values of the neighbours ahead along an axis, the mesh closed to a ring."""
    return np.roll(values, -1, axis=ARRAY_AXES[axis])


def bonds(saturation_magnetisation: Array, axis: int, mesh: df.Mesh) -> Array:
    """Return 1 on faces between two magnetic cells, 0 at vacuum and at an open boundary."""
    magnetic = saturation_magnetisation > 0
    faces = (magnetic & ahead_of(magnetic, axis)).astype(float)
    if not periodic_axes(mesh)[axis]:
        np.moveaxis(faces, ARRAY_AXES[axis], 0)[-1] = 0
    return faces


def face_values(
    constant: float | dict[str, float] | Array, mean: Callable[[Array, Array], Array], mesh: df.Mesh
) -> list[Array]:
    """Return a constant on the faces along each axis.

    A dictionary follows `pairs_by_region`; values in cells are averaged by `mean`.
    """
    if isinstance(constant, dict):
        return pairs_by_region(constant, mesh)
    values = np.broadcast_to(np.asarray(constant, float), array_shape(mesh))
    axes = axes_with_neighbours(values.shape)
    return [mean(values, ahead_of(values, axis)) for axis in axes]


def pair_weights(faces: list[Array]) -> Array:
    """Return weights of the neighbours from values on the faces."""
    if not faces:
        return np.zeros((0, 1, 1, 1))
    axes = axes_with_neighbours(faces[0].shape)
    pairs = [(face, np.roll(face, 1, ARRAY_AXES[k])) for face, k in zip(faces, axes, strict=True)]
    return np.stack([side for pair in pairs for side in pair])


def region_names(mesh: df.Mesh) -> NDArray[np.object_]:
    """Return the subregion of each cell centre, shape (nz, nx, ny), or None outside all of them.

    The first of overlapping regions wins, as in OOMMF's atlas.
    """
    centres = [np.asarray(mesh.cells[axis]) for axis in range(3)]
    names = np.full(array_shape(mesh), None, dtype=object)
    for name, region in reversed(list(mesh.subregions.items())):
        x, y, z = (
            (centre > low) & (centre < high)
            for centre, low, high in zip(centres, region.pmin, region.pmax, strict=True)
        )
        names[np.ix_(z, x, y)] = name
    return names


def check_regions(owner: str, names: Iterable[str], mesh: df.Mesh) -> None:
    """Refuse names of regions that the mesh does not have; the message begins with the owner."""
    for name in names:
        if name not in mesh.subregions:
            known = ", ".join(f"'{region}'" for region in mesh.subregions)
            raise ValueError(
                f"{owner}: '{name}' is not a subregion of the mesh, which has {known or 'none'}"
            )


def pairs_by_region(values: dict[str, float], mesh: df.Mesh) -> list[Array]:
    """Return the values on the faces along each axis from a dictionary, with oommfc's rules.

    A key ``"a"`` holds inside region a, ``"a:b"`` on the border of a and b; any other pair
    has ``"default"``, or 0 if there is no default.
    """
    table: dict[tuple[str, str], float] = {}
    for key, value in values.items():
        if key != "default":
            first, _, second = key.partition(":")
            table[first, second or first] = table[second or first, first] = float(value)
    default = float(values.get("default", 0.0))
    names = region_names(mesh)
    faces = []
    for axis in axes_with_neighbours(names.shape):
        pairs = zip(names.ravel(), ahead_of(names, axis).ravel(), strict=True)
        faces.append(np.array([table.get(pair, default) for pair in pairs]).reshape(names.shape))
    return faces
