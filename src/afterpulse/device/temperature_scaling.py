"""How the film's parameters follow temperature, as factors on their values at T = 0."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def magnetisation(temperature: ArrayLike, curie_temperature: float) -> NDArray[np.float64]:
    """Bloch's law, 1 - (T/T_C)^1.5, and 0 above T_C.

    Parameters
    ----------
    temperature : array_like
        K.
    curie_temperature : float
        K.

    Returns
    -------
    ndarray
        M_s(T)/M_s(0).
    """
    reduced = np.asarray(temperature, dtype=float) / curie_temperature
    return np.maximum(1 - reduced**1.5, 0.0)


def anisotropy(
    temperature: ArrayLike, curie_temperature: float, exponent: float
) -> NDArray[np.float64]:
    """Callen-Callen power of the magnetisation, K(T)/K(0) = m(T)^exponent.

    Parameters
    ----------
    temperature, curie_temperature
        As in `magnetisation`.
    exponent : float
        3 for single-ion anisotropy (Callen and Callen, J. Phys. Chem. Solids 27, 1271 (1966)).

    Returns
    -------
    ndarray
        K(T)/K(0).
    """
    return magnetisation(temperature, curie_temperature) ** exponent


def exchange(temperature: ArrayLike, curie_temperature: float) -> NDArray[np.float64]:
    """Exchange stiffness in mean field, A(T)/A(0) = m(T)²; interfacial DMI is taken alike.

    Parameters and result as in `magnetisation`.
    """
    return magnetisation(temperature, curie_temperature) ** 2


def wall_energy(
    temperature: ArrayLike, curie_temperature: float, exponent: float
) -> NDArray[np.float64]:
    """Wall energy 4 sqrt(A K), as a factor; parameters as in `anisotropy`."""
    return np.sqrt(
        exchange(temperature, curie_temperature)
        * anisotropy(temperature, curie_temperature, exponent)
    )


def antiferromagnet_anisotropy(
    temperature: ArrayLike, neel_temperature: float
) -> NDArray[np.float64]:
    """K_AF(T)/K_AF(0) = 1 - T/T_N, and 0 above T_N.

    Vallejo-Fernandez, Fernandez-Outon and O'Grady, Appl. Phys. Lett. 91, 212503 (2007).

    Parameters
    ----------
    temperature : array_like
        K.
    neel_temperature : float
        K.

    Returns
    -------
    ndarray
        The factor.
    """
    return np.maximum(1 - np.asarray(temperature, dtype=float) / neel_temperature, 0.0)


def interface_coupling(temperature: ArrayLike, neel_temperature: float) -> NDArray[np.float64]:
    """J_int(T)/J_int(0) = (1 - T/T_N)^(1/2); parameters as in `antiferromagnet_anisotropy`."""
    return np.sqrt(antiferromagnet_anisotropy(temperature, neel_temperature))
