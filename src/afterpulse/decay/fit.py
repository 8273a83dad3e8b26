"""Generalised least-squares fit of a model to a mean trace with correlated points."""

import itertools
import math
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import lmfit
import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

from afterpulse.decay.models import (
    LARGEST_EXPONENT,
    MODELS,
    REFERRED,
    default_reference,
    parameters_of,
)
from afterpulse.decay.scatter import Scatter

Array = NDArray[np.float64]

SCALES = ("time_constant", "slow_time_constant", "exponent", "growth")
"""Positive parameters, fitted by their logarithms."""
LARGEST = 1e150
"""Largest amplitude at the end of the pulse over the change at the probe."""
LONGEST = 1e2
RELATIVE_TIME = np.concatenate([[0.0], np.geomspace(1e-4, LONGEST, 401)])
"""Times at which a curve is searched for its retention time, over the window."""


class MeanTrace(NamedTuple):
    """Mean over the replicates of the change from the initial voltage, in the window of a fit."""

    delay: Array  # after the pulse (n,), in s
    change: Array  # (n,), in V
    scatter: Scatter  # covariance of a single replicate
    replicates: int = 1
    spread: Array | None = None  # standard deviation of the delays averaged in each point (n,)


class Fit(NamedTuple):
    """Fit of a model to a trace of n points by k parameters, with voltages divided by `scale`."""

    name: str  # key of `MODELS`
    parameters: tuple[str, ...]  # names (k,), the drift last
    delay: Array  # of the window from the probe on (n,), in s
    scale: float  # V
    # Values (k,): `SCALES` by their logarithms, amplitudes and level at the probe, the drift over
    # the last delay.
    best: Array
    residual: Callable[[Array], Array]  # parameters to independent residuals of unit variance
    jacobian: Array  # derivatives of the residuals (n, k)
    whiten: Array  # maps voltages to residuals (n, n)
    scatter: Scatter  # covariance of the mean trace, over `scale` squared
    chi_square: float


def fit_model(name: str, trace: MeanTrace, drift: bool = False) -> Fit | str:
    """Fit a model, or return the reason why there is no fit.

    Parameters
    ----------
    name : str
        Key of `MODELS`.
    trace : MeanTrace
        Mean change and its covariance.
    drift : bool
        Whether a voltage linear in the delay is added to the model.
    """
    delay, spread = trace.delay, trace.spread
    parameters = (*parameters_of(name), *(["drift"] if drift else []))
    k, n = len(parameters), delay.size
    if n <= k + 1:
        return f"{n} delays are too few for {k} parameters"
    # Least squares are conditioned best for numbers of order one.
    scale = float(abs(trace.change).max())
    change, squared = trace.change / scale, trace.replicates * scale**2
    mean_scatter = trace.scatter._replace(
        covariance=trace.scatter.covariance / squared,
        derivatives=trace.scatter.derivatives / squared,
    )
    factor = linalg.cholesky(mean_scatter.covariance, lower=True)
    whiten = linalg.solve_triangular(factor, np.eye(n), lower=True)

    def residual(values: Array) -> Array:
        return np.asarray(whiten @ (change - averaged_curve(name, delay, values, spread)))

    start = start_values(name, delay, change, whiten, drift)
    best = least_squares(name, delay, residual, start)
    if best is None:
        reason = ": the trace does not separate drift and decay" if drift else ""
        return f"the least squares did not converge{reason}"
    jacobian = optimize.approx_fprime(best, residual, 1e-6)
    chi_square = float((residual(best) ** 2).sum())
    return Fit(
        name, parameters, delay, scale, best, residual, jacobian, whiten, mean_scatter, chi_square
    )


