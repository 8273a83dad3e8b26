"""Exchange bias after thermal activation against its temperature (York protocol)."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from afterpulse.figures.selection import mean_and_standard_error
from afterpulse.figures.style import COLOURS

CURVES = {
    "loop_exchange_bias": ("shift of the loop", "o"),
    "exchange_bias_field": ("mean of the grains", "s"),
}


def draw(blocking: xr.Dataset, axes: Axes) -> None:
    """Draw the loop's shift and the mean field of the grains, with standard errors.

    Parameters
    ----------
    blocking : Dataset
        Dims (replicate, activation_temperature).
    axes : Axes
        Where to draw.
    """
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
