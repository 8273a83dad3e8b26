r"""Sensitivity of a Hall cross to the magnetisation.

A Hall bar crossed by voltage arms, both long, of one thin film. A local Hall angle
:math:`\theta` adds the current density :math:`\sigma\theta\,\hat z\times E_1` to that of the
unperturbed film. By reciprocity the voltage of that source between the voltage arms, times a
current :math:`I_2` through these arms, is the source times the field :math:`E_2` of that current:

.. math:: V I_2 = \sigma\int\theta\,\hat z\cdot(E_1\times E_2)\,dA .

So the sensitivity is the cross product of the field of a current through the bar and the field of
a current through the voltage arms, both in the unperturbed film, to first order in the Hall angle.

Both fields are known in closed form. A conformal map (Schwarz and Christoffel) takes the cross with
endless arms to the unit disc, where each current is that between two opposite points of the rim.
With the widths `p` of the bar and `q` of the arms, :math:`z = x + iy` from the centre and a
variable `e` in place of that on the disc,

.. math::

    \frac{de}{dz} = \pi\,\frac{(1 - p^2e^2)(1 + q^2e^2)}{p^2 + q^2},\qquad
    E_1 = \sqrt{\frac{1 + q^2e^2}{p^2 + q^2}},\qquad
    E_2 = -i\sqrt{\frac{1 - p^2e^2}{p^2 + q^2}},

with :math:`E = E_x - iE_y` per sheet resistance and current. Far out in the bar
:math:`e = E_1 = 1/p`, in the centre :math:`e = 0`.
"""

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from afterpulse.device import Device
from afterpulse.film import fields
from afterpulse.film.sample import Sample

TOLERANCE = 1e-8


def response_density(
    x: ArrayLike, y: ArrayLike, channel_width: float, arm_width: float
) -> NDArray[np.float64]:
    """Return the fraction of the Hall voltage that comes from a position, per area (1/m²).

    Parameters
    ----------
    x, y : array_like, broadcastable to each other
        Distance from the centre of the cross, along and across the current, in m.
    channel_width, arm_width : float
        Width of the current's bar (along y) and of the voltage arms (along x), in m.

    Returns
    -------
    ndarray
        Its integral over the whole cross is one; zero beside the film.

    Raises
    ------
    ValueError
        If a width is not above zero.
    """
    for name, width in (("channel_width", channel_width), ("arm_width", arm_width)):
        if not (np.isfinite(width) and width > 0):
            raise ValueError(f"{name} must be above 0 m, got {width}")
    # The response is even in x and in y.
    x, y = np.broadcast_arrays(np.abs(x), np.abs(y))
    density = np.zeros(x.shape)
    inside = (x < arm_width / 2) | (y < channel_width / 2)
    if not inside.any():
        return density
    diagonal = np.hypot(channel_width, arm_width)
    channel, arm = channel_width / diagonal, arm_width / diagonal
    position = (x[inside] + 1j * y[inside]) / diagonal

    def slope(_: float, e: NDArray[np.complex128]) -> NDArray[np.complex128]:
        # All positions at once, each along a straight line from the centre within the film.
        return np.pi * position * (1 - (channel * e) ** 2) * (1 + (arm * e) ** 2)

    solution = scipy.integrate.solve_ivp(
        slope, (0, 1), np.zeros_like(position), "DOP853", rtol=TOLERANCE, atol=TOLERANCE
    )
    e = solution.y[:, -1]
    first, second = np.sqrt(1 + (arm * e) ** 2), np.sqrt(1 - (channel * e) ** 2)
    density[inside] = np.real(first * np.conj(second)) / diagonal**2
    return density


def sensitivity(
    channel_width: float, arm_width: float, cell: float, cells: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the sensitivity of a Hall cross on the grid of a window around its centre.

    This is the weight of the anomalous Hall effect; the planar Hall effect has another. The
    fraction of the cross's response in the window is the sum of `response_density` over its cells
    times the area of a cell.

    Parameters
    ----------
    channel_width, arm_width : float
        See `response_density`.
    cell : float
        Edge of a cell, in m.
    cells : tuple of int (nx, ny)
        Cells of the window along x and y.

    Returns
    -------
    ndarray, shape (nx, ny)
        Response at the centres of the cells, with a mean of one; zero beside the film.

    Raises
    ------
    ValueError
        If a length is not above zero or no cell's centre lies on the film.
    """
    if not (np.isfinite(cell) and cell > 0):
        raise ValueError(f"cell must be above 0 m, got {cell}")
    x, y = ((np.arange(count) - (count - 1) / 2) * cell for count in cells)
    density = response_density(x[:, None], y[None, :], channel_width, arm_width)
    if not density.any():
        raise ValueError(f"no centre of the {cells[0]} x {cells[1]} cells lies on the cross")
    return np.asarray(density / density.mean())


def cell_weight(device: Device, sample: Sample) -> NDArray[np.float64] | None:
    """Return the weight of each cell of a film in the Hall voltage of the device.

    The window of the sample is centred on the cross. Only its cells count: the weights are
    normalised to the window, as if the film outside had the same weighted mean. Cells of the window
    that lie beside the bar and its arms have no weight, but the kinetics and LLG include them. The
    planar Hall effect gets the same weights, which is exact only in the centre of the cross.

    Returns
    -------
    ndarray, shape (nx, ny), or None
        With a sum of one; None if the device card has no arm width.

    Raises
    ------
    ValueError
        If no cell's centre lies on the cross: the cells are larger than the bar and its arms.
    """
    bar = device.hall_bar
    if bar.arm_width is None:
        return None
    nx, ny = sample.unit_index.shape
    weight = sensitivity(bar.width.value, bar.arm_width.value, sample.cell, (nx, ny))
    return np.asarray(weight / weight.sum())


def weight_without_borders(
    sample: Sample, weight: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Return the weight of cells in a magnetisation field's Hall voltage, shape (nx, ny).

    The cells of borders between units are not read: their exchange is weak on all sides, so the
    thermal field turns them one by one. The other cells of a unit take over their weight; a unit
    that has no others keeps them. `weight` is None if all cells count equally.
    """
    whole = np.ones(sample.unit_index.shape) if weight is None else weight
    inner = np.where(fields.border_cells(sample), 0.0, whole)
    unit = sample.unit_index
    total, kept = (np.bincount(unit.ravel(), each.ravel()) for each in (whole, inner))
    factor = np.divide(total, kept, where=kept > 0, out=np.zeros_like(total))
    shared = np.where(kept[unit] > 0, inner * factor[unit], whole)
    return np.asarray(shared / shared.sum())
