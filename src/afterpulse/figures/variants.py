"""Hall voltage of the variants of an experiment: at the probe delay, and against time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from afterpulse import datasets
from afterpulse.figures import style
from afterpulse.figures.selection import (
    at_delay,
    by_llg,
    critical_current,
    mean_and_standard_error,
    probe_delay,
)
from afterpulse.figures.spec import FigureSpec, Variant
from afterpulse.figures.style import (
    COLOURS,
    MARKERS,
    amplitude_axes,
    printed,
    scaled_unit,
)
from afterpulse.timeline.protocol import sweep_protocols

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CURVES = 7


def draw(sweeps: Mapping[str, xr.Dataset], figure: Figure) -> list[Axes]:
    """Draw the sweeps of variants at the middle pulse width of the first, and return both axes.

    Parameters
    ----------
    sweeps : mapping of str to Dataset
        Sweeps by label, with dims (pulse_amplitude, pulse_width, replicate, delay). At most
        `MOST_CURVES` are drawn, evenly selected.
    figure : Figure
        Figure to draw onto, two columns wide.
    """
    chosen = np.unique(np.linspace(0, len(sweeps) - 1, MOST_CURVES).round().astype(int))
    widths = next(iter(sweeps.values()))["pulse_width"].values
    width = float(widths[widths.size // 2])
    drawn = {
        label: sweep.sel(pulse_width=width, method="nearest").sortby("pulse_amplitude")
        for index, (label, sweep) in enumerate(sweeps.items())
        if index in chosen
    }
    left, right = figure.subplots(1, 2)
    draw_at_probe(drawn, left)
    draw_traces(drawn, right)
    left.set_title(f"pulse width {printed(width, 's')}")
    return [left, right]


def draw_at_probe(sweeps: Mapping[str, xr.Dataset], axes: Axes) -> None:
    """Draw the Hall voltage at the probe delay against amplitude, one curve per variant."""
    factor, unit = voltage_unit(sweeps.values())
    for index, sweep in enumerate(sweeps.values()):
        mean, error = mean_and_standard_error(voltage_at_probe(sweep))
        axes.errorbar(
            1e3 * mean["pulse_amplitude"].values,
            factor * mean.values,
            factor * error.values,
            color=COLOURS[index],
            marker=MARKERS[index],
        )
    currents = {critical_current(sweep) for sweep in sweeps.values()}
    amplitude_axes(axes, currents.pop() if len(currents) == 1 else float("nan"))
    probe = printed(probe_delay(next(iter(sweeps.values()))), "s")
    axes.set_ylabel(rf"$V_\mathrm{{AHE}}$ ({unit}), {probe} after the pulse")


def draw_traces(sweeps: Mapping[str, xr.Dataset], axes: Axes) -> None:
    """Draw the Hall voltage after the pulse at which the variants differ most."""
    factor, unit = voltage_unit(sweeps.values())
    first = next(iter(sweeps.values()))
    amplitude = first["pulse_amplitude"].values[most_different(list(sweeps.values()))]
    latest = max(float(sweep["delay"][-1]) for sweep in sweeps.values())
    per_second, time_unit = scaled_unit(latest, "s")
    for index, (label, sweep) in enumerate(sweeps.items()):
        trace = sweep.sel(pulse_amplitude=amplitude, method="nearest")
        mean, error = mean_and_standard_error(trace["anomalous_hall_voltage"])
        shown = (mean["delay"] > 0) if by_llg(sweep) else mean["delay"] >= 0.99 * probe_delay(sweep)
        mean, error = mean[shown.values], error[shown.values]
        delay = per_second * mean["delay"].values
        axes.plot(delay, factor * mean, color=COLOURS[index], label=label)
        low, high = factor * (mean - error), factor * (mean + error)
        axes.fill_between(delay, low, high, color=COLOURS[index], alpha=0.25, linewidth=0)
    axes.set_xscale("log")
    axes.set_xlabel(f"time since the end of the pulse ({time_unit})")
    axes.set_ylabel(rf"$V_\mathrm{{AHE}}$ ({unit})")
    axes.set_title(f"pulse amplitude {printed(float(amplitude), 'A')}")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def voltage_unit(sweeps: Any) -> tuple[float, str]:
    """Return the factor and the unit of the voltages of some sweeps."""
    return scaled_unit(
        max(float(abs(sweep["anomalous_hall_voltage"]).max()) for sweep in sweeps), "V"
    )


def voltage_at_probe(sweep: xr.Dataset) -> xr.DataArray:
    """Return the Hall voltage at the sweep's own probe delay."""
    return at_delay(sweep, probe_delay(sweep))["anomalous_hall_voltage"]


def most_different(sweeps: Sequence[xr.Dataset]) -> int:
    """Return where the voltages at the probe differ most: an index of the first's amplitudes.

    Other variants count at their nearest amplitude.
    """
    amplitudes = sweeps[0]["pulse_amplitude"].values
    levels = [
        mean_and_standard_error(voltage_at_probe(sweep))[0]
        .sel(pulse_amplitude=amplitudes, method="nearest")
        .values
        for sweep in sweeps
    ]
    spread = np.nanmax(levels, axis=0) - np.nanmin(levels, axis=0)
    return int(np.argmax(np.nan_to_num(spread)))


def name(changes: Mapping[str, Any]) -> str:
    """Return the label of a variant: its values by the last parts of their fields."""
    words = []
    for field, value in changes.items():
        last = field.rpartition(".")[2].replace("_", " ")
        if isinstance(value, bool):
            words.append(last if value else f"no {last}")
        else:
            words.append(f"{last} {value}")
    return "\n".join(words)


def label(variant: Variant) -> str:
    """Return hypothesis and condition of a variant, or its values if it has none."""
    role = ", ".join(filter(None, [variant.hypothesis, variant.condition]))
    return role.replace("_", " ") or name(variant.changes)


def draw_files(variants: Sequence[Variant], stem: str) -> None:
    """Draw the sweeps of variants; each has one file."""
    sweeps = {label(each): datasets.read(each.files[0]) for each in variants}
    figure = style.new_figure(2.6, 2 * style.COLUMN)
    draw(sweeps, figure)
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="variants",
    caption="""\
Left: Hall voltage of the variants at the probe delay against pulse amplitude. Right: Hall voltage
after the pulse at which they differ most. Bars and bands: standard error over the replicates. The
table of variants has their values; ``variants/<variant>`` has all figures of one.""",
    inputs=lambda card: (
        ["ahe.nc"] if card.vary is not None and "sweep" in sweep_protocols(card) else []
    ),
    draw=draw_files,
    of_variants=True,
)
