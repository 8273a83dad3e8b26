"""Exchange bias against activation temperature (York protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from afterpulse import datasets
from afterpulse.figures import style
from afterpulse.figures.selection import mean_and_standard_error
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURVES = {
    "loop_exchange_bias": ("shift of the loop", "o"),
    "exchange_bias_field": ("mean of the grains", "s"),
}


def draw(blocking: xr.Dataset, axes: Axes) -> None:
    """Draw the loop shift and the mean grain field (replicate, activation_temperature)."""
    blocking = blocking.sortby("activation_temperature")
    axes.axhline(0.0, color="0.5", linestyle="--")
    for (name, (label, marker)), colour in zip(CURVES.items(), COLOURS, strict=False):
        mean, error = mean_and_standard_error(1e3 * blocking[name])
        axes.errorbar(
            blocking["activation_temperature"].values,
            mean.values,
            error.values,
            color=colour,
            marker=marker,
            label=label,
        )
    axes.set_xlabel("activation temperature (K)")
    axes.set_ylabel(r"exchange bias $\mu_0 H_\mathrm{EB}$ (mT)")
    axes.legend()


def draw_files(paths: list[str], stem: str) -> None:
    """Draw exchange bias against activation temperature."""
    figure = style.new_figure(2.8)
    draw(datasets.read(paths[0]), figure.add_subplot())
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="blocking",
    caption="""\
Exchange bias after thermal activation against a reversed ferromagnet. At its zero crossing, half of
the film is blocked. Bars: standard error over the replicates.""",
    inputs=lambda card: ["blocking.nc"] if card.blocking is not None else [],
    draw=draw_files,
)
