"""All that is said of the decays of a sweep, as one dataset."""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.decay.bins import binned
from afterpulse.decay.choice import chosen_model
from afterpulse.decay.fit import Fit, criteria, fit_model, flexible_fit
from afterpulse.decay.intervals import Description, describe, nothing
from afterpulse.decay.models import MODELS, PARAMETERS
from afterpulse.decay.retained import CONFIDENCE, retention_time, share_retained
from afterpulse.decay.scatter import Scatter, scatter_of_replicates, scatter_of_residuals
from afterpulse.decay.window import SINGLE, changes, of_points, present, reason_to_refuse, too_small
from afterpulse.store import label

Array = NDArray[np.float64]

MOST_DELAYS = 60
"""A trace with more delays is averaged over bins first."""


class Evaluated(NamedTuple):
    """What one point of a sweep gives, models in the order of `MODELS`.

    Attributes
    ----------
    described : list of Description
        One a model.
    reduced_chi_square, akaike_corrected, bayesian : list of float
        One a model, NaN where there is no fit.
    scatter : Scatter or None
        None where the point was refused.
    points : int
        Delays that were fitted.
    """

    described: list[Description]
    reduced_chi_square: list[float]
    akaike_corrected: list[float]
    bayesian: list[float]
    scatter: Scatter | None
    points: int


def fit_decays(ahe: xr.Dataset, probe: float = 0.5, at: float = 10.0) -> xr.Dataset:
    """Share retained, retention time and the fits of all models, for every point of a sweep.

    Each model is fitted to the mean over the replicates of the change from the initial voltage,
    in the window from the probe to the last delay, with the covariance that the replicates show
    (`scatter`). Of a single replicate the covariance is that of its residuals from a double
    exponential. What holds for the time constants holds for that window alone.

    Parameters
    ----------
    ahe : Dataset
        See `changes`.
    probe, at : float
        Probe delay and the later delay of the share retained, in s.

    Returns
    -------
    Dataset
        The variables of `share_retained` and `retention_time`, and with a dimension ``model``
        ``parameter_value``, ``parameter_stderr``, ``parameter_interval``,
        ``model_retention_time`` and its interval, ``reduced_chi_square``, ``akaike_corrected``,
        ``akaike_difference``, ``bayesian_difference`` and ``fit_remark``; ``chosen_model``,
        ``scatter_deviation``, ``scatter_noise``, ``scatter_trend``, ``scatter_memory`` and
        ``scatter_level``;
        ``window_start``, ``window_end``, ``points`` and ``replicates``.

    Raises
    ------
    ValueError
        Where one of the delays is not stored.
    """
    dims, change, delay = changes(ahe, probe)
    shape = change.shape[:-2]
    found = [evaluated(delay, present(change[point])) for point in np.ndindex(shape)]
    of_model = {
        name: np.array([[getattr(each, field) for each in one.described] for one in found])
        for name, field in (
            ("parameter_value", "value"),
            ("parameter_stderr", "stderr"),
            ("parameter_interval", "interval"),
            ("model_retention_time", "retention_time"),
            ("model_retention_time_interval", "retention_time_interval"),
        )
    } | {
        name: np.array([getattr(one, field) for one in found])
        for name, field in (
            ("reduced_chi_square", "reduced_chi_square"),
            ("akaike_corrected", "akaike_corrected"),
            ("akaike_difference", "akaike_corrected"),
            ("bayesian_difference", "bayesian"),
        )
    }
    for name in ("akaike_difference", "bayesian_difference"):
        values = of_model[name]
        least = np.min(values, axis=1, keepdims=True, initial=np.inf, where=np.isfinite(values))
        of_model[name] = values - np.where(np.isfinite(least), least, np.nan)
    further = {
        "parameter_value": ("parameter",),
        "parameter_stderr": ("parameter",),
        "parameter_interval": ("parameter", "bound"),
        "model_retention_time_interval": ("bound",),
    }
    variables: dict[str, tuple[tuple[str, ...], Any]] = {
        name: ((*dims, "model", *further.get(name, ())), values.reshape(*shape, *values.shape[1:]))
        for name, values in of_model.items()
    }
    remark = np.array([[each.remark for each in one.described] for one in found], dtype=object)
    variables["fit_remark"] = ((*dims, "model"), remark.reshape(*shape, len(MODELS)))
    chosen = [chosen_model(dict(zip(MODELS, one.akaike_corrected, strict=True))) for one in found]
    variables["chosen_model"] = (dims, np.array(chosen, dtype=object).reshape(shape))
    for name in ("deviation", "noise", "trend", "memory", "level"):
        values = np.array([getattr(one.scatter, name, np.nan) for one in found])
        variables[f"scatter_{name}"] = (dims, values.reshape(shape))
    variables |= {
        "parameter_units": (("parameter",), np.array(list(PARAMETERS.values()), dtype=object)),
        "window_start": ((), float(delay[0])),
        "window_end": ((), float(delay[-1])),
        "points": ((), max(one.points for one in found)),
        "replicates": ((), change.shape[-2]),
    }
    fits = of_points(ahe, dims, variables, {"confidence": CONFIDENCE})
    fits = label(fits.assign_coords(model=list(MODELS), parameter=list(PARAMETERS)))
    return xr.merge(
        [share_retained(ahe, at, probe), retention_time(ahe, probe), fits],
        combine_attrs="no_conflicts",
        compat="no_conflicts",
        join="exact",
    )


