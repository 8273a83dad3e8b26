"""Covariance of the points of a replicate about the mean trace.

A replicate that lies high at one delay lies high at the next, so the points of a mean trace are
correlated. Their covariance is estimated from the replicates alone, whatever the model of the
decay. It is the sum of

- an Ornstein-Uhlenbeck process in the logarithm of the delay, whose standard deviation may rise
  or fall along the trace,
- a level common to all delays, since the change is counted from the voltage before the pulse,
- white noise of the voltmeter.

If Akaike's criterion does not favour the correlated model, the scatter is white noise: variances
cannot be negative, so fitting the correlated model to white data finds spurious correlations.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

Array = NDArray[np.float64]

SMALLEST = 1e-6
"""Least white noise over the largest deviation, at the level of rounding."""
SHORTEST, LONGEST = 0.01, 30.0
"""Range of the memory, in the logarithm of the delay."""


class Scatter(NamedTuple):
    """Covariance of n points of a replicate, and its uncertainty."""

    covariance: Array  # of the voltages of a single replicate (n, n), in V²
    # By the fitted parameters (parameters, n, n); the variance of the level is in units of the mean
    # square deviation of the replicates from their mean.
    derivatives: Array
    parameter_covariance: Array  # of these parameters, from the expected information
    deviation: float  # standard deviation of the process in the middle of the trace (V)
    noise: float  # standard deviation of the white noise of a sample (V)
    trend: float  # change of the logarithm of the deviation with that of the delay
    memory: float  # change of the logarithm of the delay after which 1/e of a deviation is left
    level: float  # standard deviation of the level (V)


def covariance(logarithm: Array, parameters: Array, white: Array | float = 1.0) -> Array:
    """Return the covariance of a replicate, shape (n, n).

    `logarithm` is that of the delay. The five parameters are the logarithms of deviation, white
    noise and memory, the trend, and the variance of the level. `white` is the variance of each
    point's white noise over that of the parameter.
    """
    deviation, noise, memory = np.exp(parameters[:3])
    along = deviation * np.exp(parameters[3] * (logarithm - logarithm.mean()))
    distance = abs(logarithm[:, None] - logarithm)
    correlated = along[:, None] * along * np.exp(-distance / memory)
    own = noise**2 * white * np.eye(logarithm.size)
    return np.asarray(correlated + own + parameters[4])


def derivatives(logarithm: Array, parameters: Array, white: Array | float = 1.0) -> Array:
    """Return the derivatives of `covariance` by each parameter, shape (5, n, n)."""
    _, noise, memory = np.exp(parameters[:3])
    centred = logarithm - logarithm.mean()
    own = noise**2 * white * np.eye(logarithm.size)
    correlated = covariance(logarithm, parameters, white) - own - parameters[4]
    distance = abs(logarithm[:, None] - logarithm)
    return np.array(
        [
            2 * correlated,
            2 * own,
            correlated * distance / memory,
            correlated * (centred[:, None] + centred),
            np.ones_like(correlated),
        ]
    )


def scatter_of_replicates(delay: Array, change: Array, count: Array | None = None) -> Scatter:
    """Estimate the covariance of a replicate from the deviations of replicates from their mean.

    Restricted maximum likelihood with a free mean at each delay (Patterson and Thompson, Biometrika
    58, 545, 1971). `delay` is in s, shape (n,); `change` in V, shape (replicates, n), with at least
    two replicates. `count` (n,) is the number of samples averaged in each point.
    """
    deviations = change - change.mean(axis=0)
    largest, degrees = float(abs(change).max()), len(change) - 1
    logarithm = np.log(delay)
    per_sample = np.ones(delay.size) if count is None else 1 / count
    # The fitted noise is that of the mean variance, so its range suits any counts.
    own = per_sample / per_sample.mean()
    root_mean_square = np.linalg.norm(deviations) / np.sqrt(degrees * delay.size)
    # Voltages without any scatter need a scale, too.
    scale = max(float(root_mean_square), SMALLEST * largest, np.finfo(float).tiny)
    products = (deviations / scale).T @ (deviations / scale)
    least_noise = max(1e-3, SMALLEST * largest / scale)
    low = [*np.log([SMALLEST, least_noise, SHORTEST]), -2.0, 0.0]
    high = [*np.log([30.0, 30.0, LONGEST]), 2.0, 30.0]
    absent = [*np.log([SMALLEST, 1.0, 1.0]), 0.0, 0.0]

    def inverted(parameters: Array) -> tuple[Array, float]:
        """Return the inverse covariance and the log-determinant of the covariance."""
        factor = linalg.cholesky(covariance(logarithm, parameters, own), lower=True)
        inverse = linalg.cho_solve((factor, True), np.eye(delay.size))
        return inverse, 2 * float(np.log(np.diag(factor)).sum())

    def deviance(parameters: Array) -> tuple[float, Array]:
        """Return minus twice the restricted log-likelihood and its gradient."""
        inverse, volume = inverted(parameters)
        apart = degrees * inverse - inverse @ products @ inverse
        value = degrees * volume + float(np.einsum("ij,ji->", inverse, products))
        return value, np.einsum("ij,pji->p", apart, derivatives(logarithm, parameters, own))

    def fitted(free: list[int], start: list[float]) -> optimize.OptimizeResult:
        ends = [(low[n], high[n]) if n in free else (absent[n], absent[n]) for n in range(5)]
        begin = np.clip(start, *np.transpose(ends))
        return optimize.minimize(deviance, begin, method="L-BFGS-B", jac=True, bounds=ends)

    white, correlated = [1], [*range(5)]
    # The correlated fit starts from a long memory with little noise, and from nearly white noise.
    starts = [*np.log([1.0, 0.1, 3.0]), 0.0, 0.1], [*np.log([0.3, 1.0, 1.0]), 0.0, 0.1]
    trials = [(white, starts[1]), (correlated, starts[0]), (correlated, starts[1])]
    free, best = min(
        ((free, fitted(free, start)) for free, start in trials),
        key=lambda trial: trial[1].fun + 2 * len(trial[0]),
    )
    solution = best.x
    # Fixed parameters have no uncertainty.
    change = derivatives(logarithm, solution, own)[free]
    weighted = np.einsum("ij,pjk->pik", inverted(solution)[0], change)
    information = 0.5 * degrees * np.einsum("pij,qji->pq", weighted, weighted)
    deviation, noise, memory = np.exp(solution[:3])
    return Scatter(
        covariance(logarithm, solution, own) * scale**2,
        change * scale**2,
        np.linalg.pinv(information, rcond=1e-6, hermitian=True),
        float(deviation * scale),
        float(noise * scale / np.sqrt(per_sample.mean())),
        float(solution[3]),
        float(memory),
        float(np.sqrt(solution[4]) * scale),
    )
