"""Spin torque of the heat that flows through the AFM/FM interface."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import e as elementary_charge
from scipy.constants import hbar


def spin_current_density(conversion: float, heat_flux: ArrayLike) -> NDArray[np.float64]:
    """Spin current density J_th = S_th q, in charge units.

    Parameters
    ----------
    conversion : float
        S_th (A/W).
    heat_flux : array_like
        q through the interface (W/m²).

    Returns
    -------
    ndarray
        A/m².
    """
    return np.asarray(conversion * np.asarray(heat_flux, dtype=float))


def persisting_heat_flux(
    flux_at_pulse_end: float, time_after_pulse: ArrayLike, persistence: float
) -> NDArray[np.float64]:
    """Heat flux that fades with a time constant of its own.

    Parameters
    ----------
    flux_at_pulse_end : float
        W/m².
    time_after_pulse : array_like
        s.
    persistence : float
        Time constant (s).

    Returns
    -------
    ndarray
        W/m².
    """
    return np.asarray(
        flux_at_pulse_end * np.exp(-np.asarray(time_after_pulse, dtype=float) / persistence)
    )


def collinear_threshold(
    anisotropy: ArrayLike, thickness: ArrayLike, damping: ArrayLike
) -> NDArray[np.float64]:
    """Spin current density that makes a perpendicular macrospin unstable.

    J_c = (2e/hbar) 2 alpha K_eff t for a polarisation along the easy axis.

    Parameters
    ----------
    anisotropy : array_like
        K_eff (J/m³).
    thickness : array_like
        Of the ferromagnet (m).
    damping : array_like
        Gilbert damping (1).

    Returns
    -------
    ndarray
        A/m².

    Notes
    -----
    Sun, Phys. Rev. B 62, 570 (2000).
    """
    torque = 2 * np.multiply(damping, np.multiply(anisotropy, thickness))
    return np.asarray(2 * elementary_charge / hbar * torque, dtype=float)


def well_bias(
    barrier_energy: ArrayLike,
    spin_current: ArrayLike,
    threshold: ArrayLike,
    polarisation_z: ArrayLike,
) -> NDArray[np.float64]:
    """Return the energy by which the torque favours one state of a unit.

    Parameters
    ----------
    barrier_energy : array_like
        KV (J).
    spin_current : array_like
        Spin current density in charge units (A/m²).
    threshold : array_like
        `collinear_threshold` (A/m²).
    polarisation_z : array_like
        z component of its polarisation, along the easy axis (1).

    Returns
    -------
    ndarray
        e = 2KV J/J_c (J); positive favours m_z > 0.

    Notes
    -----
    A damping-like torque a_J m x (p x m) with p along z changes m_z as a field a_J/alpha along z
    does; the two differ by a precession about z, on which nothing depends. The field is
    B_K = 2K/M_s at J_c, so a unit with the moment M_s V has the energy -e s with
    e = M_s V a_J/alpha, and its barriers are KV (1 +- J/J_c)² (Taniguchi and Imamura, Phys. Rev. B
    83, 054432 (2011)).
    """
    ratio = np.divide(spin_current, threshold)
    return np.asarray(2 * np.multiply(barrier_energy, ratio) * polarisation_z, dtype=float)
