"""Nearest neighbours, shared by exchange, DMI and the Zhang-Li torque.

An axis with a single cell has no neighbours and is left out everywhere, so a film of one layer
costs what it must. The others come in the order x, y, z.
"""

from collections.abc import Iterable

import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

# Place of the axes x, y, z in an array of shape (nz, nx, ny), counted from the end.
PLACES = (-2, -1, -3)

Array = NDArray[np.float64]


def axes_with_neighbours(shape: tuple[int, ...]) -> list[int]:
    """Axes (0, 1, 2 for x, y, z) of an array (..., nz, nx, ny) that have more than one cell."""
    return [axis for axis, place in enumerate(PLACES) if shape[place] > 1]


def neighbours(m: jax.Array) -> list[tuple[jax.Array, jax.Array]]:
    """Magnetisation of the neighbours ahead and behind along each axis.

    Parameters
    ----------
    m : jax.Array
        Magnetisation, shape (3, nz, nx, ny).

    Returns
    -------
    list of tuple of jax.Array
        A pair (towards +, towards -) for each axis with more than one cell, each of m's shape.
        The mesh is closed to a ring, so a term must give the weight zero to a neighbour beyond an
        open boundary.
    """
    axes = axes_with_neighbours(m.shape)
    widths = [(0, 0)] * m.ndim
    for axis in axes:
        widths[m.ndim + PLACES[axis]] = (1, 1)
    # The barrier makes XLA store the padded array once. Without it the padding is recomputed,
    # with a branch a cell, in every loop that reads a neighbour.
    padded = jax.lax.optimization_barrier(jnp.pad(m, widths, mode="wrap"))
    inner = [slice(width[0], size + width[0]) for width, size in zip(widths, m.shape, strict=True)]
    pairs = []
    for axis in axes:
        place = m.ndim + PLACES[axis]
        ahead, behind = list(inner), list(inner)
        ahead[place], behind[place] = slice(2, None), slice(0, -2)
        pairs.append((padded[tuple(ahead)], padded[tuple(behind)]))
    return pairs


def ahead_of(values: NDArray, axis: int) -> NDArray:
    """Values of the neighbours ahead along an axis, the mesh closed to a ring."""
    return np.roll(values, -1, axis=PLACES[axis])


def bonds(saturation_magnetisation: Array, axis: int, periodic: tuple[bool, bool, bool]) -> Array:
    """1 on the faces between two magnetic cells, 0 at vacuum and beyond an open boundary.

    Parameters
    ----------
    saturation_magnetisation : ndarray
        M_s in A/m, shape (nz, nx, ny); 0 marks vacuum.
    axis : int
        0, 1, 2 for x, y, z: the face is that towards the cell ahead.
    periodic : tuple of bool
        Which of x, y, z are periodic.

    Returns
    -------
    ndarray
        Shape (nz, nx, ny).
    """
    magnetic = saturation_magnetisation > 0
    faces = (magnetic & ahead_of(magnetic, axis)).astype(float)
    if not periodic[axis]:
        np.moveaxis(faces, PLACES[axis], 0)[-1] = 0
    return faces


def pair_weights(faces: list[Array]) -> Array:
    """Spread the values of the cell faces over the cells at both sides.

    Parameters
    ----------
    faces : list of ndarray
        For each axis with more than one cell the value on the face between a cell and the one
        ahead, shape (nz, nx, ny); zero where there is no neighbour.

    Returns
    -------
    ndarray
        Shape (2 axes, nz, nx, ny): value towards +, then -, of each axis.
    """
    if not faces:
        return np.zeros((0, 1, 1, 1))
    axes = axes_with_neighbours(faces[0].shape)
    both = [(face, np.roll(face, 1, PLACES[axis])) for face, axis in zip(faces, axes, strict=True)]
    return np.stack([side for pair in both for side in pair])


def region_names(mesh: df.Mesh) -> NDArray[np.object_]:
    """Name of the subregion each cell centre lies in; the first one wins, as in OOMMF's atlas.

    Parameters
    ----------
    mesh : discretisedfield.Mesh
        Mesh with subregions.

    Returns
    -------
    ndarray of object
        Shape (nz, nx, ny); None outside every subregion.
    """
    centres = [np.asarray(mesh.cells[axis]) for axis in range(3)]
    names = np.full([int(mesh.n[axis]) for axis in (2, 0, 1)], None, dtype=object)
    for name, region in reversed(list(mesh.subregions.items())):
        x, y, z = (
            (centre > low) & (centre < high)
            for centre, low, high in zip(centres, region.pmin, region.pmax, strict=True)
        )
        names[np.ix_(z, x, y)] = name
    return names


def check_regions(owner: str, names: Iterable[str], mesh: df.Mesh) -> None:
    """Refuse names that no subregion of the mesh has.

    Parameters
    ----------
    owner : str
        Term and parameter that use the names, for the message.
    names : iterable of str
        Names of regions, without "default".
    mesh : discretisedfield.Mesh
        Mesh with subregions.

    Raises
    ------
    ValueError
        Naming the first unknown region and those that the mesh has.
    """
    for name in names:
        if name not in mesh.subregions:
            known = ", ".join(f"'{region}'" for region in mesh.subregions)
            raise ValueError(
                f"{owner}: '{name}' is not a subregion of the mesh, which has {known or 'none'}"
            )


def pairs_by_region(values: dict[str, float], mesh: df.Mesh) -> list[Array]:
    """Face values from a dictionary, with oommfc's rules.

    A key ``"a"`` holds inside region a, ``"a:b"`` on the border of a and b; any other pair
    has ``"default"``, or 0 where there is no default.

    Parameters
    ----------
    values : dict
        Value by region or by pair of regions.
    mesh : discretisedfield.Mesh
        Mesh that defines the regions.

    Returns
    -------
    list of ndarray
        For each axis with more than one cell the value on the face between a cell and the one
        ahead, shape (nz, nx, ny).
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
