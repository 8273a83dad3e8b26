"""LTP and LTD curves of a pulse train with the fitted law, and paired-pulse index by interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from afterpulse.decay.weight_update import exponential
from afterpulse.figures.style import COLOURS, MARKERS, scaled_unit

MOST_LABELS = 6
"""Curves in the legend; more of them do not fit."""


def draw(train: xr.Dataset, figure: Figure) -> list[Axes]:
    """Draw and return the readings along the train and the curves.

    The paired-pulse index has a panel if at least two intervals have one.

    Parameters
    ----------
    train : Dataset
        Result of `afterpulse.measured.curves.with_curves`.
    figure : Figure
        Figure to draw onto, two columns wide.
    """
    paired = np.isfinite(train["paired_pulse_index"].values)
    several = np.unique(train["pulse_interval"].values[paired]).size > 1
    grid = figure.add_gridspec(2, 2 if several else 1)
    panels = [figure.add_subplot(grid[0, :]), figure.add_subplot(grid[1, 0])]
    draw_readings(train, panels[0])
    draw_curves(train, panels[1])
    if several:
        panels.append(figure.add_subplot(grid[1, 1]))
        draw_paired_pulses(train, panels[2])
    return panels


def draw_readings(train: xr.Dataset, axes: Axes) -> None:
    """Draw the reading after each pulse against its number, coloured by curve."""
    mean = train["reading"].mean("replicate")
    factor, unit = scaled_unit(float(abs(mean).max()), "V")
    number, curves = train["pulse"].values, train["pulse_curve"].values
    axes.plot(number, factor * mean, color="0.8", linewidth=0.6, zorder=0)
    for index, curve in enumerate(train["curve"].values):
        of_curve = curves == curve
        axes.plot(number[of_curve], factor * mean.values[of_curve], **_markers(index))
    axes.set(xlabel="pulse", ylabel=rf"$V_\mathrm{{AHE}}$ ({unit})")


def draw_curves(train: xr.Dataset, axes: Axes) -> None:
    """Draw the mean of each curve with standard errors, and the law where it is determined."""
    factor, unit = scaled_unit(float(abs(train["curve_voltage"]).max()), "V")
    pulses = train["pulses_applied"].values
    for index in range(train.sizes["curve"]):
        curve = train.isel(curve=index)
        label = f"{int(curve['curve'])} {curve['curve_direction'].item()}"
        look = _markers(index) | {"label": label if index < MOST_LABELS else None}
        error = factor * curve["curve_voltage_stderr"].values
        axes.errorbar(pulses, factor * curve["curve_voltage"].values, error, **look)
        if np.isfinite(curve["nonlinearity"]):
            count = int(curve["curve_pulses"])
            along = np.linspace(0, 1, 200)
            names = ("fitted_initial_voltage", "fitted_range", "nonlinearity")
            law = exponential(along, *(float(curve[name]) for name in names))
            axes.plot(count * along, factor * law, color=look["color"], linewidth=0.8)
    axes.set(xlabel="pulses since the start of the curve", ylabel=rf"$V_\mathrm{{AHE}}$ ({unit})")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()


def draw_paired_pulses(train: xr.Dataset, axes: Axes) -> None:
    """Draw the paired-pulse index with its interval against the interval between the pulses."""
    index, ends = train["paired_pulse_index"], train["paired_pulse_index_interval"]
    reach = abs(ends - index).transpose("bound", "curve").values
    look: dict[str, Any] = {"color": COLOURS[0], "linestyle": "none", "marker": MARKERS[0]}
    axes.errorbar(train["pulse_interval"], index, reach, **look)
    axes.axhline(1, color="0.6", linewidth=0.6, linestyle="--", zorder=0)
    axes.set(xscale="log", xlabel="interval (s)", ylabel=r"paired-pulse index $A_2/A_1$")


def _markers(index: int) -> dict[str, Any]:
    return {
        "color": COLOURS[index % len(COLOURS)],
        "marker": MARKERS[index % len(MARKERS)],
        "linestyle": "none",
        "markersize": 3,
    }
