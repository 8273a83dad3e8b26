"""RKKY coupling of the facing surfaces of two regions."""

from typing import Any, NamedTuple

import discretisedfield as df
import jax
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from .neighbours import PLACES, check_regions


class RKKY(NamedTuple):
    """Pairs of facing cells.

    Attributes
    ----------
    first, second : array of int
        Places of the cells of each pair in an array (nz * nx * ny), shape (pairs,).
    bilinear, biquadratic : array
        2 sigma / (mu0 M_s d) and 4 sigma2 / (mu0 M_s d) in A/m for the first and for the second
        cell, shape (2, pairs), with the edge d of a cell across the surface.
    """

    first: Any
    second: Any
    bilinear: Any
    biquadratic: Any


def rkky_coefficients(
    sigma: float,
    sigma2: float,
    subregions: list[str],
    saturation_magnetisation: NDArray[np.float64],
    mesh: df.Mesh,
) -> RKKY:
    """Pairs of facing cells of two subregions, as OOMMF's Oxs_TwoSurfaceExchange has them.

    OOMMF gives each of the two cells of a pair the energy sigma (1 - m_i . m_j) an area, so the
    coupling is twice what sigma would be in the literature.

    Parameters
    ----------
    sigma, sigma2 : float
        Bilinear and biquadratic constants in J/m^2; positive sigma favours parallel.
    subregions : list of str
        Names of two subregions that are apart, or touch, along one axis.
    saturation_magnetisation : ndarray
        M_s in A/m, shape (nz, nx, ny); a cell in vacuum has no partner.
    mesh : discretisedfield.Mesh
        With the subregions.

    Returns
    -------
    RKKY
        The pairs.

    Raises
    ------
    ValueError
        If there are not two such subregions, or their surfaces are vacuum.
    """
    check_regions("RKKY: subregions", subregions, mesh)
    if len(subregions) != 2:
        raise ValueError(f"RKKY: two subregions are needed, not {len(subregions)}")
    one, other = (mesh.subregions[name] for name in subregions)
    # Half a cell, since the corners of regions are rounded.
    slack = 0.5 * np.asarray(mesh.cell)
    gaps = [
        (axis, behind, ahead)
        for behind, ahead in ((one, other), (other, one))
        for axis in range(3)
        if ahead.pmin[axis] > behind.pmax[axis] - slack[axis]
    ]
    if len(gaps) != 1:
        raise ValueError(f"RKKY: {subregions[0]} and {subregions[1]} do not face each other")
    ((axis, behind, ahead),) = gaps
    cells = [np.asarray(mesh.cells[number]) for number in range(3)]
    ranges = []
    for number in range(3):
        if number == axis:
            last = np.flatnonzero(cells[axis] < behind.pmax[axis])[-1]
            beyond = np.flatnonzero(cells[axis] > ahead.pmin[axis])[0]
            ranges.append(np.array([last, beyond]))
        else:
            low = max(one.pmin[number], other.pmin[number])
            high = min(one.pmax[number], other.pmax[number])
            ranges.append(np.flatnonzero((cells[number] > low) & (cells[number] < high)))
    if any(part.size == 0 for part in ranges):
        raise ValueError(f"RKKY: {subregions[0]} and {subregions[1]} do not face each other")
    shape = saturation_magnetisation.shape
    z, x, y = np.meshgrid(ranges[2], ranges[0], ranges[1], indexing="ij")
    places = np.ravel_multi_index((z, x, y), shape)
    first, second = (part.ravel() for part in np.split(places, 2, axis=PLACES[axis]))
    magnetisation = saturation_magnetisation.ravel()
    both = (magnetisation[first] > 0) & (magnetisation[second] > 0)
    if not both.any():
        raise ValueError(f"RKKY: M_s is zero where {subregions[0]} and {subregions[1]} face")
    first, second = first[both], second[both]
    per_area = 1 / (mu0 * np.stack([magnetisation[first], magnetisation[second]]) * mesh.cell[axis])
    return RKKY(first, second, 2 * sigma * per_area, 4 * sigma2 * per_area)


def bilinear_rkky_field(m: jax.Array, coupling: RKKY) -> jax.Array:
    """Field of 2 sigma (1 - m_i . m_j) for each area of a pair.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    coupling : RKKY
        From `rkky_coefficients`.

    Returns
    -------
    jax.Array
        Field in A/m, shape (3, nz, nx, ny).
    """
    flat = m.reshape(3, -1)
    one, other = flat[:, coupling.first], flat[:, coupling.second]
    return _scatter(m, coupling, coupling.bilinear[0] * other, coupling.bilinear[1] * one)


def biquadratic_rkky_field(m: jax.Array, coupling: RKKY) -> jax.Array:
    """Field of 2 sigma2 (1 - (m_i . m_j)^2) for each area of a pair.

    Parameters and result as in `bilinear_rkky_field`.
    """
    flat = m.reshape(3, -1)
    one, other = flat[:, coupling.first], flat[:, coupling.second]
    cosine = (one * other).sum(axis=0)
    strength = coupling.biquadratic * cosine
    return _scatter(m, coupling, strength[0] * other, strength[1] * one)


def _scatter(m: jax.Array, coupling: RKKY, first: jax.Array, second: jax.Array) -> jax.Array:
    empty = m.reshape(3, -1) * 0
    total = empty.at[:, coupling.first].add(first).at[:, coupling.second].add(second)
    return total.reshape(m.shape)
