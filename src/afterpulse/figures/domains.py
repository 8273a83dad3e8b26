"""Map of the magnetisation from the states of the film's units."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from afterpulse.figures.style import TWO_SIDED


def draw(film: xr.Dataset, axes: Axes) -> Axes:
    """Draw m_z of every cell.

    Parameters
    ----------
    film : Dataset
        ``unit_index`` (x, y), ``unit_state`` (unit), and the cells' centres ``x`` and ``y`` in m.
    axes : Axes
        Where to draw.

    Returns
    -------
    Axes
        `axes`.
    """
    index = film["unit_index"].transpose("y", "x").values
    m_z = film["unit_state"].values[index].astype(np.float64)
    x, y = 1e9 * film["x"].values, 1e9 * film["y"].values
    image = axes.pcolormesh(x, y, m_z, vmin=-1, vmax=1, cmap=TWO_SIDED, rasterized=True)
    axes.set_aspect("equal")
    axes.set_xlabel("x (nm)")
    axes.set_ylabel("y (nm)")
    colours = axes.figure.colorbar(image, ax=axes, ticks=[-1, 0, 1])
    colours.set_label("$m_z$")
    return axes
