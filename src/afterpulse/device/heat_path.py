"""Temperature of the film: a Foster chain from nanoseconds (oxide) to seconds (package)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def areal_power(
    current_density: ArrayLike, resistivity: ArrayLike, heated_thickness: ArrayLike
) -> NDArray[np.float64]:
    """Joule heat an area, p = J² rho t.

    Parameters
    ----------
    current_density : array_like
        J in the spin-Hall layer (A/m²).
    resistivity : array_like
        rho (ohm m).
    heated_thickness : array_like
        Thickness over which that heat is released (m).

    Returns
    -------
    ndarray
        W/m².
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
    """Temperature rise of each stage after a time of constant power.

    Parameters
    ----------
    rise : ndarray, shape (..., stages)
        Rise at the start (K).
    power : float
        Areal power (W/m²).
    duration : float or ndarray, shape (..., 1)
        s.
    resistance, time_constant : ndarray, shape (stages,)
        R_k (K m²/W) and tau_k (s).

    Returns
    -------
    ndarray, shape (..., stages)
        K. The film is at the sum of the stages above the ambient.
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
    """Mean over the duration of what `stage_rise` gives at its end; same parameters."""
    steady = resistance * power
    decay = -np.expm1(-duration / time_constant) * time_constant / duration
    return steady + (rise - steady) * decay
