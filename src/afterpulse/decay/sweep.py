"""All that is said of the decays of a sweep, as one dataset."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.datasets import label
from afterpulse.decay.bins import binned
from afterpulse.decay.choice import chosen_model
from afterpulse.decay.fit import Fit, criteria, fit_model, flexible_fit
from afterpulse.decay.intervals import Description, describe, nothing
from afterpulse.decay.models import MODELS, PARAMETERS
from afterpulse.decay.retained import CONFIDENCE, retention_time, share_retained
from afterpulse.decay.scatter import Scatter, scatter_of_replicates, scatter_of_residuals
from afterpulse.decay.window import SINGLE, changes, of_points, present, reason_to_refuse, too_small

Array = NDArray[np.float64]
T = TypeVar("T")

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
    reason, scatter = reason_to_refuse(change), None
    count = spread = None
    if reason in ("", SINGLE):
        if delay.size > MOST_DELAYS:
            delay, change, count, spread = binned(delay, change)
        if len(change) > 1:
            found = attempt(scatter_of_replicates, delay, change, count)
        else:
            found = attempt(scatter_of_one, delay, change[0], count, spread)
        reason, scatter = (found, None) if isinstance(found, str) else ("", found)
    if scatter is None:
        models = [Judged(nothing(reason)) for _ in MODELS]
    else:
        mean = change.mean(axis=0)
        fits = [attempt(judged, name, delay, mean, scatter, len(change), spread) for name in MODELS]
        models = [Judged(nothing(one)) if isinstance(one, str) else one for one in fits]
    return Evaluated(
        [one.described for one in models],
        [one.reduced_chi_square for one in models],
        [one.akaike_corrected for one in models],
        [one.bayesian for one in models],
        scatter,
        delay.size,
    )


class Judged(NamedTuple):
    """One model fitted to one point; the fields as those of `Evaluated`."""

    described: Description
    reduced_chi_square: float = np.nan
    akaike_corrected: float = np.nan
    bayesian: float = np.nan


def judged(
    name: str,
    delay: Array,
    mean: Array,
    scatter: Scatter,
    replicates: int,
    spread: Array | None,
) -> Judged | str:
    """Fit one model and judge it; parameters as `fit_model`, a text is why there is no fit."""
    fit = fit_model(name, delay, mean, scatter, replicates, spread)
    if isinstance(fit, str):
        return fit
    return Judged(describe(fit, CONFIDENCE), reduced_chi_square(fit), *criteria(fit))


def attempt(function: Callable[..., T], *arguments: object) -> T | str:
    """Call a fit; where its numbers leave what can be computed, return that as the reason.

    A trace may be anything. One that upsets linear algebra must not lose the others of a file.
    """
    try:
        return function(*arguments)
    except (ArithmeticError, ValueError) as error:
        return f"the fit failed: {' '.join(str(error).split())}"


def reduced_chi_square(fit: Fit) -> float:
    """Chi-square over the delays that are left to judge the fit by."""
    n, k = fit.jacobian.shape
    return fit.chi_square / (n - k)


def scatter_of_one(
    delay: Array, change: Array, count: Array | None, spread: Array | None
) -> Scatter | str:
    """Return the scatter of a single trace, or why it has none.

    Parameters
    ----------
    delay, change : ndarray, shape (n,)
        s and V.
    count, spread : ndarray, shape (n,) or None
        See `flexible_fit`.

    Returns
    -------
    Scatter or str
        A text where the trace has no change, or not enough delays to tell.
    """
    if np.ptp(change) == 0:
        return "the voltage stands still from the probe on"
    flexible = flexible_fit(delay, change, count, spread)
    if flexible is None:
        return f"{delay.size} delays of a single replicate give no standard error"
    fitted, jacobian = flexible
    scatter = scatter_of_residuals(delay, change - fitted, jacobian, count)
    seen = np.linalg.solve(scatter.covariance, jacobian)
    error = np.sqrt(jacobian[0] @ np.linalg.pinv(jacobian.T @ seen, hermitian=True) @ jacobian[0])
    return too_small(float(fitted[0]), float(error)) or scatter
