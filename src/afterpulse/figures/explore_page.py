"""Interactive page for offline use: retention map of a sweep and the trace of each point."""

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
from bokeh.models import ColumnDataSource, CustomJS, CustomJSTickFormatter
from bokeh.models.widgets.inputs import Select
from bokeh.models.widgets.markups import Div
from bokeh.models.widgets.sliders import Slider
from bokeh.resources import INLINE
from numpy.typing import NDArray
from scipy import stats

from afterpulse.datasets import sample_means
from afterpulse.figures.explore_plots import (
    CONFIDENCE,
    PLOT_SIZE,
    amplitude_names,
    amplitude_plot,
    retention_plots,
    time_unit,
    trace_plot,
)
from afterpulse.figures.measured import fitted_change
from afterpulse.figures.retention_map import edges
from afterpulse.figures.selection import common_amplitudes, mean_and_standard_error
from afterpulse.figures.style import printed, scaled_unit

HERE = Path(__file__).parent
SELECT_POINT = """
    if (cb_obj.indices.length == 1) {
        // Setting the width may show a point, which changes the indices.
        const picked = cb_obj.indices[0], amplitudes = amplitude.options.length
        width.value = String(Math.floor(picked / amplitudes))
        amplitude.value = String(picked % amplitudes)
    }
"""


def page(ahe: xr.Dataset, decay: xr.Dataset) -> str:
    """Return the page as HTML with all scripts and data inside.

    Parameters
    ----------
    ahe : Dataset
        Sweep, dims (pulse_amplitude, pulse_width, replicate, delay).
    decay : Dataset
        Fits of this sweep by `afterpulse.decay.fit_decays`.
    """
    # The maps and the menus have every amplitude at every width.
    ahe = sample_means(common_amplitudes(ahe, "initial_voltage"))
    ahe = ahe.sortby(["pulse_width", "pulse_amplitude"])
    decay = decay.sel(pulse_amplitude=ahe["pulse_amplitude"]).sortby("pulse_width")
    factor, unit = scaled_unit(float(abs(ahe["anomalous_hall_voltage"]).max()), "V")
    points = ColumnDataSource(map_cells(decay))
    widths = [printed(seconds, "s") for seconds in decay["pulse_width"].values]
    amplitude, width = menu("pulse amplitude", amplitude_names(decay)), menu("pulse width", widths)
    amplitude.value, width.value = map(str, intermediate_point(decay))
    delays = [printed(seconds, "s") for seconds in ahe["delay"].values]
    delay = Slider(
        title="time since the end of the pulse",
        start=0,
        end=len(delays) - 1,
        value=int(np.argmin(abs(ahe["delay"].values - decay.attrs["probe_delay"]))),
        step=1,
        format=CustomJSTickFormatter(args={"delays": delays}, code="return delays[tick]"),
        width=400,
    )
    readout = Div(width=2 * PLOT_SIZE["width"], name="readout")
    per_second, seconds = time_unit(decay)
    trace, trace_models = trace_plot(unit, per_second * float(decay["window_start"]), seconds)
    across, across_models = amplitude_plot(decay, unit)
    widgets = {"amplitude": amplitude, "width": width, "delay": delay}
    texts = {"delays": delays, "readout": readout, "unit": unit}
    show = CustomJS(
        args=trace_models
        | across_models
        | widgets
        | texts
        | {"points": points, "data": curve_data(ahe, decay, factor, per_second)},
        code=(HERE / "explore.js").read_text(encoding="utf-8"),
    )
    for widget in widgets.values():
        widget.js_on_change("value", show)
    select = CustomJS(args={"amplitude": amplitude, "width": width}, code=SELECT_POINT)
    points.selected.js_on_change("indices", select)
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


def menu(title: str, names: list[str]) -> Select:
    """Return a menu whose values are the indices of the names."""
    options: list[Any] = [(str(index), name) for index, name in enumerate(names)]
    return Select(title=title, options=options)


def intermediate_point(decay: xr.Dataset) -> tuple[int, int]:
    """Return amplitude and width index of the point at the start.

    At the middle width, its fraction retained is the nearest to one half.
    """
    middle = decay.sizes["pulse_width"] // 2
    fraction = decay["share_retained"].isel(pulse_width=middle).values
    return int(np.argmin(np.where(np.isnan(fraction), np.inf, abs(fraction - 0.5)))), middle


def point_indices(dataset: xr.Dataset) -> list[dict[str, int]]:
    """Return the index of each point, width by width, as the page counts points."""
    widths, amplitudes = (range(dataset.sizes[f"pulse_{dim}"]) for dim in ("width", "amplitude"))
    return [{"pulse_width": w, "pulse_amplitude": a} for w, a in product(widths, amplitudes)]


