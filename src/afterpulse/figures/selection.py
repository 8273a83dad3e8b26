"""What every figure takes from a sweep: one delay, the mean and its error, the critical current."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr


def at_delay(sweep: xr.Dataset, delay: float) -> xr.Dataset:
    """Sweep at one stored delay.

    Parameters
    ----------
    sweep : Dataset
        Dataset with a coordinate ``delay``.
    delay : float
        In s.

    Returns
    -------
    Dataset
        The same without the dimension.

    Raises
    ------
    KeyError
        Where the delay is not stored.
    """
    return sweep.sel(delay=delay, method="nearest", tolerance=1e-9 * delay)


def mean_and_standard_error(values: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Mean over the replicates that are there and its standard error, zero for a single one.

    Parameters
    ----------
    values : DataArray
        Data with a dimension ``replicate``.

    Returns
    -------
    tuple of DataArray
        Both without that dimension.
    """
    count = values.notnull().sum("replicate")
    mean = values.mean("replicate")
    error = values.std("replicate", ddof=1) / np.sqrt(count)
    return mean, error.where(count > 1, 0.0)


def of_all_widths(dataset: xr.Dataset, variable: str) -> xr.Dataset:
    """Leave out amplitudes that not all widths have: a map has no holes for those of a refinement.

    Parameters
    ----------
    dataset : Dataset
        Dims (pulse_amplitude, pulse_width) among others.
    variable : str
        What is NaN where there is no such point.

    Returns
    -------
    Dataset
        The same with fewer amplitudes, or as it is where no amplitude would be left.
    """
    there = dataset[variable].notnull()
    others = [dim for dim in there.dims if dim not in ("pulse_amplitude", "pulse_width")]
    whole = there.any(others).all("pulse_width").values
    return dataset.isel(pulse_amplitude=whole) if whole.any() else dataset


def critical_current(sweep: xr.Dataset) -> float:
    """Critical current that the relative amplitudes of a sweep stand for.

    Parameters
    ----------
    sweep : Dataset
        Dataset with ``pulse_amplitude``, and ``relative_amplitude`` along it.

    Returns
    -------
    float
        In A; NaN where the sweep has no relative amplitude other than zero.
    """
    if "relative_amplitude" not in sweep:
        return float("nan")
    largest = int(np.argmax(abs(sweep["relative_amplitude"].values)))
    relative = float(sweep["relative_amplitude"][largest])
    return float(sweep["pulse_amplitude"][largest]) / relative if relative else float("nan")


def probe_delay(dataset: xr.Dataset) -> float:
    """Return the probe delay of the experiment that a dataset is from (s)."""
    return card_time(dataset, "sweep.probe_delay")


def card_time(dataset: xr.Dataset, field: str) -> float:
    """Return the time at a field of the experiment card that a dataset is from (s)."""
    found = json.loads(dataset.attrs["experiment_card"])
    for key in field.split("."):
        found = found[key]
    value, unit = found.split()
    if unit != "s":
        raise ValueError(f"a resolved card has its times in s, got {unit!r}")
    return float(value)
