"""Nearest neighbours in the plane, shared by exchange and DMI."""

import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray


def neighbours(m: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Magnetisation of the neighbours at +x, -x, +y and -y.

    Parameters
    ----------
    m : jax.Array
        Magnetisation, shape (3, nx, ny).

    Returns
    -------
    tuple of jax.Array
        Four arrays of shape (3, nx, ny). Outside the mesh they are zero, so a term must give
        a missing neighbour the weight zero.
    """
    # The barrier makes XLA store the padded array once. Without it the padding is recomputed,
    # with a branch a cell, in every loop that reads a neighbour.
    padded = jax.lax.optimization_barrier(jnp.pad(m, ((0, 0), (1, 1), (1, 1))))
    return (
        padded[:, 2:, 1:-1],
        padded[:, :-2, 1:-1],
        padded[:, 1:-1, 2:],
        padded[:, 1:-1, :-2],
    )


def pair_weights(along_x: NDArray[np.float64], along_y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spread the values of the cell faces over the cells at both sides.

    Parameters
    ----------
    along_x : ndarray
        Value on the faces between (i, j) and (i + 1, j), shape (nx - 1, ny).
    along_y : ndarray
        Value on the faces between (i, j) and (i, j + 1), shape (nx, ny - 1).

    Returns
    -------
    ndarray
        Shape (4, nx, ny): value towards +x, -x, +y, -y; zero where there is no neighbour.
    """
    return np.stack(
        [
            np.pad(along_x, ((0, 1), (0, 0))),
            np.pad(along_x, ((1, 0), (0, 0))),
            np.pad(along_y, ((0, 0), (0, 1))),
            np.pad(along_y, ((0, 0), (1, 0))),
        ]
    )


def region_names(mesh: df.Mesh) -> NDArray[np.object_]:
    """Name of the subregion each cell centre lies in; the first one wins, as in OOMMF's atlas.

    Parameters
    ----------
    mesh : discretisedfield.Mesh
        Mesh with one layer of cells.

    Returns
    -------
    ndarray of object
        Shape (nx, ny); None outside every subregion.
    """
    x, y = (np.asarray(mesh.cells[axis]) for axis in (0, 1))
    names = np.full((x.size, y.size), None, dtype=object)
    for name, region in reversed(list(mesh.subregions.items())):
        inside_x = (x > region.pmin[0]) & (x < region.pmax[0])
        inside_y = (y > region.pmin[1]) & (y < region.pmax[1])
        names[np.ix_(inside_x, inside_y)] = name
    return names


def pairs_by_region(
    values: dict[str, float], mesh: df.Mesh
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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
    tuple of ndarray
        Face values along x, shape (nx - 1, ny), and along y, shape (nx, ny - 1).
    """
    table: dict[tuple[str, str], float] = {}
    for key, value in values.items():
        if key != "default":
            first, _, second = key.partition(":")
            table[first, second or first] = table[second or first, first] = float(value)
    default = float(values.get("default", 0.0))
    names = region_names(mesh)

    def faces(first: NDArray[np.object_], second: NDArray[np.object_]) -> NDArray[np.float64]:
        pairs = zip(first.ravel(), second.ravel(), strict=True)
        return np.array([table.get(pair, default) for pair in pairs]).reshape(first.shape)

    return faces(names[:-1], names[1:]), faces(names[:, :-1], names[:, 1:])
