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
        S_th (A/W), of either sign.
    heat_flux : array_like
        q through the AFM/FM interface towards the substrate (W/m²).

    Notes
    -----
    A flux along z drives a spin current along z by the spin-dependent Seebeck effect (Dejene et
    al., Phys. Rev. B 86, 024436 (2012)); the spin Nernst current is transverse to the flux (Meyer
    et al., Nat. Mater. 16, 977 (2017)).
    """
    return np.asarray(conversion * np.asarray(heat_flux, dtype=float))


def persisting_spin_current(
    at_pulse_end: float, time_after_pulse: ArrayLike, persistence: float
) -> NDArray[np.float64]:
    """Return the spin current density (A/m²) after a pulse, J_th(t) = J_th(0) exp(-t/persistence).

    The persistence (s) is a phenomenological memory of the spin current; no heat flux lasts so
    long. `at_pulse_end` is J_th(0), of either sign.
    """
    return np.asarray(at_pulse_end * np.exp(-np.divide(time_after_pulse, persistence)))


def mean_persisting_spin_current(
    at_start: float, duration: float, persistence: float
) -> NDArray[np.float64]:
    """Return the mean of `persisting_spin_current` over a duration (s) from its value at start."""
    decays = duration / persistence
    return np.asarray(-at_start * np.expm1(-decays) / decays)


def holding_spin_current(damping: ArrayLike, interface_coupling: ArrayLike) -> NDArray[np.float64]:
    """Return the spin current density that balances the exchange bias of set grains (A/m²).

    The energy of a unit in the bias field B_eb = J_int/(M_s t) equals that of the torque,
    `well_bias`, at J = J_c B_eb/B_K with B_K = 2K/M_s, which is (2e/hbar) alpha J_int.

    Parameters
    ----------
    damping, interface_coupling : array_like
        Gilbert damping alpha (1) and J_int (J/m²) of aligned grains with their axes along z.
    """
    return np.asarray(2 * elementary_charge / hbar * np.multiply(damping, interface_coupling))


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
