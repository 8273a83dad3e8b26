"""Summary of the fits of a measured trace for a terminal."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from rich.box import SIMPLE_HEAD
from rich.table import Table

from afterpulse.measured.pulses import amplitude_variable
from afterpulse.measured.sweep import NO_BASELINE

PRINTED_UNITS = {"V": (1e6, "uV"), "s": (1.0, "s"), "1": (1.0, ""), "V s-1": (1e6, "uV/s")}
HEADINGS = ("model", "parameter", "value", "interval")


def summary(fits: xr.Dataset, probe: float, at: float) -> list[str]:
    """Summarise the model-free results of one pulse of `fit_pulses`, and the samples used.

    `probe` and `at` are the requested delays (s).
    """
    first, later, last = (
        float(fits[name]) for name in ("window_start", "retained_at", "window_end")
    )
    fraction, lower, upper = fits["share_retained"], *fits["share_retained_interval"].values
    time, shorter, longer = fits["retention_time"], *fits["retention_time_interval"].values
    variable = amplitude_variable(fits)
    unit = {"pulse_current_density": "A/m^2", "pulse_voltage": "V"}.get(variable, "A")
    amplitude = f"{float(fits[variable]):g} {unit}"
    confidence = f"{100 * fits.attrs['confidence']:g} %"
    origin = float(fits.get("delay_origin", 0.0))
    clock = "" if origin else " after the pulse"
    lines = [
        f"pulse {int(fits['pulse'])}: {amplitude} for {float(fits['pulse_width']):g} s at "
        f"{float(fits['pulse_start']):.15g} s; repeats: {int(fits['replicates'])}",
        f"window from the probe at {first:g} s to {last:g} s{clock}, "
        f"{int(fits['points'])} points fitted",
    ]
    if origin:
        lines.append(f"all delays count from {origin:g} s after the end of the pulse")
    if fits["refused"].item() == NO_BASELINE:
        lines.append("changes are counted from the mean of the last tenth of the samples")
    if first != probe:
        lines.append(f"probe: first sample after {probe:g} s, at {first:.6g} s")
    if later != at:
        sample = "last sample, before" if later < at else "first sample after"
        lines.append(f"fraction retained: {sample} {at:g} s, at {later:.6g} s")
    if fits["refused"].item():
        lines.append(f"fraction retained: none, {fits['refused'].item()}")
    else:
        lines.append(
            f"fraction retained at {later:g} s: {float(fraction):.3g} "
            f"({confidence}: {lower:.3g} to {upper:.3g})"
        )
    if fits["retention_time_refused"].item():
        lines.append(f"retention time: none, {fits['retention_time_refused'].item()}")
    else:
        lines.append(
            f"retention time: {float(time):.3g} s ({confidence}: {shorter:.3g} to {longer:.3g} s)"
        )
    if int(fits["replicates"]) == 1:
        lines.append(
            "single trace: both by the model below; intervals are those of the noise of the trace, "
            "not of the scatter between repeats"
        )
    if fits["baseline_remark"].item():
        lines.append(f"warning: {fits['baseline_remark'].item()}")
    chosen = spaced(fits["chosen_model"].item())
    lines.append(f"simplest model that is not worse than the best: {chosen or 'undecided'}")
    return lines


def model_table(fits: xr.Dataset) -> Table:
    """Return the fits of all models to one pulse as a table, one section per model."""
    table = Table(box=SIMPLE_HEAD)
    *first, last = HEADINGS
    for heading in first:
        table.add_column(heading, no_wrap=True)
    table.add_column(f"{100 * fits.attrs['confidence']:g} % {last}")
    for rows in model_rows(fits):
        for index, row in enumerate(rows):
            table.add_row(*row, end_section=index == len(rows) - 1)
    return table


def model_rows(fits: xr.Dataset) -> list[list[tuple[str, ...]]]:
    """Return the rows of cells below `HEADINGS` for each model fitted to one pulse."""
    models: list[list[tuple[str, ...]]] = []
    for name in fits["model"].values:
        model = fits.sel(model=name)
        if np.isnan(model["akaike_difference"]):
            models.append([(spaced(name), "no fit", "", model["fit_remark"].item())])
            continue
        rows = []
        for parameter in fits["parameter"].values:
            entry = model.sel(parameter=parameter)
            value, ends, unit = (
                entry[f"parameter_{quantity}"].values for quantity in ("value", "interval", "units")
            )
            if not np.isnan(ends).all():
                cells = printed(float(value), str(unit)), interval(ends, str(unit))
                rows.append((spaced(parameter), *cells))
        time = model["model_retention_time"].item()
        ends = model["model_retention_time_interval"].values
        rows.append(("retention time", printed(time, "s"), interval(ends, "s")))
        rows.append(("Akaike difference", printed(model["akaike_difference"].item(), "1"), ""))
        titles = [spaced(name)] + [""] * (len(rows) - 1)
        models.append([(title, *row) for title, row in zip(titles, rows, strict=True)])
    return models


def spaced(name: object) -> str:
    """Return a variable's name as words."""
    return str(name).replace("_", " ")


def printed(value: float, unit: str) -> str:
    """Return a number with its unit, voltages in uV; the unit is one of `PARAMETERS`."""
    if np.isnan(value):
        return "undetermined"
    if np.isinf(value):
        return "> window"
    factor, name = _scale(unit)
    return f"{factor * value:.4g} {name}".strip()


def interval(ends: NDArray[np.float64], unit: str) -> str:
    """Return an interval in the unit of `printed`; empty if an end is missing."""
    factor, _ = _scale(unit)
    return "" if np.isnan(ends).any() else f"{factor * ends[0]:.4g} to {factor * ends[1]:.4g}"


def _scale(unit: str) -> tuple[float, str]:
    """Return factor and name of the printed unit; that of another signal is printed as it is."""
    return PRINTED_UNITS.get(unit, (1.0, unit.replace(" s-1", "/s")))
