"""Animation of the film during and after a pulse: its cells, or FM units and AFM grains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from afterpulse import datasets
from afterpulse.figures import domains, style
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS, TWO_SIDED, printed, scaled_unit

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

MOST_FRAMES = 80
LAST_FRAMES = 8
"""Number of frames of the last state before the animation restarts."""


def draw(sample: xr.Dataset, point: xr.Dataset, figure: Figure) -> FuncAnimation:
    """Draw maps of m_z and grain order above their means against time, one frame per step.

    Parameters
    ----------
    sample : Dataset
        ``unit_index`` (x, y), and the cell centres ``x`` and ``y`` (m).
    point : Dataset
        One trajectory of a chunk, of which `frames` are shown.
    figure : Figure
        Figure to draw onto, about square.

    Returns
    -------
    FuncAnimation
    """
    from matplotlib.animation import FuncAnimation

    shown = frames(point)
    index = sample["unit_index"].transpose("y", "x").values
    means = {
        r"$\langle m_z\rangle$": shown["magnetisation_z"].values,
        "grain order": shown["grain_order"].values,
    }
    maps = {
        "$m_z$ of the units": shown["unit_state"].values,
        "order of the grains": shown["unit_grain_order"].values,
    }
    panels = figure.subplot_mosaic(
        [[*maps], ["during", "after"]], height_ratios=(3, 2), width_ratios=(1, 1)
    )
    x, y = (1e9 * sample[name].values for name in "xy")
    half = 0.5 * (x[1] - x[0])
    extent = (x[0] - half, x[-1] + half, y[0] - half, y[-1] + half)
    images = []
    for name, values in maps.items():
        panel = panels[name]
        images.append(
            panel.imshow(
                values[0][index], vmin=-1, vmax=1, cmap=TWO_SIDED, origin="lower", extent=extent
            )
        )
        panel.set(title=name, xlabel="x (nm)")
    names = list(maps)
    panels[names[0]].set_ylabel("y (nm)")
    panels[names[1]].tick_params(labelleft=False)
    figure.colorbar(images[1], ax=[panels[name] for name in names], ticks=[-1, 0, 1])
    during = shown["delay"].values <= 0
    since = np.where(during, shown["time"].values, shown["delay"].values)
    markers, factors = [], []
    for name, edge, inside in (("during", "start", during), ("after", "end", ~during)):
        factor, unit = scaled_unit(float(since[inside].max(initial=0.0)), "s")
        markers.append(draw_means(means, factor * since, inside, panels[name]))
        panels[name].set_xlabel(f"time since {edge} ({unit})")
        factors.append(factor)
    panels["during"].set_ylabel("mean")
    panels["after"].tick_params(labelleft=False)
    panels["after"].legend(loc="lower left")
    amplitude, width = (
        float(point[name].values.flat[0]) for name in ("pulse_amplitude", "pulse_width")
    )
    pulse = f"pulse of {printed(amplitude, 'A')}, {printed(width, 's')}"
    title = figure.suptitle(f"{pulse}\n ", fontsize=8)
    figure.draw_without_rendering()
    # Laid out once, so that nothing moves from frame to frame.
    figure.set_layout_engine("none")

    def show(frame: int) -> list[Artist]:
        for image, values in zip(images, maps.values(), strict=True):
            image.set_data(values[frame][index])
        insides = during[frame], not during[frame]
        for marker, factor, inside in zip(markers, factors, insides, strict=True):
            shown_now = inside and since[frame] > 0
            marker.set_xdata([factor * since[frame] if shown_now else np.nan])
        title.set_text(f"{pulse}\n{moment(float(since[frame]), bool(during[frame]))}")
        return [*images, *markers, title]

    order = [*range(shown.sizes["step"]), *[shown.sizes["step"] - 1] * LAST_FRAMES]
    return FuncAnimation(figure, show, frames=order)


def draw_cells(shown: xr.Dataset, figure: Figure) -> FuncAnimation:
    """Draw stored fields of a trajectory above ⟨m_z⟩ against time, one frame per snapshot.

    Parameters
    ----------
    shown : Dataset
        ``magnetisation`` (snapshot, x, y, component), ``time`` (snapshot) since the start of the
        first pulse (s), and its ``pulse_width`` (s).
    figure : Figure
        Figure to draw onto, higher than wide.

    Returns
    -------
    FuncAnimation
    """
    from matplotlib.animation import FuncAnimation

    panels = figure.subplot_mosaic([["cells"], ["mean"]], height_ratios=(3, 1))
    cells, mean = panels["cells"], panels["mean"]
    image = domains.draw_field(shown.isel(snapshot=0), cells)
    figure.colorbar(image, ax=cells, ticks=[-1, 0, 1]).set_label("$m_z$")
    time, width = shown["time"].values, float(shown["pulse_width"])
    factor, unit = scaled_unit(float(time.max()), "s")
    m_z = shown["magnetisation"].sel(component="z").mean(["x", "y"]).values
    mean.plot(factor * time, m_z, color=COLOURS[0])
    mean.set(
        xlabel=f"time since start ({unit})", ylabel=r"$\langle m_z\rangle$", ylim=(-1.08, 1.08)
    )
    marker = mean.axvline(np.nan, color="0.3", linewidth=0.8)

    def show(frame: int) -> list[Artist]:
        cells.clear()
        domains.draw_field(shown.isel(snapshot=frame), cells)
        cells.set_ylabel("y (nm)")
        since, during = float(time[frame]), bool(time[frame] <= width)
        cells.set_title(moment(since if during else since - width, during))
        marker.set_xdata([factor * since])
        return [cells, marker]

    show(0)
    figure.draw_without_rendering()
    # Laid out once, so that nothing moves from frame to frame.
    figure.set_layout_engine("none")
    last = shown.sizes["snapshot"] - 1
    return FuncAnimation(figure, show, frames=[*range(last + 1), *[last] * LAST_FRAMES])


def cells_of_first_pulse(path: str, point: xr.Dataset, index: int) -> xr.Dataset | None:
    """Return stored fields of a trajectory from its first pulse to the end of the wait after.

    They are at most `MOST_FRAMES`, evenly selected. `path` is the dataset of the fields of a chunk,
    `index` the place of the point in it. Returns None if there are fewer than two fields, or if
    they do not reach the end of the wait, which the kinetics then compute.
    """
    first = point["time"].where(point["pulse"] <= 0)
    end = float(first.where(point["stage"] != "").max())
    with datasets.opened(path) as fields, datasets.reading(path):
        time = fields["time"].isel(point=index).values
        kept = np.flatnonzero(time <= end * (1 + 1e-9))
        if kept.size < 2 or time[kept[-1]] < end * (1 - 1e-6):
            return None
        stored = fields.isel(point=index, snapshot=kept[evenly(kept.size)]).load()
    return stored.assign(pulse_width=float(point["pulse_width"].values.flat[0]))


def evenly(count: int) -> np.ndarray:
    """Return the indices of at most `MOST_FRAMES` of some frames, evenly spread."""
    return np.linspace(0, count - 1, min(count, MOST_FRAMES)).round().astype(int)


def frames(point: xr.Dataset) -> xr.Dataset:
    """Return at most `MOST_FRAMES` steps of a trajectory, evenly selected.

    They cover the first pulse, the step before it and the wait after it.
    """
    stage, pulse = point["stage"].values, point["pulse"].values
    kept = (stage != "") & (pulse <= 0)
    steps = np.flatnonzero(kept)
    return point.isel(step=steps[evenly(steps.size)])


def largest_decay(chunk: xr.Dataset) -> int:
    """Return the index of the point whose mean m_z changes most after its first pulse."""
    waits = ((chunk["stage"] == "wait") & (chunk["pulse"] == 0)).values
    m_z = chunk["magnetisation_z"].values
    ends = [(values[wait][0], values[wait][-1]) for values, wait in zip(m_z, waits, strict=True)]
    return int(np.argmax([abs(last - first) for first, last in ends]))


def draw_means(
    means: dict[str, np.ndarray], since: np.ndarray, inside: np.ndarray, axes: Axes
) -> Line2D:
    """Draw curves against logarithmic time; return the line that marks the current frame."""
    for (name, values), colour in zip(means.items(), COLOURS, strict=False):
        axes.plot(since[inside], values[inside], color=colour, label=name)
    axes.set_xscale("log")
    axes.set_ylim(-1.08, 1.08)
    return axes.axvline(np.nan, color="0.3", linewidth=0.8)


def moment(since: float, during: bool) -> str:
    """Return the time of a frame relative to the pulse."""
    if not during:
        return f"{printed(since, 's')} after its end"
    return f"{printed(since, 's')} after its start" if since > 0 else "before it"


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the film for the trajectory of the first chunk with the largest decay.

    The third path, if any, is that of its stored fields (`cells_of_first_pulse`).
    """
    from matplotlib.animation import FuncAnimation

    sample, chunk = (datasets.read(path) for path in paths[:2])
    figure = style.new_figure(3.2)
    if not chunk.sizes["point"]:
        domains.draw_no_point(figure)
        style.save_animation(FuncAnimation(figure, lambda frame: [], frames=1), stem)
        return
    chosen = largest_decay(chunk)
    point = chunk.isel(point=chosen)
    cells = cells_of_first_pulse(paths[2], point, chosen) if len(paths) > 2 else None
    if cells is not None:
        style.save_animation(draw_cells(cells, style.new_figure(4.0)), stem)
        return
    style.save_animation(draw(sample, point, figure), stem)


FIGURE = FigureSpec(
    name="animation",
    caption="""\
FM units and order of the AFM grains under each unit, during and after a pulse, for the trajectory
of the first chunk with the largest decay. Below: means over the film. If magnetisation fields are
stored to the end of the wait: m_z of the cells, and arrows for the magnetisation in the plane.""",
    inputs=domains.FIGURE.inputs,
    draw=draw_files,
    endings=("gif", "html"),
)
