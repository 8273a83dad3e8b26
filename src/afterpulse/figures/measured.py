"""Measured trace after a pulse with the fitted models and their residuals."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from afterpulse.decay.models import MODELS, parameters_of
from afterpulse.figures.selection import mean_and_standard_error
from afterpulse.figures.style import COLOURS, MARKERS, printed, scaled_unit
from afterpulse.measured.pulses import amplitude_variable
from afterpulse.measured.units import signal_unit

Array = NDArray[np.float64]

SYMBOLS = {"V": r"$V_\mathrm{AHE}$", "ohm": "$R_{xy}$", "a.u.": "signal"}
"""Symbol of the signal by its unit."""
THIN, THICK = 0.8, 2.0
"""Widths of the curves of a model and of the chosen model."""
BINS_PER_DECADE = 20
"""Residuals are averaged over bins if there are more samples."""


def fitted_change(fits: xr.Dataset, model: str, delay: Array) -> Array:
    """Return the change from the initial voltage (V) by a fitted model.

    Parameters
    ----------
    fits : Dataset
        Fits of one pulse by `afterpulse.measured.fit_pulses`.
    model : str
        Name of the model.
    delay : ndarray
        Time since the end of the pulse (s).

    Returns
    -------
    ndarray
        NaN if the trace does not determine all parameters.
    """
    values = fits["parameter_value"].sel(model=model)
    parameters = {name: float(values.sel(parameter=name)) for name in parameters_of(model)}
    # A fit without a drift has none.
    drift = float(values.sel(parameter="drift").fillna(0.0)) if "drift" in values.parameter else 0.0
    return np.asarray(MODELS[model](delay, **parameters) + drift * delay)


def draw(sweep: xr.Dataset, fits: xr.Dataset, figure: Figure) -> tuple[Axes, Axes]:
    """Draw the Hall voltage with all models above, and their residuals below.

    The chosen model is thick. A model that the trace does not determine has no curve.

    Parameters
    ----------
    sweep : Dataset
        ``anomalous_hall_voltage`` (replicate, delay) and ``initial_voltage`` (replicate).
    fits : Dataset
        Fits of this pulse, as in `fitted_change`.
    figure : Figure
        Figure to draw onto.

    Returns
    -------
    tuple of Axes
    """
    above, below = figure.subplots(2, sharex=True, height_ratios=(3, 2))
    draw_trace(sweep, above)
    mean, _ = mean_and_standard_error(sweep["anomalous_hall_voltage"])
    initial = float(sweep["initial_voltage"].mean())
    window = mean.sel(delay=slice(float(fits["window_start"]), float(fits["window_end"])))
    delay = window["delay"].values
    factor, unit = signal_scale(float(abs(mean).max()), sweep)
    chosen = str(fits["chosen_model"].item()) if "chosen_model" in fits else ""
    along = np.geomspace(delay[0], delay[-1], 400)
    residuals = xr.Dataset({"at": ("delay", delay)}, coords={"delay": delay})
    models = [str(name) for name in fits["model"].values]
    for model, colour in zip(models, COLOURS, strict=False):
        curve = fitted_change(fits, model, along)
        label = model.replace("_", " ")
        if not np.isfinite(curve).all():
            above.plot([], [], ":", color=colour, label=f"{label}: not determined")
            continue
        label += " (chosen)" if model == chosen else ""
        thickness = THICK if model == chosen else THIN
        above.plot(along, factor * (initial + curve), color=colour, lw=thickness, label=label)
        residuals[model] = window - initial - fitted_change(fits, model, delay)
    # A pulse without fits may have a single sample from the probe on, and no residuals.
    binned = averaged(residuals) if len(residuals) > 1 else residuals
    sizes = [float(abs(binned[name]).max()) for name in models if name in binned] or [0.0]
    factor, unit_below = signal_scale(max(sizes), sweep)
    for model, colour, marker in zip(models, COLOURS, MARKERS, strict=False):
        if model in binned:
            look: dict[str, Any] = {"color": colour, "linewidth": 0.5 * THIN, "markersize": 2.0}
            if model == chosen:
                look = {"color": colour, "linewidth": 0.5 * THICK, "markersize": 4.0, "zorder": 3}
            below.plot(binned["at"], factor * binned[model], f"{marker}-", **look)
    below.axhline(0, color="0.4", linewidth=0.6)
    if min(sizes) > 0:
        # Linear up to the residuals of the best model, so that a poor model does not hide them.
        below.set_yscale("symlog", linthresh=factor * min(sizes), linscale=2)
    origin = float(fits.get("delay_origin", 0.0))
    zero = f"{printed(origin, 's')} after the end" if origin else "the end"
    below.set(xlabel=f"time since {zero} of the pulse (s)", ylabel=f"residual ({unit_below})")
    above.set(xscale="log", ylabel=f"{SYMBOLS[signal_unit(sweep)]} ({unit})", title=title(fits))
    above.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return above, below


def averaged(residuals: xr.Dataset) -> xr.Dataset:
    """Return residuals (delay) averaged over bins of equal width in the logarithm of the delay."""
    delay = residuals["delay"].values
    decades = np.log10(delay[-1] / delay[0])
    edges = np.geomspace(delay[0], delay[-1], int(np.ceil(BINS_PER_DECADE * decades)) + 1)
    bins = residuals.groupby_bins("delay", edges, include_lowest=True)
    return bins.mean().dropna("delay_bins")


def draw_trace(sweep: xr.Dataset, axes: Axes) -> None:
    """Draw all samples after the pulse, their mean over repeats and the initial voltage."""
    voltage = sweep["anomalous_hall_voltage"].transpose("replicate", "delay")
    factor, _ = signal_scale(float(abs(voltage.mean("replicate")).max()), sweep)
    delay = sweep["delay"].values
    # A PDF with a hundred thousand vector markers opens slowly.
    dots: dict[str, Any] = {"rasterized": True, "linestyle": "none", "marker": "."}
    if voltage.sizes["replicate"] > 1:
        axes.plot(delay, factor * voltage.values.T, color="0.8", markersize=1.5, **dots)
    mean = factor * voltage.mean("replicate").values
    axes.plot(delay, mean, color="0.4", markersize=2.5, label="mean", **dots)
    if not sweep.attrs.get("no_baseline"):
        before = factor * float(sweep["initial_voltage"].mean())
        axes.axhline(before, color="0.4", linestyle="--", label="before the pulse")


def signal_scale(largest: float, sweep: xr.Dataset) -> tuple[float, str]:
    """Return factor and unit of an axis of the signal; arbitrary units have no prefixes."""
    unit = signal_unit(sweep)
    return (1.0, unit) if unit == "a.u." else scaled_unit(largest, unit.replace("ohm", "Ω"))


def title(fits: xr.Dataset) -> str:
    """Return the pulse and, without any fit, the reason."""
    width = printed(float(fits["pulse_width"]), "s")
    variable = amplitude_variable(fits)
    amplitude = float(fits[variable])
    if variable == "pulse_current_density":
        strength = rf"{amplitude:.3g} A/m$^2$"
    else:
        strength = printed(amplitude, "V" if variable == "pulse_voltage" else "A")
    remarks = set(fits["fit_remark"].values.tolist())
    refused = f"\n{remarks.pop()}" if len(remarks) == 1 and "" not in remarks else ""
    return f"pulse of {strength}, {width}{refused}"
