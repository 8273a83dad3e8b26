"""How replicates scatter about their mean: a covariance over the delays of a trace.

A replicate that lies above the mean at one delay does so at the next, so the points of a mean
trace are not independent. Their covariance is taken from the replicates alone, whatever the model
of the decay: a magnetisation that forgets its deviation over a certain ratio of times (an
Ornstein-Uhlenbeck process in the logarithm of the delay), with a standard deviation that may rise
or fall along the trace, white noise of the voltmeter, and a level common to all delays, since the
change is counted from the voltage before the pulse, which deviates too. Where Akaike's criterion
asks for no more it is white noise alone: the variances of the rest are not below zero, so that
they would be found where there are none.
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
        Of the covariance by its own parameters; the variance of the level counts in mean square
        deviations of the replicates from their mean.
    parameter_covariance : ndarray, shape (parameters, parameters)
        Of these parameters, from the expected information.
    deviation, noise : float
        Standard deviation in the middle of the trace, and of the white noise of one sample (V).
    trend : float
        Change of the logarithm of that standard deviation by that of the delay.
    memory : float
        Change of the logarithm of the delay after which 1/e of a deviation is left.
    level : float
        Standard deviation of what is common to all delays (V).
    """

    covariance: Array
    derivatives: Array
    parameter_covariance: Array
    deviation: float
    noise: float
    trend: float
    memory: float
    level: float


def covariance(logarithm: Array, parameters: Array, white: Array | float = 1.0) -> Array:
    """Return the covariance of a replicate.

    Parameters
    ----------
    logarithm : ndarray, shape (n,)
        Natural logarithm of the delay.
    parameters : ndarray, shape (5,)
        Logarithms of deviation, white noise and memory, the trend, and the variance of the level.
    white : ndarray, shape (n,), optional
        Variance of each point's white noise over that of the parameter.

    Returns
    -------
    ndarray, shape (n, n)
        V².
    """
    deviation, noise, memory = np.exp(parameters[:3])
    along = deviation * np.exp(parameters[3] * (logarithm - logarithm.mean()))
    apart = abs(logarithm[:, None] - logarithm)
    correlated = along[:, None] * along * np.exp(-apart / memory)
    own = noise**2 * white * np.eye(logarithm.size)
    return np.asarray(correlated + own + parameters[4])


def scatter_of_replicates(delay: Array, change: Array, count: Array | None = None) -> Scatter:
    """Covariance that makes the deviations of replicates from their mean most likely.

    Restricted maximum likelihood with a mean of its own at each delay (Patterson and Thompson,
    Biometrika 58, 545, 1971).

    Parameters
    ----------
    delay : ndarray, shape (n,)
        s.
    change : ndarray, shape (replicates, n)
        V, two replicates or more.
    count : ndarray, shape (n,), optional
        Samples that each point is the mean of; one where it is not given.

    Returns
    -------
    Scatter
        Of a single replicate.
    """
    deviations = change - change.mean(axis=0)
    largest = float(abs(change).max())
    return _most_likely(delay, deviations, largest, len(change) - 1, None, count)


def scatter_of_residuals(
    delay: Array, residual: Array, jacobian: Array, count: Array | None = None
) -> Scatter:
    """Covariance that makes the residuals of one trace from a fit most likely.

    Restricted maximum likelihood of the model made linear at the fit; without a trend or a level
    and with a short memory. What deviates from the decay for longer looks like a decay itself, so
    intervals from a single trace do not hold it: only repeats show how far the decays of one
    device differ.

    Parameters
    ----------
    delay : ndarray, shape (n,)
        s.
    residual : ndarray, shape (n,)
        Voltage less the fitted model (V).
    jacobian : ndarray, shape (n, k)
        Derivatives of the model by its parameters. A parameter that the trace does not depend
        on has a column of zeros and takes nothing from the residuals.
    count : ndarray, shape (n,), optional
        Samples that each point is the mean of; one where it is not given.

    Returns
    -------
    Scatter
        Of the trace.
    """
    norm = np.linalg.norm(jacobian, axis=0)
    design = linalg.orth(jacobian[:, norm > 0] / norm[norm > 0])
    return _most_likely(delay, residual[None], float(abs(residual).max()), 1, design, count)


