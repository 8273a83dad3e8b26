"""Bokeh plots of the interactive page."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from bokeh.models import (
    ColumnDataSource,
    FixedTicker,
    HoverTool,
    LinearAxis,
    LinearColorMapper,
    LogColorMapper,
    Quad,
    Range1d,
    TapTool,
)
from bokeh.models.annotations.geometry import Span, Whisker
from bokeh.models.annotations.legends import ColorBar
from bokeh.plotting import figure as new_plot

from afterpulse.figures.selection import critical_current
from afterpulse.figures.style import COLOURS, lowest_colour, printed, round_values, scaled_unit

PLOT_SIZE: dict[str, Any] = {"width": 560, "height": 330}
SYMBOLS = ("circle", "square", "triangle", "diamond", "inverted_triangle", "plus", "x")
CONFIDENCE = 0.95


def amplitude_names(decay: xr.Dataset) -> list[str]:
    """Return the amplitudes with unit and, if known, over the critical current."""
    names = [printed(ampere, "A") for ampere in decay["pulse_amplitude"].values]
    if "relative_amplitude" not in decay:
        return names
    relative = decay["relative_amplitude"].values
    return [f"{ratio:.3g} I_c, {name}" for ratio, name in zip(relative, names, strict=True)]


def retention_plots(points: ColumnDataSource, decay: xr.Dataset) -> list[Any]:
    """Return the maps of fraction retained and retention time; a click selects a point."""
    window = float(decay["window_end"] - decay["window_start"])
    low = lowest_colour(decay["retention_time"], window)
    factor, unit = time_unit(decay)
    colours: dict[str, Any] = {"palette": "Viridis256", "nan_color": "white"}
    return [
        retention_plot(points, decay, *quantity)
        for quantity in (
            (
                "fraction",
                f"fraction retained at {printed(decay.attrs['retained_at'], 's')}",
                LinearColorMapper(**colours, low=0, high=1),
            ),
            (
                "time",
                f"retention time ({unit})",
                LogColorMapper(**colours, low=factor * low, high=factor * window),
            ),
        )
    ]


def retention_plot(
    points: ColumnDataSource, decay: xr.Dataset, quantity: str, title: str, mapper: Any
) -> Any:
    """Return one map with an upper axis in critical currents and values on hovering."""
    data: Any = points.data
    left, right = min(data["left"]), max(data["right"])
    plot = new_plot(
        title=title,
        x_range=Range1d(start=left, end=right),
        y_range=Range1d(start=min(data["bottom"]), end=max(data["top"])),
        y_axis_type="log",
        x_axis_label="pulse amplitude (mA)",
        y_axis_label="pulse width",
        tools="save",
        **PLOT_SIZE,
    )
    cell: dict[str, Any] = {
        "fill_color": {"field": quantity, "transform": mapper},
        "hatch_pattern": {"field": f"{quantity}_hatch"},
        "hatch_color": "#555555",
        "hatch_scale": 8,
    }
    shown = plot.quad("left", "right", "bottom", "top", source=points, line_color="white", **cell)
    shown.nonselection_glyph = shown.glyph
    shown.selection_glyph = Quad(line_color=COLOURS[1], line_width=3, **cell)
    tooltips = [
        ("amplitude", "@amplitude"),
        ("width", "@width"),
        (f"fraction retained at {printed(decay.attrs['retained_at'], 's')}", "@fraction_text"),
        ("retention time", "@time_text"),
        ("model", "@model"),
    ]
    plot.add_tools(TapTool(), HoverTool(tooltips=tooltips))
    widths = decay["pulse_width"].values.tolist()
    plot.yaxis.ticker = FixedTicker(ticks=widths)
    plot.yaxis.major_label_overrides = {width: printed(width, "s") for width in widths}
    plot.grid.visible = False
    ampere = 1e3 * critical_current(decay)
    if np.isfinite(ampere):
        plot.extra_x_ranges = {"relative": Range1d(start=left / ampere, end=right / ampere)}
        plot.add_layout(LinearAxis(x_range_name="relative", axis_label="I / I_c"), "above")
    bar = ColorBar(color_mapper=mapper, width=12)
    if quantity == "time":
        bar.ticker = FixedTicker(ticks=round_values(mapper.low, mapper.high))
    plot.add_layout(bar, "right")
    return finished(plot)


def voltage_plot(unit: str, **axis: Any) -> Any:
    """Return an empty plot of the Hall voltage."""
    tools = "pan,box_zoom,wheel_zoom,reset,save"
    label = f"Hall voltage ({unit})"
    return new_plot(title=" ", y_axis_label=label, tools=tools, **axis, **PLOT_SIZE)


def voltage_tooltips(unit: str) -> list[tuple[str, str]]:
    """Return what hovering shows of a mean voltage and its errors."""
    return [
        ("Hall voltage, mean", f"@mean{{0.00}} {unit}"),
        ("± standard error", f"@below{{0.00}} to @above{{0.00}} {unit}"),
        (f"{100 * CONFIDENCE:.0f} %", f"@low{{0.00}} to @high{{0.00}} {unit}"),
    ]


def time_unit(decay: xr.Dataset) -> tuple[float, str]:
    """Return the factor from s to the unit of all times of the page, and the unit."""
    return scaled_unit(float(decay["window_end"]), "s")


def trace_plot(unit: str, probe: float, seconds: str = "s") -> tuple[Any, dict[str, Any]]:
    """Return the plot of one trace, and its models, which the script of the page fills.

    `probe` is the probe delay in the unit `seconds`.
    """
    columns = ("delay", "mean", "below", "above", "low", "high", "initial", "kelvin")
    trace = ColumnDataSource({name: [] for name in columns})
    single, fitted = (ColumnDataSource({"delay": [], "voltage": []}) for _ in range(2))
    label = f"time since the end of the pulse ({seconds})"
    plot = voltage_plot(unit, x_axis_type="log", x_axis_label=label)
    plot.multi_line("delay", "voltage", source=single, color="#bbbbbb", legend_label="replicates")
    plot.varea("delay", "below", "above", source=trace, color=COLOURS[0], alpha=0.25)

    def line(y: str, source: ColumnDataSource, colour: str, dash: str, legend: str) -> Any:
        look: dict[str, Any] = {"color": colour, "line_dash": dash, "line_width": 2}
        return plot.line("delay", y, source=source, legend_label=legend, **look)

    curve = line("mean", trace, COLOURS[0], "solid", "mean")
    line("voltage", fitted, COLOURS[1], "dashed", "chosen model")
    line("initial", trace, "#555555", "dotted", "before the pulse")
    moment = Span(dimension="height", line_color=COLOURS[3], line_width=2)
    plot.add_layout(
        Span(location=probe, dimension="height", line_color="#bbbbbb", line_dash="dotted")
    )
    plot.add_layout(moment)
    tooltips = [
        ("time", f"@delay{{0.[000000]}} {seconds}"),
        *voltage_tooltips(unit),
        ("temperature", "@kelvin{0.0} K"),
    ]
    plot.add_tools(HoverTool(renderers=[curve], mode="vline", tooltips=tooltips))
    models = {"trace": trace, "single": single, "fitted": fitted, "moment": moment}
    return finished(plot), models | {"heading": plot.title}


def amplitude_plot(decay: xr.Dataset, unit: str) -> tuple[Any, dict[str, Any]]:
    """Return the plot of voltage against amplitude at one delay, a curve per width."""
    plot = voltage_plot(unit, x_axis_label="pulse amplitude (mA)")
    names, sources, drawn = amplitude_names(decay), [], []
    for index, width in enumerate(decay["pulse_width"].values):
        label, colour = printed(width, "s"), COLOURS[index % len(COLOURS)]
        data: dict[str, Any] = {
            "amplitude": 1e3 * decay["pulse_amplitude"].values,
            "name": names,
            "width": [label] * len(names),
        }
        empty = [np.nan] * len(names)
        source = ColumnDataSource(
            data | {name: empty for name in ("mean", "below", "above", "low", "high")}
        )
        look: dict[str, Any] = {"source": source, "color": colour, "legend_label": label}
        plot.line("amplitude", "mean", **look)
        marker = SYMBOLS[index % len(SYMBOLS)]
        drawn.append(plot.scatter("amplitude", "mean", marker=marker, size=7, **look))
        bars: dict[str, Any] = {"base": "amplitude", "lower": "below", "upper": "above"}
        plot.add_layout(Whisker(**bars, source=source, line_color=colour))
        sources.append(source)
    ring = ColumnDataSource({"amplitude": [], "mean": []})
    look = {"size": 16, "fill_alpha": 0, "line_color": COLOURS[3], "line_width": 2}
    plot.scatter("amplitude", "mean", source=ring, **look)
    tooltips = [("amplitude", "@name"), ("width", "@width"), *voltage_tooltips(unit)]
    plot.add_tools(HoverTool(renderers=drawn, tooltips=tooltips))
    return finished(plot), {"curves": sources, "ring": ring, "across_heading": plot.title}


def finished(plot: Any) -> Any:
    """Return the plot without Bokeh's logo, a network link, and with its legend above it."""
    plot.toolbar.logo = None
    if plot.legend:
        plot.add_layout(plot.legend[0], "above")
        plot.legend.orientation = "horizontal"
        plot.legend.border_line_color = None
        plot.legend.padding = plot.legend.margin = 0
        plot.legend.spacing = 12
    return plot
