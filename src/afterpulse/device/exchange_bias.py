"""Exchange bias of AFM grains on the ferromagnet above them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def exchange_bias_field(
    interface_coupling: ArrayLike, saturation_magnetisation: ArrayLike, thickness: ArrayLike
) -> NDArray[np.float64]:
    """Return the field of fully aligned grains, B_eb = J_int / (M_s t_FM) (T).

    Parameters
    ----------
    interface_coupling, saturation_magnetisation, thickness : array_like
        J_int (J/m²), M_s (A/m) and t_FM (m).

    Notes
    -----
    Meiklejohn and Bean, Phys. Rev. 102, 1413 (1956).
    """
    return np.asarray(
        np.divide(interface_coupling, np.multiply(saturation_magnetisation, thickness)),
        dtype=float,
    )
