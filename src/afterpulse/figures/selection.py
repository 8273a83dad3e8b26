"""Selections and means of a sweep for all figures."""

from __future__ import annotations

import numpy as np
import xarray as xr

from afterpulse.datasets import card_time, sample_means


def at_delay(sweep: xr.Dataset, delay: float) -> xr.Dataset:
    """Return the sweep at a stored delay (s); KeyError if the delay is not stored."""
    return sweep.sel(delay=delay, method="nearest", tolerance=1e-9 * delay)


def mean_and_standard_error(values: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the mean over valid replicates and its standard error, zero for a single replicate.

    Of several samples the means are averaged, see `afterpulse.datasets.sample_means`.
    """
    values = sample_means(values)
    count = values.notnull().sum("replicate")
    mean = values.mean("replicate")
    error = values.std("replicate", ddof=1) / np.sqrt(count)
    return mean, error.where(count > 1, 0.0)


def common_amplitudes(dataset: xr.Dataset, variable: str) -> xr.Dataset:
    """Return the dataset at amplitudes common to all widths, or unchanged if there are none.

    A refined sweep has amplitudes of a single width, which would be holes in a map. There,
    `variable` is NaN.
    """
    valid = dataset[variable].notnull()
    others = [dim for dim in valid.dims if dim not in ("pulse_amplitude", "pulse_width")]
    common = valid.any(others).all("pulse_width").values
    return dataset.isel(pulse_amplitude=common) if common.any() else dataset


def by_llg(sweep: xr.Dataset) -> bool:
    """Return whether LLG has computed whole pulses of a sweep, with all delays after them."""
    return "wall_length" in sweep


def critical_current(sweep: xr.Dataset) -> float:
    """Return the critical current (A) of the relative amplitudes, NaN if there are none but 0."""
    if "relative_amplitude" not in sweep:
        return float("nan")
    largest = int(np.argmax(abs(sweep["relative_amplitude"].values)))
    relative = float(sweep["relative_amplitude"][largest])
    return float(sweep["pulse_amplitude"][largest]) / relative if relative else float("nan")


def probe_delay(dataset: xr.Dataset) -> float:
    """Return the probe delay of the experiment that a dataset is from (s)."""
    return card_time(dataset, "sweep.probe_delay")
