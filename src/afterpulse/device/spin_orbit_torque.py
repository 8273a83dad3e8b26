"""Spin-orbit torque of a current in the spin-Hall layer.

Signs follow OOMMF's Oxs_SpinXferEvolve: the damping-like torque pulls m towards the polarisation
mp = sign(theta J) sigma with sigma = z x J. Arguments broadcast.
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
    """Return the damping-like effective field B_DL = hbar theta J / (2 e M_s t) (T).

    Parameters
    ----------
    current_density : array_like
        J in the spin-Hall layer (A/m²).
    spin_hall_angle : array_like
        Damping-like theta (1); with the field-like angle the result is B_FL.
    saturation_magnetisation, thickness : array_like
        M_s (A/m) and t (m) of the ferromagnet.

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
    """Return the current density that switches a perpendicular macrospin at T = 0 (A/m²).

    J_c = (2e/hbar) (M_s t / |theta|) (B_K/2 - |B_x|/sqrt(2)), B_K = 2 K_eff / M_s.

    Parameters
    ----------
    anisotropy : array_like
        Effective perpendicular anisotropy K_eff (J/m³).
    saturation_magnetisation, thickness, spin_hall_angle : array_like
        As in `damping_like_field`.
    in_plane_field : array_like
        Field along the current, B_x (T).

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
    """Return the sign of m_z that the torque favours, sign(theta J B_x), or 0 without B_x.

    The damping-like field is along m x mp. With mp along y its z component is m_x, and m_x has the
    sign of the field along the current, applied or of the exchange bias.

    Parameters
    ----------
    current_density, spin_hall_angle, in_plane_field : array_like
        J along x (A/m²), damping-like theta (1), B_x (T).
    """
    return np.asarray(
        np.sign(current_density) * np.sign(spin_hall_angle) * np.sign(in_plane_field), dtype=float
    )
