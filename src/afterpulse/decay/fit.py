"""One model fitted to one mean trace whose points are correlated."""

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
"""Parameters that are positive and varied by their logarithm."""
LARGEST_EXPONENT = 700.0
LONGEST = 1e2
RELATIVE_TIME = np.concatenate([[0.0], np.geomspace(1e-4, LONGEST, 401)])
"""At which a retention time is looked for, over the window."""


class Fit(NamedTuple):
    """One model fitted to one trace, its voltages over `scale`.

    Attributes
    ----------
    name : str
        Key of `MODELS`.
    delay : ndarray, shape (n,)
        Delays of the window in s, the first is the probe.
    scale : float
        V.
    best : ndarray, shape (k,)
        Parameters in the order of the model, its `SCALES` by their logarithms.
    residual : callable
        Parameters to residuals that are independent with a standard error of one.
    jacobian : ndarray, shape (n, k)
        Of the residuals.
    whiten : ndarray, shape (n, n)
        Voltages to residuals.
    scatter : Scatter
        Of the mean trace, over `scale`.
    chi_square : float
        Of the residuals.
    """

    name: str
    delay: Array
    scale: float
    best: Array
    residual: Callable[[Array], Array]
    jacobian: Array
    whiten: Array
    scatter: Scatter
    chi_square: float


def fit_model(
    name: str,
    delay: Array,
    mean: Array,
    scatter: Scatter,
    replicates: int,
    spread: Array | None = None,
) -> Fit | str:
    """Fit a model by generalised least squares.

    Parameters
    ----------
    name : str
        Key of `MODELS`.
    delay : ndarray, shape (n,)
        Delays of the window in s, the first is the probe.
    mean : ndarray, shape (n,)
        Mean change from the initial voltage, in V.
    scatter : Scatter
        Of a single replicate.
    replicates : int
        How many the mean is over.
    spread : ndarray, shape (n,), optional
        Standard deviation of the delays that each point is the mean over, in s.

    Returns
    -------
    Fit
        Of which `criteria` and `describe` tell the rest.
    str
        Instead of it, why there is none.
    """
    k, n = len(parameters_of(name)), delay.size
    if n <= k + 1:
        return f"{n} delays are too few for {k} parameters"
    # Least squares work on numbers of order one.
    scale = float(abs(mean).max())
    of_mean = scatter._replace(
        covariance=scatter.covariance / replicates / scale**2,
        derivatives=scatter.derivatives / replicates / scale**2,
    )
    factor = linalg.cholesky(of_mean.covariance, lower=True)
    whiten = linalg.solve_triangular(factor, np.eye(n), lower=True)

    def residual(parameters: Array) -> Array:
        return np.asarray(whiten @ (mean / scale - of_points(name, delay, parameters, spread)))

    best = least_squares(name, delay, residual, start_values(name, delay, mean / scale, whiten))
    if best is None:
        return "the least squares did not converge"
    jacobian = optimize.approx_fprime(best, residual, 1e-6)
    chi_square = float((residual(best) ** 2).sum())
    return Fit(name, delay, scale, best, residual, jacobian, whiten, of_mean, chi_square)


def criteria(fit: Fit) -> tuple[float, float]:
    """Information criteria of a known covariance.

    Parameters
    ----------
    fit : Fit
        With k parameters and n delays.

    Returns
    -------
    float, float
        Akaike's, corrected, ``chi_square + 2 k + 2 k (k + 1) / (n - k - 1)``, and the Bayesian,
        ``chi_square + k ln n`` (Burnham and Anderson, Model Selection and Multimodel Inference,
        2002).
    """
    n, k = fit.jacobian.shape
    corrected = fit.chi_square + 2 * k + 2 * k * (k + 1) / (n - k - 1)
    return corrected, float(fit.chi_square + k * np.log(n))