def map_cells(decay: xr.Dataset) -> dict[str, Any]:
    """Return the cells of both maps as columns, a row per point in the order of `point_indices`.

    Edges are in mA and s, retention times in the unit of the page. A value that does not exist is
    NaN, and its text gives the reason.
    """
    x = edges(1e3 * decay["pulse_amplitude"].values)
    y = 10 ** edges(np.log10(decay["pulse_width"].values))
    names = amplitude_names(decay)
    per_second, seconds = time_unit(decay)
    times = ("retention_time", "retention_time_interval")
    decay = decay.assign({name: per_second * decay[name] for name in times})
    window = per_second * float(decay["window_end"] - decay["window_start"])
    rows = []
    for index in point_indices(decay):
        point, (w, a) = decay.isel(index), index.values()
        refused = str(point["refused"].values)
        fraction, time = float(point["share_retained"]), float(point["retention_time"])
        fraction_text = f"{fraction:z.2f} ({interval(point, 'share_retained', 'z.2f', '', 1)})"
        longer = f"longer than {window:.3g} {seconds}"
        time_text = longer if np.isnan(time) else f"{time:.3g} {seconds}"
        time_text += f" ({interval(point, 'retention_time', '.3g', f' {seconds}', window)})"
        hatch = "right_diagonal_line" if refused else "blank"
        rows.append(
            {
                "left": x[a],
                "right": x[a + 1],
                "bottom": y[w],
                "top": y[w + 1],
                "amplitude": names[a],
                "width": printed(float(point["pulse_width"]), "s"),
                "fraction": fraction,
                "time": time,
                "fraction_hatch": hatch,
                "time_hatch": "dot" if np.isnan(time) and not refused else hatch,
                "fraction_text": f"not evaluated: {refused}" if refused else fraction_text,
                "time_text": f"not evaluated: {refused}" if refused else time_text,
                "model": str(point["chosen_model"].values).replace("_", " ") or "undecided",
            }
        )
    return {name: [values[name] for values in rows] for name in rows[0]}


def interval(point: xr.Dataset, quantity: str, form: str, unit: str, largest: float) -> str:
    """Return the text of an interval; an infinite bound is given as above the largest value."""
    lower, upper = point[f"{quantity}_interval"].values
    ends = [
        f"> {largest:.3g}{unit}" if np.isposinf(end) else f"{end:{form}}{unit}"
        for end in (lower, upper)
    ]
    confidence = f"{100 * point.attrs['confidence']:.0f} %"
    return f"{confidence}: {ends[0]}" + (f" to {ends[1]}" if np.isfinite(lower) else "")


def curve_data(
    ahe: xr.Dataset, decay: xr.Dataset, factor: float, per_second: float = 1.0
) -> dict[str, Any]:
    """Return the curves for the script of the page, a list entry per point of `point_indices`.

    Parameters
    ----------
    ahe, decay : Dataset
        Sorted by amplitude and width.
    factor, per_second : float
        From V and from s to the units of the page.

    Returns
    -------
    dict
        ``delay``, ``amplitude`` in mA, ``several`` (more than one replicate); per point
        ``mean``, ``error`` (standard error), ``reach`` (half the 95 % interval by Student's t),
        ``replicates``, ``initial``, ``temperature`` (K) and ``model`` (curve of the chosen model,
        empty if there is none).
    """
    dims = ("pulse_width", "pulse_amplitude", "replicate", "delay")
    voltage = factor * ahe["anomalous_hall_voltage"].transpose(*dims)
    mean, error = mean_and_standard_error(voltage)
    count, delays = ahe.sizes["replicate"], ahe.sizes["delay"]
    quantile = stats.t.ppf(0.5 * (1 + CONFIDENCE), count - 1) if count > 1 else 0.0
    initial = factor * ahe["initial_voltage"].mean("replicate")
    indices = point_indices(ahe)

    def curves(values: xr.DataArray) -> list[list[float]]:
        return rounded(values.transpose("pulse_width", "pulse_amplitude", "delay").values, delays)

    return {
        "delay": (per_second * ahe["delay"].values).tolist(),
        "amplitude": (1e3 * ahe["pulse_amplitude"].values).tolist(),
        "several": count > 1,
        "mean": curves(mean),
        "error": curves(error),
        "reach": curves(quantile * error),
        "temperature": curves(ahe["temperature"].mean("replicate")),
        "replicates": [rounded(voltage.isel(index).values, delays) for index in indices],
        "initial": [float(f"{float(initial.isel(index)):.5g}") for index in indices],
        "model": [
            model_curve(decay.isel(index), ahe["delay"].values, float(initial.isel(index)), factor)
            for index in indices
        ],
    }


def model_curve(
    point: xr.Dataset, delay: NDArray[np.float64], initial: float, factor: float
) -> list[float]:
    """Return the voltage by the chosen model, NaN before the probe; empty without a model."""
    model = str(point["chosen_model"].values)
    if not model:
        return []
    curve = np.full(delay.size, np.nan)
    fitted = delay >= float(point["window_start"]) * (1 - 1e-9)
    curve[fitted] = initial + factor * fitted_change(point, model, delay[fitted])
    return rounded(curve, delay.size)[0]


def rounded(values: NDArray[np.float64], columns: int) -> list[list[float]]:
    """Return rows of values with five digits, to keep the page small."""
    flat = [float(f"{value:.5g}") for value in np.ravel(values)]
    return [flat[start : start + columns] for start in range(0, len(flat), columns)]
