"""Generalised least-squares fit of a model to a mean trace with correlated points."""

import itertools
import math
import warnings
from collections.abc import Callable
from typing import NamedTuple

import lmfit
import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

from afterpulse.decay.models import MODELS, REFERENCED, parameters_of
from afterpulse.decay.scatter import Scatter

Array = NDArray[np.float64]

SCALES = ("time_constant", "slow_time_constant", "exponent", "growth")
"""Positive parameters, fitted by their logarithms."""
LARGEST_EXPONENT = 700.0
LONGEST = 1e2
RELATIVE_TIME = np.concatenate([[0.0], np.geomspace(1e-4, LONGEST, 401)])
"""Times at which a curve is searched for its retention time, over the window."""


class Fit(NamedTuple):
    """Fit of a model to a trace of n points by k parameters, with voltages divided by `scale`."""

    name: str  # key of `MODELS`
    delay: Array  # of the window from the probe on (n,), in s
    scale: float  # V
    best: Array  # parameters in the order of the model (k,), `SCALES` by their logarithms
    residual: Callable[[Array], Array]  # parameters to independent residuals of unit variance
    jacobian: Array  # derivatives of the residuals (n, k)
    whiten: Array  # maps voltages to residuals (n, n)
    scatter: Scatter  # covariance of the mean trace, over `scale` squared
    chi_square: float


def fit_model(
    name: str,
    delay: Array,
    mean: Array,
    scatter: Scatter,
    replicates: int,
    spread: Array | None = None,
) -> Fit | str:
    """Fit a model, or return the reason why there is no fit.

    Parameters
    ----------
    name : str
        Key of `MODELS`.
    delay : ndarray, shape (n,)
        Delays of the window from the probe on (s).
    mean : ndarray, shape (n,)
        Mean change from the initial voltage (V).
    scatter : Scatter
        Covariance of a single replicate.
    replicates : int
        Number of replicates in the mean.
    spread : ndarray, shape (n,), optional
        Standard deviation of the delays averaged in each point (s).
    """
    k, n = len(parameters_of(name)), delay.size
    if n <= k + 1:
        return f"{n} delays are too few for {k} parameters"
    # Least squares are conditioned best for numbers of order one.
    scale = float(abs(mean).max())
    mean_scatter = scatter._replace(
        covariance=scatter.covariance / replicates / scale**2,
        derivatives=scatter.derivatives / replicates / scale**2,
    )
    factor = linalg.cholesky(mean_scatter.covariance, lower=True)
    whiten = linalg.solve_triangular(factor, np.eye(n), lower=True)

    def residual(parameters: Array) -> Array:
        return np.asarray(whiten @ (mean / scale - averaged_curve(name, delay, parameters, spread)))

    best = least_squares(name, delay, residual, start_values(name, delay, mean / scale, whiten))
    if best is None:
        return "the least squares did not converge"
    jacobian = optimize.approx_fprime(best, residual, 1e-6)
    chi_square = float((residual(best) ** 2).sum())
    return Fit(name, delay, scale, best, residual, jacobian, whiten, mean_scatter, chi_square)


def criteria(fit: Fit) -> tuple[float, float]:
    """Return the corrected Akaike and the Bayesian criterion of a fit with known covariance.

    These are ``chi_square + 2 k + 2 k (k + 1) / (n - k - 1)`` and ``chi_square + k ln n`` (Burnham
    and Anderson, Model Selection and Multimodel Inference, 2002).
    """
    n, k = fit.jacobian.shape
    corrected = fit.chi_square + 2 * k + 2 * k * (k + 1) / (n - k - 1)
    return corrected, float(fit.chi_square + k * np.log(n))


def flexible_fit(
    delay: Array, change: Array, count: Array | None = None, spread: Array | None = None
) -> tuple[Array, Array] | None:
    """Fit a double exponential to a single trace with independent samples.

    Arguments have the shape (n,): delays from the probe on (s), change (V), and optionally the
    number of samples averaged in each point and the standard deviation of their delays (s). Returns
    the fitted change (V) and its derivatives by the parameters (n, k); None if the least squares
    fail or there are too few delays.
    """
    name = "double_exponential"
    if delay.size <= len(parameters_of(name)) + 2:
        return None
    scale = float(abs(change).max()) or 1.0
    weight = np.ones(delay.size) if count is None else np.sqrt(count / count.mean())

    def fitted(parameters: Array) -> Array:
        return averaged_curve(name, delay, parameters, spread)

    def residual(parameters: Array) -> Array:
        return np.asarray(weight * (change / scale - fitted(parameters)))

    start = start_values(name, delay, change / scale, np.diag(weight))
    # Two exponentials of equal time constant never converge, but their residuals are as good.
    best = least_squares(name, delay, residual, start, unconverged=True)
    if best is None:
        return None
    return scale * fitted(best), scale * optimize.approx_fprime(best, fitted, 1e-6)


