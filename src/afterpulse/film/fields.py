"""Material parameters and exchange bias of each cell of a sample, for micromagnetics."""

import numpy as np
from numpy.typing import NDArray
from scipy.constants import mu_0

from afterpulse.device import Device
from afterpulse.film.sample import PIXELS_PER_CELL, Sample


def uniaxial_anisotropy(
    device: Device, factor: NDArray[np.float64], temperature: float
) -> NDArray[np.float64]:
    """Return the perpendicular anisotropy of each cell without its shape term (J/m³).

    The card gives K_eff. Micromagnetics computes the stray field itself, so the shape term is put
    back, K_u = K_eff + mu_0 M_s²/2.

    Parameters
    ----------
    device : Device
        Materials.
    factor : ndarray, shape (nx, ny)
        K_eff over the card's: spread and weak spots.
    temperature : float
        K.
    """
    shape = mu_0 * device.saturation_magnetisation(temperature) ** 2 / 2
    return np.asarray(device.effective_anisotropy(temperature) * factor + shape)


def border_factor(device: Device, sample: Sample, temperature: float) -> NDArray[np.float64]:
    """Return the factor on exchange and DMI of each cell, lowered where units meet, in (0, 1].

    One cell on one side of each border is weak. Its two bonds to the sides have the harmonic
    mean 2 A_b of its stiffness A_b << A and its neighbour's, and a turn by pi over two such bonds
    costs 4 (2 A_b)/dx an area: A_b = gamma dx/8 gives the wall energy gamma of the kinetics. Both
    are those at a temperature (K).
    """
    weak = float(device.wall_energy_between_units(temperature)) * sample.cell / 8
    factor = min(1.0, weak / float(device.exchange_stiffness(temperature)))
    return np.where(border_cells(sample), factor, 1.0)


def border_cells(sample: Sample) -> NDArray[np.bool_]:
    """Return the cells whose exchange is weak, one on one side of each border, shape (nx, ny)."""
    border = np.zeros(sample.unit_index.shape, dtype=bool)
    border[:-1] |= sample.unit_index[:-1] != sample.unit_index[1:]
    border[:, :-1] |= sample.unit_index[:, :-1] != sample.unit_index[:, 1:]
    return border


def exchange_bias_field(
    device: Device, sample: Sample, grain_state: NDArray[np.int8], temperature: float
) -> NDArray[np.float64]:
    """Return the exchange bias of the grains on each cell (T), shape (nx, ny, 3).

    Parameters
    ----------
    device, sample : Device, Sample
        Materials, grains and their easy axes.
    grain_state : ndarray, shape (grains,)
        -1 or 1.
    temperature : float
        K.
    """
    spin = sample.grain_axis * grain_state[:, None]
    nx, ny = sample.unit_index.shape
    fine = spin[sample.grain_index].reshape(nx, PIXELS_PER_CELL, ny, PIXELS_PER_CELL, 3)
    return np.asarray(device.exchange_bias_field(temperature) * fine.mean(axis=(1, 3)))
