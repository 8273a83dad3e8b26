"""What a fit says of its parameters and of the retention time, with intervals."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from afterpulse.decay.fit import LONGEST, SCALES, Fit, bounds, retention_time
from afterpulse.decay.models import PARAMETERS, parameters_of
from afterpulse.decay.profile import profile_interval
from afterpulse.decay.scatter import Scatter

Array = NDArray[np.float64]

CUTOFF = 1e-15
"""Share of the largest eigenvalue of the information below which one is rounding."""


class Description(NamedTuple):
    """Numbers of one model and trace.

    Attributes
    ----------
    value, stderr : ndarray, shape (parameters,)
        As in `PARAMETERS`; NaN for a parameter that the model lacks or the trace does not
        determine.
    interval : ndarray, shape (parameters, 2)
        By profile likelihood; where the trace sets no bound infinite, or 0 for a scale.
    retention_time : float
        Time after the probe until the curve has fallen to 1/e of its value there (s), infinite
        where it does not within the trace.
    retention_time_interval : ndarray, shape (2,)
        By profile likelihood (s); the lower end is NaN where the curve levels off above 1/e.
    remark : str
        Why there is no fit, or which parameters the trace does not determine.
    """

    value: Array
    stderr: Array
    interval: Array
    retention_time: float
    retention_time_interval: Array
    remark: str


def nothing(remark: str) -> Description:
    """Description of a fit that there is not, and why."""
    missing = np.full((len(PARAMETERS), 2), np.nan)
    return Description(missing[:, 0], missing[:, 0], missing, np.nan, missing[0], remark)


def describe(fit: Fit, confidence: float) -> Description:
    """Take parameters and retention time from a fit.

    Parameters
    ----------
    fit : Fit
        See `fit_model`.
    confidence : float
        Of the intervals.

    Returns
    -------
    Description
        In SI units.
    """
    value, stderr = dict.fromkeys(PARAMETERS, np.nan), dict.fromkeys(PARAMETERS, np.nan)
    ends = {parameter: (np.nan, np.nan) for parameter in PARAMETERS}
    doubtful = []
    for number, parameter in enumerate(parameters_of(fit.name)):
        best = float(fit.best[number])
        error = standard_error(fit, number)
        low, high = interval(fit, partial(nth, number), confidence)
        if parameter in SCALES:
            least, most = np.log(bounds(parameter, fit.delay))
            low, high = -np.inf if low <= least else low, np.inf if high >= most else high
            value[parameter], stderr[parameter] = np.exp(best), np.exp(best) * error
            ends[parameter] = float(np.exp(low)), float(np.exp(high))
        else:
            value[parameter], stderr[parameter] = best * fit.scale, error * fit.scale
            ends[parameter] = low * fit.scale, high * fit.scale
        if not np.isfinite([low, high]).all():
            doubtful.append(parameter)
            value[parameter] = stderr[parameter] = np.nan
    window = float(fit.delay[-1] - fit.delay[0])
    retention = retention_time(fit.name, fit.delay, fit.best)
    # A curve that levels off above 1/e has no retention time that could be varied.
    within = np.array([np.nan, np.inf])
    if retention < LONGEST * window:
        within = np.exp(interval(fit, partial(logarithm_of_retention_time, fit), confidence))
    return Description(
        np.array(list(value.values())),
        np.array(list(stderr.values())),
        np.array(list(ends.values())),
        retention if retention <= window else np.inf,
        np.where(within > window, np.inf, within),
        f"not determined by the trace: {', '.join(doubtful)}" if doubtful else "",
    )


def covariance_of_parameters(fit: Fit) -> Array:
    """Covariance of a fit's parameters, of the model made linear; shape (k, k)."""
    information = fit.jacobian.T @ fit.jacobian
    return np.asarray(np.linalg.pinv(information, rcond=CUTOFF, hermitian=True))


