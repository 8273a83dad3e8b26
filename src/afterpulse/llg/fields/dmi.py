"""Interfacial Dzyaloshinskii-Moriya field (crystal class Cnv_z) with free boundaries."""

import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from .neighbours import neighbours, pair_weights, pairs_by_region


def dmi_coefficients(
    dmi_constant: float | dict[str, float] | NDArray[np.float64],
    saturation_magnetisation: NDArray[np.float64],
    mesh: df.Mesh,
) -> NDArray[np.float64]:
    """Weights D_ij / (mu0 M_s,i d) of the four neighbours.

    Parameters
    ----------
    dmi_constant : float, dict or ndarray
        D in J/m^2. An array has shape (nx, ny) and is averaged arithmetically between cells;
        a dictionary follows `pairs_by_region`.
    saturation_magnetisation : ndarray
        M_s in A/m, shape (nx, ny); 0 marks vacuum.
    mesh : discretisedfield.Mesh
        Mesh with one layer of cells.

    Returns
    -------
    ndarray
        Shape (4, nx, ny), in A/m, towards +x, -x, +y, -y, all with the sign of D.
    """
    if isinstance(dmi_constant, dict):
        along_x, along_y = pairs_by_region(dmi_constant, mesh)
    else:
        d = np.broadcast_to(np.asarray(dmi_constant, float), saturation_magnetisation.shape)
        along_x, along_y = (d[:-1] + d[1:]) / 2, (d[:, :-1] + d[:, 1:]) / 2
    magnetic = saturation_magnetisation > 0
    along_x = along_x * (magnetic[:-1] & magnetic[1:]) / mesh.cell[0]
    along_y = along_y * (magnetic[:, :-1] & magnetic[:, 1:]) / mesh.cell[1]
    inverse = np.divide(1.0, saturation_magnetisation, where=magnetic, out=np.zeros(magnetic.shape))
    return pair_weights(along_x, along_y) * inverse / mu0


def dmi_field(m: jax.Array, coefficients: jax.Array) -> jax.Array:
    """Field of w = D (m . grad m_z - m_z div m), micromagneticmodel's Cnv_z.

    The sum over neighbours is the one of OOMMF's Oxs_DMI_Cnv_z (Cortes-Ortuno et al.,
    New J. Phys. 20, 113015, 2018): H_i = -sum_j D_ij ((z x u_ij) x m_j) / (mu0 M_s,i d). A
    missing neighbour adds nothing, which is the free boundary and cants the edge spins.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nx, ny).
    coefficients : jax.Array
        From `dmi_coefficients`, shape (4, nx, ny), in A/m.

    Returns
    -------
    jax.Array
        Field in A/m, shape (3, nx, ny).
    """
    right, left, up, down = neighbours(m)
    c = coefficients
    return jnp.stack(
        [
            c[1] * left[2] - c[0] * right[2],
            c[3] * down[2] - c[2] * up[2],
            c[0] * right[0] - c[1] * left[0] + c[2] * up[1] - c[3] * down[1],
        ]
    )
