"""Fits of all models to all points of a sweep, as one dataset."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.datasets import label
from afterpulse.decay.bins import MOST_DELAYS, binned
from afterpulse.decay.choice import chosen_model
from afterpulse.decay.fit import Fit, MeanTrace, criteria, curve, fit_model
from afterpulse.decay.intervals import Description, describe, interval, no_fit
from afterpulse.decay.models import MODELS, PARAMETERS, parameters_of
from afterpulse.decay.noise import (
    LEAST_POINTS,
    MOST_POINTS,
    averaged_before,
    averages,
    averages_of_bins,
    noise_of_trace,
)
from afterpulse.decay.retained import fraction_retained, retention_time
from afterpulse.decay.scatter import Scatter, scatter_of_replicates
from afterpulse.decay.window import (
    CONFIDENCE,
    SINGLE,
    before_pulse,
    changes,
    point_dataset,
    present,
    reason_to_refuse,
    too_small,
)

Array = NDArray[np.float64]
T = TypeVar("T")

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
    fit: Fit | None = None


class PointResult(NamedTuple):
    """Fits of all `MODELS` to a point of a sweep; no scatter if the point is refused."""

    models: list[ModelResult]
    scatter: Scatter | None
    points: int

    @property
    def chosen(self) -> str:
        """Name of the chosen model, empty if undecided."""
        criterion = [model.akaike_corrected for model in self.models]
        return chosen_model(dict(zip(MODELS, criterion, strict=True)))

    @property
    def best(self) -> ModelResult | None:
        """Result of the chosen model, or if undecided of the one with the least criterion."""
        if self.chosen:
            return self.models[list(MODELS).index(self.chosen)]
        fitted = [model for model in self.models if model.fit is not None]
        return min(fitted, key=lambda model: model.akaike_corrected, default=None)


def fit_decays(
    ahe: xr.Dataset, probe: float = 0.5, at: float = 10.0, drift: bool = False
) -> xr.Dataset:
    """Return fraction retained, retention time and fits of all models for each point of a sweep.

    Each model is fitted to the mean over the replicates of the change from the initial voltage,
    in the window from the probe to the last delay, with the covariance of the replicates
    (`scatter`). For a single replicate the covariance is that of its noise (`noise`), and fraction
    retained and retention time are those of the chosen model, or if undecided of the model with the
    smallest AICc. Time constants depend on the window.

    Parameters
    ----------
    ahe : Dataset
        See `afterpulse.decay.window.changes`. For a single replicate, ``voltage_before`` with the
        coordinate ``delay_before`` (below 0) are used if they exist.
    probe, at : float
        Probe delay and the later delay of the fraction retained (s).
    drift : bool
        Whether a voltage linear in the delay is added to each model. Fraction retained and
        retention time from replicates contain the drift.

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
    early, before = before_pulse(ahe, dims)
    results = [
        fit_point(delay, present(change[point]), (early, before[point]), drift)
        for point in np.ndindex(shape)
    ]

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
    variables["chosen_model"] = shaped([result.chosen for result in results], dtype=object)
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
    retained, retention = fraction_retained(ahe, at, probe), retention_time(ahe, probe)
    for point, result in zip(np.ndindex(shape), results, strict=True):
        if retained["refused"].values[point] == SINGLE:
            set_single(retained, retention, point, result)
    return xr.merge(
        [retained, retention, fits],
        combine_attrs="no_conflicts",
        compat="no_conflicts",
        join="exact",
    )


