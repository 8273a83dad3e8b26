"""A measured trace after a pulse, the models fitted to it and what they leave."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from afterpulse.decay.models import MODELS, REFERENCED, parameters_of
from afterpulse.figures.selection import mean_and_standard_error
from afterpulse.figures.style import COLOURS, MARKERS, printed, scaled_unit

Array = NDArray[np.float64]

BINS_PER_DECADE = 20
"""Residuals of more samples than that are drawn as means."""


def fitted_change(fits: xr.Dataset, model: str, delay: Array) -> Array:
    """Change from the initial voltage that a fitted model gives.

    Parameters
    ----------
    fits : Dataset
        One pulse of what `afterpulse.measured.fit_pulses` gives.
    model : str
        Its name there.
    delay : ndarray
        In s.

    Returns
    -------
    ndarray
        In V; NaN where the trace does not determine all parameters.
    """
    values = fits["parameter_value"].sel(model=model)
    probe = float(fits["window_start"])
    given = {name: float(values.sel(parameter=name)) for name in parameters_of(model)}
    reference = {"reference_time": probe} if model in REFERENCED else {}
    return MODELS[model](delay - probe, **given, **reference)


def draw(sweep: xr.Dataset, fits: xr.Dataset, figure: Figure) -> tuple[Axes, Axes]:
    """Draw the Hall voltage with all models above the residuals of these.

    Parameters
    ----------
    sweep : Dataset
        ``anomalous_hall_voltage`` (replicate, delay) and ``initial_voltage`` (replicate).
    fits : Dataset
        Of this pulse, see `fitted_change`.
    figure : Figure
        Gets both panels.

    Returns
    -------
    tuple of Axes
        Both panels. A model that the trace does not determine has no curve.
    """
    above, below = figure.subplots(2, sharex=True, height_ratios=(3, 2))
    draw_trace(sweep, above)
    mean, _ = mean_and_standard_error(sweep["anomalous_hall_voltage"])
    initial = float(sweep["initial_voltage"].mean())
    window = mean.sel(delay=slice(float(fits["window_start"]), None))
    delay = window["delay"].values
    factor, unit = scaled_unit(float(abs(mean).max()), "V")
    along = np.geomspace(delay[0], delay[-1], 400)
    residuals = xr.Dataset({"at": ("delay", delay)}, coords={"delay": delay})
    for number, model in enumerate(str(name) for name in fits["model"].values):
        curve = fitted_change(fits, model, along)
        label = model.replace("_", " ")
        if not np.isfinite(curve).all():
            above.plot([], [], ":", color=COLOURS[number], label=f"{label}: not determined")
            continue
        above.plot(along, factor * (initial + curve), color=COLOURS[number], label=label)
        residuals[model] = window - initial - fitted_change(fits, model, delay)
    # A pulse that was refused may have a single sample from the probe on, and no residuals.
    binned = averaged(residuals) if len(residuals) > 1 else residuals
    left = [name for name in binned.data_vars if name != "at"]
    sizes = [float(abs(binned[name]).max()) for name in left] or [0.0]
    left_factor, left_unit = scaled_unit(max(sizes), "V")
    for number, model in enumerate(str(name) for name in fits["model"].values):
        if model in left:
            below.plot(
                binned["at"],
                left_factor * binned[model],
                MARKERS[number] + "-",
                color=COLOURS[number],
                linewidth=0.5,
                markersize=2.5,
            )
    below.axhline(0, color="0.4", linewidth=0.6)
    if min(sizes) > 0:
        # Linear as far as the best model leaves residuals, so that a bad one does not hide them.
        below.set_yscale("symlog", linthresh=left_factor * min(sizes), linscale=2)
    below.set(xlabel="time since the end of the pulse (s)", ylabel=f"residual ({left_unit})")
    above.set(xscale="log", ylabel=rf"$V_\mathrm{{AHE}}$ ({unit})", title=title(fits))
    above.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return above, below


def averaged(residuals: xr.Dataset) -> xr.Dataset:
    """Average residuals (delay) over bins that are equal in the logarithm of the delay."""
    delay = residuals["delay"].values
    decades = np.log10(delay[-1] / delay[0])
    edges = np.geomspace(delay[0], delay[-1], int(np.ceil(BINS_PER_DECADE * decades)) + 1)
    bins = residuals.groupby_bins("delay", edges, include_lowest=True)
    return bins.mean().dropna("delay_bins")


def draw_trace(sweep: xr.Dataset, axes: Axes) -> None:
    """All samples after the pulse, each repeat and their mean, and the voltage before it."""
    voltage = sweep["anomalous_hall_voltage"].transpose("replicate", "delay")
    factor, _ = scaled_unit(float(abs(voltage.mean("replicate")).max()), "V")
    delay = sweep["delay"].values
    # A file of a hundred thousand vectors opens slowly.
    dots: dict[str, Any] = {"rasterized": True, "linestyle": "none", "marker": "."}
    if voltage.sizes["replicate"] > 1:
        axes.plot(delay, factor * voltage.values.T, color="0.8", markersize=1.5, **dots)
    mean = factor * voltage.mean("replicate").values
    axes.plot(delay, mean, color="0.4", markersize=2.5, label="mean", **dots)
    before = factor * float(sweep["initial_voltage"].mean())
    axes.axhline(before, color="0.4", linestyle="--", label="before the pulse")


def title(fits: xr.Dataset) -> str:
    """Pulse, and why nothing was fitted where nothing was."""
    width = printed(float(fits["pulse_width"]), "s")
    if "pulse_amplitude" in fits:
        strength = printed(float(fits["pulse_amplitude"]), "A")
    else:
        strength = rf"{float(fits['pulse_current_density']):.3g} A/m$^2$"
    remarks = set(fits["fit_remark"].values.tolist())
    refused = f"\n{remarks.pop()}" if len(remarks) == 1 and "" not in remarks else ""
    return f"pulse of {strength}, {width}{refused}"
