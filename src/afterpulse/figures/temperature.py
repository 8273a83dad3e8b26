"""Temperature rise against the time since the pulse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import xarray as xr

from afterpulse import datasets
from afterpulse.device import Device
from afterpulse.figures import style
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS, printed, scaled_unit
from afterpulse.timeline.protocol import sweep_protocols

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMALLEST_RISE = 1e-3
"""Lower limit of the axis (K)."""


def draw(ahe: xr.Dataset, axes: Axes, ambient: float) -> None:
    """Draw the rise above ambient (K) after the largest pulses of each width.

    `ahe` is a sweep, dims (pulse_amplitude, pulse_width, replicate, delay).
    """
    factor, unit = scaled_unit(float(ahe["delay"].max()), "s")
    for width, colour in zip(ahe["pulse_width"].values, COLOURS, strict=False):
        temperature = ahe["temperature"].sel(pulse_width=width).mean("replicate")
        temperature = temperature.dropna("pulse_amplitude", how="all")
        amplitude = abs(temperature["pulse_amplitude"]).idxmax("pulse_amplitude").item()
        rise = temperature.sel(pulse_amplitude=amplitude) - ambient
        label = f"{printed(amplitude, 'A')}, {printed(float(width), 's')}"
        axes.plot(factor * rise["delay"], rise, color=colour, label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    # With room for the legend.
    axes.set_ylim(bottom=max(SMALLEST_RISE, 0.3 * axes.get_ylim()[0]))
    axes.set_xlabel(f"time since the end of the pulse ({unit})")
    axes.set_ylabel("temperature rise (K)")
    axes.legend()


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the temperature rise after the largest pulse of each width."""
    sweep = datasets.read(paths[0])
    device = Device.model_validate(json.loads(sweep.attrs["device_card"]))
    figure = style.new_figure(2.8)
    draw(sweep, figure.add_subplot(), device.ambient_temperature)
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="temperature",
    caption="Temperature rise of the film after the largest pulse of each width.",
    inputs=lambda card: ["ahe.nc"] if "sweep" in sweep_protocols(card) else [],
    draw=draw_files,
)