def flexible_fit(
    delay: Array, change: Array, count: Array | None = None, spread: Array | None = None
) -> tuple[Array, Array] | None:
    """Fit the most flexible model to one trace as if its samples were independent.

    Parameters
    ----------
    delay : ndarray, shape (n,)
        Delays of the window in s, the first is the probe.
    change : ndarray, shape (n,)
        V.
    count, spread : ndarray, shape (n,), optional
        Samples that each point is the mean of, and the standard deviation of their delays (s).

    Returns
    -------
    fitted : ndarray, shape (n,)
        V.
    jacobian : ndarray, shape (n, k)
        Derivatives by the parameters.
    None
        Instead of both where the least squares fail or the delays are too few.
    """
    name = "double_exponential"
    if delay.size <= len(parameters_of(name)) + 2:
        return None
    scale = float(abs(change).max()) or 1.0
    weight = np.ones(delay.size) if count is None else np.sqrt(count / count.mean())

    def fitted(parameters: Array) -> Array:
        return of_points(name, delay, parameters, spread)

    def residual(parameters: Array) -> Array:
        return np.asarray(weight * (change / scale - fitted(parameters)))

    start = start_values(name, delay, change / scale, np.diag(weight))
    # Two exponentials of one time constant never settle, and their residuals are as good.
    best = least_squares(name, delay, residual, start, unsettled=True)
    if best is None:
        return None
    return scale * fitted(best), scale * optimize.approx_fprime(best, fitted, 1e-6)


def curve(name: str, delay: Array, parameters: Array, at: Array) -> Array:
    """Model at some delays, its `SCALES` given by their logarithms.

    Parameters
    ----------
    name : str
        Key of `MODELS`.
    delay : ndarray, shape (n,)
        Delays of the window in s, the first is the probe.
    parameters : ndarray, shape (k,)
        In the order of the model.
    at : ndarray
        Delays in s.

    Returns
    -------
    ndarray
        In the unit of the amplitudes.
    """
    given = {}
    for parameter, value in zip(parameters_of(name), parameters, strict=True):
        if parameter in SCALES:
            low, high = bounds(parameter, delay)
            value = min(max(math.exp(min(value, LARGEST_EXPONENT)), low), high)
        given[parameter] = value
    if name in REFERENCED:
        given["reference_time"] = delay[0]
    return MODELS[name](at - delay[0], **given)


def of_points(name: str, delay: Array, parameters: Array, spread: Array | None) -> Array:
    """Return a model at the points of a trace, the mean over the samples of each.

    Parameters
    ----------
    name, delay, parameters
        See `curve`.
    spread : ndarray, shape (n,) or None
        Standard deviation of the delays of the samples of each point, in s.

    Returns
    -------
    ndarray, shape (n,)
        In the unit of the amplitudes.
    """
    if spread is None:
        return curve(name, delay, parameters, delay)
    # Two delays with the mean and the variance of all: what is left is of fourth order.
    ends = [curve(name, delay, parameters, delay + side * spread) for side in (-1, 1)]
    return np.asarray((ends[0] + ends[1]) / 2)


def bounds(parameter: str, delay: Array) -> tuple[float, float]:
    """Range of a scale, so wide that a trace cannot tell beyond it."""
    if parameter in ("time_constant", "slow_time_constant"):
        window = float(delay[-1] - delay[0])
        return 1e-3 * window, 1e3 * window
    return 1e-2, 1e2


def retention_time(name: str, delay: Array, parameters: Array) -> float:
    """Time after the probe until a model has fallen to 1/e of its value there.

    Parameters
    ----------
    name, delay, parameters
        See `curve`.

    Returns
    -------
    float
        s; where it does not within a hundred times the window, that.
    """
    window = float(delay[-1] - delay[0])
    time = RELATIVE_TIME * window
    share = curve(name, delay, parameters, delay[0] + time)
    share = share / share[0] - np.exp(-1)
    below = np.flatnonzero(share <= 0)
    if below.size == 0 or below[0] == 0:
        return float(time[-1])
    after = below[0]
    part = share[after - 1] / (share[after - 1] - share[after])
    return float(time[after - 1] + part * (time[after] - time[after - 1]))