def reach_of_parameters(fit: Fit) -> Array:
    """Return the covariance by which a profile sets out; shape (k, k).

    It is that of the parameters, and of order one in what the trace does not depend on. There the
    pseudo-inverse is zero, as if it were known exactly.
    """
    value, vector = np.linalg.eigh(fit.jacobian.T @ fit.jacobian)
    unseen = vector[:, value <= CUTOFF * value.max()]
    return covariance_of_parameters(fit) + unseen @ unseen.T


def nth(number: int, parameters: Array) -> float:
    """Parameter by its place."""
    return float(parameters[number])


def logarithm_of_retention_time(fit: Fit, parameters: Array) -> float:
    """Logarithm, on which its likelihood is about normal."""
    return float(np.log(retention_time(fit.name, fit.delay, parameters)))


def interval(
    fit: Fit, quantity: Callable[[Array], float], confidence: float
) -> tuple[float, float]:
    """Interval of anything that follows from a fit's parameters.

    Parameters
    ----------
    fit : Fit
        See `fit_model`.
    quantity : callable
        Parameters to the quantity, on a scale on which it is about normal.
    confidence : float
        Both ends are where chi-square has risen by the square of Student's t, with the degrees of
        freedom that the variance of the quantity has, since the covariance of the trace is itself
        estimated.

    Returns
    -------
    float, float
        Lower and upper end, infinite where the trace sets none.
    """
    weight = weight_of_points(fit, optimize.approx_fprime(fit.best, quantity, 1e-6))
    student = float(stats.t.ppf(0.5 * (1 + confidence), degrees_of_freedom(weight, fit.scatter)))
    rise = student**2 * understatement(weight, fit.whiten, fit.jacobian, fit.scatter)
    return profile_interval(fit.residual, fit.best, reach_of_parameters(fit), quantity, rise)


def standard_error(fit: Fit, number: int) -> float:
    """Standard error of the parameter at a place, of the model made linear."""
    weight = weight_of_points(fit, np.eye(fit.best.size)[number])
    factor = understatement(weight, fit.whiten, fit.jacobian, fit.scatter)
    return float(np.sqrt(factor * covariance_of_parameters(fit)[number, number]))


def weight_of_points(fit: Fit, gradient: Array) -> Array:
    """Weight of each point in the linear estimate of what has this gradient, shape (n,)."""
    along = covariance_of_parameters(fit) @ gradient
    return np.asarray(fit.whiten.T @ (fit.jacobian @ along))


def degrees_of_freedom(weight: Array, scatter: Scatter) -> float:
    """Degrees of freedom that the variance of a linear estimate has.

    Parameters
    ----------
    weight : ndarray, shape (n,)
        Of each point in the estimate.
    scatter : Scatter
        Covariance of the points.

    Returns
    -------
    float
        2 variance² over the variance of the variance, at least 1 (Satterthwaite, Biometrics
        Bull. 2, 110, 1946).
    """
    change = np.einsum("i,pij,j->p", weight, scatter.derivatives, weight)
    spread = float(change @ scatter.parameter_covariance @ change)
    variance = float(weight @ scatter.covariance @ weight)
    return max(2 * variance**2 / spread, 1.0) if spread > 0 else np.inf


def understatement(weight: Array, whiten: Array, jacobian: Array, scatter: Scatter) -> float:
    """How much larger the variance of a linear estimate is than least squares say.

    Least squares take the estimated covariance for the true one. With it the weights are not
    quite the best, and what looks best looks better than it is.

    Parameters
    ----------
    weight : ndarray, shape (n,)
        Of each point in the estimate.
    whiten, jacobian
        See `Fit`.
    scatter : Scatter
        Covariance of the points.

    Returns
    -------
    float
        Factor, at least 1 (Kenward and Roger, Biometrics 53, 983, 1997, less their second
        derivatives, which depend on how the covariance is parametrised).
    """
    moved = whiten @ (scatter.derivatives @ weight).T
    beside = moved - jacobian @ (np.linalg.pinv(jacobian) @ moved)
    lost = float(np.einsum("np,pq,nq->", moved, scatter.parameter_covariance, beside))
    variance = float(weight @ scatter.covariance @ weight)
    # A quantity that no point bears on has no weights.
    return 1 + 2 * lost / variance if variance > 0 else 1.0
