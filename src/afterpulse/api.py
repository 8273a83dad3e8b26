"""Functions that read, fit and draw measured traces in a script or notebook (docs/python.md).

They are those of the command ``afterpulse fit``. All quantities are in SI units.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from afterpulse import measured
from afterpulse.measured import FitOptions, Pulse, TraceError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FitOptions", "Pulse", "TraceError", "fit_decays", "plot", "read_trace", "retention"]

DEFAULTS = FitOptions()


def read_trace(
    path: str | Path,
    time_column: str | None = None,
    columns: Sequence[str] = (),
    repeats: bool = False,
    read_current: float | None = None,
    skip: int | None = None,
) -> xr.Dataset:
    """Read a measured Hall voltage, resistance or signal from a file of any known format.

    Parameters
    ----------
    path : str or Path
        File, see docs/measured.md for formats.
    time_column : str, optional
        Column of the time: its name, ``"name (unit)"`` or position from 1 on.
    columns : sequence of str, optional
        Columns of the signal, one for each repeat. By default they follow from units and names.
    repeats : bool
        Whether all columns of voltages are repeats.
    read_current : float, optional
        Read current (A), by which a resistance is multiplied.
    skip : int, optional
        Lines of a text before the header.

    Returns
    -------
    Dataset
        ``anomalous_hall_voltage`` (replicate, time) in V, ohm or a.u., with the time in s.

    Raises
    ------
    TraceError
        If the file cannot be read or does not determine the columns. The message names the file,
        the line and the option of the command.
    """
    selection = measured.Selection(time_column, columns, repeats, read_current, skip)
    return measured.read_trace(path, selection)


def fit_decays(
    trace: xr.Dataset,
    pulses: str | Path | Sequence[Pulse | tuple[float, float, float]],
    probe: float = 0.5,
    at: float = 10.0,
    options: FitOptions = DEFAULTS,
) -> tuple[list[xr.Dataset], xr.Dataset]:
    """Fit the decay after each pulse of a trace.

    Parameters
    ----------
    trace : Dataset
        From `read_trace`.
    pulses : str, Path, or sequence of Pulse
        File with start, width and amplitude of the pulses, or these numbers of each pulse in s, s
        and A, in order of time.
    probe, at : float
        Delays after the pulse of the probe, at which the fits begin, and of the fraction retained
        (s).
    options : FitOptions
        Window, baseline, drift and origin of the delays.

    Returns
    -------
    sweeps : list of Dataset
        Samples of each pulse, with the delay after its end instead of the time.
    fits : Dataset
        Fits with the dimensions pulse, model and parameter, see docs/decay.md.

    Raises
    ------
    TraceError
        If the file of the pulses cannot be read, the pulses are not in order, or none of them can
        be fitted.
    """
    if isinstance(pulses, str | Path):
        given = measured.read_pulses(pulses)
    else:
        given = measured.checked([Pulse(*pulse) for pulse in pulses])
    return measured.fit_pulses(trace, measured.on_clock(given, trace), probe, at, options)


def retention(fits: xr.Dataset) -> pd.DataFrame:
    """Return fraction retained, retention time and chosen model as a table with a row per pulse.

    Parameters
    ----------
    fits : Dataset
        From `fit_decays`, or the ``decay.nc`` of an experiment or of measured files.

    Returns
    -------
    DataFrame
        Columns as in ``retention.csv`` (docs/decay.md), in s and in the unit of the signal, which
        is the last column of a measured trace.
    """
    from afterpulse import decay

    table = decay.to_retention_table(fits)
    if "signal_unit" in fits:
        units = fits["signal_unit"].transpose(*fits["refused"].dims)
        table["signal_unit"] = units.values.ravel()
    return table


def plot(sweep: xr.Dataset, fits: xr.Dataset) -> Figure:
    """Return a figure of the trace after one pulse, the fitted models and their residuals.

    Parameters
    ----------
    sweep : Dataset
        Samples of the pulse, one of the sweeps of `fit_decays`.
    fits : Dataset
        Fits of this pulse, ``fits.isel(pulse=...)``.
    """
    from afterpulse.figures.measured import draw
    from afterpulse.figures.style import COLUMN, new_figure

    figure = new_figure(4.2, width=2 * COLUMN)
    draw(sweep, fits, figure)
    return figure
