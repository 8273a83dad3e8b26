"""Fits of several measured files as one dataset."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from afterpulse.datasets import label
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import AMPLITUDES, amplitude_variable

DIGITS = 12
"""Amplitudes and widths that agree in so many digits are equal."""


def check_units(units: Mapping[Path, str]) -> None:
    """Raise TraceError if the signals of some files have different units (V, ohm or a.u.)."""
    first = next(iter(units), Path())
    for file, unit in units.items():
        if unit != units[first]:
            expected = f"a signal in {units[first]}, as in {first}"
            raise TraceError(str(file), expected, f"a signal in {unit}")


def join(
    fits: Sequence[xr.Dataset], names: Sequence[str], temperatures: Sequence[float]
) -> xr.Dataset:
    """Join the fits of several files along a new dimension.

    Parameters
    ----------
    fits : sequence of Dataset
        Results of `afterpulse.measured.fit_pulses`, with the same pulses and unit of the signal in
        all files.
    names : sequence of str
        Name of each file.
    temperatures : sequence of float
        Temperature of each file (K), NaN if unknown.

    Returns
    -------
    Dataset
        Variables and coordinates of the pulses with the dimensions ``file`` and ``pulse``, and the
        coordinate ``temperature`` (file) if one is known.
    """
    common = fits[0]["parameter_units"]
    pulse = [str(name) for name in fits[0].coords if fits[0][name].dims == ("pulse",)]
    pulse.remove("pulse")
    each = [
        of_file.drop_vars("parameter_units").reset_coords(pulse).expand_dims(file=[name])
        for of_file, name in zip(fits, names, strict=True)
    ]
    joined = xr.concat(each, "file", join="exact", combine_attrs="override")
    joined = joined.assign(parameter_units=common).set_coords(pulse)
    if np.isfinite(temperatures).any():
        joined = joined.assign_coords(temperature=("file", np.asarray(temperatures)))
    return label(joined)


def points(fits: xr.Dataset) -> xr.Dataset:
    """Return the fits of `join` with a single dimension ``point`` of all pulses of all files.

    The amplitude is called ``pulse_amplitude``, with its own units, whatever its quantity.
    """
    flat = fits.stack(point=("file", "pulse"), create_index=False)
    flat = flat.rename({amplitude_variable(flat): AMPLITUDES["A"]})
    for name in ("pulse_amplitude", "pulse_width"):
        values = [float(f"{value:.{DIGITS}g}") for value in flat[name].values]
        flat[name] = ("point", values, flat[name].attrs)
    return flat


def sweeps(fits: xr.Dataset) -> list[tuple[str, xr.Dataset]]:
    """Return the fits of `join` as sweeps over amplitude and width.

    Files of another temperature, and repeated files of a pulse, make further sweeps.

    Returns
    -------
    list of tuple
        A title, which tells temperature and repeat, and a dataset as of `afterpulse.decay`, dims
        (pulse_amplitude, pulse_width). A point without a file has a reason in ``refused``.
    """
    flat = points(fits)
    keys = {
        name: flat[name].values if name in flat else np.zeros(flat.sizes["point"])
        for name in ("temperature", "pulse_amplitude", "pulse_width")
    }
    table = pd.DataFrame(keys)
    table["repeat"] = table.groupby(list(keys), dropna=False).cumcount() + 1
    grids = []
    for (_, repeat), rows in table.groupby(["temperature", "repeat"], dropna=False):
        sweep = flat.isel(point=rows.index.to_numpy())
        sweep = sweep.drop_vars(["file", "pulse", "temperature"], errors="ignore")
        grid = sweep.set_index(point=["pulse_amplitude", "pulse_width"]).unstack("point")
        for name in ("pulse_amplitude", "pulse_width"):
            grid[name].attrs = flat[name].attrs
        for name in ("refused", "retention_time_refused"):
            grid[name] = grid[name].where(grid[name].notnull(), "no file of this pulse")
        # Without any temperature all are 0 here.
        temperature = float(rows["temperature"].iloc[0])
        title = [f"{temperature:g} K"] if temperature > 0 else []
        title += [f"repeat {repeat}"] if table["repeat"].max() > 1 else []
        grids.append((", ".join(title), grid))
    return grids
