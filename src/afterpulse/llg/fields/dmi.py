"""Dzyaloshinskii-Moriya field of all crystal classes, with free or periodic boundaries."""

from collections.abc import Sequence

import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from ..mesh import quotient
from .neighbours import axes_with_neighbours, bonds, face_values, neighbours, pair_weights

Array = NDArray[np.float64]

# Dzyaloshinskii vectors v of the neighbours ahead along x, y and z, as (axis, sign) or None. The
# energy density w = D sum_axis v . (m x dm/daxis) is micromagneticmodel's:
# T and O: m . curl m; Cnv_i: m . grad m_i - m_i div m; D2d_i: as in its documentation.
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
    dmi_constant: float | dict[str, float] | Array, saturation_magnetisation: Array, mesh: df.Mesh
) -> Array:
    """Return the weights D_ij / (mu0 M_s,i d) of the neighbours in A/m, with the sign of D.

    D in J/m^2 is a number, a dictionary (see `pairs_by_region`), or an array (nz, nx, ny) that is
    averaged arithmetically.
    """
    axes = axes_with_neighbours(saturation_magnetisation.shape)
    constants = face_values(dmi_constant, _mean, mesh)
    faces = [
        constant * bonds(saturation_magnetisation, axis, mesh) / mesh.cell[axis]
        for axis, constant in zip(axes, constants, strict=True)
    ]
    return pair_weights(faces) * quotient(1.0, saturation_magnetisation) / mu0


def _mean(a: Array, b: Array) -> Array:
    return (a + b) / 2


def dmi_field(m: jax.Array, coefficients: Sequence[jax.Array], crystal_class: str) -> jax.Array:
    """Return the field of w = D sum_axis v_axis . (m x dm/daxis), v from `VECTORS`.

    The sum over neighbours is that of OOMMF's extensions (Cortes-Ortuno et al., New J. Phys.
    20, 113015, 2018): the energy of a pair is D_ij v . (m_i x m_j) / d, so
    H_i = sum_j -+ D_ij (m_j x v) / (mu0 M_s,i d) for neighbours ahead and behind. A missing
    neighbour adds nothing, which is the free boundary and cants the edge spins.
    """
    components: list[jax.Array | float] = [0.0, 0.0, 0.0]
    vectors = VECTORS[crystal_class]
    pairs = zip(axes_with_neighbours(m.shape), neighbours(m), strict=True)
    for k, (axis, (ahead, behind)) in enumerate(pairs):
        vector = vectors[axis]
        if vector is None:
            continue
        along, sign = vector
        second, third = (along + 1) % 3, (along + 2) % 3
        difference = {
            c: coefficients[2 * k] * ahead[c] - coefficients[2 * k + 1] * behind[c]
            for c in (second, third)
        }
        # v . (m_i x m_j) = m_i . (m_j x v), and x e_along turns second into -third.
        components[second] = components[second] - sign * difference[third]
        components[third] = components[third] + sign * difference[second]
    shape = m.shape[1:]
    return jnp.stack([jnp.broadcast_to(jnp.asarray(c, m.dtype), shape) for c in components])
