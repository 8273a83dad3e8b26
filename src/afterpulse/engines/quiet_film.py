"""Mean magnetisation of the cells of a quiet film under the thermal field of LLG.

The thermal field of a mesh excites all spin waves that the mesh can hold. A film whose parameters
are already those of its temperature would lose magnetisation a second time, more the smaller the
cells are. The parameters of the cells are therefore raised so that the film has the card's M_s(T),
A(T), D(T) and K_u(T) once the spin waves of its mesh act. Oezelt et al. (npj Computational
Materials, 2022, doi:10.1038/s41524-022-00719-5) scale the parameters as well, by integrating over
spin waves; Hahn (J. Phys. Commun. 3, 075009, 2019) scales the temperature instead.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.constants import k as boltzmann
from scipy.constants import mu_0
from scipy.linalg import solve_triangular
from threadpoolctl import threadpool_limits

from afterpulse.device import Device
from afterpulse.film import fields
from afterpulse.film.sample import Sample

Array = NDArray[np.float64]

logger = logging.getLogger("afterpulse")

# The covariance of a cell reaches a few wall widths; the film is solved in squares of `CORE` cells
# with `HALO` cells around.
CORE, HALO = 8, 5
# Temperatures between which deviations are interpolated (K).
STEP = 20.0
# A unit of less anisotropy energy, in k_B T, is not quiet, so a lower anisotropy is not counted.
LEAST_BARRIER = 5.0
# Mean square of a transverse component beyond which spin waves are no small deviations.
LARGEST = 1.0


@dataclass
class QuietFilm:
    """A sample without current, magnetised along z, and its spin waves.

    Attributes
    ----------
    device, sample : Device, Sample
        Materials and cells.
    """

    device: Device
    sample: Sample
    _deviations: dict[float, Array] = field(default_factory=dict)
    _warned: bool = False

    def magnetisation(self, temperature: float) -> Array:
        r"""Return the mean magnetisation of each cell over its length, shape (nx, ny).

        In renormalised spin-wave theory it is :math:`\mu = 1 - \langle m_x^2\rangle` with the
        deviations :math:`k_B T \mu / (M_s V B)` of modes in effective fields B of the
        card's parameters, hence :math:`\mu = 1/(1 + x)` with `deviation` x.
        """
        below = STEP * np.floor(temperature / STEP)
        above = min(below + STEP, (temperature + self._curie) / 2)
        fraction = (temperature - below) / (above - below)
        mixed = (1 - fraction) * self._deviation(below) + fraction * self._deviation(above)
        return np.asarray(1 / (1 + mixed))

    @property
    def _curie(self) -> float:
        return float(self.device.ferromagnet.curie_temperature.value)

    def _deviation(self, temperature: float) -> Array:
        if temperature not in self._deviations:
            found = deviation(self.device, self.sample, temperature)
            many = int(np.sum(found > LARGEST))
            if many and not self._warned:
                self._warned = True
                logger.warning(
                    "%s: %d of %d cells of %g m fluctuate too strongly at %g K to keep the card's "
                    "magnetisation in LLG: expected a larger numerics.cell or a stiffer film",
                    self.device.name,
                    many,
                    found.size,
                    self.sample.cell,
                    temperature,
                )
            self._deviations[temperature] = np.minimum(found, LARGEST)
        return self._deviations[temperature]


def deviation(device: Device, sample: Sample, temperature: float) -> Array:
    r"""Return the mean of <m_x²> and <m_y²> of each cell in linear spin-wave theory, (nx, ny).

    :math:`x_i = k_B T / (2 M_s V) (B_x^{-1} + B_y^{-1})_{ii}` with the field (T) that a deviation
    of the cells meets: anisotropy, exchange and the stray field of the mesh. Neither exchange bias
    nor applied field is counted, since the film may be set either way; DMI has no such term in
    a film along z. The parameters are those of the card at the temperature (K).
    """
    cell, thickness = sample.cell, device.ferromagnet.thickness.value
    magnetisation = float(device.saturation_magnetisation(temperature))
    scale = boltzmann * temperature / (2 * magnetisation * cell**2 * thickness)
    if temperature == 0:
        return np.zeros(sample.unit_index.shape)
    tensor = stray_field_tensor(sample.unit_index.shape[0], cell, thickness)
    stiffness = fields.border_factor(device, sample, temperature) * float(
        device.exchange_stiffness(temperature)
    )
    unit = np.pi / 4 * device.ferromagnet.unit_diameter.value**2 * thickness
    least = LEAST_BARRIER * boltzmann * temperature / unit
    effective = np.maximum(
        device.effective_anisotropy(temperature) * sample.anisotropy_factor, least
    )
    demagnetising = magnetised_upwards(tensor[2])
    along_z = 2 * effective / magnetisation + mu_0 * magnetisation * (1 - demagnetising)
    bond = 2 / (magnetisation * cell**2)
    # Threads only slow down matrices of this size.
    with threadpool_limits(1, "blas"):
        return scale * squares(tensor, bond * stiffness, along_z, mu_0 * magnetisation)


def squares(tensor: Array, bond: Array, along_z: Array, field: float) -> Array:
    """Return the diagonal of B_x^-1 + B_y^-1 (1/T) of each cell, square by square, (nx, ny).

    `tensor` is from `stray_field_tensor`; `bond` and `along_z` are the exchange and the uniform
    field of each cell (T), shape (nx, ny); `field` is mu_0 M_s (T).
    """
    result = np.empty(bond.shape)
    nx, ny = bond.shape
    for x in range(0, nx, CORE):
        for y in range(0, ny, CORE):
            box = np.s_[max(x - HALO, 0) : x + CORE + HALO, max(y - HALO, 0) : y + CORE + HALO]
            inner = np.s_[x : x + CORE, y : y + CORE]
            chosen = np.zeros((nx, ny), dtype=bool)
            chosen[inner] = True
            cells = np.flatnonzero(chosen[box])
            local = exchange_matrix(bond[box]) + np.diag(along_z[box].ravel())
            across = (local + field * between(each, box, nx) for each in tensor[:2])
            total = sum(inverse_diagonal(matrix, cells) for matrix in across)
            result[inner] = np.reshape(total, result[inner].shape)
    return result


def scaled_anisotropy(
    anisotropy: Array, saturation_magnetisation: float, quiet: Array, shape: tuple[float, float]
) -> Array:
    """Return K_u of cells that gives a film its K_u under the thermal field (J/m³).

    An energy of second order in a cell's magnetisation falls with the third power of the quiet
    magnetisation: the anisotropy, and as well the stray field of the cell on itself. That of all
    other cells falls with the second power, as M_s² does.

    Parameters
    ----------
    anisotropy : ndarray, shape (nx, ny)
        K_u of the film (J/m³).
    saturation_magnetisation : float
        M_s of the film (A/m).
    quiet : ndarray, shape (nx, ny)
        From `QuietFilm.magnetisation`.
    shape : tuple of float
        Edge and thickness of a cell (m).
    """
    own = stray_field_tensor(1, *shape)[:, 0, 0]
    own_shape = mu_0 * saturation_magnetisation**2 / 2 * (own[2] - own[0])
    return np.asarray((anisotropy - own_shape * (1 - quiet)) / quiet**3)


@cache
def stray_field_tensor(cells: int, cell: float, thickness: float) -> Array:
    """Return N_xx, N_yy and N_zz (1) at all offsets, shape (3, 2 cells - 1, 2 cells - 1)."""
    from afterpulse.llg.fields.newell import cell_tensor

    longest = max(cell, thickness)
    offset = np.arange(1 - cells, cells) * (cell / longest)
    x, y = np.meshgrid(offset, offset, indexing="ij")
    edges = (cell / longest, cell / longest, thickness / longest)
    return np.asarray(cell_tensor(x, y, np.zeros_like(x), edges)[:3])


def magnetised_upwards(component: Array) -> Array:
    """Return the demagnetising factor along z of each cell in the whole film."""
    from scipy.signal import fftconvolve

    cells = (component.shape[0] + 1) // 2
    return np.asarray(fftconvolve(component, np.ones((cells, cells)), mode="valid"))


def exchange_matrix(stiffness: Array) -> Array:
    """Return the exchange between cells, each bond with the harmonic mean of its two cells."""
    index = np.arange(stiffness.size).reshape(stiffness.shape)
    matrix = np.zeros((stiffness.size, stiffness.size))
    values = stiffness.ravel()
    for one, other in ((index[:-1], index[1:]), (index[:, :-1], index[:, 1:])):
        i, j = one.ravel(), other.ravel()
        total = values[i] + values[j]
        bond = 2 * values[i] * values[j] / np.where(total > 0, total, 1.0)
        matrix[i, i] += bond
        matrix[j, j] += bond
        matrix[i, j] -= bond
        matrix[j, i] -= bond
    return matrix


def between(component: Array, box: tuple[slice, slice], cells: int) -> Array:
    """Return a component of the stray-field tensor between all cells of a box of the film."""
    rows, columns = (np.arange(cells)[part] for part in box)
    x, y = (each.ravel() for each in np.meshgrid(rows, columns, indexing="ij"))
    shift = cells - 1
    return np.asarray(component[x[:, None] - x + shift, y[:, None] - y + shift])


def inverse_diagonal(matrix: Array, chosen: NDArray[np.integer]) -> Array:
    """Return elements of the diagonal of the inverse of a symmetric, positive definite matrix."""
    lower = np.linalg.cholesky(matrix)
    columns = np.zeros((len(lower), chosen.size))
    columns[chosen, np.arange(chosen.size)] = 1.0
    inverse = solve_triangular(lower, columns, lower=True, check_finite=False)
    return np.asarray(np.sum(inverse**2, axis=0))
