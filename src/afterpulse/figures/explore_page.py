"""A page to open offline: retention over amplitude and width, and the trace of each point."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from bokeh.document import Document
from bokeh.embed import file_html
from bokeh.events import DocumentReady
from bokeh.layouts import column, row
from bokeh.models import (
    ColorBar,
    ColorMapper,
    ColumnDataSource,
    CustomJS,
    CustomJSTickFormatter,
    Div,
    FixedTicker,
    HoverTool,
    LinearAxis,
    LinearColorMapper,
    LogColorMapper,
    Quad,
    Range1d,
    Select,
    Slider,
    Span,
    TapTool,
    Whisker,
)
from bokeh.plotting import figure as new_plot
from bokeh.resources import INLINE
from numpy.typing import NDArray
from scipy import stats

from afterpulse.figures.measured import fitted_change
from afterpulse.figures.retention_map import edges
from afterpulse.figures.selection import critical_current, mean_and_standard_error, of_all_widths
from afterpulse.figures.style import COLOURS, printed, scaled_unit

HERE = Path(__file__).parent
SIZE: dict[str, Any] = {"width": 560, "height": 330}
SYMBOLS = ("circle", "square", "triangle", "diamond", "inverted_triangle", "plus", "x")
CONFIDENCE = 0.95
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def page(ahe: xr.Dataset, decay: xr.Dataset) -> str:
    """Build the page.

    Parameters
    ----------
    ahe : Dataset
        Sweep, dims (pulse_amplitude, pulse_width, replicate, delay).
    decay : Dataset
        What `afterpulse.decay.fit_decays` gives for it.

    Returns
    -------
    str
        HTML with all scripts and data inside.
    """
    # Its map and its menus have every amplitude at every width.
    ahe = of_all_widths(ahe, "initial_voltage").sortby(["pulse_width", "pulse_amplitude"])
    decay = decay.sel(pulse_amplitude=ahe["pulse_amplitude"]).sortby("pulse_width")
    factor, unit = scaled_unit(float(abs(ahe["anomalous_hall_voltage"]).max()), "V")
    points = ColumnDataSource(cells(decay))
    amplitude, width = (
        Select(title=title, options=[(str(i), name) for i, name in enumerate(names)])
        for title, names in (
            ("pulse amplitude", amplitude_names(decay)),
            ("pulse width", [printed(one, "s") for one in decay["pulse_width"].values]),
        )
    )
    delays = [printed(one, "s") for one in ahe["delay"].values]
    delay = Slider(
        title="time since the end of the pulse",
        start=0,
        end=len(delays) - 1,
        value=int(np.argmin(abs(ahe["delay"].values - decay.attrs["probe_delay"]))),
        step=1,
        format=CustomJSTickFormatter(args={"delays": delays}, code="return delays[tick]"),
        width=400,
    )
    start = intermediate(decay)
    amplitude.value, width.value = map(str, start)
    readout = Div(width=2 * SIZE["width"], name="readout")
    trace, trace_models = trace_plot(unit, float(decay["window_start"]))
    across, across_models = amplitude_plot(decay, unit)
    show = CustomJS(
        args={
            **trace_models,
            **across_models,
            "points": points,
            "amplitude": amplitude,
            "width": width,
            "delay": delay,
            "delays": delays,
            "readout": readout,
            "unit": unit,
            "data": voltages(ahe, decay, factor),
        },
        code=(HERE / "explore.js").read_text(encoding="utf-8"),
    )
    for widget in (amplitude, width, delay):
        widget.js_on_change("value", show)
    points.selected.js_on_change(
        "indices",
        CustomJS(
            args={"amplitude": amplitude, "width": width},
            code="""
                if (cb_obj.indices.length == 1) {
                    // Setting the width may show a point, which changes the indices.
                    const picked = cb_obj.indices[0], amplitudes = amplitude.options.length
                    width.value = String(Math.floor(picked / amplitudes))
                    amplitude.value = String(picked % amplitudes)
                }
            """,
        ),
    )
    document = Document()
    document.add_root(
        column(
            row(retention_plots(points, decay)),
            row(amplitude, width, delay),
            readout,
            row(trace, across),
        )
    )
    document.js_on_event(DocumentReady, show)
    device, experiment = (
        json.loads(ahe.attrs[f"{card}_card"]) for card in ("device", "experiment")
    )
    return file_html(
        document,
        resources=INLINE,
        title=f"{device['name']}, {experiment['name']}",
        template=(HERE / "explore.html.j2").read_text(encoding="utf-8"),
        template_variables={
            "device": device,
            "experiment": experiment,
            "replicates": ahe.sizes["replicate"],
            "probe": printed(decay.attrs["probe_delay"], "s"),
            "later": printed(decay.attrs["retained_at"], "s"),
            "window_end": printed(float(decay["window_end"]), "s"),
            "seed": ahe.attrs["seed"],
            "version": ahe.attrs["afterpulse_version"],
        },
    )


def intermediate(decay: xr.Dataset) -> tuple[int, int]:
    """Places of the amplitude and the width that are shown first.

    Of the middle width, the amplitude whose share retained is nearest to one half.
    """
    middle = decay.sizes["pulse_width"] // 2
    share = decay["share_retained"].isel(pulse_width=middle).values
    return int(np.argmin(np.where(np.isnan(share), np.inf, abs(share - 0.5)))), middle


def amplitude_names(decay: xr.Dataset) -> list[str]:
    """Amplitudes with unit, and over the critical current where that is known."""
    names = [printed(one, "A") for one in decay["pulse_amplitude"].values]
    if "relative_amplitude" not in decay:
        return names
    relative = decay["relative_amplitude"].values
    return [f"{one:.3g} I_c, {name}" for one, name in zip(relative, names, strict=True)]


def cells(decay: xr.Dataset) -> dict[str, list[Any]]:
    """One row a point, width by width: a cell of the maps, and what is said of it.

    Parameters
    ----------
    decay : Dataset
        Sorted by amplitude and width.

    Returns
    -------
    dict
        Columns: edges in mA and s, values (NaN where there is none), hatches and texts.
    """
    x = edges(1e3 * decay["pulse_amplitude"].values)
    y = 10 ** edges(np.log10(decay["pulse_width"].values))
    names = amplitude_names(decay)
    window = float(decay["window_end"] - decay["window_start"])
    rows = []
    for w, a in product(range(decay.sizes["pulse_width"]), range(decay.sizes["pulse_amplitude"])):
        point = decay.isel(pulse_width=w, pulse_amplitude=a)
        refused = str(point["refused"].values)
        share, time = float(point["share_retained"]), float(point["retention_time"])
        rows.append(
            {
                "left": x[a],
                "right": x[a + 1],
                "bottom": y[w],
                "top": y[w + 1],
                "amplitude": names[a],
                "width": printed(float(point["pulse_width"]), "s"),
                "share": share,
                "time": time,
                "share_hatch": "right_diagonal_line" if refused else "blank",
                "time_hatch": (
                    "right_diagonal_line" if refused else "dot" if np.isnan(time) else "blank"
                ),
                "share_text": (
                    f"not evaluated: {refused}"
                    if refused
                    else f"{share:z.2f} ({bounds(point, 'share_retained', 'z.2f', '', 1)})"
                ),
                "time_text": (
                    f"not evaluated: {refused}"
                    if refused
                    else f"{longer(time, window)} "
                    f"({bounds(point, 'retention_time', '.3g', ' s', window)})"
                ),
                "model": str(point["chosen_model"].values).replace("_", " ") or "undecided",
            }
        )
    return {name: [one[name] for one in rows] for name in rows[0]}


def longer(time: float, window: float) -> str:
    """Retention time with its unit, or that it lies beyond the window."""
    return f"longer than {window:.3g} s" if np.isnan(time) else f"{time:.3g} s"


def bounds(point: xr.Dataset, quantity: str, form: str, unit: str, most: float) -> str:
    """Say an interval; a bound at infinity as beyond the largest value that can be told."""
    lower, upper = point[f"{quantity}_interval"].values
    ends = [
        f"> {most:.3g}{unit}" if np.isposinf(end) else f"{end:{form}}{unit}"
        for end in (lower, upper)
    ]
    confidence = f"{100 * point.attrs['confidence']:.0f} %"
    return f"{confidence}: {ends[0]}" + (f" to {ends[1]}" if np.isfinite(lower) else "")


def voltages(ahe: xr.Dataset, decay: xr.Dataset, factor: float) -> dict[str, Any]:
    """What the page's script reads: a list of curves, one a point, width by width.

    Parameters
    ----------
    ahe, decay : Dataset
        Sorted by amplitude and width.
    factor : float
        From V to the unit shown.

    Returns
    -------
    dict
        ``delay`` in s, ``amplitude`` in mA, ``several`` (whether there is a scatter); per point
        ``mean``, ``error`` (standard error), ``reach`` (half the 95 % interval by Student's t),
        ``replicates``, ``initial``, ``temperature`` (K) and ``model`` (the chosen model's curve;
        empty where there is none).
    """
    voltage = ahe["anomalous_hall_voltage"].transpose(
        "pulse_width", "pulse_amplitude", "replicate", "delay"
    )
    mean, error = mean_and_standard_error(factor * voltage)
    count, delays = ahe.sizes["replicate"], ahe.sizes["delay"]
    quantile = stats.t.ppf(0.5 * (1 + CONFIDENCE), count - 1) if count > 1 else 0.0
    initial = factor * ahe["initial_voltage"].mean("replicate")
    kelvin = ahe["temperature"].mean("replicate")
    places = [
        {"pulse_width": w, "pulse_amplitude": a}
        for w, a in product(range(voltage.shape[0]), range(voltage.shape[1]))
    ]

    def curves(values: xr.DataArray) -> list[list[float]]:
        return short(values.transpose("pulse_width", "pulse_amplitude", "delay").values, delays)

    return {
        "delay": ahe["delay"].values.tolist(),
        "amplitude": (1e3 * ahe["pulse_amplitude"].values).tolist(),
        "several": count > 1,
        "mean": curves(mean),
        "error": curves(error),
        "reach": curves(quantile * error),
        "temperature": curves(kelvin),
        "replicates": [short(factor * voltage.isel(place).values, delays) for place in places],
        "initial": [float(f"{float(initial.isel(place)):.5g}") for place in places],
        "model": [
            model_curve(decay.isel(place), ahe["delay"].values, float(initial.isel(place)), factor)
            for place in places
        ],
    }


def model_curve(
    point: xr.Dataset, delay: NDArray[np.float64], initial: float, factor: float
) -> list[float]:
    """Voltage that the chosen model gives from the probe on, NaN before; empty without a model."""
    model = str(point["chosen_model"].values)
    if not model:
        return []
    curve = np.full(delay.size, np.nan)
    seen = delay >= float(point["window_start"]) * (1 - 1e-9)
    curve[seen] = initial + factor * fitted_change(point, model, delay[seen])
    return short(curve, delay.size)[0]


def short(values: NDArray[np.float64], columns: int) -> list[list[float]]:
    """Rows of five digits, which a page need not exceed."""
    flat = [float(f"{value:.5g}") for value in np.ravel(values)]
    return [flat[start : start + columns] for start in range(0, len(flat), columns)]


def retention_plots(points: ColumnDataSource, decay: xr.Dataset) -> list[Any]:
    """Both maps; a click on a cell picks its point in the other views."""
    window = float(decay["window_end"] - decay["window_start"])
    shortest = float(decay["retention_time"].min())
    low = 0.1 * window if np.isnan(shortest) else min(shortest, 0.9 * window)
    mappers: dict[str, tuple[str, ColorMapper]] = {
        "share": (
            f"share retained at {decay.attrs['retained_at']:g} s",
            LinearColorMapper("Viridis256", low=0, high=1, nan_color="white"),
        ),
        "time": (
            "retention time (s)",
            LogColorMapper("Viridis256", low=low, high=window, nan_color="white"),
        ),
    }
    return [retention_plot(points, decay, name, *mappers[name]) for name in mappers]


def retention_plot(
    points: ColumnDataSource, decay: xr.Dataset, name: str, title: str, mapper: ColorMapper
) -> Any:
    """One map with its colours, an upper axis in critical currents and the values on hovering."""
    x_range = Range1d(min(points.data["left"]), max(points.data["right"]))
    plot = new_plot(
        title=title,
        x_range=x_range,
        y_range=Range1d(min(points.data["bottom"]), max(points.data["top"])),
        y_axis_type="log",
        x_axis_label="pulse amplitude (mA)",
        y_axis_label="pulse width",
        tools="save",
        **SIZE,
    )
    shown = plot.quad(
        "left",
        "right",
        "bottom",
        "top",
        source=points,
        fill_color={"field": name, "transform": mapper},
        line_color="white",
        hatch_pattern={"field": f"{name}_hatch"},
        hatch_color="#555555",
        hatch_scale=8,
    )
    shown.nonselection_glyph = shown.glyph
    shown.selection_glyph = Quad(
        fill_color={"field": name, "transform": mapper},
        hatch_pattern={"field": f"{name}_hatch"},
        hatch_color="#555555",
        hatch_scale=8,
        line_color=COLOURS[1],
        line_width=3,
    )
    plot.add_tools(
        TapTool(),
        HoverTool(
            tooltips=[
                ("amplitude", "@amplitude"),
                ("width", "@width"),
                (f"share retained at {decay.attrs['retained_at']:g} s", "@share_text"),
                ("retention time", "@time_text"),
                ("model", "@model"),
            ]
        ),
    )
    widths = decay["pulse_width"].values.tolist()
    plot.yaxis.ticker = FixedTicker(ticks=widths)
    plot.yaxis.major_label_overrides = {one: printed(one, "s") for one in widths}
    plot.grid.visible = False
    ampere = 1e3 * critical_current(decay)
    if np.isfinite(ampere):
        plot.extra_x_ranges = {"relative": Range1d(x_range.start / ampere, x_range.end / ampere)}
        plot.add_layout(LinearAxis(x_range_name="relative", axis_label="I / I_c"), "above")
    bar = ColorBar(color_mapper=mapper, width=12)
    if isinstance(mapper, LogColorMapper):
        bar.ticker = FixedTicker(ticks=[t for t in TICKS if mapper.low <= t <= mapper.high])
    plot.add_layout(bar, "right")
    return plain(plot)


def trace_plot(unit: str, probe: float) -> tuple[Any, dict[str, Any]]:
    """View of one trace; its models are filled by the page's script."""
    trace = ColumnDataSource(
        {
            name: []
            for name in ("delay", "mean", "below", "above", "low", "high", "initial", "kelvin")
        }
    )
    single = ColumnDataSource({"delay": [], "voltage": []})
    fitted = ColumnDataSource({"delay": [], "voltage": []})
    plot = new_plot(
        title=" ",
        x_axis_type="log",
        x_axis_label="time since the end of the pulse (s)",
        y_axis_label=f"Hall voltage ({unit})",
        tools="pan,box_zoom,wheel_zoom,reset,save",
        **SIZE,
    )
    plot.multi_line("delay", "voltage", source=single, color="#bbbbbb", legend_label="replicates")
    plot.varea("delay", "below", "above", source=trace, color=COLOURS[0], alpha=0.25)
    curve = plot.line(
        "delay", "mean", source=trace, color=COLOURS[0], line_width=2, legend_label="mean"
    )
    plot.line(
        "delay",
        "voltage",
        source=fitted,
        color=COLOURS[1],
        line_width=2,
        line_dash="dashed",
        legend_label="chosen model",
    )
    plot.line(
        "delay",
        "initial",
        source=trace,
        color="#555555",
        line_dash="dotted",
        line_width=2,
        legend_label="before the pulse",
    )
    moment = Span(dimension="height", line_color=COLOURS[3], line_width=2)
    window = Span(location=probe, dimension="height", line_color="#bbbbbb", line_dash="dotted")
    for mark in (window, moment):
        plot.add_layout(mark)
    plot.add_tools(
        HoverTool(
            renderers=[curve],
            mode="vline",
            tooltips=[
                ("time", "@delay{0.[000000]} s"),
                ("Hall voltage, mean", f"@mean{{0.00}} {unit}"),
                ("± standard error", f"@below{{0.00}} to @above{{0.00}} {unit}"),
                (f"{100 * CONFIDENCE:.0f} %", f"@low{{0.00}} to @high{{0.00}} {unit}"),
                ("temperature", "@kelvin{0.0} K"),
            ],
        )
    )
    return plain(plot), {
        "trace": trace,
        "single": single,
        "fitted": fitted,
        "moment": moment,
        "heading": plot.title,
    }


def amplitude_plot(decay: xr.Dataset, unit: str) -> tuple[Any, dict[str, Any]]:
    """Voltage against amplitude at the picked delay, a curve a width."""
    plot = new_plot(
        title=" ",
        x_axis_label="pulse amplitude (mA)",
        y_axis_label=f"Hall voltage ({unit})",
        tools="pan,box_zoom,wheel_zoom,reset,save",
        **SIZE,
    )
    names, curves, drawn = amplitude_names(decay), [], []
    for number, width in enumerate(decay["pulse_width"].values):
        colour = COLOURS[number % len(COLOURS)]
        empty = [np.nan] * len(names)
        columns = {name: empty for name in ("mean", "below", "above", "low", "high")}
        source = ColumnDataSource(
            {
                "amplitude": 1e3 * decay["pulse_amplitude"].values,
                "name": names,
                "width": [printed(width, "s")] * len(names),
                **columns,
            }
        )
        label = printed(width, "s")
        plot.line("amplitude", "mean", source=source, color=colour, legend_label=label)
        drawn.append(
            plot.scatter(
                "amplitude",
                "mean",
                source=source,
                color=colour,
                marker=SYMBOLS[number % len(SYMBOLS)],
                size=7,
                legend_label=label,
            )
        )
        plot.add_layout(
            Whisker(
                base="amplitude", lower="below", upper="above", source=source, line_color=colour
            )
        )
        curves.append(source)
    ring = ColumnDataSource({"amplitude": [], "mean": []})
    plot.scatter(
        "amplitude",
        "mean",
        source=ring,
        size=16,
        fill_alpha=0,
        line_color=COLOURS[3],
        line_width=2,
    )
    plot.add_tools(
        HoverTool(
            renderers=drawn,
            tooltips=[
                ("amplitude", "@name"),
                ("width", "@width"),
                ("Hall voltage, mean", f"@mean{{0.00}} {unit}"),
                ("± standard error", f"@below{{0.00}} to @above{{0.00}} {unit}"),
                (f"{100 * CONFIDENCE:.0f} %", f"@low{{0.00}} to @high{{0.00}} {unit}"),
            ],
        )
    )
    return plain(plot), {"curves": curves, "ring": ring, "across_heading": plot.title}


def plain(plot: Any) -> Any:
    """Plot without the maker's logo, a link to the network; its legend above the curves."""
    plot.toolbar.logo = None
    if plot.legend:
        # Beside the curves, which it would hide.
        plot.add_layout(plot.legend[0], "above")
        plot.legend.orientation = "horizontal"
        plot.legend.border_line_color = None
        plot.legend.padding = plot.legend.margin = 0
        plot.legend.spacing = 12
    return plot
