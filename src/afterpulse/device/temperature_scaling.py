"""Temperature dependence of the film's parameters, as factors on their values at T = 0.

The perpendicular anisotropy less the shape anisotropy, K_eff, is no such factor: see
`effective_anisotropy`.

Temperatures are in K. Factors have the shape of the temperature and are 0 above the critical
temperature.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import mu_0


def magnetisation(temperature: ArrayLike, curie_temperature: float) -> NDArray[np.float64]:
    """Return M_s(T)/M_s(0) by Bloch's law, m = 1 - (T/T_C)^1.5."""
    reduced = np.asarray(temperature, dtype=float) / curie_temperature
    return np.maximum(1 - reduced**1.5, 0.0)


def anisotropy(
    temperature: ArrayLike, curie_temperature: float, exponent: float
) -> NDArray[np.float64]:
    """Return K_u(T)/K_u(0) = m^exponent of the anisotropy without the shape term.

    The exponent is 3 for single-ion anisotropy (Callen and Callen, J. Phys. Chem. Solids 27, 1271
    (1966)).
    """
    return magnetisation(temperature, curie_temperature) ** exponent


def effective_anisotropy(
    uniaxial_anisotropy: ArrayLike, saturation_magnetisation: ArrayLike
) -> NDArray[np.float64]:
    """Return K_eff = K_u - mu_0 M_s²/2 of a thin film (J/m³).

    Both terms are those at one temperature, in J/m³ and A/m.
    """
    shape = mu_0 * np.asarray(saturation_magnetisation, dtype=float) ** 2 / 2
    return np.asarray(uniaxial_anisotropy - shape)


def exchange(temperature: ArrayLike, curie_temperature: float) -> NDArray[np.float64]:
    """Return A(T)/A(0) = m² of mean-field theory, which is also used for the interfacial DMI."""
    return magnetisation(temperature, curie_temperature) ** 2


def antiferromagnet_anisotropy(
    temperature: ArrayLike, neel_temperature: float
) -> NDArray[np.float64]:
    """Return K_AF(T)/K_AF(0) = 1 - T/T_N.

    Vallejo-Fernandez, Fernandez-Outon and O'Grady, Appl. Phys. Lett. 91, 212503 (2007).
    """
    return np.maximum(1 - np.asarray(temperature, dtype=float) / neel_temperature, 0.0)


def interface_coupling(
    temperature: ArrayLike, neel_temperature: float, curie_temperature: float
) -> NDArray[np.float64]:
    """Return J_int(T)/J_int(0) = (1 - T/T_N)^(1/2) m, the order of both layers."""
    order = np.sqrt(antiferromagnet_anisotropy(temperature, neel_temperature))
    return order * magnetisation(temperature, curie_temperature)
