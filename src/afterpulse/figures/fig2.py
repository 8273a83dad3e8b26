"""Fig. 2: Hall voltage during pulse trains; long- and short-term potentiation and depression."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse import datasets
from afterpulse.cards.claims import LEAST_LOSS, MOST_LEFT
from afterpulse.figures import style
from afterpulse.figures.selection import mean_and_standard_error
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS, scaled_unit
from afterpulse.timeline.readings import (
    BURST_READING,
    before_next,
    first_of_burst,
    reading_times,
)
from afterpulse.timeline.reduction import CLOCK_ROUNDING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ORDER = ("LTP", "LTD", "STP", "STD")
LONG_WAIT = 10.0


def draw(
    trains: Mapping[str, xr.Dataset], figure: Figure, mechanism_set: str | None = None
) -> list[Axes]:
    """Draw and return one panel per train, LTP, LTD, STP and STD first.

    Parameters
    ----------
    trains : mapping of str to Dataset
        Trains with dims (mechanism_set, replicate, time) and (pulse).
    figure : Figure
        Figure to draw onto.
    mechanism_set : str, optional
        Set of mechanisms; the first set by default.
    """
    labels = in_order(trains)
    rows = -(-len(labels) // 2)
    panels = figure.subplots(rows, min(2, len(labels)), squeeze=False, sharey=True).ravel()
    selected = {label: select_set(trains[label], mechanism_set) for label in labels}
    limits = voltage_limits(selected.values())
    for label, panel in zip(labels, panels, strict=False):
        draw_train(selected[label], panel, limits)
        if label in CRITERIA and label.lower() in tested_claims(trains[label]):
            CRITERIA[label](selected[label], panel, limits)
        panel.set_title(label)
    for panel in panels[len(labels) :]:
        panel.set_axis_off()
    for index, panel in enumerate(panels[: len(labels)]):
        if index % 2:
            panel.set_ylabel("")
        if index < len(labels) - 2:
            panel.set_xlabel("")
    return list(panels[: len(labels)])


def draw_train(train: xr.Dataset, axes: Axes, limits: tuple[float, float]) -> Axes:
    """Draw one train onto `axes`: trace, readings, and pulses as ticks coloured by polarity.

    A burst after a wait that is much longer than all that follows is drawn by itself, in the time
    since its first pulse.

    Parameters
    ----------
    train : Dataset
        Dims (replicate, time) and (pulse).
    axes : Axes
        Axes to draw onto, which are returned.
    limits : tuple of float
        Lowest and highest voltage (V), the same on all panels with a common axis.
    """
    factor, unit = scaled_unit(max(map(abs, limits)), "V")
    level, spread = mean_and_standard_error(train["anomalous_hall_voltage"])
    mean, error = factor * level.values, factor * spread.values
    first, origin, begin = drawn_part(train)
    starts, ends = train["pulse_start"].values[first:], train["pulse_end"].values[first:]
    time = train["time"].values[begin:] - origin
    read = np.searchsorted(train["time"].values, reading_times(train)[first:], "right") - 1
    low, high = (mean - error)[begin:], (mean + error)[begin:]
    axes.fill_between(time, low, high, color=COLOURS[0], alpha=0.25, linewidth=0)
    axes.plot(time, mean[begin:], color=COLOURS[0], linewidth=0.6)
    axes.plot(
        train["time"].values[read] - origin, mean[read], "o", color=COLOURS[0], markersize=2.5
    )
    # Voltage before the pulses; the distance to this line is their lasting effect.
    axes.axhline(float(mean[begin]), color="0.6", linewidth=0.6, linestyle="--", zorder=0)
    signs = np.array([_sign(train, *edges) for edges in zip(starts, ends, strict=True)])
    for sign, colour in ((1, COLOURS[1]), (-1, COLOURS[2]), (0, "0.3")):
        axes.vlines(
            starts[signs == sign] - origin,
            0.02,
            0.09,
            transform=axes.get_xaxis_transform(),
            color=colour,
            linewidth=0.8,
        )
    lowest, highest = factor * limits[0], factor * limits[1]
    room = (highest - lowest) or 1.0
    # More room below, for the ticks.
    axes.set_ylim(lowest - 0.18 * room, highest + 0.06 * room)
    axes.margins(x=0.02)
    axes.set_xlabel("time (s)")
    if first:
        # Linear over the burst, logarithmic after it.
        linear = 2 * float(ends[-1] - origin)
        axes.set_xscale("symlog", linthresh=linear)
        last = float(train["time"].values[-1] - origin)
        decades = np.arange(np.ceil(np.log10(linear)), np.floor(np.log10(last)) + 1)
        axes.set_xticks([0.0, *10.0**decades])
        axes.set_xlabel("time since the first pulse of the burst (s)")
    axes.set_ylabel(rf"$V_\mathrm{{AHE}}$ ({unit})")
    return axes


def drawn_part(train: xr.Dataset) -> tuple[int, float, int]:
    """Return the first pulse that is drawn, its start if it is a burst by itself, and its index.

    The start is 0 s if the whole train is drawn. The index is that of the last time before it.
    """
    first = first_of_burst(train) if after_a_long_wait(train) else 0
    origin = float(train["pulse_start"][first]) if first else 0.0
    begin = int(np.searchsorted(train["time"].values, origin + CLOCK_ROUNDING, "right")) - 1
    return first, origin, max(begin, 0)


def tested_claims(train: xr.Dataset) -> list[str]:
    """Return the claims that the experiment of a train tests."""
    card = json.loads(train.attrs.get("experiment_card", "{}"))
    return list(card.get("claims", []))


def draw_least_growth(train: xr.Dataset, axes: Axes, limits: tuple[float, float]) -> None:
    """Draw the level of the first reading, beyond which the last one must be."""
    first = levels(train, reading_times(train)[:1], limits)
    axes.axhline(first[0], **CRITERION)


def draw_least_loss(train: xr.Dataset, axes: Axes, limits: tuple[float, float]) -> None:
    """Draw the level that each reading must fall below before the next pulse to count as lost."""
    first, origin, _ = drawn_part(train)
    read = reading_times(train)
    start, *reached = levels(train, np.append(train["time"].values[0], read), limits)
    least = start + (1 - LEAST_LOSS) * (np.array(reached) - start)
    ends = before_next(train) - origin
    axes.hlines(least[first:], read[first:] - origin, ends[first:], **CRITERION)


def draw_most_left(train: xr.Dataset, axes: Axes, limits: tuple[float, float]) -> None:
    """Draw the level that a burst must return to from its change to count as transient."""
    start = float(train["pulse_start"][first_of_burst(train)])
    end = float(train["pulse_end"][-1])
    before, after = levels(train, np.array([start + CLOCK_ROUNDING, end + BURST_READING]), limits)
    axes.axhline(before + MOST_LEFT * (after - before), **CRITERION)


def levels(
    train: xr.Dataset, times: NDArray[np.float64], limits: tuple[float, float]
) -> NDArray[np.float64]:
    """Return mean voltages at times (s) in the unit of the axis."""
    factor, _ = scaled_unit(max(map(abs, limits)), "V")
    mean, _ = mean_and_standard_error(train["anomalous_hall_voltage"])
    at = np.clip(np.searchsorted(train["time"].values, times, "right") - 1, 0, None)
    return np.asarray(factor * mean.values[at])


CRITERIA = {
    "LTP": draw_least_growth,
    "LTD": draw_least_loss,
    "STP": draw_most_left,
    "STD": draw_most_left,
}
"""What draws the criterion of a claim onto the panel of its train."""
CRITERION: Any = {"color": COLOURS[3], "linewidth": 0.8, "linestyle": ":"}


def after_a_long_wait(train: xr.Dataset) -> bool:
    """Return whether the longest wait between pulses exceeds `LONG_WAIT` times all that follows."""
    first = first_of_burst(train)
    if not first:
        return False
    starts = train["pulse_start"].values
    follows = float(train["time"].values[-1] - starts[first])
    return float(starts[first] - starts[first - 1]) > LONG_WAIT * follows


def voltage_limits(trains: Iterable[xr.Dataset]) -> tuple[float, float]:
    """Return the lowest and highest end of the error bands of several trains (V)."""
    bands = [mean_and_standard_error(train["anomalous_hall_voltage"]) for train in trains]
    lowest = min(float((mean - error).min()) for mean, error in bands)
    return lowest, max(float((mean + error).max()) for mean, error in bands)


def in_order(trains: Mapping[str, xr.Dataset]) -> list[str]:
    """Return the labels of the trains, the paper's four first, the others by name."""
    known = [label for label in ORDER if label in trains]
    return known + sorted(set(trains) - set(ORDER))


