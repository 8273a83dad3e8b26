"""Exchange bias of AFM grains on the ferromagnet above them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def exchange_bias_field(
    interface_coupling: ArrayLike, saturation_magnetisation: ArrayLike, thickness: ArrayLike
) -> NDArray[np.float64]:
    """Field of fully aligned grains, B_eb = J_int / (M_s t_FM).

    Parameters
    ----------
    interface_coupling : array_like
        J_int (J/m²).
    saturation_magnetisation : array_like
        M_s (A/m).
    thickness : array_like
        t_FM (m).

    Returns
    -------
    ndarray
        T.

    Notes
    -----
    Meiklejohn and Bean, Phys. Rev. 102, 1413 (1956).
    """
    return np.asarray(
        np.divide(interface_coupling, np.multiply(saturation_magnetisation, thickness)),
        dtype=float,
    )