def criteria(fit: Fit) -> tuple[float, float]:
    """Return the corrected Akaike and the Bayesian criterion of a fit with known covariance.

    These are ``chi_square + 2 k + 2 k (k + 1) / (n - k - 1)`` and ``chi_square + k ln n`` (Burnham
    and Anderson, Model Selection and Multimodel Inference, 2002).
    """
    n, k = fit.jacobian.shape
    corrected = fit.chi_square + 2 * k + 2 * k * (k + 1) / (n - k - 1)
    return corrected, float(fit.chi_square + k * np.log(n))


def curve(name: str, delay: Array, values: Array, at: Array) -> Array:
    """Return a model at the delays `at` (s), in the unit of the amplitudes.

    `values` are the parameters as in `Fit`, with a drift if there is one more than the model has;
    `delay` is the window.
    """
    arguments = natural(name, delay, values)
    drift = arguments.pop("drift", 0.0) * at / delay[-1]
    return np.asarray(MODELS[name](at, **arguments, reference=delay[0]) + drift)


def natural(name: str, delay: Array, values: Array) -> dict[str, float]:
    """Return parameters by their names, `SCALES` from their logarithms."""
    arguments = {}
    named = zip(_limits(name, float(delay[-1] - delay[0])), values.tolist(), strict=False)
    for (parameter, limits), value in named:
        if limits is not None:
            low, high = limits
            value = min(max(math.exp(min(value, LARGEST_EXPONENT)), low), high)
        arguments[parameter] = value
    return arguments


@lru_cache(maxsize=256)
def _limits(name: str, window: float) -> tuple[tuple[str, tuple[float, float] | None], ...]:
    """Return the parameters of a model and the drift, each with its range if it is a scale."""
    return tuple(
        (parameter, bounds(name, parameter, window) if parameter in SCALES else None)
        for parameter in (*parameters_of(name), "drift")
    )


def parameter_at_reference(name: str, parameter: str, delay: Array, values: Array) -> float:
    """Return a voltage of `parameters_of` at the delay to which it belongs, or the drift per s.

    Arguments as for `curve`. The result is limited to `LARGEST`.
    """
    arguments = natural(name, delay, values)
    drift = arguments.pop("drift", 0.0)
    if parameter == "drift":
        return float(drift / delay[-1])
    if parameter not in REFERRED:
        return arguments[parameter]
    own = {each: 0.0 for each in (*REFERRED, "offset") if each in arguments and each != parameter}
    at = np.float64(default_reference(name))
    value = MODELS[name](at, **arguments | own, reference=delay[0])
    return min(max(float(value), -LARGEST), LARGEST)


def averaged_curve(name: str, delay: Array, values: Array, spread: Array | None) -> Array:
    """Return a model as its mean over the samples averaged in each point of a trace.

    Arguments as for `MeanTrace` and `curve`.
    """
    if spread is None:
        return curve(name, delay, values, delay)
    # Two delays with the mean and the variance of all samples leave an error of fourth order.
    before, after = curve(name, delay, values, np.stack([delay - spread, delay + spread]))
    return np.asarray((before + after) / 2)


def bounds(name: str, parameter: str, window: float) -> tuple[float, float]:
    """Return the range of a scale, beyond which a trace of a length (s) does not depend on it."""
    if parameter in ("time_constant", "slow_time_constant"):
        # A stretched exponential far beyond its time constant still decays.
        least = 1e-12 if name == "stretched_exponential" else 1e-3
        return least * window, 1e3 * window
    return 1e-2, 10.0 if name == "stretched_exponential" else 1e2


def retention_time(name: str, delay: Array, values: Array) -> float:
    """Return the time after the probe until a model has fallen to 1/e of its value there (s).

    The upper limit is `LONGEST` times the window. A drift is no part of it. Arguments as for
    `curve`.
    """
    window = float(delay[-1] - delay[0])
    time = RELATIVE_TIME * window
    change = curve(name, delay, values[: len(parameters_of(name))], delay[0] + time)
    excess = change / change[0] - np.exp(-1)
    below = np.flatnonzero(excess <= 0)
    if below.size == 0 or below[0] == 0:
        return float(time[-1])
    after = below[0]
    fraction = excess[after - 1] / (excess[after - 1] - excess[after])
    return float(time[after - 1] + fraction * (time[after] - time[after - 1]))


