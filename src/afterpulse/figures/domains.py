"""Map of m_z from the states of the units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from afterpulse import datasets
from afterpulse.figures import style
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import TWO_SIDED
from afterpulse.timeline.protocol import sweep_protocols

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(film: xr.Dataset, axes: Axes) -> Axes:
    """Draw m_z of every cell onto `axes` and return them.

    `film` has ``unit_index`` (x, y), ``unit_state`` (unit) and the cell centres ``x``, ``y`` (m).
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


def draw_no_point(figure: Figure) -> None:
    """Write that all points of the chunk failed."""
    figure.text(0.5, 0.5, "no point of this chunk could\nbe computed: failed.csv", ha="center")


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the film at the end of the trajectory of the first chunk with the largest amplitude."""
    sample, chunk = (datasets.read(path) for path in paths)
    figure = style.new_figure(2.8)
    if not chunk.sizes["point"]:
        draw_no_point(figure)
        style.save(figure, stem)
        return
    strongest = int(np.argmax(np.abs(chunk["pulse_amplitude"].values).max(axis=1)))
    point = chunk.isel(point=strongest)
    last = int(np.flatnonzero(point["time"].notnull().values)[-1])
    film = sample[["unit_index"]].assign(unit_state=("unit", point["unit_state"].values[last]))
    axes = draw(film, figure.add_subplot())
    amplitude, width = point["pulse_amplitude"].values[0], point["pulse_width"].values[0]
    delay = float(point["delay"][last])
    axes.set_title(
        f"{style.printed(delay, 's')} after a pulse of {style.printed(amplitude, 'A')}, "
        f"{style.printed(width, 's')}"
    )
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="domains",
    caption="m_z of the FM units at the end of a trajectory.",
    inputs=lambda card: (
        ["sample.nc", "trajectories/{first_chunk}.nc"]
        if sweep_protocols(card) or card.trains
        else []
    ),
    draw=draw_files,
)
