"""Change by equal pulses against the time between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from afterpulse import datasets
from afterpulse.cards.experiment import OWN_MECHANISMS, Experiment
from afterpulse.figures import style
from afterpulse.figures.selection import mean_and_standard_error
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS, MARKERS, printed
from afterpulse.timeline.readings import before_next, fraction_changed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEWEST = 3
"""Trains that differ in their spacing alone, below which nothing is drawn."""


def spaced_trains(card: Experiment) -> list[str]:
    """Return the largest group of trains that differ in the time between their pulses alone."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for label, train in card.trains.items():
        pulse, *others = train.pulses
        if not others and pulse.interval is not None and pulse.count > 1:
            alike = str(pulse.amplitude), pulse.width, pulse.count, train.rest
            groups.setdefault(alike, []).append(label)
    largest = max(groups.values(), key=len, default=[])
    return largest if len(largest) >= FEWEST else []


def draw(trains: list[xr.Dataset], axes: Axes) -> Axes:
    """Draw the change before the next pulse and at the end against the spacing.

    Parameters
    ----------
    trains : list of Dataset
        Trains with dims (replicate, time) and (pulse), which differ in their spacing.
    axes : Axes
        Axes to draw onto, which are returned.
    """
    count = trains[0].sizes["pulse"]
    spacing = [float(np.diff(train["pulse_start"].values)[0]) for train in trains]
    order = np.argsort(spacing)
    last = before_next(trains[0])[-1] - float(trains[0]["pulse_end"][-1])
    early = sorted({0, count // 2 - 1, count - 2})
    read = {f"before pulse {number + 2}": number for number in early}
    read[f"{printed(float(last), 's')} after the last"] = count - 1
    for index, (label, pulse) in enumerate(read.items()):
        levels = [mean_and_standard_error(change(train, pulse)) for train in trains]
        mean, error = np.array([[float(part) for part in each] for each in levels])[order].T
        axes.errorbar(
            np.sort(spacing),
            mean,
            error,
            color=COLOURS[index],
            marker=MARKERS[index],
            label=label,
        )
    axes.set_xscale("log")
    axes.set_xlabel("time from pulse to pulse (s)")
    axes.set_ylabel("change (of full switching)")
    axes.legend()
    return axes


def change(train: xr.Dataset, pulse: int) -> xr.DataArray:
    """Return the change before the next pulse over twice the initial voltage, by repeats."""
    voltage = train["anomalous_hall_voltage"]
    at = int(np.searchsorted(train["time"].values, before_next(train)[pulse], "right")) - 1
    changed: xr.DataArray = fraction_changed(voltage.isel(time=0), voltage.isel(time=at))
    return changed


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the trains in files."""
    trains = [datasets.read(path).sel(mechanism_set=OWN_MECHANISMS) for path in paths]
    figure = style.new_figure(2.6)
    draw(trains, figure.subplots())
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="spacing",
    caption="""\
Change of the Hall voltage over twice its initial value by equal pulses, against the time between
them: right before a later pulse, and after the last. Bars: standard error over the replicates.""",
    inputs=lambda card: [f"trains/{label}.nc" for label in spaced_trains(card)],
    draw=draw_files,
)
