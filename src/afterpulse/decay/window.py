"""The part of a sweep that a decay is read from: the change in the window from the probe on."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.datasets import label

Array = NDArray[np.float64]

LEAST_STANDARD_ERRORS = 3.0
"""A change at the probe below this many standard errors is refused."""
ROUNDING = 2e-7
"""A change below this share of the voltages is what rounding leaves of none; magnetisations are
stored in single precision."""
SINGLE = "a single replicate gives no standard error"


def changes(ahe: xr.Dataset, probe: float) -> tuple[tuple[str, ...], Array, Array]:
    """Take the change from the initial voltage.

    Parameters
    ----------
    ahe : Dataset
        ``anomalous_hall_voltage`` with the dimensions replicate, delay and any others, and
        ``initial_voltage`` with the same but delay.
    probe : float
        Delay at which the window begins, in s.

    Returns
    -------
    dims : tuple of str
        The other dimensions.
    change : ndarray, shape (..., replicate, delay)
        In V.
    delay : ndarray
        Of the window, in s.

    Raises
    ------
    ValueError
        Where that delay is not stored.
    """
    voltage, initial = ahe["anomalous_hall_voltage"], ahe["initial_voltage"]
    dims = tuple(str(dim) for dim in voltage.dims if dim not in ("replicate", "delay"))
    change = voltage - initial
    largest = np.maximum(abs(voltage).max("delay"), abs(initial))
    change = change.where(~(abs(change) < ROUNDING * largest), 0.0)
    change = change.transpose(*dims, "replicate", "delay")
    delay = np.asarray(ahe["delay"].values, dtype=np.float64)
    first = position(delay, probe)
    return dims, np.asarray(change.values[..., first:], dtype=np.float64), delay[first:]


def position(delay: Array, wanted: float) -> int:
    """Place of a delay; a ValueError names the nearest where it is not stored."""
    nearest = int(np.argmin(abs(delay - wanted)))
    if not np.isclose(delay[nearest], wanted, rtol=1e-9, atol=0):
        raise ValueError(
            f"no delay of {wanted:g} s is stored, from {delay[0]:g} s to {delay[-1]:g} s the "
            f"nearest is {delay[nearest]:g} s"
        )
    return nearest


def standard_error(values: Array) -> Array:
    """Give the standard error of the mean over the first axis, NaN for a single replicate."""
    if len(values) < 2:
        return np.full(np.shape(values)[1:], np.nan)
    return np.asarray(np.std(values, axis=0, ddof=1) / np.sqrt(len(values)))


def present(change: Array) -> Array:
    """Replicates (replicates, delays) that are there: a point that failed is NaN throughout."""
    return np.asarray(change[~np.isnan(change).all(axis=1)])


def reason_to_refuse(change: Array) -> str:
    """Why nothing can be said of a trace (replicates, delays); empty where something can."""
    if not len(change):
        return "there is no such point"
    if not np.isfinite(change).all():
        return "the trace is not finite"
    if len(change) < 2:
        return SINGLE
    return too_small(float(change[:, 0].mean()), float(standard_error(change[:, 0])))


def too_small(change: float, error: float) -> str:
    """Why a change at the probe (V) is none; empty where it is one."""
    if change == 0 or abs(change) < LEAST_STANDARD_ERRORS * error:
        return (
            f"the change at the probe, {change:.3g} V, is below "
            f"{LEAST_STANDARD_ERRORS:g} standard errors of {error:.3g} V"
        )
    return ""


def of_points(
    ahe: xr.Dataset, dims: tuple[str, ...], variables: dict, attributes: dict[str, float]
) -> xr.Dataset:
    """Give variables the coordinates of a sweep's points, units and names.

    Parameters
    ----------
    ahe : Dataset
        The sweep.
    dims : tuple of str
        From `changes`.
    variables : dict
        As xarray takes them.
    attributes : dict
        Of the dataset.

    Returns
    -------
    Dataset
        Labelled.
    """
    coordinates = {
        name: coordinate
        for name, coordinate in ahe.coords.items()
        if set(coordinate.dims) <= set(dims) and coordinate.dims
    }
    found = xr.Dataset(variables, coords=coordinates)
    if "bound" in found.dims:
        found = found.assign_coords(bound=["lower", "upper"])
    return label(found.assign_attrs(attributes))
