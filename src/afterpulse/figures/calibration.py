"""Critical currents and barriers of single units: micromagnetics, macrospin and kinetics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.constants import k as boltzmann

from afterpulse import datasets
from afterpulse.figures import style
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROOM_TEMPERATURE = 300.0
# In the plane, over the anisotropy field.
FIELDS = 0.0, 0.05, 0.1, 0.2
CURRENT = r"critical current density (TA/m$^2$)"


def draw(calibration: xr.Dataset, figure: Figure) -> None:
    """Draw critical currents and barriers of units and the law of their rates under torque."""
    panels = figure.subplots(3, 2)
    draw_width(calibration, panels[0, 0])
    draw_bias(calibration, panels[0, 1])
    draw_threshold(calibration, panels[1, 0])
    draw_barrier(calibration, panels[1, 1])
    draw_rates(calibration, panels[2, 0])
    draw_bias_of_torque(calibration, panels[2, 1])


def from_zero(axes: Axes) -> None:
    """Start the y axis at zero, with a margin above the points, and add the legend."""
    axes.set_ylim(0, 1.05 * axes.get_ylim()[1])
    axes.legend()


def draw_width(calibration: xr.Dataset, axes: Axes) -> None:
    """Draw the critical current of the median unit against pulse width."""
    axes.plot(
        1e9 * calibration["pulse_width"],
        1e-12 * calibration["critical_current_density_of_width"],
        "o-",
        label="micromagnetics",
    )
    macrospin = 1e-12 * float(calibration["median_macrospin_critical_current_density"])
    axes.axhline(macrospin, color="0.4", linestyle="--", label="macrospin, long pulse")
    widths = 1e9 * calibration["pulse_width"].values
    # Also where no pulse reverses the unit, and there is nothing to scale the axis by.
    limits = widths.min() / 1.3, widths.max() * 1.3
    axes.set(xscale="log", xlim=limits, xlabel="pulse width (ns)", ylabel=CURRENT)
    axes.set_xticks(widths)
    axes.xaxis.set_major_formatter("{x:g}")
    from matplotlib.ticker import NullFormatter

    axes.xaxis.set_minor_formatter(NullFormatter())
    from_zero(axes)


def draw_bias(calibration: xr.Dataset, axes: Axes) -> None:
    """Draw critical currents in a bias field over those without: median disc, units on grains."""
    bias = calibration["relative_bias"].values
    of_bias = calibration["critical_current_density_of_bias"]
    axes.plot(bias, of_bias / of_bias.sel(relative_bias=0.0), "o-", label="disc")
    axes.plot(
        calibration["unit_exchange_bias"] / calibration["unit_anisotropy_field"],
        calibration["unit_critical_current_density_on_grains"]
        / calibration["unit_critical_current_density"],
        "x",
        label="units on set grains",
    )
    angle = np.linspace(0, np.pi, 2001)
    torque = [(np.sin(angle) * (np.cos(angle) + field)).max() for field in bias]
    axes.plot(bias, 2 * np.array(torque), color="0.4", linestyle="--", label="macrospin, kinetics")
    axes.set(
        xlabel=r"bias along the state / $B_\mathrm{K}$",
        ylabel=r"$J_\mathrm{c}$ / $J_\mathrm{c}$ without bias",
    )
    from_zero(axes)


def draw_threshold(calibration: xr.Dataset, axes: Axes) -> None:
    """Draw critical currents against diameter: discs, units of the sample, macrospin."""
    diameter = 1e9 * calibration["unit_diameter"]
    for polarity, line in zip(calibration["polarity"].values, ("o-", "v-"), strict=True):
        density = calibration["critical_current_density_of_polarity"].sel(polarity=polarity)
        axes.plot(diameter, 1e-12 * density, line, label=f"discs, {polarity} polarity")
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
    from_zero(axes)


def draw_barrier(calibration: xr.Dataset, axes: Axes) -> None:
    """Draw barriers against diameter: string method and coherent rotation."""
    diameter, thermal = 1e9 * calibration["unit_diameter"], boltzmann * ROOM_TEMPERATURE
    axes.plot(diameter, calibration["energy_barrier"] / thermal, "o-", label="string method")
    axes.plot(
        diameter,
        calibration["coherent_barrier"] / thermal,
        color="0.4",
        linestyle="--",
        label="coherent rotation",
    )
    axes.set(xlabel="diameter (nm)", ylabel=r"barrier / $k_\mathrm{B}\cdot$300 K")
    from_zero(axes)


def log_rates(
    calibration: xr.Dataset, in_plane: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ln(rate/f_0) out of both wells against the current, for the median barrier at 300 K.

    The unit has no bias, and a field in the plane over the anisotropy field.
    """
    # JAX and the compiler take seconds to import, which only this figure should pay.
    from afterpulse.calibration.calibrate import law_of
    from afterpulse.device.torque_law import log_rate

    median = np.sqrt(calibration["unit_diameter"].values.min() * calibration["unit_diameter"].max())
    barrier = calibration["energy_barrier"].interp(unit_diameter=float(median))
    barrier = float(barrier) / (boltzmann * ROOM_TEMPERATURE)
    law, currents = law_of(calibration), calibration["relative_current"].values
    lost, held = (
        np.array([log_rate(law, float(each), along, 0.0, barrier) for each in currents])
        for along in (-in_plane, in_plane)
    )
    return lost, held


def draw_rates(calibration: xr.Dataset, axes: Axes) -> None:
    """Draw the rates out of both wells against current for some fields in the plane."""
    current = calibration["relative_current"]
    for colour, field in zip(COLOURS, FIELDS, strict=False):
        lost, held = log_rates(calibration, field)
        axes.plot(current, lost, color=colour, label=f"$B_x$ = {field:g} $B_\\mathrm{{K}}$")
        axes.plot(current, held, "--", color=colour)
    axes.set(xlabel=r"$J$ / $J_\mathrm{c}$", ylabel=r"ln(rate / $f_0$)", xlim=(0, None))
    axes.legend()


def draw_bias_of_torque(calibration: xr.Dataset, axes: Axes) -> None:
    """Draw half the logarithm of the ratio of both rates: the bias of the torque over k_BT."""
    current = calibration["relative_current"]
    for colour, field in zip(COLOURS, FIELDS, strict=False):
        lost, held = log_rates(calibration, field)
        axes.plot(current, (lost - held) / 2, color=colour)
    factor = float(calibration["neighbour_field_factor"])
    axes.set(
        xlabel=r"$J$ / $J_\mathrm{c}$",
        ylabel=r"$e$ / $k_\mathrm{B}T$ of the torque",
        xlim=(0, None),
        title=f"reversed neighbour: $B$ = {factor:.2f} $Dw/(M_\\mathrm{{s}}A)$",
    )


def draw_files(paths: list[str], stem: str) -> None:
    """Draw critical currents and barriers of single units."""
    figure = style.new_figure(6.9, width=2 * style.COLUMN)
    draw(datasets.read(paths[0]), figure)
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="calibration",
    caption=(
        "Critical currents and barriers of single units by micromagnetics and in the kinetics; "
        "rates of the median unit under torque out of the well that a field along the current "
        "empties (solid) and the other (dashed), at 300 K."
    ),
    inputs=lambda card: ["calibration.nc"],
    draw=draw_files,
)
