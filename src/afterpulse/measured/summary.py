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
OF_FILES = (
    "file",
    "pulse",
    "fraction retained",
    "retention time (s)",
    "model",
    "time constant (s)",
    "remark",
)


def summary(fits: xr.Dataset, probe: float, at: float) -> list[str]:
    """Summarise the model-free results of one pulse of `fit_pulses`, and the samples used.

    `probe` and `at` are the requested delays (s).
    """
    first, later, last = (
        float(fits[name]) for name in ("window_start", "retained_at", "window_end")
    )
    fraction, lower, upper = fits["share_retained"], *fits["share_retained_interval"].values
    time, shorter, longer = fits["retention_time"], *fits["retention_time_interval"].values
    confidence = f"{100 * fits.attrs['confidence']:g} %"
    origin = float(fits.get("delay_origin", 0.0))
    clock = "" if origin else " after the pulse"
    lines = [
        f"pulse {int(fits['pulse'])}: {pulse_words(fits)} at "
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


def file_table(fits: xr.Dataset) -> Table:
    """Return the fits of several files as a table with a row for each pulse."""
    table = Table(*OF_FILES, box=SIMPLE_HEAD)
    for row in file_rows(fits):
        table.add_row(*row)
    return table


def file_rows(fits: xr.Dataset) -> list[tuple[str, ...]]:
    """Return the cells below `OF_FILES` for each pulse of `afterpulse.measured.joined.join`.

    The time constant is that of the chosen model. Intervals follow in brackets.
    """
    rows: list[tuple[str, ...]] = []
    for file in range(fits.sizes["file"]):
        for pulse in range(fits.sizes["pulse"]):
            fit = fits.isel(file=file, pulse=pulse)
            chosen = str(fit["chosen_model"].item())
            words = [pulse_words(fit)]
            if "temperature" in fit and np.isfinite(fit["temperature"]):
                words.append(f"{float(fit['temperature']):g} K")
            time_constant = ""
            if chosen:
                entry = fit.sel(model=chosen, parameter="time_constant")
                time_constant = with_interval(entry, "parameter_value", "parameter_interval")
            remark = fit["refused"].item() or fit["baseline_remark"].item()
            rows.append(
                (
                    str(fit["file"].item()),
                    ", ".join(words),
                    with_interval(fit, "share_retained", "share_retained_interval"),
                    with_interval(fit, "retention_time", "retention_time_interval"),
                    spaced(chosen) or "undecided",
                    time_constant,
                    remark,
                )
            )
    return rows


def with_interval(fits: xr.Dataset, value: str, ends: str) -> str:
    """Return a number with its interval in brackets; empty if it is not given."""
    number = float(fits[value])
    if np.isnan(number):
        return ""
    low, high = fits[ends].values
    return f"{number:.3g}" + ("" if np.isnan([low, high]).any() else f" ({low:.3g} to {high:.3g})")


def pulse_words(fits: xr.Dataset) -> str:
    """Return amplitude and width of a pulse."""
    variable = amplitude_variable(fits)
    unit = {"pulse_current_density": "A/m^2", "pulse_voltage": "V"}.get(variable, "A")
    return f"{float(fits[variable]):g} {unit} for {float(fits['pulse_width']):g} s"


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
