"""Maps of m_z: from stored magnetisation fields, or from the states of the units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from afterpulse import datasets
from afterpulse.cards.experiment import Experiment
from afterpulse.figures import style
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import TWO_SIDED
from afterpulse.timeline.protocol import sweep_protocols

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.figure import Figure

PANELS = 4
ARROWS = 16
"""Arrows along the longer edge of the film, about."""


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


def draw_field(field: xr.Dataset, axes: Axes) -> QuadMesh:
    """Draw m_z of every cell onto `axes`, and the in-plane magnetisation as arrows.

    `field` has ``magnetisation`` (x, y, component) and the cell centres ``x``, ``y`` (m). An arrow
    is the mean over a square of cells; its full length, that of the square, is |m| = 1 in the
    plane. Returns the map of m_z.
    """
    m = field["magnetisation"].transpose("y", "x", "component").values.astype(np.float64)
    x, y = 1e9 * field["x"].values, 1e9 * field["y"].values
    image = axes.pcolormesh(x, y, m[..., 2], vmin=-1, vmax=1, cmap=TWO_SIDED, rasterized=True)
    square = max(1, round(max(m.shape[:2]) / ARROWS))
    rows, columns = (square * (size // square) for size in m.shape[:2])
    blocks = m[:rows, :columns].reshape(rows // square, square, columns // square, square, 3)
    mean = blocks.mean(axis=(1, 3))
    edge = square * (x[1] - x[0])
    axes.quiver(
        x[:columns].reshape(-1, square).mean(axis=1),
        y[:rows].reshape(-1, square).mean(axis=1),
        mean[..., 0],
        mean[..., 1],
        angles="xy",
        pivot="middle",
        units="xy",
        scale_units="xy",
        scale=1 / edge,
        width=0.12 * edge,
        # Seen on both ends of the colours.
        color="white",
        edgecolor="black",
        linewidth=0.25,
    )
    axes.set_aspect("equal")
    axes.set_xlabel("x (nm)")
    return image


def draw_snapshots(point: xr.Dataset, figure: Figure) -> list[Axes]:
    """Draw some stored fields of a trajectory side by side, the first and last one included.

    `point` has ``magnetisation`` (snapshot, x, y, component) and ``time`` (snapshot) in s. Their
    times are about evenly spaced on a logarithmic axis.
    """
    time = point["time"].dropna("snapshot").values
    wanted = np.geomspace(time[0], time[-1], PANELS)
    chosen = np.unique(np.abs(np.log(time / wanted[:, None])).argmin(axis=1))
    row = np.atleast_1d(figure.subplots(1, chosen.size, sharex=True, sharey=True))
    for snapshot, axes in zip(chosen, row, strict=True):
        image = draw_field(point.isel(snapshot=snapshot), axes)
        axes.set_title(style.printed(float(point["time"][snapshot]), "s"))
    row[0].set_ylabel("y (nm)")
    figure.colorbar(image, ax=list(row), ticks=[-1, 0, 1]).set_label("$m_z$")
    return list(row)


def draw_no_point(figure: Figure) -> None:
    """Write that all points of the chunk failed."""
    figure.text(0.5, 0.5, "no point of this chunk could\nbe computed: failed.csv", ha="center")


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the trajectory of the first chunk with the largest amplitude.

    The third path, if any, is that of its stored fields. Without them, it is the film at the end.
    """
    sample, chunk = (datasets.read(path) for path in paths[:2])
    figure = style.new_figure(2.8)
    if not chunk.sizes["point"]:
        draw_no_point(figure)
        style.save(figure, stem)
        return
    strongest = int(np.argmax(np.abs(chunk["pulse_amplitude"].values).max(axis=1)))
    for path in paths[2:]:
        with datasets.opened(path) as fields, datasets.reading(path):
            if fields.sizes["snapshot"]:
                figure = style.new_figure(2.2, 2 * style.COLUMN)
                draw_snapshots(fields.isel(point=strongest), figure)
                style.save(figure, stem)
                return
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


def fields_of(card: Experiment) -> list[str]:
    """Return the dataset with the stored fields of the first chunk, if the card keeps some."""
    return ["fields/{first_chunk}.nc"] if card.numerics.keeps_fields else []


FIGURE = FigureSpec(
    name="domains",
    caption="m_z of the FM units at the end of a trajectory. With stored fields: m_z of the cells "
    "at some times since the start of the first pulse, and arrows for the magnetisation in the "
    "plane.",
    inputs=lambda card: (
        ["sample.nc", "trajectories/{first_chunk}.nc", *fields_of(card)]
        if sweep_protocols(card) or card.trains
        else []
    ),
    draw=draw_files,
)
