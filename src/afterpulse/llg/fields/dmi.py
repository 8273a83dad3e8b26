"""Dzyaloshinskii-Moriya field of all crystal classes, with free or periodic boundaries."""

from collections.abc import Sequence

import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from .neighbours import (
    ahead_of,
    axes_with_neighbours,
    bonds,
    neighbours,
    pair_weights,
    pairs_by_region,
)

# Dzyaloshinskii vectors v of the neighbours ahead along x, y and z, as (axis, sign) or None. The
# energy density w = D sum_axis v . (m x dm/daxis) is micromagneticmodel's:
# T and O: m . curl m; Cnv_i: m . grad m_i - m_i div m; D2d_i: as its documentation has it.
VECTORS: dict[str, tuple[tuple[int, int] | None, ...]] = {
    "T": ((0, -1), (1, -1), (2, -1)),
    "Cnv_x": (None, (2, -1), (1, 1)),
    "Cnv_y": ((2, 1), None, (0, -1)),
    "Cnv_z": ((1, -1), (0, 1), None),
    "D2d_x": (None, (1, 1), (2, -1)),
    "D2d_y": ((0, -1), None, (2, 1)),
    "D2d_z": ((0, 1), (1, -1), None),
}
VECTORS |= {"O": VECTORS["T"], "Cnv": VECTORS["Cnv_z"], "D2d": VECTORS["D2d_z"]}


def dmi_coefficients(
    dmi_constant: float | dict[str, float] | NDArray[np.float64],
    saturation_magnetisation: NDArray[np.float64],
    mesh: df.Mesh,
    periodic: tuple[bool, bool, bool],
) -> NDArray[np.float64]:
    """Weights D_ij / (mu0 M_s,i d) of the neighbours.

    Parameters
    ----------
    dmi_constant : float, dict or ndarray
        D in J/m^2. An array has shape (nz, nx, ny) and is averaged arithmetically between
        cells; a dictionary follows `pairs_by_region`.
    saturation_magnetisation : ndarray
        M_s in A/m, shape (nz, nx, ny); 0 marks vacuum.
    mesh : discretisedfield.Mesh
        The mesh.
    periodic : tuple of bool
        Which of x, y, z are periodic.

    Returns
    -------
    ndarray
        Shape (2 axes, nz, nx, ny), in A/m, in the order of `neighbours`, all with the sign of D.
    """
    shape = saturation_magnetisation.shape
    axes = axes_with_neighbours(shape)
    if isinstance(dmi_constant, dict):
        between = pairs_by_region(dmi_constant, mesh)
    else:
        d = np.broadcast_to(np.asarray(dmi_constant, float), shape)
        between = [(d + ahead_of(d, axis)) / 2 for axis in axes]
    faces = [
        constant * bonds(saturation_magnetisation, axis, periodic) / mesh.cell[axis]
        for axis, constant in zip(axes, between, strict=True)
    ]
    inverse = np.divide(
        1.0, saturation_magnetisation, where=saturation_magnetisation > 0, out=np.zeros(shape)
    )
    return pair_weights(faces) * inverse / mu0


def dmi_field(m: jax.Array, coefficients: Sequence[jax.Array], crystal_class: str) -> jax.Array:
    """Field of w = D sum_axis v_axis . (m x dm/daxis).

    The sum over neighbours is that of OOMMF's extensions (Cortes-Ortuno et al., New J. Phys.
    20, 113015, 2018): the energy of a pair is D_ij v . (m_i x m_j) / d, so
    H_i = sum_j -+ D_ij (m_j x v) / (mu0 M_s,i d) for neighbours ahead and behind. A missing
    neighbour adds nothing, which is the free boundary and cants the edge spins.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    coefficients : sequence of jax.Array
        From `dmi_coefficients`, 2 axes of them, in A/m, each of a shape that broadcasts to
        (nz, nx, ny).
    crystal_class : str
        One of `VECTORS`.

    Returns
    -------
    jax.Array
        Field in A/m, shape (3, nz, nx, ny).
    """
    parts: list[jax.Array | float] = [0.0, 0.0, 0.0]
    vectors = VECTORS[crystal_class]
    for number, (axis, (ahead, behind)) in enumerate(
        zip(axes_with_neighbours(m.shape), neighbours(m), strict=True)
    ):
        vector = vectors[axis]
        if vector is None:
            continue
        along, sign = vector
        second, third = (along + 1) % 3, (along + 2) % 3
        difference = {
            part: coefficients[2 * number] * ahead[part]
            - coefficients[2 * number + 1] * behind[part]
            for part in (second, third)
        }
        # v . (m_i x m_j) = m_i . (m_j x v), and x e_along turns second into -third.
        parts[second] = parts[second] - sign * difference[third]
        parts[third] = parts[third] + sign * difference[second]
    shape = m.shape[1:]
    return jnp.stack([jnp.broadcast_to(jnp.asarray(part, m.dtype), shape) for part in parts])
