"""Fig. 1a: Hall voltage at the probe delay against pulse amplitude."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xarray as xr

from afterpulse import datasets
from afterpulse.cards.experiment import Experiment
from afterpulse.figures import style
from afterpulse.figures.selection import (
    at_delay,
    critical_current,
    mean_and_standard_error,
    probe_delay,
)
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS, MARKERS, amplitude_axes, printed, scaled_unit
from afterpulse.timeline.protocol import sweep_protocols

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(ahe: xr.Dataset, axes: Axes, walk: xr.Dataset | None = None, probe: float = 0.5) -> Axes:
    """Draw one curve per pulse width, with the standard error over the replicates.

    Parameters
    ----------
    ahe : Dataset
        Sweep with a fresh state before each pulse, dims (pulse_amplitude, pulse_width,
        replicate, delay). Filled symbols.
    axes : Axes
        Axes to draw onto, which are returned.
    walk : Dataset, optional
        Sweep that is initialised once. Open symbols.
    probe : float
        Delay (s).
    """
    largest = float(abs(at_delay(ahe, probe)["anomalous_hall_voltage"]).max())
    factor, unit = scaled_unit(largest, "V")
    for sweep, filled in ((ahe.sortby("pulse_amplitude"), True), (walk, False)):
        if sweep is None:
            continue
        mean, error = mean_and_standard_error(at_delay(sweep, probe)["anomalous_hall_voltage"])
        for index, width in enumerate(sweep["pulse_width"].values):
            colour = COLOURS[index % len(COLOURS)]
            # A refined sweep has amplitudes of a single width.
            curve = mean.sel(pulse_width=width).dropna("pulse_amplitude")
            amplitude = curve["pulse_amplitude"]
            axes.errorbar(
                1e3 * amplitude.values,
                factor * curve.values,
                factor * error.sel(pulse_width=width, pulse_amplitude=amplitude).values,
                color=colour,
                marker=MARKERS[index % len(MARKERS)],
                linestyle="-" if filled else ":",
                markerfacecolor=colour if filled else "white",
                label=printed(width, "s") if filled else None,
            )
    if walk is not None:
        look: dict[str, Any] = {"color": "0.3", "marker": "o", "linestyle": ":", "mfc": "white"}
        axes.errorbar([], [], [], label="initialised once", **look)
    axes.axhline(0, color="0.8", linewidth=0.6, zorder=0)
    amplitude_axes(axes, critical_current(ahe))
    axes.set_ylabel(rf"$V_\mathrm{{AHE}}$ ({unit})" + f"\n{printed(probe, 's')} after the pulse")
    axes.legend(title="pulse width", title_fontsize=7)
    return axes


def inputs(experiment: Experiment) -> list[str]:
    """Return the datasets that the figure reads, none if it is not drawn."""
    protocols = sweep_protocols(experiment)
    if "sweep" not in protocols:
        return []
    return ["ahe.nc", "walk.nc"] if "walk" in protocols else ["ahe.nc"]


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the Hall voltage at the probe against pulse amplitude."""
    ahe, *walk = (datasets.read(path) for path in paths)
    figure = style.new_figure(2.8)
    draw(ahe, figure.add_subplot(), walk[0] if walk else None, probe_delay(ahe))
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="fig1a",
    caption="""\
Hall voltage at the probe delay against pulse amplitude (Fig. 1a). Filled symbols: fresh device
before each pulse; open symbols: one device, amplitudes one after the other.
Bars: standard error over the replicates.""",
    inputs=inputs,
    draw=draw_files,
)