def select_set(train: xr.Dataset, mechanism_set: str | None) -> xr.Dataset:
    """Return the train for one set of mechanisms, by default the first set."""
    if "mechanism_set" not in train.dims:
        return train
    if mechanism_set is None:
        return train.isel(mechanism_set=0)
    return train.sel(mechanism_set=mechanism_set)


def _sign(train: xr.Dataset, start: float, end: float) -> int:
    during = train["current"].sel(time=slice(start, end)).values
    return int(np.sign(during[np.argmax(abs(during))])) if during.size else 0


def read_trains(paths: list[str]) -> dict[str, xr.Dataset]:
    """Read the trains of the paper, or all trains if there are none of the paper, by label."""
    trains = {Path(path).stem.upper(): datasets.read(path) for path in paths}
    return {label: train for label, train in trains.items() if label in ORDER} or trains


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the pulse trains."""
    figure = style.new_figure(4.2, width=2 * style.COLUMN)
    draw(read_trains(paths), figure)
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="fig2",
    caption="""\
Pulse trains (Fig. 2). Markers: readings 0.5 s after each pulse, or right before the next. Ticks
below: pulses, coloured by polarity. Dashed: before the pulses. Dotted: level that decides on the
claim. Readings must go beyond that of LTP, away from the start, and return to those of LTD, STP and
STD before the next pulse or the end.""",
    inputs=lambda card: ["trains/{train}.nc"] if card.trains else [],
    draw=draw_files,
)