def evaluated(delay: Array, change: Array) -> Evaluated:
    """Fit all models to one point of a sweep.

    Parameters
    ----------
    delay : ndarray, shape (n,)
        Delays of the window in s, the first is the probe.
    change : ndarray, shape (replicates, n)
        Change from the initial voltage, in V; no replicate where there is no such point.

    Returns
    -------
    Evaluated
        With the reason in each fit where the point is refused.
    """
    refused, scatter = reason_to_refuse(change), None
    if refused in ("", SINGLE):
        if delay.size > MOST_DELAYS:
            delay, change = binned(delay, change)
        if len(change) > 1:
            scatter = scatter_of_replicates(delay, change)
        else:
            scatter, refused = scatter_of_one(delay, change[0])
    if scatter is None:
        described, missing = [nothing(refused) for _ in MODELS], [np.nan] * len(MODELS)
        return Evaluated(described, missing, missing, missing, None, delay.size)
    mean = change.mean(axis=0)
    fits = [fit_model(name, delay, mean, scatter, len(change)) for name in MODELS]
    return Evaluated(
        [nothing(one) if isinstance(one, str) else describe(one, CONFIDENCE) for one in fits],
        [np.nan if isinstance(one, str) else reduced_chi_square(one) for one in fits],
        [np.nan if isinstance(one, str) else criteria(one)[0] for one in fits],
        [np.nan if isinstance(one, str) else criteria(one)[1] for one in fits],
        scatter,
        delay.size,
    )


def reduced_chi_square(fit: Fit) -> float:
    """Chi-square over the delays that are left to judge the fit by."""
    n, k = fit.jacobian.shape
    return fit.chi_square / (n - k)


def scatter_of_one(delay: Array, change: Array) -> tuple[Scatter | None, str]:
    """Scatter of a single trace, and why there is none, for a trace without a change."""
    if np.ptp(change) == 0:
        return None, "the voltage stands still from the probe on"
    flexible = flexible_fit(delay, change)
    if flexible is None:
        return None, f"{delay.size} delays of a single replicate give no standard error"
    fitted, jacobian = flexible
    scatter = scatter_of_residuals(delay, change - fitted, jacobian)
    seen = np.linalg.solve(scatter.covariance, jacobian)
    error = np.sqrt(jacobian[0] @ np.linalg.pinv(jacobian.T @ seen, hermitian=True) @ jacobian[0])
    refused = too_small(float(fitted[0]), float(error))
    return (None if refused else scatter), refused
