"""What micromagnetics says of single units, with what the kinetics make of it."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.constants import k as boltzmann

from analysis.style import COLOURS

ROOM_TEMPERATURE = 300.0
CURRENT = r"critical current density (TA/m$^2$)"


def draw(calibration: xr.Dataset, figure: Figure) -> None:
    """Draw four panels: threshold against width, size and bias, and the barrier against size.

    Parameters
    ----------
    calibration : Dataset
        As the workflow stores it.
    figure : Figure
        Gets the panels.
    """
    panels = figure.subplots(2, 2)
    draw_width(calibration, panels[0, 0])
    draw_bias(calibration, panels[0, 1])
    draw_threshold(calibration, panels[1, 0])
    draw_barrier(calibration, panels[1, 1])


def draw_width(calibration: xr.Dataset, axes: Axes) -> None:
    """Current that reverses the median unit against the width of the pulse."""
    sizes = calibration["unit_diameter"].values
    median = int(np.argmin(np.abs(np.log(sizes) - np.log(sizes).mean())))
    axes.plot(
        1e9 * calibration["pulse_width"],
        1e-12 * calibration["critical_current_density_of_width"],
        "o-",
        label="micromagnetics",
    )
    macrospin = 1e-12 * float(calibration["macrospin_critical_current_density"][median])
    axes.axhline(macrospin, color="0.4", linestyle="--", label="macrospin, long pulse")
    axes.set(xscale="log", xlabel="pulse width (ns)", ylabel=CURRENT)
    axes.set_ylim(bottom=0)
    axes.legend()


def draw_bias(calibration: xr.Dataset, axes: Axes) -> None:
    """Threshold of units on their grains over that without, against their bias."""
    alone = calibration["unit_critical_current_density"]
    bias = 1e3 * calibration["unit_exchange_bias"]
    ratio = calibration["unit_critical_current_density_on_grains"] / alone
    axes.plot(bias, ratio, "o", label="micromagnetics")
    axes.plot(
        bias,
        1 + calibration["unit_exchange_bias"] / calibration["unit_anisotropy_field"],
        "x",
        color=COLOURS[1],
        label="kinetics",
    )
    axes.set(
        xlabel="bias of the set grains (mT)",
        ylabel=r"$J_\mathrm{c}$ on grains / $J_\mathrm{c}$ alone",
    )
    axes.set_ylim(bottom=0)
    axes.legend()


def draw_threshold(calibration: xr.Dataset, axes: Axes) -> None:
    """Threshold against diameter: discs, units of the sample, macrospin."""
    diameter = 1e9 * calibration["unit_diameter"]
    for polarity, line in zip(calibration["polarity"].values, ("o-", "v-"), strict=True):
        both = calibration["critical_current_density_of_polarity"].sel(polarity=polarity)
        axes.plot(diameter, 1e-12 * both, line, label=f"discs, {polarity} polarity")
    axes.plot(
        1e9 * calibration["measured_unit_diameter"],
        1e-12 * calibration["unit_critical_current_density"],
        "x",
        label="units of the sample",
    )
    axes.plot(
        diameter,
        1e-12 * calibration["macrospin_critical_current_density"],
        color="0.4",
        linestyle="--",
        label="macrospin",
    )
    axes.set(xlabel="diameter (nm)", ylabel=CURRENT)
    axes.set_ylim(bottom=0)
    axes.legend()


def draw_barrier(calibration: xr.Dataset, axes: Axes) -> None:
    """Barrier against diameter, and that of a turn of the whole unit."""
    diameter, thermal = 1e9 * calibration["unit_diameter"], boltzmann * ROOM_TEMPERATURE
    axes.plot(diameter, calibration["energy_barrier"] / thermal, "o-", label="string method")
    axes.plot(
        diameter,
        calibration["coherent_barrier"] / thermal,
        color="0.4",
        linestyle="--",
        label="turn of the whole unit",
    )
    axes.set(xlabel="diameter (nm)", ylabel=r"barrier / $k_\mathrm{B}\cdot$300 K")
    axes.set_ylim(bottom=0)
    axes.legend()
