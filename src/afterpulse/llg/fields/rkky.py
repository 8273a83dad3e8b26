"""RKKY coupling of the facing surfaces of two regions."""

from typing import Any, NamedTuple

import discretisedfield as df
import jax
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from .neighbours import ARRAY_AXES, check_regions


class RKKY(NamedTuple):
    """Pairs of facing cells; d is the edge of a cell across the surface."""

    first: Any  # indices of cells in an array (nz * nx * ny), shape (pairs,)
    second: Any
    bilinear: Any  # 2 sigma / (mu0 M_s d) in A/m for both cells, shape (2, pairs)
    biquadratic: Any  # 4 sigma2 / (mu0 M_s d)


def rkky_coefficients(
    sigma: float,
    sigma2: float,
    subregions: list[str],
    saturation_magnetisation: NDArray[np.float64],
    mesh: df.Mesh,
) -> RKKY:
    """Return the pairs of facing cells of two subregions, as in OOMMF's Oxs_TwoSurfaceExchange.

    OOMMF gives each of the two cells of a pair the energy sigma (1 - m_i . m_j) per area, so
    sigma is half of the coupling constant of the literature.

    Parameters
    ----------
    sigma, sigma2 : float
        Bilinear and biquadratic constants in J/m^2; positive sigma favours parallel.
    subregions : list of str
        Two subregions that touch or have a gap along one axis; ValueError otherwise. Cells in
        vacuum have no partner.
    """
    check_regions("RKKY: subregions", subregions, mesh)
    if len(subregions) != 2:
        raise ValueError(f"RKKY: subregions: expected two names, not {subregions}")
    a, b = (mesh.subregions[name] for name in subregions)
    # Half a cell, since the corners of regions are rounded.
    slack = 0.5 * np.asarray(mesh.cell)
    gaps = [
        (axis, behind, ahead)
        for behind, ahead in ((a, b), (b, a))
        for axis in range(3)
        if ahead.pmin[axis] > behind.pmax[axis] - slack[axis]
    ]
    if len(gaps) != 1:
        raise ValueError(f"RKKY: {subregions[0]} and {subregions[1]} do not face each other")
    ((axis, behind, ahead),) = gaps
    centres = [np.asarray(mesh.cells[k]) for k in range(3)]
    ranges = []
    for k in range(3):
        if k == axis:
            last = np.flatnonzero(centres[axis] < behind.pmax[axis])[-1]
            beyond = np.flatnonzero(centres[axis] > ahead.pmin[axis])[0]
            ranges.append(np.array([last, beyond]))
        else:
            low, high = max(a.pmin[k], b.pmin[k]), min(a.pmax[k], b.pmax[k])
            ranges.append(np.flatnonzero((centres[k] > low) & (centres[k] < high)))
    if any(indices.size == 0 for indices in ranges):
        raise ValueError(f"RKKY: {subregions[0]} and {subregions[1]} do not face each other")
    shape = saturation_magnetisation.shape
    z, x, y = np.meshgrid(ranges[2], ranges[0], ranges[1], indexing="ij")
    indices = np.ravel_multi_index((z, x, y), shape)
    first, second = (side.ravel() for side in np.split(indices, 2, axis=ARRAY_AXES[axis]))
    magnetisation = saturation_magnetisation.ravel()
    coupled = (magnetisation[first] > 0) & (magnetisation[second] > 0)
    if not coupled.any():
        raise ValueError(f"RKKY: M_s is zero where {subregions[0]} and {subregions[1]} face")
    first, second = first[coupled], second[coupled]
    per_area = 1 / (mu0 * np.stack([magnetisation[first], magnetisation[second]]) * mesh.cell[axis])
    return RKKY(first, second, 2 * sigma * per_area, 4 * sigma2 * per_area)


def bilinear_rkky_field(m: jax.Array, coupling: RKKY) -> jax.Array:
    """Return the field of 2 sigma (1 - m_i . m_j) for each area of a pair."""
    flat = m.reshape(3, -1)
    a, b = flat[:, coupling.first], flat[:, coupling.second]
    return _scatter(m, coupling, coupling.bilinear[0] * b, coupling.bilinear[1] * a)


def biquadratic_rkky_field(m: jax.Array, coupling: RKKY) -> jax.Array:
    """Return the field of 2 sigma2 (1 - (m_i . m_j)^2) for each area of a pair."""
    flat = m.reshape(3, -1)
    a, b = flat[:, coupling.first], flat[:, coupling.second]
    cosine = (a * b).sum(axis=0)
    strength = coupling.biquadratic * cosine
    return _scatter(m, coupling, strength[0] * b, strength[1] * a)


def _scatter(m: jax.Array, coupling: RKKY, first: jax.Array, second: jax.Array) -> jax.Array:
    total = m.reshape(3, -1) * 0
    total = total.at[:, coupling.first].add(first).at[:, coupling.second].add(second)
    return total.reshape(m.shape)