def set_single(
    retained: xr.Dataset, retention: xr.Dataset, point: tuple[int, ...], result: PointResult
) -> None:
    """Enter fraction retained and retention time of a single trace, by its best model.

    Both are without the drift. Their intervals are those of the noise of the trace. Without a fit,
    its remark is entered.
    """
    best = result.best
    if best is None or best.fit is None or result.scatter is None:
        retained["refused"].values[point] = result.models[0].description.remark
        retention["retention_time_refused"].values[point] = result.models[0].description.remark
        return
    fit, at = best.fit, retained.attrs["retained_at"]
    ends = np.array([fit.delay[0], at])

    def fraction(values: Array) -> float:
        change = curve(fit.name, fit.delay, values[: len(parameters_of(fit.name))], ends)
        return float(change[1] / change[0])

    # A constant retains all.
    whole = fit.name == "no_decay"
    retained["share_retained"].values[point] = fraction(fit.best)
    retained["share_retained_interval"].values[point] = (
        (1.0, 1.0) if whole else interval(fit, fraction, CONFIDENCE)
    )
    retained["change_at_probe_stderr"].values[point] = np.sqrt(result.scatter.covariance[0, 0])
    retained["refused"].values[point] = ""
    time = best.description.retention_time
    retention["retention_time_interval"].values[point] = best.description.retention_time_interval
    retention["retention_time"].values[point] = time if np.isfinite(time) else np.nan
    beyond = "" if np.isfinite(time) else "1/e of the change is not reached within the window"
    retention["retention_time_refused"].values[point] = beyond


def fit_point(
    delay: Array, change: Array, before: tuple[Array, Array], drift: bool = False
) -> PointResult:
    """Fit all models to a point of a sweep.

    `delay` (n,) is the window in s, `change` (replicates, n) in V, without replicates if there is
    no such point. `before` are the times of samples before the pulse (m,) and their voltages over
    the mean (replicates, m).
    """
    reason = reason_to_refuse(change)
    scatter: Scatter | str = reason
    count = spread = None
    if reason in ("", SINGLE):
        samples = delay, change
        if delay.size > MOST_DELAYS:
            delay, change, count, spread = binned(*samples)
        if len(change) > 1:
            scatter = attempt(scatter_of_replicates, delay, change, count)
        else:
            scatter = attempt(scatter_of_one, *samples, before)
    if isinstance(scatter, str):
        return PointResult([ModelResult(no_fit(scatter)) for _ in MODELS], None, delay.size)
    trace = MeanTrace(delay, change.mean(axis=0), scatter, len(change), spread)
    fits = [attempt(evaluate, name, trace, drift) for name in MODELS]
    models = [ModelResult(no_fit(fit)) if isinstance(fit, str) else fit for fit in fits]
    return PointResult(models, scatter, delay.size)


def evaluate(name: str, trace: MeanTrace, drift: bool) -> ModelResult | str:
    """Fit a model and describe the fit; arguments as for `fit_model`."""
    fit = fit_model(name, trace, drift)
    if isinstance(fit, str):
        return fit
    n, k = fit.jacobian.shape
    return ModelResult(describe(fit, CONFIDENCE), fit.chi_square / (n - k), *criteria(fit), fit)


def attempt(function: Callable[..., T], *arguments: object) -> T | str:
    """Call a function; return a numerical error as text.

    A trace on which linear algebra fails must not prevent the fits of all others in a file.
    """
    try:
        return function(*arguments)
    except (ArithmeticError, ValueError) as error:
        return f"the fit failed: {' '.join(str(error).split())}"


def scatter_of_one(
    delay: Array, change: Array, before: tuple[Array, Array] | None = None
) -> Scatter | str:
    """Return the scatter of a single trace, or the reason why the trace is refused.

    Arguments as for `fit_point`. The scatter is that of bins if there are many delays.
    """
    if np.ptp(change) == 0:
        return "the voltage stands still from the probe on"
    if delay.size < LEAST_POINTS:
        return f"{delay.size} delays of a single replicate give no standard error"
    after = fine = averages(delay, change[0])
    if delay.size > MOST_DELAYS:
        after = averages_of_bins(binned(delay, change))
    if delay.size > MOST_POINTS:
        decades = np.log10(delay[-1] / delay[0])
        fine = averages_of_bins(binned(delay, change, MOST_POINTS / decades))
    early = averaged_before(before[0], before[1][0]) if before and before[0].size else None
    scatter, value, error = noise_of_trace(after, fine, early)
    return too_small(value, error) or scatter
