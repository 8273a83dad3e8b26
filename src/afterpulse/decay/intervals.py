"""Parameters and retention time of a fit, with standard errors and intervals."""

from collections.abc import Callable
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from afterpulse.decay.fit import (
    LONGEST,
    SCALES,
    Fit,
    bounds,
    parameter_at_reference,
    retention_time,
)
from afterpulse.decay.models import LARGEST_EXPONENT, PARAMETERS
from afterpulse.decay.profile import profile_interval
from afterpulse.decay.scatter import Scatter

Array = NDArray[np.float64]

CUTOFF = 1e-15
"""Relative size of an eigenvalue of the information at the level of rounding."""
FARTHEST = 1e6
"""An amplitude at delay 0 of this many times the largest change is not determined."""
INSEPARABLE = 0.995
"""Multiple correlation of the drift with the decay above which both are doubtful."""


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
    for index, parameter in enumerate(fit.parameters):
        quantity = quantity_of(fit, index)
        best, error = quantity(fit.best), standard_error(fit, quantity)
        low, high = interval(fit, quantity, confidence)
        if parameter in SCALES:
            window = float(fit.delay[-1] - fit.delay[0])
            least, most = np.log(bounds(fit.name, parameter, window))
            low, high = -np.inf if low <= least else low, np.inf if high >= most else high
            value[parameter], stderr[parameter] = np.exp(best), np.exp(best) * error
            ends[parameter] = float(np.exp(low)), float(np.exp(high))
        else:
            value[parameter] = np.sinh(best) * fit.scale
            stderr[parameter] = np.cosh(best) * error * fit.scale
            low, high = np.sinh(np.clip([low, high], -LARGEST_EXPONENT, LARGEST_EXPONENT))
            low, high = -np.inf if low < -FARTHEST else low, np.inf if high > FARTHEST else high
            ends[parameter] = float(fit.scale * low), float(fit.scale * high)
        if not np.isfinite([low, high]).all():
            undetermined.append(parameter)
            value[parameter] = stderr[parameter] = np.nan
    for amplitude, constant in (
        ("amplitude", "time_constant"),
        ("slow_amplitude", "slow_time_constant"),
    ):
        # The time constant extrapolates the amplitude to the end of the pulse.
        if constant in undetermined and amplitude not in undetermined:
            undetermined.append(amplitude)
            value[amplitude] = stderr[amplitude] = np.nan
            ends[amplitude] = -np.inf, np.inf
    remarks = [f"not determined by the trace: {', '.join(undetermined)}"] if undetermined else []
    if "drift" in fit.parameters and drift_correlation(fit) > INSEPARABLE:
        remarks.append("the trace does not separate drift and decay")
    retention, retention_ends = model_retention_time(fit, confidence)
    return Description(
        np.array(list(value.values())),
        np.array(list(stderr.values())),
        np.array(list(ends.values())),
        retention,
        retention_ends,
        "; ".join(remarks),
    )


def quantity_of(fit: Fit, index: int) -> Callable[[Array], float]:
    """Return a parameter as a function of the values of `Fit`, on a scale on which it is normal.

    That is the logarithm of `SCALES`. For voltages over `Fit.scale` it is the inverse hyperbolic
    sine: linear for the change at the probe, logarithmic for an amplitude far back at delay 0.
    """
    parameter = fit.parameters[index]
    if parameter in SCALES:
        return itemgetter(index)
    return lambda values: float(
        np.arcsinh(parameter_at_reference(fit.name, parameter, fit.delay, values))
    )


def model_retention_time(fit: Fit, confidence: float) -> tuple[float, Array]:
    """Return the retention time of a fit (s) and its interval, infinite beyond the window."""
    window = float(fit.delay[-1] - fit.delay[0])
    time = retention_time(fit.name, fit.delay, fit.best)
    # A curve that levels off above 1/e has no retention time that could be varied.
    ends = np.array([np.nan, np.inf])
    if time < LONGEST * window:
        # The likelihood is about normal in the logarithm of the time.
        ends = np.exp(
            interval(
                fit,
                lambda values: float(np.log(retention_time(fit.name, fit.delay, values))),
                confidence,
            )
        )
    return time if time <= window else np.inf, np.where(ends > window, np.inf, ends)


def drift_correlation(fit: Fit) -> float:
    """Return the multiple correlation of the drift with all other parameters but a constant."""
    information = fit.jacobian.T @ fit.jacobian
    if fit.parameters == ("offset", "drift"):
        return 0.0
    last = float(parameter_covariance(fit)[-1, -1] * information[-1, -1])
    return float(np.sqrt(max(1 - 1 / last, 0.0))) if last > 0 else 1.0


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


def standard_error(fit: Fit, quantity: Callable[[Array], float]) -> float:
    """Return the standard error of a function of the parameters, of the linearised model."""
    gradient = optimize.approx_fprime(fit.best, quantity, 1e-6)
    weight = weight_of_points(fit, gradient)
    factor = understatement(weight, fit.whiten, fit.jacobian, fit.scatter)
    return float(np.sqrt(factor * gradient @ parameter_covariance(fit) @ gradient))


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
