"""Spin-orbit torque on the grains of the antiferromagnet.

A grain is taken as a macrospin: its interface spin, with the anisotropy K_AF of the whole grain.
The torque per area hbar theta_AF J/2e acts against the anisotropy per area K_AF t_AF. The two
sublattices of a grain are equivalent, so a polarisation along its axis favours neither state; the
exchange field of the ferromagnet across the axis does.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import e as elementary_charge
from scipy.constants import hbar


def relative_current(
    current_density: ArrayLike, efficiency: ArrayLike, areal_anisotropy: ArrayLike
) -> NDArray[np.float64]:
    """Return theta_AF J over the threshold of a grain without a field, (2e/hbar) K_AF t_AF.

    The sign is that of theta_AF J, the polarisation of the spin current along y. It is 0 where a
    grain has no anisotropy, and so no barrier.

    Parameters
    ----------
    current_density, efficiency : array_like
        J along x (A/m²), theta_AF (1).
    areal_anisotropy : array_like
        K_AF t_AF (J/m²).

    Notes
    -----
    `spin_orbit_torque.macrospin_threshold` with M_s B_K/2 = K (Lee et al., Appl. Phys. Lett. 102,
    112410 (2013)).
    """
    torque = hbar / (2 * elementary_charge) * np.multiply(current_density, efficiency)
    torque, needed = np.broadcast_arrays(torque, np.asarray(areal_anisotropy, dtype=float))
    return np.divide(torque, needed, out=np.zeros(needed.shape), where=needed > 0)
