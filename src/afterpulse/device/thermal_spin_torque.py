"""Spin torque of the heat that flows through the AFM/FM interface."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import e as elementary_charge
from scipy.constants import hbar


def spin_current_density(conversion: float, heat_flux: ArrayLike) -> NDArray[np.float64]:
    """Return the spin current density J_th = S_th q in charge units (A/m²).

    Parameters
    ----------
    conversion : float
        S_th (A/W).
    heat_flux : array_like
        q through the interface (W/m²).
    """
    return np.asarray(conversion * np.asarray(heat_flux, dtype=float))


def persisting_heat_flux(
    flux_at_pulse_end: float, time_after_pulse: ArrayLike, persistence: float
) -> NDArray[np.float64]:
    """Return a heat flux (W/m²) that fades with a time constant of its own, the persistence (s)."""
    return np.asarray(
        flux_at_pulse_end * np.exp(-np.asarray(time_after_pulse, dtype=float) / persistence)
    )


def collinear_threshold(
    anisotropy: ArrayLike, thickness: ArrayLike, damping: ArrayLike
) -> NDArray[np.float64]:
    """Return the spin current density that makes a perpendicular macrospin unstable (A/m²).

    J_c = (2e/hbar) 2 alpha K_eff t for a polarisation along the easy axis.

    Parameters
    ----------
    anisotropy, thickness, damping : array_like
        K_eff (J/m³), t (m) and Gilbert damping alpha (1) of the ferromagnet.

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
    """Return the energy by which the torque favours m_z > 0 of a unit, e = 2KV J/J_c (J).

    Parameters
    ----------
    barrier_energy : array_like
        KV (J).
    spin_current, threshold : array_like
        J and its `collinear_threshold` J_c (A/m²).
    polarisation_z : array_like
        z component of the polarisation, along the easy axis (1).

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
