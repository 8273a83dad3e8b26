"""Fraction retained and retention time against pulse amplitude and width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse import datasets
from afterpulse.figures import style
from afterpulse.figures.selection import common_amplitudes, critical_current
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import (
    COLOURS,
    MARKERS,
    amplitude_axes,
    amplitude_scale,
    lowest_colour,
    printed,
    round_values,
    scaled_unit,
)
from afterpulse.timeline.protocol import sweep_protocols

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REFUSED, BEYOND = "////", "...."


def draw(decay: xr.Dataset, figure: Figure) -> list[Axes]:
    """Draw the fraction retained and the retention time, with intervals above and as maps below.

    Parameters
    ----------
    decay : Dataset
        Fits of a sweep by `afterpulse.decay.fit_decays`, dims (pulse_amplitude, pulse_width).
    figure : Figure
        Figure to draw onto.

    Returns
    -------
    list of Axes
        The panels with intervals, then the maps.
    """
    from matplotlib.colors import LogNorm, Normalize
    from matplotlib.patches import Patch

    decay = decay.sortby(["pulse_amplitude", "pulse_width"])
    above, panels = figure.subplots(2, 2, sharex=True)
    # Curves have all amplitudes, maps those common to all widths.
    mapped = common_amplitudes(decay, "change_at_probe")
    fraction = mapped["share_retained"].transpose("pulse_width", "pulse_amplitude")
    time = mapped["retention_time"].transpose("pulse_width", "pulse_amplitude")
    refused = (mapped["refused"] != "").transpose("pulse_width", "pulse_amplitude").values
    beyond = ~refused & np.isnan(time.values)
    # Measured files have each a window of its own.
    windows = (mapped["window_end"] - mapped["window_start"]).broadcast_like(time)
    window = float((decay["window_end"] - decay["window_start"]).max())
    scale, label = amplitude_scale(decay)
    per_unit, unit = scaled_unit(window, "s")
    lowest = per_unit * lowest_colour(time, window)
    norms: Any = (Normalize(0, 1), LogNorm(lowest, per_unit * window))
    names = (
        f"fraction retained at {retained_delay(decay)}",
        f"retention time ({unit})",
    )
    extends = (
        "both" if (fraction < 0).any() else "max" if (fraction > 1).any() else "neither",
        "neither",
    )
    x = edges(scale * mapped["pulse_amplitude"].values)
    widths = decay["pulse_width"].values
    y = 10 ** edges(np.log10(widths))
    for panel, values, norm, name, extend in zip(
        panels, (fraction, per_unit * time), norms, names, extends, strict=True
    ):
        image = panel.pcolormesh(x, y, values, norm=norm, rasterized=True)
        bar = figure.colorbar(
            image, ax=panel, label=name, location="bottom", extend=extend, pad=0.03
        )
        if isinstance(norm, LogNorm):
            ticks = round_values(lowest, per_unit * window)
            bar.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])
            bar.minorticks_off()
        _hatch(panel, x, y, refused, REFUSED)
        panel.set_yscale("log")
        panel.set_yticks(widths, [printed(width, "s") for width in widths])
        panel.minorticks_off()
        panel.set_xlabel(label)
    _hatch(panels[1], x, y, beyond, BEYOND)
    for panel, name, values in zip(above, names, (fraction, time), strict=True):
        draw_intervals(decay, str(values.name), window, panel, per_unit if values is time else 1.0)
        amplitude_axes(panel, critical_current(decay))
        panel.set_xlabel("")
        panel.set_ylabel(name)
    if time.isnull().all():
        above[1].set_ylim(0, per_unit * window)
        text = "longer than the window,\nor not evaluated"
        above[1].text(0.5, 0.5, text, transform=above[1].transAxes, ha="center")
    above[0].set_ylim(limits(decay["share_retained"], decay["share_retained_interval"]))
    figure.legend(
        *above[0].get_legend_handles_labels(),
        title="pulse width",
        title_fontsize=7,
        loc="outside upper center",
        ncols=decay.sizes["pulse_width"],
    )
    panels[0].set_ylabel("pulse width")
    panels[1].tick_params(labelleft=False)
    shortest = float(windows.transpose(*time.dims).where(beyond).min())
    keys = [
        Patch(facecolor="white", edgecolor="0.5", hatch=hatch, label=label)
        for hatch, label, cells in (
            (REFUSED, "not evaluated", refused),
            (BEYOND, f"longer than {printed(shortest, 's')}", beyond),
        )
        if cells.any()
    ]
    if keys:
        figure.legend(handles=keys, loc="outside lower center", ncols=2)
    return [*above, *panels]


def retained_delay(decay: xr.Dataset) -> str:
    """Return the delay of the fraction retained, or the range of delays of measured files."""
    if "retained_at" not in decay:
        return printed(decay.attrs["retained_at"], "s")
    at = decay["retained_at"].where(decay["share_retained"].notnull())
    ends = [printed(float(end), "s") for end in (at.min(), at.max())]
    return " to ".join(dict.fromkeys(ends))


def limits(value: xr.DataArray, interval: xr.DataArray) -> tuple[float, float]:
    """Return limits of an axis that shows all values and their intervals (bound), with a margin.

    An interval that is wider than the range of all values may extend beyond the limits, which are
    0 and 1 if there are no values.
    """
    if value.isnull().all():
        return 0.0, 1.0
    wide = interval.sel(bound="upper") - interval.sel(bound="lower")
    kept = interval.where(wide <= float(value.max() - value.min()))
    low = min(float(value.min()), float(kept.fillna(value).min()))
    high = max(float(value.max()), float(kept.fillna(value).max()))
    margin = 0.05 * (high - low) or 0.05
    return low - margin, high + margin


def draw_intervals(
    decay: xr.Dataset, quantity: str, longest: float, axes: Axes, factor: float = 1.0
) -> Axes:
    """Draw a variable of `decay` against amplitude with its intervals, one curve per width.

    Intervals are cut off at `longest`; the drawn values are multiplied by `factor`. Returns `axes`.
    """
    for index, width in enumerate(decay["pulse_width"].values):
        row = decay.sel(pulse_width=width).dropna("pulse_amplitude", subset=["change_at_probe"])
        value = row[quantity].values
        lower, upper = row[f"{quantity}_interval"].transpose("bound", "pulse_amplitude").values
        axes.errorbar(
            amplitude_scale(decay)[0] * row["pulse_amplitude"].values,
            factor * value,
            [
                factor * np.maximum(value - lower, 0),
                factor * np.maximum(np.minimum(upper, longest) - value, 0),
            ],
            color=COLOURS[index % len(COLOURS)],
            marker=MARKERS[index % len(MARKERS)],
            label=printed(width, "s"),
        )
    return axes


def edges(centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the n + 1 edges of cells around n ascending centres; a single cell has width 1."""
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middle = 0.5 * (centres[1:] + centres[:-1])
    first, last = 2 * centres[0] - middle[0], 2 * centres[-1] - middle[-1]
    return np.concatenate([[first], middle, [last]])


def _hatch(
    axes: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    cells: NDArray[np.bool_],
    hatch: str,
) -> None:
    from matplotlib.patches import Rectangle

    for row, column in np.argwhere(cells):
        axes.add_patch(
            Rectangle(
                (x[column], y[row]),
                x[column + 1] - x[column],
                y[row + 1] - y[row],
                facecolor="white",
                edgecolor="0.5",
                linewidth=0,
                hatch=hatch,
            )
        )


def draw_files(paths: list[str], stem: str) -> None:
    """Draw retention against amplitude and width."""
    figure = style.new_figure(4.6, width=2 * style.COLUMN)
    draw(datasets.read(paths[0]), figure)
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="retention_map",
    caption="""\
Fraction retained and retention time against pulse amplitude and width, above with 95 % intervals.
Retention times are valid only for the window of the fit. Hatched: not evaluated; dotted: longer
than the window, at the end of which open intervals are cut off.""",
    inputs=lambda card: ["decay.nc"] if "sweep" in sweep_protocols(card) else [],
    draw=draw_files,
)
