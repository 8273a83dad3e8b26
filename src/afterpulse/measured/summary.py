"""What the fits of a measured trace say, for a terminal."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from rich.box import SIMPLE_HEAD
from rich.table import Table

PRINTED_UNITS = {"V": (1e6, "uV"), "s": (1.0, "s"), "1": (1.0, "")}


def summary(fits: xr.Dataset, probe: float, at: float) -> list[str]:
    """Say what was found without a model, and which samples it was taken from.

    Parameters
    ----------
    fits : Dataset
        One pulse of what `fit_pulses` gives.
    probe, at : float
        Delays that were asked for, in s.

    Returns
    -------
    list of str
        Lines.
    """
    first, later, last = (
        float(fits[name]) for name in ("window_start", "retained_at", "window_end")
    )
    share, lower, upper = fits["share_retained"], *fits["share_retained_interval"].values
    time, shorter, longer = fits["retention_time"], *fits["retention_time_interval"].values
    if "pulse_amplitude" in fits:
        amplitude = f"{float(fits['pulse_amplitude']):g} A"
    else:
        amplitude = f"{float(fits['pulse_current_density']):g} A/m^2"
    confidence = f"{100 * fits.attrs['confidence']:g} %"
    lines = [
        f"pulse {int(fits['pulse'])}: {amplitude} for {float(fits['pulse_width']):g} s at "
        f"{float(fits['pulse_start']):g} s; repeats: {int(fits['replicates'])}",
        f"window from the probe at {first:g} s to {last:g} s after the pulse, "
        f"{int(fits['points'])} points fitted",
    ]
    if first != probe:
        lines.append(f"probe: first sample after {probe:g} s, at {first:.6g} s")
    if later != at:
        which = "last sample, before" if later < at else "first sample after"
        lines.append(f"share retained: {which} {at:g} s, at {later:.6g} s")
    if fits["refused"].item():
        lines.append(f"share retained: none, {fits['refused'].item()}")
    else:
        lines.append(
            f"share retained at {later:g} s: {float(share):.3g} "
            f"({confidence}: {lower:.3g} to {upper:.3g})"
        )
    if fits["retention_time_refused"].item():
        lines.append(f"retention time: none, {fits['retention_time_refused'].item()}")
    else:
        lines.append(
            f"retention time: {float(time):.3g} s ({confidence}: {shorter:.3g} to {longer:.3g} s)"
        )
    chosen = spaced(fits["chosen_model"].item())
    lines.append(f"simplest model that is not worse than the best: {chosen or 'undecided'}")
    return lines


def model_table(fits: xr.Dataset) -> Table:
    """Lay out the fits of all models.

    Parameters
    ----------
    fits : Dataset
        One pulse of what `fit_pulses` gives.

    Returns
    -------
    rich.table.Table
        One section a model.
    """
    table = Table(box=SIMPLE_HEAD)
    *first, last = HEADINGS
    for heading in first:
        table.add_column(heading, no_wrap=True)
    table.add_column(f"{100 * fits.attrs['confidence']:g} % {last}")
    for rows in model_rows(fits):
        for number, row in enumerate(rows):
            table.add_row(*row, end_section=number == len(rows) - 1)
    return table


HEADINGS = ("model", "parameter", "value", "interval")


def model_rows(fits: xr.Dataset) -> list[list[tuple[str, ...]]]:
    """Cells below `HEADINGS`: a list a model, of rows of texts; parameters as `model_table`'s."""
    models: list[list[tuple[str, ...]]] = []
    for name in fits["model"].values:
        model = fits.sel(model=name)
        if np.isnan(model["akaike_difference"]):
            models.append([(spaced(name), "no fit", "", model["fit_remark"].item())])
            continue
        rows = [
            (
                spaced(parameter),
                printed(of["parameter_value"].item(), of["parameter_units"].item()),
                interval(of["parameter_interval"].values, of["parameter_units"].item()),
            )
            for parameter in fits["parameter"].values
            for of in [model.sel(parameter=parameter)]
            if not np.isnan(of["parameter_interval"]).all()
        ]
        time, within = model["model_retention_time"].item(), model["model_retention_time_interval"]
        rows.append(("retention time", printed(time, "s"), interval(within.values, "s")))
        rows.append(("Akaike difference", printed(model["akaike_difference"].item(), "1"), ""))
        models.append(
            [(spaced(name) if number == 0 else "", *row) for number, row in enumerate(rows)]
        )
    return models


def spaced(name: object) -> str:
    """Give a variable's name as words."""
    return str(name).replace("_", " ")


def printed(value: float, unit: str) -> str:
    """Give a number with its unit, voltages in uV."""
    if np.isnan(value):
        return "undetermined"
    if np.isinf(value):
        return "> window"
    factor, name = PRINTED_UNITS[unit]
    return f"{factor * value:.4g} {name}".strip()


def interval(ends: NDArray[np.float64], unit: str) -> str:
    """Both ends of an interval in the unit of `printed`; empty where one is missing."""
    factor, _ = PRINTED_UNITS[unit]
    return "" if np.isnan(ends).any() else f"{factor * ends[0]:.4g} to {factor * ends[1]:.4g}"
