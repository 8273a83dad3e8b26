"""Exchange bias and coercivity after a pulse against pulse amplitude."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from afterpulse import datasets
from afterpulse.figures import style
from afterpulse.figures.selection import critical_current, mean_and_standard_error
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS, MARKERS, amplitude_axes, printed
from afterpulse.timeline.protocol import sweep_protocols

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS = {
    "loop_exchange_bias": r"exchange bias $\mu_0 H_\mathrm{EB}$ (mT)",
    "loop_coercivity": r"coercivity $\mu_0 H_\mathrm{C}$ (mT)",
}


def draw(ahe: xr.Dataset, figure: Figure) -> None:
    """Draw two panels with one curve per pulse width; a dashed line shows the initial value.

    `ahe` is a sweep with hysteresis loops, dims (pulse_amplitude, pulse_width, replicate, loop).
    """
    ahe = ahe.sortby("pulse_amplitude")
    axes = figure.subplots(1, 2)
    for panel, (name, label) in zip(axes, PANELS.items(), strict=True):
        mean, error = mean_and_standard_error(1e3 * ahe[name])
        panel.axhline(float(mean.sel(loop="before").mean()), color="0.5", linestyle="--")
        for index, width in enumerate(ahe["pulse_width"].values):
            curve = mean.sel(pulse_width=width, loop="after").dropna("pulse_amplitude")
            amplitude = curve["pulse_amplitude"]
            panel.errorbar(
                1e3 * amplitude.values,
                curve.values,
                error.sel(pulse_width=width, loop="after", pulse_amplitude=amplitude).values,
                color=COLOURS[index % len(COLOURS)],
                marker=MARKERS[index % len(MARKERS)],
                label=printed(width, "s"),
            )
        amplitude_axes(panel, critical_current(ahe))
        panel.set_ylabel(label)
    axes[0].legend(title="pulse width", title_fontsize=7)


def draw_files(paths: list[str], stem: str) -> None:
    """Draw exchange bias and coercivity against pulse amplitude."""
    figure = style.new_figure(2.8, width=2 * style.COLUMN)
    draw(datasets.read(paths[0]), figure)
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="exchange_bias",
    caption="""\
Exchange bias and coercivity from hysteresis loops along z at the end of each trajectory. Dashed:
before the pulse. Bars: standard error over the replicates.""",
    inputs=lambda card: (
        ["ahe.nc"] if (card.hysteresis is not None and "sweep" in sweep_protocols(card)) else []
    ),
    draw=draw_files,
)