def _most_likely(
    delay: Array,
    deviations: Array,
    largest: float,
    degrees: int,
    design: Array | None,
    count: Array | None,
) -> Scatter:
    logarithm = np.log(delay)
    per_sample = np.ones(delay.size) if count is None else 1 / count
    # The noise that is sought is that of the mean variance, so that its range suits any counts.
    own = per_sample / per_sample.mean()
    root_mean_square = np.linalg.norm(deviations) / np.sqrt(degrees * delay.size)
    # Voltages without any scatter still have a scale.
    scale = max(float(root_mean_square), SMALLEST * largest, np.finfo(float).tiny)
    products = (deviations / scale).T @ (deviations / scale)
    least_noise = max(1e-3, SMALLEST * largest / scale)
    longest = LONGEST if design is None else SINGLE_TRACE * float(np.ptp(logarithm))
    low = [*np.log([SMALLEST, least_noise, SHORTEST]), -2.0, 0.0]
    high = [*np.log([30.0, 30.0, longest]), 2.0, 30.0]
    nothing = [*np.log([SMALLEST, 1.0, 1.0]), 0.0, 0.0]

    def projection(parameters: Array) -> tuple[Array, float]:
        """Inverse of the covariance beside what the mean takes, and the logarithms of both."""
        factor = linalg.cholesky(covariance(logarithm, parameters, own), lower=True)
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
        return value, np.einsum("ij,pji->p", apart, derivatives(logarithm, parameters, own))

    def fitted(free: list[int], start: list[float]) -> optimize.OptimizeResult:
        ends = [(low[n], high[n]) if n in free else (nothing[n], nothing[n]) for n in range(5)]
        begin = np.clip(start, *np.transpose(ends))
        return optimize.minimize(unlikely, begin, method="L-BFGS-B", jac=True, bounds=ends)

    # One trace tells a level, a trend and a deviation with a long memory from the decay itself as
    # little as each other.
    white, more = [1], [*range(5)] if design is None else [0, 1, 2]
    # All correlated with a long memory, or nearly all white.
    starts = [*np.log([1.0, 0.1, 3.0]), 0.0, 0.1], [*np.log([0.3, 1.0, 1.0]), 0.0, 0.1]
    tried = [(white, starts[1]), (more, starts[0]), (more, starts[1])]
    free, best = min(
        ((free, fitted(free, start)) for free, start in tried),
        key=lambda one: one[1].fun + 2 * len(one[0]),
    )
    # What is held is not in doubt.
    found = best.x
    change = derivatives(logarithm, found, own)[free]
    weighted = np.einsum("ij,pjk->pik", projection(found)[0], change)
    information = 0.5 * degrees * np.einsum("pij,qji->pq", weighted, weighted)
    deviation, noise, memory = np.exp(found[:3])
    return Scatter(
        covariance(logarithm, found, own) * scale**2,
        change * scale**2,
        np.linalg.pinv(information, rcond=1e-6, hermitian=True),
        float(deviation * scale),
        float(noise * scale / np.sqrt(per_sample.mean())),
        float(found[3]),
        float(memory),
        float(np.sqrt(found[4]) * scale),
    )


def derivatives(logarithm: Array, parameters: Array, white: Array | float = 1.0) -> Array:
    """Return the derivatives of `covariance` by each parameter, shape (5, n, n)."""
    _, noise, memory = np.exp(parameters[:3])
    centred = logarithm - logarithm.mean()
    own = noise**2 * white * np.eye(logarithm.size)
    correlated = covariance(logarithm, parameters, white) - own - parameters[4]
    apart = abs(logarithm[:, None] - logarithm)
    return np.array(
        [
            2 * correlated,
            2 * own,
            correlated * apart / memory,
            correlated * (centred[:, None] + centred),
            np.ones_like(correlated),
        ]
    )
