"""Stray field of a uniformly magnetised prism."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def prism_field_zz(
    x: ArrayLike, y: ArrayLike, width_x: float, width_y: float, thickness: float
) -> NDArray[np.float64]:
    """Return H_z/M (1) in the mid plane of a prism magnetised along z.

    It is -N_zz at the centre and negative outside the prism as well.

    Parameters
    ----------
    x, y : array_like
        Distance from the prism's centre (m).
    width_x, width_y, thickness : float
        Edges of the prism (m).

    Notes
    -----
    Each of the two charged sheets at z = ±thickness/2 gives the solid angle under which it is
    seen.
    """
    solid_angle = np.zeros(np.broadcast(x, y).shape)
    depth = thickness / 2
    for sign_x in (-1, 1):
        for sign_y in (-1, 1):
            to_x = np.asarray(x) + sign_x * width_x / 2
            to_y = np.asarray(y) + sign_y * width_y / 2
            distance = np.sqrt(to_x**2 + to_y**2 + depth**2)
            solid_angle += sign_x * sign_y * np.arctan2(to_x * to_y, depth * distance)
    return -2 * solid_angle / (4 * np.pi)
