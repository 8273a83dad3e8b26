"""Parameters and retention time of a fit, with standard errors and intervals."""

from collections.abc import Callable
from operator import itemgetter
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
"""Relative size of an eigenvalue of the information at the level of rounding."""


class Description(NamedTuple):
    """Results of the fit of a model to a trace, in SI units."""

    # In the order of `PARAMETERS`; NaN for a parameter that the model lacks or the trace does not
    # determine.
    value: Array
    stderr: Array
    interval: Array  # (parameters, 2); infinite, or 0 for a scale, where the trace sets no bound
    retention_time: float  # from the probe to 1/e of the value there; infinite beyond the window
    retention_time_interval: Array  # lower end NaN if the curve levels off above 1/e
    remark: str  # reason for no fit, or the parameters that the trace does not determine


def no_fit(remark: str) -> Description:
    """Return the description of a fit that does not exist, with the reason."""
    missing = np.full((len(PARAMETERS), 2), np.nan)
    return Description(missing[:, 0], missing[:, 0], missing, np.nan, missing[0], remark)


def describe(fit: Fit, confidence: float) -> Description:
    """Return parameters and retention time of a fit, with intervals of a given confidence."""
    value, stderr = dict.fromkeys(PARAMETERS, np.nan), dict.fromkeys(PARAMETERS, np.nan)
    ends = {parameter: (np.nan, np.nan) for parameter in PARAMETERS}
    undetermined = []
    for index, parameter in enumerate(parameters_of(fit.name)):
        best = float(fit.best[index])
        error = standard_error(fit, index)
        low, high = interval(fit, itemgetter(index), confidence)
        if parameter in SCALES:
            least, most = np.log(bounds(parameter, fit.delay))
            low, high = -np.inf if low <= least else low, np.inf if high >= most else high
            value[parameter], stderr[parameter] = np.exp(best), np.exp(best) * error
            ends[parameter] = float(np.exp(low)), float(np.exp(high))
        else:
            value[parameter], stderr[parameter] = best * fit.scale, error * fit.scale
            ends[parameter] = low * fit.scale, high * fit.scale
        if not np.isfinite([low, high]).all():
            undetermined.append(parameter)
            value[parameter] = stderr[parameter] = np.nan
    window = float(fit.delay[-1] - fit.delay[0])
    retention = retention_time(fit.name, fit.delay, fit.best)
    # A curve that levels off above 1/e has no retention time that could be varied.
    retention_ends = np.array([np.nan, np.inf])
    if retention < LONGEST * window:
        # The likelihood is about normal in the logarithm of the time.
        retention_ends = np.exp(
            interval(
                fit,
                lambda parameters: float(np.log(retention_time(fit.name, fit.delay, parameters))),
                confidence,
            )
        )
    return Description(
        np.array(list(value.values())),
        np.array(list(stderr.values())),
        np.array(list(ends.values())),
        retention if retention <= window else np.inf,
        np.where(retention_ends > window, np.inf, retention_ends),
        f"not determined by the trace: {', '.join(undetermined)}" if undetermined else "",
    )


def interval(
    fit: Fit, quantity: Callable[[Array], float], confidence: float
) -> tuple[float, float]:
    """Return the interval of a function of a fit's parameters; infinite where there is no bound.

    `quantity` maps parameters to a number, on a scale on which it is about normal. At the ends
    chi-square has risen by the square of Student's t, with the degrees of freedom of the variance
    of the quantity, because the covariance of the trace is itself estimated.
    """
    weight = weight_of_points(fit, optimize.approx_fprime(fit.best, quantity, 1e-6))
    student = float(stats.t.ppf(0.5 * (1 + confidence), degrees_of_freedom(weight, fit.scatter)))
    rise = student**2 * understatement(weight, fit.whiten, fit.jacobian, fit.scatter)
    # The pseudo-inverse is zero along parameters that do not affect the trace, as if these were
    # known exactly. A profile has to start out along them, too.
    value, vector = np.linalg.eigh(fit.jacobian.T @ fit.jacobian)
    undetermined = vector[:, value <= CUTOFF * value.max()]
    reach = parameter_covariance(fit) + undetermined @ undetermined.T
    return profile_interval(fit.residual, fit.best, reach, quantity, rise)


def standard_error(fit: Fit, index: int) -> float:
    """Return the standard error of a parameter, of the linearised model."""
    weight = weight_of_points(fit, np.eye(fit.best.size)[index])
    factor = understatement(weight, fit.whiten, fit.jacobian, fit.scatter)
    return float(np.sqrt(factor * parameter_covariance(fit)[index, index]))


def parameter_covariance(fit: Fit) -> Array:
    """Return the covariance of the parameters of the linearised model, shape (k, k)."""
    information = fit.jacobian.T @ fit.jacobian
    return np.asarray(np.linalg.pinv(information, rcond=CUTOFF, hermitian=True))


def weight_of_points(fit: Fit, gradient: Array) -> Array:
    """Return the weight of each point in the linear estimate of a quantity, shape (n,).

    `gradient` is that of the quantity by the parameters, shape (k,).
    """
    along = parameter_covariance(fit) @ gradient
    return np.asarray(fit.whiten.T @ (fit.jacobian @ along))


def degrees_of_freedom(weight: Array, scatter: Scatter) -> float:
    """Return the degrees of freedom of the variance of a linear estimate.

    These are 2 variance² over the variance of the variance, at least 1 (Satterthwaite, Biometrics
    Bull. 2, 110, 1946). `weight` is that of each point in the estimate, shape (n,).
    """
    change = np.einsum("i,pij,j->p", weight, scatter.derivatives, weight)
    spread = float(change @ scatter.parameter_covariance @ change)
    variance = float(weight @ scatter.covariance @ weight)
    return max(2 * variance**2 / spread, 1.0) if spread > 0 else np.inf


def understatement(weight: Array, whiten: Array, jacobian: Array, scatter: Scatter) -> float:
    """Return the factor by which least squares understate the variance of a linear estimate.

    Least squares take the estimated covariance for the true one, so their weights are not the best
    and the variance is larger than it seems (Kenward and Roger, Biometrics 53, 983, 1997, without
    second derivatives, which depend on the parametrisation of the covariance). `weight` is that of
    each point in the estimate, shape (n,); for the others see `Fit`.
    """
    moved = whiten @ (scatter.derivatives @ weight).T
    orthogonal = moved - jacobian @ (np.linalg.pinv(jacobian) @ moved)
    lost = float(np.einsum("np,pq,nq->", moved, scatter.parameter_covariance, orthogonal))
    variance = float(weight @ scatter.covariance @ weight)
    # A quantity that does not depend on the points has no weights.
    return 1 + 2 * lost / variance if variance > 0 else 1.0
