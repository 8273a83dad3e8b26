"""Heat of the film: temperature by a Foster chain, and heat flux through the AFM/FM interface."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def areal_power(
    current_density: ArrayLike, resistivity: ArrayLike, heated_thickness: ArrayLike
) -> NDArray[np.float64]:
    """Return the Joule heat per area, p = J² rho t (W/m²).

    Parameters
    ----------
    current_density, resistivity : array_like
        J (A/m²) and rho (ohm m) of the spin-Hall layer.
    heated_thickness : array_like
        Thickness over which that heat is released (m).
    """
    return np.asarray(
        np.square(current_density) * np.multiply(resistivity, heated_thickness), dtype=float
    )


def stage_rise(
    rise: NDArray[np.float64],
    power: float,
    duration: float | NDArray[np.float64],
    resistance: NDArray[np.float64],
    time_constant: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the temperature rise of each stage after a time of constant power.

    Parameters
    ----------
    rise : ndarray, shape (..., stages)
        At the start (K).
    power : float
        Areal power (W/m²).
    duration : float or ndarray, shape (..., 1)
        s.
    resistance, time_constant : ndarray, shape (stages,)
        R_k (K m²/W) and tau_k (s).

    Returns
    -------
    ndarray, shape (..., stages)
        K. The film is at the sum of the stages above the ambient temperature.
    """
    steady = resistance * power
    return steady + (rise - steady) * np.exp(-duration / time_constant)


def mean_stage_rise(
    rise: NDArray[np.float64],
    power: float,
    duration: float | NDArray[np.float64],
    resistance: NDArray[np.float64],
    time_constant: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the mean of `stage_rise` over the duration; same parameters."""
    steady = resistance * power
    decay = -np.expm1(-duration / time_constant) * time_constant / duration
    return steady + (rise - steady) * decay


def heating_rate(
    rise: NDArray[np.float64],
    power: float,
    resistance: NDArray[np.float64],
    time_constant: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return dT/dt of the film (K/s), shape (...); parameters as `stage_rise`."""
    return np.asarray(((resistance * power - rise) / time_constant).sum(axis=-1))


def interface_heat_flux(
    power: ArrayLike, fraction: float, heat_capacity: float, heating_rate: ArrayLike
) -> NDArray[np.float64]:
    """Return the heat flux through the AFM/FM interface towards the substrate (W/m²).

    q = f p - C dT/dt: what is dissipated in the layer above the interface and does not heat that
    layer leaves it through the interface. The whole film has one temperature.

    Parameters
    ----------
    power : array_like
        Areal power p (W/m²).
    fraction : float
        Fraction f of the power that is dissipated above the interface (1).
    heat_capacity : float
        Areal heat capacity C of the layer above the interface (J/(m² K)).
    heating_rate : array_like
        dT/dt of the film (K/s). The mean rate over a time gives the mean flux.
    """
    return np.asarray(np.multiply(fraction, power) - np.multiply(heat_capacity, heating_rate))