def start_values(name: str, delay: Array, change: Array, whiten: Array) -> dict[str, float]:
    """Best point of a coarse grid in the parameters that are not linear.

    For each point of the grid the linear parameters follow by linear least squares (variable
    projection; Golub and Pereyra, SIAM J. Numer. Anal. 10, 413, 1973), so that a trace of any
    shape starts near its global minimum.

    Parameters
    ----------
    name, delay
        See `fit_model`.
    change : ndarray, shape (n,)
        Mean change, of order one.
    whiten : ndarray, shape (n, n)
        Makes its errors independent and one.

    Returns
    -------
    dict
        Values by the names of the parameters.
    """
    time = delay - delay[0]
    known = {"reference_time": float(delay[0])} if name in REFERENCED else {}
    linear = [one for one in parameters_of(name) if one not in SCALES]
    least, found = np.inf, {}
    for point in start_grid(name, float(time[-1])):
        columns = [
            MODELS[name](time, **point, **known, **{other: float(other == one) for other in linear})
            for one in linear
        ]
        design = whiten @ np.stack(columns, axis=1)
        solution = np.linalg.lstsq(design, whiten @ change, rcond=None)[0]
        squares = float(np.sum((design @ solution - whiten @ change) ** 2))
        if squares < least:
            least, found = squares, point | dict(zip(linear, solution.tolist(), strict=True))
    return {parameter: found[parameter] for parameter in parameters_of(name)}


def start_grid(name: str, window: float) -> list[dict[str, float]]:
    """Points of the grid, of the parameters that are not linear."""
    constants = [float(constant) for constant in window * np.geomspace(0.02, 5, 10)]
    if name == "logarithmic":
        return [{}]
    if name == "power_law":
        return [{"exponent": exponent} for exponent in (0.05, 0.2, 0.5, 1.0, 2.0)]
    if name == "double_exponential":
        pairs = itertools.combinations(constants, 2)
        return [{"time_constant": fast, "slow_time_constant": slow} for fast, slow in pairs]
    grid = [{"time_constant": constant} for constant in constants]
    further = {"stretched_exponential": "exponent", "fatuzzo_labrune": "growth"}
    if name not in further:
        return grid
    values = {"exponent": (0.3, 0.6, 1.0), "growth": (0.3, 3.0, 30.0)}[further[name]]
    return [point | {further[name]: value} for point in grid for value in values]


def least_squares(
    name: str,
    delay: Array,
    residual: Callable[[Array], Array],
    start: dict[str, float],
    unsettled: bool = False,
) -> Array | None:
    """Return the parameters of least squares, their `SCALES` by their logarithms.

    None where there are none, or where they have not settled and `unsettled` does not allow it.
    """
    parameters = lmfit.Parameters()
    for parameter, value in start.items():
        if parameter in SCALES:
            low, high = np.log(bounds(parameter, delay))
            parameters.add(parameter, value=np.log(value), min=low, max=high)
        else:
            parameters.add(parameter, value=value)
    with warnings.catch_warnings():
        # A degenerate fit has no covariance; it shows in the intervals.
        warnings.simplefilter("ignore")
        found = lmfit.minimize(
            lambda given: residual(np.array(list(given.valuesdict().values()))),
            parameters,
            calc_covar=False,
        )
    best = np.array(list(found.params.valuesdict().values()))
    if not (found.success or unsettled) or not np.isfinite(residual(best)).all():
        return None
    if name == "double_exponential":
        return fast_first(best)
    return best


def fast_first(parameters: Array) -> Array:
    """Put the faster exponential first."""
    amplitude, constant, slow_amplitude, slow_constant, offset = parameters
    if constant <= slow_constant:
        return parameters
    return np.array([slow_amplitude, slow_constant, amplitude, constant, offset])
