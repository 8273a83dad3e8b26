"""Window of a sweep: the change of the voltage from the probe delay on."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.datasets import label

Array = NDArray[np.float64]

CONFIDENCE = 0.95
"""Confidence of all intervals."""
LEAST_STANDARD_ERRORS = 3.0
"""A change at the probe below this many standard errors is refused."""
ROUNDING = 2e-7
"""Change over the voltage below which it is rounding; magnetisations have single precision."""
LEAST_COMMON = 1e-5
"""The same for a change that is alike in all repeats: M_s follows the last millikelvins of heat."""
SINGLE = "a single replicate gives no standard error"


def changes(ahe: xr.Dataset, probe: float) -> tuple[tuple[str, ...], Array, Array]:
    """Return the change from the initial voltage in the window from the probe delay on.

    `ahe` has ``anomalous_hall_voltage`` with the dimensions replicate, delay and any others, and
    ``initial_voltage`` with the same except delay. Returned are the other dimensions, the change
    (..., replicate, delay) in V and the delays of the window in s. Raises ValueError if the probe
    delay is not stored.
    """
    voltage, initial = ahe["anomalous_hall_voltage"], ahe["initial_voltage"]
    dims = tuple(str(dim) for dim in voltage.dims if dim not in ("replicate", "delay"))
    change = voltage - initial
    largest = np.maximum(abs(voltage).max("delay"), abs(initial))
    spread = change.max("replicate") - change.min("replicate")
    scale = abs(voltage).max(["delay", "replicate"])
    alike = (spread < ROUNDING * scale) & (change.sizes["replicate"] > 1)
    least = xr.where(alike, LEAST_COMMON, ROUNDING)
    change = change.where(~(abs(change) < least * largest), 0.0)
    change = change.transpose(*dims, "replicate", "delay")
    delay = np.asarray(ahe["delay"].values, dtype=np.float64)
    first = delay_index(delay, probe)
    return dims, np.asarray(change.values[..., first:], dtype=np.float64), delay[first:]


def before_pulse(ahe: xr.Dataset, dims: tuple[str, ...]) -> tuple[Array, Array]:
    """Return the times of samples before the pulse (m,) and their voltages less the initial one.

    The times count from the end of the pulse (s), the voltages (V) have the shape (..., replicate,
    m) with `dims` first. Without ``voltage_before`` m is 0.
    """
    if "voltage_before" not in ahe:
        sizes = [ahe.sizes[dim] for dim in (*dims, "replicate")]
        return np.zeros(0), np.zeros((*sizes, 0))
    voltage = ahe["voltage_before"] - ahe["initial_voltage"]
    voltage = voltage.transpose(*dims, "replicate", "delay_before")
    return np.asarray(ahe["delay_before"].values, dtype=np.float64), np.asarray(voltage.values)


def delay_index(delay: Array, target: float) -> int:
    """Return the index of a delay; raise a ValueError that names the nearest if not stored."""
    nearest = int(np.argmin(abs(delay - target)))
    if not np.isclose(delay[nearest], target, rtol=1e-9, atol=0):
        raise ValueError(
            f"no delay of {target:g} s is stored, from {delay[0]:g} s to {delay[-1]:g} s the "
            f"nearest is {delay[nearest]:g} s"
        )
    return nearest


def standard_error(values: Array) -> Array:
    """Return the standard error of the mean over the first axis, NaN for a single replicate."""
    if len(values) < 2:
        return np.full(np.shape(values)[1:], np.nan)
    return np.asarray(np.std(values, axis=0, ddof=1) / np.sqrt(len(values)))


def present(change: Array) -> Array:
    """Drop failed replicates, which are NaN throughout, from (replicates, delays)."""
    return np.asarray(change[~np.isnan(change).all(axis=1)])


def reason_to_refuse(change: Array) -> str:
    """Return why a trace (replicates, delays) is refused; empty if it is not."""
    if not len(change):
        return "there is no such point"
    if not np.isfinite(change).all():
        return "the trace is not finite"
    if len(change) < 2:
        return SINGLE
    return too_small(float(change[:, 0].mean()), float(standard_error(change[:, 0])))


def too_small(change: float, error: float) -> str:
    """Return why a change at the probe is not significant; empty if it is."""
    if change == 0 or abs(change) < LEAST_STANDARD_ERRORS * error:
        ratio = abs(change) / error if error else 0.0
        return (
            f"the change at the probe is {ratio:.3g} standard errors, below "
            f"{LEAST_STANDARD_ERRORS:g} standard errors"
        )
    return ""


def point_dataset(
    ahe: xr.Dataset, dims: tuple[str, ...], variables: dict, attributes: dict[str, float]
) -> xr.Dataset:
    """Return variables over the points of a sweep as a labelled dataset."""
    coordinates = {
        name: coordinate
        for name, coordinate in ahe.coords.items()
        if set(coordinate.dims) <= set(dims) and coordinate.dims
    }
    dataset = xr.Dataset(variables, coords=coordinates)
    if "bound" in dataset.dims:
        dataset = dataset.assign_coords(bound=["lower", "upper"])
    return label(dataset.assign_attrs(attributes))
