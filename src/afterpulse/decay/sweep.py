"""Fits of all models to all points of a sweep, as one dataset."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.datasets import label
from afterpulse.decay.bins import binned
from afterpulse.decay.bootstrap import CONFIDENCE
from afterpulse.decay.choice import chosen_model
from afterpulse.decay.fit import criteria, fit_model, flexible_fit
from afterpulse.decay.intervals import Description, describe, no_fit
from afterpulse.decay.models import MODELS, PARAMETERS
from afterpulse.decay.retained import fraction_retained, retention_time
from afterpulse.decay.scatter import Scatter, scatter_of_replicates, scatter_of_residuals
from afterpulse.decay.window import (
    SINGLE,
    changes,
    point_dataset,
    present,
    reason_to_refuse,
    too_small,
)

Array = NDArray[np.float64]
T = TypeVar("T")

MOST_DELAYS = 60
"""A trace with more delays is averaged over bins."""
DESCRIBED = {
    "parameter_value": ("value", ("parameter",)),
    "parameter_stderr": ("stderr", ("parameter",)),
    "parameter_interval": ("interval", ("parameter", "bound")),
    "model_retention_time": ("retention_time", ()),
    "model_retention_time_interval": ("retention_time_interval", ("bound",)),
}
"""Field of `Description` and dimensions after the model, by variable."""


class ModelResult(NamedTuple):
    """Fit of a model to a point of a sweep; criteria are NaN if there is no fit."""

    description: Description
    reduced_chi_square: float = np.nan
    akaike_corrected: float = np.nan
    bayesian: float = np.nan


class PointResult(NamedTuple):
    """Fits of all `MODELS` to a point of a sweep; no scatter if the point is refused."""

    models: list[ModelResult]
    scatter: Scatter | None
    points: int


def fit_decays(ahe: xr.Dataset, probe: float = 0.5, at: float = 10.0) -> xr.Dataset:
    """Return fraction retained, retention time and fits of all models for each point of a sweep.

    Each model is fitted to the mean over the replicates of the change from the initial voltage,
    in the window from the probe to the last delay, with the covariance of the replicates
    (`scatter`). For a single replicate the covariance is that of its residuals from a double
    exponential. Time constants depend on the window.

    Parameters
    ----------
    ahe : Dataset
        See `afterpulse.decay.window.changes`.
    probe, at : float
        Probe delay and the later delay of the fraction retained (s).

    Returns
    -------
    Dataset
        The variables of `fraction_retained` and `retention_time`; with a dimension ``model`` those
        of `DESCRIBED`, ``reduced_chi_square``, ``akaike_corrected``, ``akaike_difference``,
        ``bayesian_difference`` and ``fit_remark``; ``chosen_model``; the numbers of `Scatter` as
        ``scatter_*``; ``window_start``, ``window_end``, ``points`` and ``replicates``.

    Raises
    ------
    ValueError
        If one of the delays is not stored.
    """
    dims, change, delay = changes(ahe, probe)
    shape = change.shape[:-2]
    results = [fit_point(delay, present(change[point])) for point in np.ndindex(shape)]

    def shaped(
        values: list, *further: str, dtype: type = float
    ) -> tuple[tuple[str, ...], NDArray[Any]]:
        """Return dimensions and an array of values that are given point by point."""
        array: NDArray[Any] = np.array(values, dtype=dtype)
        return (*dims, *further), array.reshape((*shape, *array.shape[1:]))

    variables: dict[str, tuple[tuple[str, ...], Any]] = {}
    for name, (field, further) in DESCRIBED.items():
        values = [[getattr(m.description, field) for m in result.models] for result in results]
        variables[name] = shaped(values, "model", *further)
    for name, field in (
        ("reduced_chi_square", "reduced_chi_square"),
        ("akaike_corrected", "akaike_corrected"),
        ("akaike_difference", "akaike_corrected"),
        ("bayesian_difference", "bayesian"),
    ):
        values = [[getattr(model, field) for model in result.models] for result in results]
        variables[name] = shaped(values, "model")
    for name in ("akaike_difference", "bayesian_difference"):
        variable_dims, array = variables[name]
        least = np.min(array, axis=-1, keepdims=True, initial=np.inf, where=np.isfinite(array))
        variables[name] = variable_dims, array - np.where(np.isfinite(least), least, np.nan)
    remarks = [[model.description.remark for model in result.models] for result in results]
    variables["fit_remark"] = shaped(remarks, "model", dtype=object)
    criterion = variables["akaike_corrected"][1].reshape(-1, len(MODELS))
    chosen = [chosen_model(dict(zip(MODELS, row, strict=True))) for row in criterion]
    variables["chosen_model"] = shaped(chosen, dtype=object)
    for name in ("deviation", "noise", "trend", "memory", "level"):
        variables[f"scatter_{name}"] = shaped([getattr(r.scatter, name, np.nan) for r in results])
    variables |= {
        "parameter_units": (("parameter",), np.array(list(PARAMETERS.values()), dtype=object)),
        "window_start": ((), float(delay[0])),
        "window_end": ((), float(delay[-1])),
        "points": ((), max(result.points for result in results)),
        "replicates": ((), change.shape[-2]),
    }
    fits = point_dataset(ahe, dims, variables, {"confidence": CONFIDENCE})
    fits = label(fits.assign_coords(model=list(MODELS), parameter=list(PARAMETERS)))
    return xr.merge(
        [fraction_retained(ahe, at, probe), retention_time(ahe, probe), fits],
        combine_attrs="no_conflicts",
        compat="no_conflicts",
        join="exact",
    )


def fit_point(delay: Array, change: Array) -> PointResult:
    """Fit all models to a point of a sweep.

    `delay` (n,) is the window in s, `change` (replicates, n) in V, without replicates if there is
    no such point.
    """
    reason = reason_to_refuse(change)
    scatter: Scatter | str = reason
    count = spread = None
    if reason in ("", SINGLE):
        if delay.size > MOST_DELAYS:
            delay, change, count, spread = binned(delay, change)
        if len(change) > 1:
            scatter = attempt(scatter_of_replicates, delay, change, count)
        else:
            scatter = attempt(scatter_of_one, delay, change[0], count, spread)
    if isinstance(scatter, str):
        return PointResult([ModelResult(no_fit(scatter)) for _ in MODELS], None, delay.size)
    mean = change.mean(axis=0)
    fits = [attempt(evaluate, name, delay, mean, scatter, len(change), spread) for name in MODELS]
    models = [ModelResult(no_fit(fit)) if isinstance(fit, str) else fit for fit in fits]
    return PointResult(models, scatter, delay.size)


def evaluate(
    name: str,
    delay: Array,
    mean: Array,
    scatter: Scatter,
    replicates: int,
    spread: Array | None,
) -> ModelResult | str:
    """Fit a model and describe the fit; arguments as for `fit_model`."""
    fit = fit_model(name, delay, mean, scatter, replicates, spread)
    if isinstance(fit, str):
        return fit
    n, k = fit.jacobian.shape
    return ModelResult(describe(fit, CONFIDENCE), fit.chi_square / (n - k), *criteria(fit))


def attempt(function: Callable[..., T], *arguments: object) -> T | str:
    """Call a function; return a numerical error as text.

    A trace on which linear algebra fails must not prevent the fits of all others in a file.
    """
    try:
        return function(*arguments)
    except (ArithmeticError, ValueError) as error:
        return f"the fit failed: {' '.join(str(error).split())}"


def scatter_of_one(
    delay: Array, change: Array, count: Array | None, spread: Array | None
) -> Scatter | str:
    """Return the scatter of a single trace, or the reason why the trace is refused.

    Arguments as for `flexible_fit`.
    """
    if np.ptp(change) == 0:
        return "the voltage stands still from the probe on"
    flexible = flexible_fit(delay, change, count, spread)
    if flexible is None:
        return f"{delay.size} delays of a single replicate give no standard error"
    fitted, jacobian = flexible
    scatter = scatter_of_residuals(delay, change - fitted, jacobian, count)
    weighted = np.linalg.solve(scatter.covariance, jacobian)
    information = jacobian.T @ weighted
    error = np.sqrt(jacobian[0] @ np.linalg.pinv(information, hermitian=True) @ jacobian[0])
    return too_small(float(fitted[0]), float(error)) or scatter
