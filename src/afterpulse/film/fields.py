"""What acts on each cell of a sample at a temperature, for micromagnetics."""

import numpy as np
from numpy.typing import NDArray
from scipy.constants import mu_0

from afterpulse.device import Device, exchange_bias, temperature_scaling
from afterpulse.film.sample import PIXELS_PER_CELL, Sample


def saturation_magnetisation(device: Device, temperature: float) -> float:
    """M_s of the film (A/m) at a temperature (K)."""
    magnet = device.ferromagnet
    return float(
        magnet.saturation_magnetisation.value
        * temperature_scaling.magnetisation(temperature, magnet.curie_temperature.value)
    )


def uniaxial_anisotropy(
    device: Device, factor: NDArray[np.float64], temperature: float
) -> NDArray[np.float64]:
    """Perpendicular anisotropy of each cell without its shape term.

    The card gives K_eff; micromagnetics computes the stray field itself, so what it takes off is
    put back, K_u = K_eff + mu_0 M_s²/2.

    Parameters
    ----------
    device : Device
        The materials.
    factor : ndarray, shape (nx, ny)
        K_eff over the card's: spread and weak spots.
    temperature : float
        K.

    Returns
    -------
    ndarray, shape (nx, ny)
        J/m³.
    """
    magnet = device.ferromagnet
    effective = magnet.effective_anisotropy.value * temperature_scaling.anisotropy(
        temperature, magnet.curie_temperature.value, magnet.anisotropy_exponent.value
    )
    shape = mu_0 * saturation_magnetisation(device, temperature) ** 2 / 2
    return np.asarray(effective * factor + shape)


def border_factor(device: Device, sample: Sample) -> NDArray[np.float64]:
    """Factor on exchange and DMI of each cell, lowered where units meet.

    One cell on one side of each border is weak. Its two bonds to the sides have the harmonic
    mean 2 A_b of its stiffness A_b << A and its neighbour's, and a turn by pi over two such bonds
    costs 4 (2 A_b)/dx an area: A_b = gamma dx/8 gives the wall energy gamma of the kinetics.

    Parameters
    ----------
    device : Device
        A and gamma.
    sample : Sample
        The units.

    Returns
    -------
    ndarray, shape (nx, ny)
        In (0, 1].
    """
    magnet = device.ferromagnet
    weak = magnet.wall_energy_between_units.value * sample.cell / 8
    factor = min(1.0, weak / magnet.exchange_stiffness.value)
    border = np.zeros(sample.unit_index.shape, dtype=bool)
    border[:-1] |= sample.unit_index[:-1] != sample.unit_index[1:]
    border[:, :-1] |= sample.unit_index[:, :-1] != sample.unit_index[:, 1:]
    return np.where(border, factor, 1.0)


def exchange_factor(device: Device, temperature: float) -> float:
    """Factor of exchange stiffness and DMI at a temperature (K) on those at T = 0."""
    curie = device.ferromagnet.curie_temperature.value
    return float(temperature_scaling.exchange(temperature, curie))


def exchange_bias_field(
    device: Device, sample: Sample, grain_state: NDArray[np.int8], temperature: float
) -> NDArray[np.float64]:
    """Exchange bias of the grains on each cell.

    Parameters
    ----------
    device : Device
        J_int and the film.
    sample : Sample
        Grains and their easy axes.
    grain_state : ndarray, shape (grains,)
        -1 or 1.
    temperature : float
        K.

    Returns
    -------
    ndarray, shape (nx, ny, 3)
        T.
    """
    antiferromagnet = device.antiferromagnet
    full = exchange_bias.exchange_bias_field(
        antiferromagnet.interface_coupling.value
        * temperature_scaling.interface_coupling(
            temperature, antiferromagnet.neel_temperature.value
        ),
        saturation_magnetisation(device, temperature),
        device.ferromagnet.thickness.value,
    )
    spin = sample.grain_axis * grain_state[:, None]
    nx, ny = sample.unit_index.shape
    fine = spin[sample.grain_index].reshape(nx, PIXELS_PER_CELL, ny, PIXELS_PER_CELL, 3)
    return np.asarray(full * fine.mean(axis=(1, 3)))