def start_values(
    name: str, delay: Array, change: Array, whiten: Array, drift: bool
) -> dict[str, float]:
    """Return the best point of a coarse grid in the nonlinear parameters.

    Linear parameters follow by linear least squares (variable projection; Golub and Pereyra, SIAM
    J. Numer. Anal. 10, 413, 1973), so a trace of any shape starts near its global minimum. `change`
    is of order one, and `whiten` maps changes to residuals.
    """
    linear = [parameter for parameter in parameters_of(name) if parameter not in SCALES]
    least, best = np.inf, {}
    for point in start_grid(name, float(delay[-1] - delay[0])):
        own = point | {"reference": float(delay[0])}
        columns = [
            MODELS[name](delay, **own, **{each: float(each == unit) for each in linear})
            for unit in linear
        ]
        if drift:
            columns.append(delay / delay[-1])
        design = whiten @ np.stack(columns, axis=1)
        solution = np.linalg.lstsq(design, whiten @ change, rcond=None)[0]
        squares = float(np.sum((design @ solution - whiten @ change) ** 2))
        if squares < least:
            names = [*linear, *(["drift"] if drift else [])]
            least, best = squares, point | dict(zip(names, solution.tolist(), strict=True))
    order = (*parameters_of(name), "drift")
    return {parameter: best[parameter] for parameter in order if parameter in best}


def start_grid(name: str, window: float) -> list[dict[str, float]]:
    """Return the points of the grid of `start_values`."""
    constants = [float(constant) for constant in window * np.geomspace(0.02, 5, 10)]
    if name in ("no_decay", "logarithmic"):
        return [{}]
    if name == "power_law":
        return [{"exponent": exponent} for exponent in (0.05, 0.2, 0.5, 1.0, 2.0)]
    if name == "double_exponential":
        pairs = itertools.combinations(constants, 2)
        return [{"time_constant": fast, "slow_time_constant": slow} for fast, slow in pairs]
    if name == "stretched_exponential":
        # The time constant may be much shorter than the delay of the probe.
        constants = [float(constant) for constant in window * np.geomspace(1e-5, 5, 16)]
    grid = [{"time_constant": constant} for constant in constants]
    shape = {"stretched_exponential": "exponent", "fatuzzo_labrune": "growth"}.get(name)
    if shape is None:
        return grid
    values = {"exponent": (0.2, 0.4, 0.7, 1.0), "growth": (0.3, 3.0, 30.0)}[shape]
    return [point | {shape: value} for point in grid for value in values]


def least_squares(
    name: str, delay: Array, residual: Callable[[Array], Array], start: dict[str, float]
) -> Array | None:
    """Return the values of `Fit` that minimise the residuals; None if the fit does not converge."""
    parameters = lmfit.Parameters()
    for parameter, value in start.items():
        if parameter in SCALES:
            low, high = np.log(bounds(name, parameter, float(delay[-1] - delay[0])))
            parameters.add(parameter, value=np.log(value), min=low, max=high)
        else:
            parameters.add(parameter, value=value)
    with warnings.catch_warnings():
        # lmfit warns of degenerate fits, which the intervals show.
        warnings.simplefilter("ignore")
        result = lmfit.minimize(
            lambda trial: residual(np.array(list(trial.valuesdict().values()))),
            parameters,
            calc_covar=False,
        )
    best = np.array(list(result.params.valuesdict().values()))
    if not result.success or not np.isfinite(residual(best)).all():
        return None
    if name == "double_exponential" and best[1] > best[3]:
        # The faster exponential comes first.
        return best[[2, 3, 0, 1, *range(4, best.size)]]
    return best
