"""Fraction of the film that pulses switch, and switching current against pulse width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from afterpulse import datasets
from afterpulse.cards.experiment import Experiment
from afterpulse.figures import style
from afterpulse.figures.retention_map import edges
from afterpulse.figures.selection import common_amplitudes, critical_current, probe_delay
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS, MARKERS, amplitude_axes, printed, scaled_unit
from afterpulse.timeline.protocol import WHOLE, sweep_protocols

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEWEST_WIDTHS, FEWEST_AMPLITUDES = 2, 3


def draw(switching: xr.Dataset, figure: Figure) -> list[Axes]:
    """Draw and return the curves of the fraction switched, its map, and the switching current.

    Parameters
    ----------
    switching : Dataset
        Result of `afterpulse.decay.switching_currents`.
    figure : Figure
        Figure to draw onto, two columns wide.
    """
    panels = figure.subplot_mosaic([["curves", "current"], ["map", "current"]])
    draw_curves(switching, panels["curves"])
    draw_map(switching, panels["map"])
    draw_currents(switching, panels["current"])
    panels["curves"].sharex(panels["map"])
    panels["curves"].set_xlabel("")
    panels["curves"].tick_params(labelbottom=False)
    return list(panels.values())


def draw_curves(switching: xr.Dataset, axes: Axes) -> None:
    """Draw the fraction switched against amplitude, one curve per width."""
    for index, width in enumerate(switching["pulse_width"].values):
        curve = switching.sel(pulse_width=width)
        curve = curve.dropna("pulse_amplitude", subset=["switched_fraction"])
        axes.errorbar(
            1e3 * curve["pulse_amplitude"].values,
            curve["switched_fraction"].values,
            curve["switched_fraction_stderr"].fillna(0.0).values,
            color=COLOURS[index % len(COLOURS)],
            marker=MARKERS[index % len(MARKERS)],
            label=printed(width, "s"),
        )
    axes.axhline(0.5, color="0.6", linestyle=":", linewidth=0.8, zorder=0)
    axes.set_ylim(-0.05, 1.05)
    amplitude_axes(axes, critical_current(switching))
    probe = printed(switching.attrs["probe_delay"], "s")
    axes.set_ylabel(f"fraction switched\n{probe} after the pulse")
    axes.legend(title="pulse width", title_fontsize=7)


def draw_map(switching: xr.Dataset, axes: Axes) -> None:
    """Draw the fraction switched against amplitude and width."""
    mapped = common_amplitudes(switching, "switched_fraction")
    # Amplitudes may all be negative.
    mapped = mapped.sortby(["pulse_amplitude", "pulse_width"])
    widths = mapped["pulse_width"].values
    image = axes.pcolormesh(
        edges(1e3 * mapped["pulse_amplitude"].values),
        10 ** edges(np.log10(widths)),
        mapped["switched_fraction"].transpose("pulse_width", "pulse_amplitude"),
        vmin=0,
        vmax=1,
        rasterized=True,
    )
    axes.figure.colorbar(image, ax=axes, label="fraction switched", location="bottom", pad=0.03)
    axes.set_yscale("log")
    axes.set_yticks(widths, [printed(width, "s") for width in widths])
    axes.minorticks_off()
    axes.set_xlabel("pulse amplitude (mA)")
    axes.set_ylabel("pulse width")


def draw_currents(switching: xr.Dataset, axes: Axes) -> None:
    """Draw switching current and fitted law against width, and write which widths have none.

    Ends of intervals outside the amplitudes of the sweep are drawn at the limits of the axis.
    """
    widths = switching["pulse_width"].values
    per_second, unit = scaled_unit(float(widths.max()), "s")
    current = 1e3 * switching["switching_current"].values
    bounds = switching["switching_current_interval"].transpose("bound", "pulse_width")
    amplitudes = 1e3 * abs(switching["pulse_amplitude"].values)
    lowest, highest = float(amplitudes.min()), float(amplitudes.max())
    lower, upper = np.clip(1e3 * bounds.fillna(switching["switching_current"]), lowest, highest)
    there = np.isfinite(current)
    reach = np.maximum([current - lower, upper - current], 0)[:, there]
    axes.errorbar(
        per_second * widths[there], current[there], reach, color=COLOURS[0], fmt="o", zorder=3
    )
    reason = str(switching["switching_fit_refused"].values)
    if reason:
        lines = [f"no fit: {reason}"]
    else:
        lines = [parameters(switching)]
        fitted = per_second * switching["fitted_width"].values
        band = 1e3 * switching["fitted_switching_current_interval"].transpose("bound", ...).values
        axes.plot(fitted, 1e3 * switching["fitted_switching_current"], color=COLOURS[1])
        axes.fill_between(fitted, *band, color=COLOURS[1], alpha=0.2, linewidth=0)
    reasons = switching["switching_current_refused"].values
    for why in dict.fromkeys(reasons[reasons != ""]):
        names = ", ".join(printed(width, "s") for width in widths[reasons == why])
        lines += [f"{names}:", why]
    axes.set_xscale("log")
    axes.set_xticks(per_second * widths, [f"{per_second * width:.3g}" for width in widths])
    axes.minorticks_off()
    span = per_second * widths
    axes.set_xlim(0.8 * span.min(), 1.25 * span.max())
    margin = 0.05 * (highest - lowest)
    axes.set_ylim(lowest - margin, highest + margin)
    axes.set_xlabel(f"pulse width ({unit})")
    axes.set_ylabel("switching current (mA)")
    text = "\n".join(lines)
    if there.any():
        axes.set_title(text, fontsize=7, loc="left")
    else:
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center")


def parameters(switching: xr.Dataset) -> str:
    """Return the text of both parameters of the fitted law and of their intervals."""
    current, charge = (
        switching[name].values[()] for name in ("intrinsic_current", "switching_charge")
    )
    of_current = 1e3 * switching["intrinsic_current_interval"].values
    of_charge = switching["switching_charge_interval"].values
    # 1 mA ns is 1 pC.
    return (
        rf"$I_\mathrm{{c0}}$ = {1e3 * current:.3g} mA ({of_current[0]:.3g} to {of_current[1]:.3g})"
        f", $q$ = {1e12 * charge:.3g} pC ({1e12 * of_charge[0]:.3g} to {1e12 * of_charge[1]:.3g})"
    )


def inputs(experiment: Experiment) -> list[str]:
    """Return the datasets that the figure reads, none if it is not drawn."""
    sweep = experiment.sweep
    drawn = (
        sweep is not None
        and "sweep" in sweep_protocols(experiment)
        and experiment.numerics.micromagnetics in WHOLE
        and len(sweep.pulse_width) >= FEWEST_WIDTHS
        and len(sweep.pulse_amplitude) >= FEWEST_AMPLITUDES
    )
    return ["ahe.nc"] if drawn else []


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the fraction switched and the switching current."""
    # SciPy's statistics and lmfit take seconds to import.
    from afterpulse import decay

    sweep = datasets.read(paths[0])
    figure = style.new_figure(4.2, width=2 * style.COLUMN)
    draw(decay.switching_currents(sweep, probe_delay(sweep)), figure)
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="switching",
    caption="""\
Fraction of the film that pulses switch, (1 - m_z/m_z before the pulse)/2 at the probe delay, and
switching current: the lowest amplitude at which the mean over the replicates reaches one half,
interpolated between amplitudes. A width at which no amplitude of the sweep reaches one half has no
point. Bars: standard errors of fractions, and 95 % intervals of currents by a bootstrap over
replicates, cut off at the lowest and highest amplitude. Line and band: fit of the law of short
pulses I_c0 + q/w with its 95 % interval (Garello et al., Appl. Phys. Lett. 105, 212402, 2014).""",
    inputs=inputs,
    draw=draw_files,
)