def curve(name: str, delay: Array, parameters: Array, at: Array) -> Array:
    """Return a model at the delays `at` (s), in the unit of the amplitudes.

    `parameters` are in the order of the model, `SCALES` by their logarithms; `delay` is the window.
    """
    arguments = {}
    for parameter, value in zip(parameters_of(name), parameters, strict=True):
        if parameter in SCALES:
            low, high = bounds(parameter, delay)
            value = min(max(math.exp(min(value, LARGEST_EXPONENT)), low), high)
        arguments[parameter] = value
    if name in REFERENCED:
        arguments["reference_time"] = delay[0]
    return MODELS[name](at - delay[0], **arguments)


def averaged_curve(name: str, delay: Array, parameters: Array, spread: Array | None) -> Array:
    """Return a model as its mean over the samples averaged in each point of a trace.

    Arguments as for `fit_model` and `curve`.
    """
    if spread is None:
        return curve(name, delay, parameters, delay)
    # Two delays with the mean and the variance of all samples leave an error of fourth order.
    ends = [curve(name, delay, parameters, delay + side * spread) for side in (-1, 1)]
    return np.asarray((ends[0] + ends[1]) / 2)


def bounds(parameter: str, delay: Array) -> tuple[float, float]:
    """Return the range of a scale, beyond which a trace does not depend on it."""
    if parameter in ("time_constant", "slow_time_constant"):
        window = float(delay[-1] - delay[0])
        return 1e-3 * window, 1e3 * window
    return 1e-2, 1e2


def retention_time(name: str, delay: Array, parameters: Array) -> float:
    """Return the time after the probe until a model has fallen to 1/e of its value there (s).

    The upper limit is `LONGEST` times the window. Arguments as for `curve`.
    """
    window = float(delay[-1] - delay[0])
    time = RELATIVE_TIME * window
    values = curve(name, delay, parameters, delay[0] + time)
    excess = values / values[0] - np.exp(-1)
    below = np.flatnonzero(excess <= 0)
    if below.size == 0 or below[0] == 0:
        return float(time[-1])
    after = below[0]
    fraction = excess[after - 1] / (excess[after - 1] - excess[after])
    return float(time[after - 1] + fraction * (time[after] - time[after - 1]))


def start_values(name: str, delay: Array, change: Array, whiten: Array) -> dict[str, float]:
    """Return the best point of a coarse grid in the nonlinear parameters.

    Linear parameters follow by linear least squares (variable projection; Golub and Pereyra, SIAM
    J. Numer. Anal. 10, 413, 1973), so a trace of any shape starts near its global minimum. `change`
    is of order one, and `whiten` maps changes to residuals.
    """
    time = delay - delay[0]
    fixed = {"reference_time": float(delay[0])} if name in REFERENCED else {}
    linear = [parameter for parameter in parameters_of(name) if parameter not in SCALES]
    least, best = np.inf, {}
    for point in start_grid(name, float(time[-1])):
        columns = [
            MODELS[name](time, **point, **fixed, **{each: float(each == unit) for each in linear})
            for unit in linear
        ]
        design = whiten @ np.stack(columns, axis=1)
        solution = np.linalg.lstsq(design, whiten @ change, rcond=None)[0]
        squares = float(np.sum((design @ solution - whiten @ change) ** 2))
        if squares < least:
            least, best = squares, point | dict(zip(linear, solution.tolist(), strict=True))
    return {parameter: best[parameter] for parameter in parameters_of(name)}


def start_grid(name: str, window: float) -> list[dict[str, float]]:
    """Return the points of the grid of `start_values`."""
    constants = [float(constant) for constant in window * np.geomspace(0.02, 5, 10)]
    if name == "logarithmic":
        return [{}]
    if name == "power_law":
        return [{"exponent": exponent} for exponent in (0.05, 0.2, 0.5, 1.0, 2.0)]
    if name == "double_exponential":
        pairs = itertools.combinations(constants, 2)
        return [{"time_constant": fast, "slow_time_constant": slow} for fast, slow in pairs]
    grid = [{"time_constant": constant} for constant in constants]
    shape = {"stretched_exponential": "exponent", "fatuzzo_labrune": "growth"}.get(name)
    if shape is None:
        return grid
    values = {"exponent": (0.3, 0.6, 1.0), "growth": (0.3, 3.0, 30.0)}[shape]
    return [point | {shape: value} for point in grid for value in values]


def least_squares(
    name: str,
    delay: Array,
    residual: Callable[[Array], Array],
    start: dict[str, float],
    unconverged: bool = False,
) -> Array | None:
    """Return the parameters that minimise the residuals, `SCALES` by their logarithms.

    None if there are none, or if the fit has not converged and `unconverged` is false.
    """
    parameters = lmfit.Parameters()
    for parameter, value in start.items():
        if parameter in SCALES:
            low, high = np.log(bounds(parameter, delay))
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
    if not (result.success or unconverged) or not np.isfinite(residual(best)).all():
        return None
    if name == "double_exponential" and best[1] > best[3]:
        # The faster exponential comes first.
        return best[[2, 3, 0, 1, 4]]
    return best
