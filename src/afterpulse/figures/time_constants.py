"""Time constants of measured decays against the pulse amplitude."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from afterpulse.decay.models import parameters_of
from afterpulse.figures.style import COLOURS, MARKERS, amplitude_scale, printed
from afterpulse.measured.joined import points
from afterpulse.measured.summary import spaced

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DRAWN = ("time_constant", "slow_time_constant", "exponent", "growth")
"""Parameters that are drawn, if the model has them."""
DECADE = 10.0
"""Ratio of times above which their axis is logarithmic."""


def drawn_model(fits: xr.Dataset) -> str:
    """Return the model with a time constant that is chosen most often, empty if none is."""
    names = fits["chosen_model"].values.ravel()
    models = [str(name) for name in names if name and "time_constant" in parameters_of(name)]
    return max(sorted(set(models)), key=models.count, default="")


def drawn_parameters(fits: xr.Dataset) -> list[str]:
    """Return the parameters of `drawn_model` that are drawn."""
    parameters = parameters_of(drawn_model(fits))
    return [name for name in DRAWN if name in parameters]


def draw(fits: xr.Dataset, figure: Figure) -> list[Axes]:
    """Draw the parameters of `drawn_model` with their intervals, one colour per pulse width.

    Open symbols: another model is chosen. A parameter that a trace does not determine is left out.

    Parameters
    ----------
    fits : Dataset
        Fits of several files by `afterpulse.measured.joined.join`; one has a chosen model with a
        time constant.
    figure : Figure
        Figure to draw onto.

    Returns
    -------
    list of Axes
        One for each of `DRAWN` that the model has.
    """
    flat = points(fits)
    model = drawn_model(fits)
    names = drawn_parameters(fits)
    scale, label = amplitude_scale(flat)
    panels = list(np.ravel(figure.subplots(len(names), sharex=True, squeeze=False)))
    temperatures = flat["temperature"].values if "temperature" in flat else [np.nan]
    kinds = np.broadcast_arrays(flat["pulse_width"].values, temperatures)
    keys = sorted(set(zip(*(map(str, kind) for kind in kinds), strict=True)), key=_numbers)
    chosen = (flat["chosen_model"] == model).values
    for name, panel in zip(names, panels, strict=True):
        entry = flat.sel(model=model, parameter=name)
        unit = str(entry["parameter_units"].item())
        value = entry["parameter_value"].values
        ends = entry["parameter_interval"].transpose("bound", "point").values
        for index, key in enumerate(keys):
            of_key = np.all([kind.astype(str) == k for kind, k in zip(kinds, key, strict=True)], 0)
            for filled in (True, False):
                rows = of_key & (chosen == filled) & np.isfinite(value)
                panel.errorbar(
                    scale * flat["pulse_amplitude"].values[rows],
                    value[rows],
                    np.maximum([value - ends[0], ends[1] - value], 0)[:, rows],
                    color=COLOURS[index % len(COLOURS)],
                    marker=MARKERS[index % len(MARKERS)],
                    markerfacecolor=None if filled else "white",
                    linestyle="none",
                    label=_label(*map(float, key)) if filled else "",
                )
        panel.set_ylabel(f"{spaced(name)} ({unit})" if unit != "1" else spaced(name))
        drawn = value[np.isfinite(value)]
        if unit != "1" and drawn.size and drawn.max() > DECADE * drawn.min() > 0:
            panel.set_yscale("log")
    panels[-1].set_xlabel(label)
    panels[0].set_title(f"{spaced(model)}, chosen for {chosen.sum()} of {chosen.size}")
    panels[0].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return panels


def _numbers(key: tuple[str, str]) -> tuple[float, ...]:
    return tuple(np.nan_to_num([float(text) for text in key]))


def _label(width: float, temperature: float) -> str:
    """Return the width of a pulse and, if known, the temperature."""
    return printed(width, "s") + ("" if np.isnan(temperature) else f", {temperature:g} K")
