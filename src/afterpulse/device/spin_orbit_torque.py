"""Spin-orbit torque of a current in the spin-Hall layer.

Signs follow OOMMF's Oxs_SpinXferEvolve: the damping-like torque pulls m towards the
polarisation mp = sign(theta J) sigma with sigma = z x J.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import e as elementary_charge
from scipy.constants import hbar


def damping_like_field(
    current_density: ArrayLike,
    spin_hall_angle: ArrayLike,
    saturation_magnetisation: ArrayLike,
    thickness: ArrayLike,
) -> NDArray[np.float64]:
    """Damping-like effective field B_DL = hbar theta J / (2 e M_s t).

    Parameters
    ----------
    current_density : array_like
        Charge current density J in the spin-Hall layer (A/m²).
    spin_hall_angle : array_like
        Damping-like spin-Hall angle (1); with the field-like angle the result is B_FL.
    saturation_magnetisation : array_like
        M_s of the ferromagnet (A/m).
    thickness : array_like
        Thickness of the ferromagnet (m).

    Returns
    -------
    ndarray
        Field in T, broadcast over the arguments.

    Notes
    -----
    Khvalkovskiy et al., Phys. Rev. B 87, 020402 (2013).
    """
    per_moment = hbar / (2 * elementary_charge) / np.multiply(saturation_magnetisation, thickness)
    return np.asarray(per_moment * np.multiply(current_density, spin_hall_angle), dtype=float)


def macrospin_threshold(
    anisotropy: ArrayLike,
    saturation_magnetisation: ArrayLike,
    thickness: ArrayLike,
    spin_hall_angle: ArrayLike,
    in_plane_field: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Current density that switches a perpendicular macrospin at T = 0.

    J_c = (2e/hbar) (M_s t / |theta|) (B_K/2 - |B_x|/sqrt(2)), B_K = 2 K_eff / M_s.

    Parameters
    ----------
    anisotropy : array_like
        Effective perpendicular anisotropy K_eff (J/m³).
    saturation_magnetisation, thickness, spin_hall_angle : array_like
        As in `damping_like_field`.
    in_plane_field : array_like
        Field along the current (T).

    Returns
    -------
    ndarray
        Threshold (A/m²).

    Notes
    -----
    Lee et al., Appl. Phys. Lett. 102, 112410 (2013), to first order in B_x/B_K.
    """
    per_current = damping_like_field(
        1.0, np.abs(spin_hall_angle), saturation_magnetisation, thickness
    )
    anisotropy_field = 2 * np.divide(anisotropy, saturation_magnetisation)
    needed = anisotropy_field / 2 - np.abs(in_plane_field) / np.sqrt(2)
    return np.asarray(needed / per_current, dtype=float)


def favoured_polarity(
    current_density: ArrayLike, spin_hall_angle: ArrayLike, in_plane_field: ArrayLike
) -> NDArray[np.float64]:
    """Sign of m_z that the torque favours: sign(theta J B_x).

    The damping-like field is along m x mp; with mp along y its z part is m_x, and the
    sign of m_x is that of the field along the current. Without such a field neither state
    is favoured and the result is 0.

    Parameters
    ----------
    current_density : array_like
        Along x (A/m²).
    spin_hall_angle : array_like
        Damping-like (1).
    in_plane_field : array_like
        Applied field or in-plane exchange bias along x (T).

    Returns
    -------
    ndarray
        -1, 0 or 1.
    """
    return np.asarray(
        np.sign(current_density) * np.sign(spin_hall_angle) * np.sign(in_plane_field), dtype=float
    )
