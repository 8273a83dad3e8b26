"""Fig. 1b: Hall voltage against the time since the pulse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse import datasets
from afterpulse.figures import style
from afterpulse.figures.selection import by_llg, mean_and_standard_error, probe_delay
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import SEQUENTIAL, printed, round_values, scaled_unit
from afterpulse.timeline.protocol import sweep_protocols

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CURVES = 10
MOST_TICKS = 7


def draw(ahe: xr.Dataset, axes: Axes, pulse_width: float, probe: float = 0.5) -> Axes:
    """Draw one curve per amplitude, with a band of the standard error over the replicates.

    The curves begin at the probe, or at the first delay if LLG has computed whole pulses. The
    curve of the `intermediate` state is thick.

    Parameters
    ----------
    ahe : Dataset
        Sweep with dims (pulse_amplitude, pulse_width, replicate, delay). At most `MOST_CURVES`
        amplitudes are drawn, evenly selected.
    axes : Axes
        Axes to draw onto, which are returned.
    pulse_width, probe : float
        Pulse width and probe delay (s).
    """
    sweep = ahe.sel(pulse_width=pulse_width, method="nearest", tolerance=1e-9 * pulse_width)
    sweep = sweep.dropna("pulse_amplitude", how="all", subset=["anomalous_hall_voltage"])
    mean, error = mean_and_standard_error(sweep["anomalous_hall_voltage"])
    late = (mean["delay"] >= probe * (1 - 1e-9)).values
    at_probe = mean.isel(delay=late).isel(delay=0)
    if not by_llg(sweep):
        mean, error = mean.isel(delay=late), error.isel(delay=late)
    count = mean.sizes["pulse_amplitude"]
    drawn = {round(x) for x in np.linspace(0, count - 1, min(count, MOST_CURVES)).tolist()}
    thick = intermediate(at_probe.values, mean.isel(delay=-1).values)
    factor, unit = scaled_unit(float(abs(mean).max()), "V")
    per_unit, time_unit = scaled_unit(float(mean["delay"][-1]), "s")
    delay = per_unit * mean["delay"].values
    import matplotlib as mpl

    colours = mpl.colormaps[SEQUENTIAL](np.linspace(0, 0.9, count))
    for index in sorted(drawn | {thick}):
        middle = factor * mean.isel(pulse_amplitude=index)
        half = factor * error.isel(pulse_amplitude=index)
        colour = colours[index]
        axes.plot(
            delay,
            middle,
            color=colour,
            linewidth=2.4 if index == thick else 1.0,
            label=_name(sweep.isel(pulse_amplitude=index)),
        )
        low, high = middle - half, middle + half
        axes.fill_between(delay, low, high, color=colour, alpha=0.25, linewidth=0)
    if by_llg(sweep):
        axes.axvline(per_unit * probe, color="0.6", linestyle=":", linewidth=0.8, zorder=0)
    axes.set_xscale("log")
    axes.set_xlim(delay[0], delay[-1])
    ticks = round_values(delay[0], delay[-1])
    if len(ticks) > MOST_TICKS:
        ticks = [tick for tick in ticks if f"{tick:e}".startswith("1")]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel(f"time since the end of the pulse ({time_unit})")
    axes.set_ylabel(rf"$V_\mathrm{{AHE}}$ ({unit})")
    axes.set_title(f"pulse width {printed(pulse_width, 's')}")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return axes


def intermediate(first: NDArray[np.float64], last: NDArray[np.float64]) -> int:
    """Return the amplitude index of the intermediate state that changes most.

    Intermediate states are those between 10 % and 90 % of the range of voltages at the first
    delay. If there are none, all states count. Shape of `first` and `last`: (amplitudes,).
    """
    relative = (first - first.min()) / (np.ptp(first) or 1.0)
    between = (relative >= 0.1) & (relative <= 0.9)
    return int(np.argmax(np.where(between | ~between.any(), abs(last - first), -1.0)))


def _name(point: xr.Dataset) -> str:
    if "relative_amplitude" in point:
        return rf"{float(point['relative_amplitude']):.2g} $I_\mathrm{{c}}$"
    return printed(float(point["pulse_amplitude"]), "A")


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the decay of the Hall voltage, at the middle pulse width."""
    sweep = datasets.read(paths[0])
    widths = sweep["pulse_width"].values
    figure = style.new_figure(2.8)
    draw(sweep, figure.add_subplot(), float(widths[widths.size // 2]), probe_delay(sweep))
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="fig1b",
    caption="""\
Hall voltage after a pulse (Fig. 1b), from the probe delay on. If LLG computes whole pulses, it is
drawn from the end of the pulse on, with the probe dotted. Thick: the intermediate state that
changes most. Bands: standard error over the replicates.""",
    inputs=lambda card: ["ahe.nc"] if "sweep" in sweep_protocols(card) else [],
    draw=draw_files,
)
