"""How replicates scatter about their mean: a covariance over the delays of a trace.

A replicate that lies above the mean at one delay does so at the next, so the points of a mean
trace are not independent. Their covariance is taken from the replicates alone, whatever the model
of the decay: a magnetisation that forgets its deviation over a certain ratio of times (an
Ornstein-Uhlenbeck process in the logarithm of the delay), with a standard deviation that may rise
or fall along the trace, and white noise of the voltmeter.

It is not the whole truth. The correlation of the first with the last delay is 0.42, 0.43 and 0.55
over 150 replicates of the kinetics at 0.55, 0.7 and 0.85 of the critical current, and 0.18, 0.21
and 0.45 by this covariance: the deviation of the voltage before the pulse, which the change is
counted from, is common to all delays and has no term of its own here.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

Array = NDArray[np.float64]

SMALLEST = 1e-6
"""Least white noise, over the largest deviation: what rounding leaves."""
SHORTEST, LONGEST = 0.01, 30.0
"""Range of the memory, in the logarithm of the delay."""
SINGLE_TRACE = 0.2
"""Longest memory that a single trace is asked for, over the logarithm of its window's ends."""


class Scatter(NamedTuple):
    """Covariance of one replicate, with what is known of it.

    Attributes
    ----------
    covariance : ndarray, shape (n, n)
        Of the voltages of a single replicate (V²).
    derivatives : ndarray, shape (parameters, n, n)
        Of the covariance by its own parameters.
    parameter_covariance : ndarray, shape (parameters, parameters)
        Of these parameters, from the expected information.
    deviation, noise : float
        Standard deviation in the middle of the trace, and of the white noise (V).
    trend : float
        Change of the logarithm of that standard deviation by that of the delay.
    memory : float
        Change of the logarithm of the delay after which 1/e of a deviation is left.
    """

    covariance: Array
    derivatives: Array
    parameter_covariance: Array
    deviation: float
    noise: float
    trend: float
    memory: float


def covariance(logarithm: Array, parameters: Array) -> Array:
    """Covariance of a replicate.

    Parameters
    ----------
    logarithm : ndarray, shape (n,)
        Natural logarithm of the delay.
    parameters : ndarray, shape (4,)
        Logarithms of deviation, white noise and memory, and the trend.

    Returns
    -------
    ndarray, shape (n, n)
        V².
    """
    deviation, noise, memory = np.exp(parameters[:3])
    along = deviation * np.exp(parameters[3] * (logarithm - logarithm.mean()))
    apart = abs(logarithm[:, None] - logarithm)
    correlated = along[:, None] * along * np.exp(-apart / memory)
    return np.asarray(correlated + noise**2 * np.eye(logarithm.size))


def scatter_of_replicates(delay: Array, change: Array) -> Scatter:
    """Covariance that makes the deviations of replicates from their mean most likely.

    Restricted maximum likelihood with a mean of its own at each delay (Patterson and Thompson,
    Biometrika 58, 545, 1971).

    Parameters
    ----------
    delay : ndarray, shape (n,)
        s.
    change : ndarray, shape (replicates, n)
        V, two replicates or more.

    Returns
    -------
    Scatter
        Of a single replicate.
    """
    deviations = change - change.mean(axis=0)
    scale = max(float(abs(change).max()), np.finfo(float).tiny)
    return _most_likely(delay, deviations / scale, len(change) - 1, None, scale)


def scatter_of_residuals(delay: Array, residual: Array, jacobian: Array) -> Scatter:
    """Covariance that makes the residuals of one trace from a fit most likely.

    Restricted maximum likelihood of the model made linear at the fit; without a trend and with a
    short memory. What deviates from the decay for longer looks like a decay itself, so intervals
    from a single trace do not hold it: only repeats show how far the decays of one device differ.

    Parameters
    ----------
    delay : ndarray, shape (n,)
        s.
    residual : ndarray, shape (n,)
        Voltage less the fitted model (V).
    jacobian : ndarray, shape (n, k)
        Derivatives of the model by its parameters.

    Returns
    -------
    Scatter
        Of the trace.
    """
    scale = max(float(abs(residual).max()), np.finfo(float).tiny)
    design = linalg.orth(jacobian / np.linalg.norm(jacobian, axis=0))
    return _most_likely(delay, residual[None] / scale, 1, design, scale)


def _most_likely(
    delay: Array, deviations: Array, degrees: int, design: Array | None, scale: float
) -> Scatter:
    logarithm = np.log(delay)
    products = deviations.T @ deviations
    size = max(float(np.sqrt(np.trace(products) / (degrees * delay.size))), SMALLEST)
    # One trace tells a deviation with a long memory from the decay as little as its trend.
    longest = LONGEST if design is None else SINGLE_TRACE * float(np.ptp(logarithm))
    trend = 2.0 if design is None else 0.0
    low = np.log([SMALLEST * size, max(1e-3 * size, SMALLEST), SHORTEST])
    high = np.log([30 * size, 30 * size, longest])
    bounds = [*zip(low, high, strict=True), (-trend, trend)]

    def projection(parameters: Array) -> tuple[Array, float]:
        """Inverse of the covariance beside what the mean takes, and the logarithms of both."""
        factor = linalg.cholesky(covariance(logarithm, parameters), lower=True)
        inverse = linalg.cho_solve((factor, True), np.eye(delay.size))
        volume = 2 * float(np.log(np.diag(factor)).sum())
        if design is None:
            return inverse, volume
        seen = inverse @ design
        of_mean = design.T @ seen
        volume += float(np.linalg.slogdet(of_mean)[1])
        return inverse - seen @ np.linalg.solve(of_mean, seen.T), volume

    def unlikely(parameters: Array) -> tuple[float, Array]:
        """Minus twice the restricted logarithm of the likelihood, and its gradient."""
        projected, volume = projection(parameters)
        apart = degrees * projected - projected @ products @ projected
        value = degrees * volume + float(np.einsum("ij,ji->", projected, products))
        return value, np.einsum("ij,pji->p", apart, derivatives(logarithm, parameters))

    # All correlated with a long memory, or all white.
    starts = [np.log([size, 0.1 * size, 3.0]), np.log([0.3 * size, size, 1.0])]
    found = min(
        (
            optimize.minimize(
                unlikely,
                np.clip([*start, 0.0], *np.transpose(bounds)),
                method="L-BFGS-B",
                jac=True,
                bounds=bounds,
            )
            for start in starts
        ),
        key=lambda one: one.fun,
    ).x
    # A trend that is held at zero is not in doubt.
    free = derivatives(logarithm, found)[: 4 if design is None else 3]
    weighted = np.einsum("ij,pjk->pik", projection(found)[0], free)
    information = 0.5 * degrees * np.einsum("pij,qji->pq", weighted, weighted)
    deviation, noise, memory = np.exp(found[:3])
    return Scatter(
        covariance(logarithm, found) * scale**2,
        free * scale**2,
        np.linalg.pinv(information, rcond=1e-6, hermitian=True),
        float(deviation * scale),
        float(noise * scale),
        float(found[3]),
        float(memory),
    )


def derivatives(logarithm: Array, parameters: Array) -> Array:
    """Derivatives of `covariance` by each parameter, shape (4, n, n)."""
    _, noise, memory = np.exp(parameters[:3])
    centred = logarithm - logarithm.mean()
    white = noise**2 * np.eye(logarithm.size)
    correlated = covariance(logarithm, parameters) - white
    apart = abs(logarithm[:, None] - logarithm)
    return np.array(
        [
            2 * correlated,
            2 * white,
            correlated * apart / memory,
            correlated * (centred[:, None] + centred),
        ]
    )
