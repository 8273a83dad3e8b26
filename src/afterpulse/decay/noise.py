"""Noise of a single trace: white noise and 1/f noise of the voltmeter.

A single trace does not show how far repeats differ, but its noise shows how well the voltmeter
determines a decay. Both variances follow from the samples before the pulse and from the scatter of
neighbouring points after it, about a spline that any smooth decay follows. No model of the decay
enters.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, linalg, optimize

from afterpulse.decay.bins import Binned
from afterpulse.decay.scatter import SMALLEST, Scatter

Array = NDArray[np.float64]

KNOTS_PER_DECADE = 12
"""Resolves any decay in the logarithm of the delay to 2e-5 of its amplitude."""
MARGIN = 2.0
"""Least advantage in Akaike's criterion of 1/f noise over white noise alone."""
LEAST_POINTS = 8
"""A cubic spline takes four of them."""
MOST_POINTS = 200
"""A trace of more samples is averaged for the estimate of its noise; before the pulse as well."""


class Averages(NamedTuple):
    """Averages over intervals of time."""

    time: Array  # means (n,), in s
    voltage: Array  # (n,), in V
    samples: Array  # number in each (n,)
    width: Array  # durations (n,), in s


class Part(NamedTuple):
    """Part of a trace with a smooth mean of its own, and the covariance of its noise."""

    voltage: Array  # (n,), in V
    design: Array  # orthonormal basis of the mean (n, k)
    basis: Array  # covariance by unit variance of white and of 1/f noise (2, n, n)


def averages(time: Array, voltage: Array) -> Averages:
    """Return single samples (n,), each of the duration of its spacing."""
    spacing = np.gradient(time) if time.size > 1 else np.abs(time)
    return Averages(time, voltage, np.ones(time.size), spacing)


def averages_of_bins(bins: Binned) -> Averages:
    """Return the bins of a single trace, of evenly spaced samples."""
    count = bins.samples
    with np.errstate(divide="ignore", invalid="ignore"):
        width = bins.spread * count * np.sqrt(12 / (count**2 - 1))
    single = np.gradient(bins.delay)
    return Averages(bins.delay, bins.change[0], count, np.where(count > 1, width, single))


def flicker_kernel(time: Array, width: Array, duration: float) -> Array:
    """Return the covariance of 1/f noise, of unit variance per factor e in frequency.

    The correlation function of a spectrum h/f above the frequency 1/`duration` is h times the
    logarithm of `duration` over the lag (Keshner, Proc. IEEE 70, 212, 1982). In its mean over an
    interval of the width w the lag is replaced by w exp(-3/2). Shape (n, n); all in s.
    """
    lag = abs(time[:, None] - time)
    lag[np.diag_indices(time.size)] = width * np.exp(-1.5)
    return np.asarray(np.log(duration / lag))


def noise_of_trace(
    after: Averages, fine: Averages, before: Averages | None
) -> tuple[Scatter, float, float]:
    """Estimate the noise of a single trace by restricted maximum likelihood.

    Parameters
    ----------
    after : Averages
        Change from the voltage before the pulse, from the probe on; at least `LEAST_POINTS`.
    fine : Averages
        The same in as many points as the noise is to be estimated from.
    before : Averages, optional
        Voltage before the pulse on the same clock, whose mean the change is counted from.

    Returns
    -------
    scatter : Scatter
        Covariance of the change in the points of `after`. ``deviation`` is that of the 1/f noise
        per factor e in frequency, ``level`` that of the mean before the pulse.
    value, error : float
        Change at the probe by the spline and its standard error (V).
    """
    first = after.time[0] if before is None else before.time[0] - before.width[0] / 2
    duration = float(after.time[-1] + after.width[-1] / 2 - first)
    parts = [Part(fine.voltage, spline(fine.time), covariances(fine, duration))]
    if before is not None and before.time.size > 2:
        constant = np.full((before.time.size, 1), before.time.size**-0.5)
        parts.append(Part(before.voltage, constant, covariances(before, duration)))
    variance, uncertainty = most_likely(parts)
    basis, level = covariances(after, duration), 0.0
    if before is not None:
        basis, own = against(basis, after, before, duration)
        level = float(np.sqrt(variance @ own))
    covariance = np.einsum("p,pij->ij", variance, basis)
    scatter = Scatter(
        covariance,
        basis,
        uncertainty,
        float(np.sqrt(variance[1])),
        float(np.sqrt(variance[0])),
        0.0,
        np.nan,
        level,
    )
    design = spline(after.time)
    weighted = np.linalg.solve(covariance, design)
    inverse = np.linalg.pinv(design.T @ weighted, hermitian=True)
    value = float(design[0] @ inverse @ weighted.T @ after.voltage)
    return scatter, value, float(np.sqrt(design[0] @ inverse @ design[0]))


def covariances(points: Averages, duration: float) -> Array:
    """Return the covariance of points by unit variance of white and of 1/f noise, (2, n, n)."""
    kernel = flicker_kernel(points.time, points.width, duration)
    return np.array([np.diag(1 / points.samples), kernel])


def against(
    basis: Array, after: Averages, before: Averages, duration: float
) -> tuple[Array, Array]:
    """Return the covariance of differences from the mean before the pulse, and that of the mean."""
    samples = before.samples.sum()
    time = float(before.samples @ before.time / samples)
    length = float(before.time[-1] - before.time[0] + before.width.mean())
    own = np.array([1 / samples, np.log(duration / length) + 1.5])
    shared = np.log(duration / (after.time - time))
    common = shared[:, None] + shared
    return basis + own[:, None, None] - np.array([np.zeros_like(common), common]), own


def spline(delay: Array) -> Array:
    """Return an orthonormal basis of the cubic splines in the logarithm of the delay, (n, k)."""
    logarithm = np.log(delay)
    decades = float(np.ptp(logarithm) / np.log(10))
    pieces = int(np.clip(np.ceil(KNOTS_PER_DECADE * decades), 1, delay.size // 2 - 3))
    inner = np.linspace(logarithm[0], logarithm[-1], pieces + 1)
    knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
    design = interpolate.BSpline.design_matrix(logarithm, knots, 3).toarray()
    return np.asarray(linalg.orth(design, rcond=1e-8))


def most_likely(parts: list[Part]) -> tuple[Array, Array]:
    """Return the variances of white and 1/f noise (V²) of highest restricted likelihood.

    Patterson and Thompson, Biometrika 58, 545 (1971). The second array is the covariance of the
    variances (2, 2), from the expected information. If Akaike's criterion does not favour 1/f
    noise by `MARGIN`, the noise is taken as white.
    """
    residuals = [part.voltage - part.design @ (part.design.T @ part.voltage) for part in parts]
    degrees = sum(part.voltage.size - part.design.shape[1] for part in parts)
    largest = max(float(abs(part.voltage).max()) for part in parts)
    # Voltages without any scatter need a scale, too.
    spread = float(np.sqrt(sum(each @ each for each in residuals) / degrees))
    scale = max(spread, SMALLEST * largest, np.finfo(float).tiny)

    def deviance(logarithms: Array) -> tuple[float, Array]:
        """Return minus twice the restricted log-likelihood and its gradient."""
        value, gradient = 0.0, np.zeros(2)
        for part in parts:
            projected, volume = projection(part, np.exp(logarithms))
            weighted = projected @ part.voltage / scale
            value += volume + float(part.voltage @ weighted / scale)
            gradient += np.einsum("ij,pij->p", projected, part.basis)
            gradient -= np.einsum("i,pij,j->p", weighted, part.basis, weighted)
        return value, gradient * np.exp(logarithms)

    # White noise alone: the variance that makes chi-square equal to its degrees of freedom.
    alone = np.array([1.0, 0.0])
    squares = sum(part.voltage @ projection(part, alone)[0] @ part.voltage for part in parts)
    white = max(float(squares) / degrees / scale**2, (SMALLEST * largest / scale) ** 2)
    ends = [(np.log(1e-6 * white), np.log(10 * white)), (np.log(1e-8), np.log(1e2))]
    starts = np.log([0.9 * white, 0.01]), np.log([1e-2 * white, 0.3])
    trials = [
        optimize.minimize(deviance, np.clip(start, *np.transpose(ends)), jac=True, bounds=ends)
        for start in starts
    ]
    best = min(trials, key=lambda trial: trial.fun)
    # Variances are not below zero, so that white noise is given some 1/f noise otherwise.
    if deviance(np.array([np.log(white), -np.inf]))[0] <= best.fun + 2 + MARGIN:
        return np.array([white * scale**2, 0.0]), np.diag([2 * white**2 / degrees, 0.0]) * scale**4
    variance = np.exp(best.x)
    information = np.zeros((2, 2))
    for part in parts:
        weighted = projection(part, variance)[0] @ part.basis
        information += 0.5 * np.einsum("pij,qji->pq", weighted, weighted)
    uncertainty = np.linalg.pinv(information, rcond=1e-12, hermitian=True)
    return np.asarray(variance * scale**2), np.asarray(uncertainty * scale**4)


def projection(part: Part, variance: Array) -> tuple[Array, float]:
    """Return the inverse covariance projected off the mean, and its log-determinant."""
    covariance = np.einsum("p,pij->ij", variance, part.basis)
    factor = linalg.cholesky(covariance, lower=True)
    inverse = linalg.cho_solve((factor, True), np.eye(len(covariance)))
    weighted = inverse @ part.design
    information = part.design.T @ weighted
    volume = 2 * float(np.log(np.diag(factor)).sum()) + float(np.linalg.slogdet(information)[1])
    return inverse - weighted @ np.linalg.solve(information, weighted.T), volume


def averaged_before(time: Array, voltage: Array) -> Averages:
    """Return the samples before the pulse (m,), averaged if there are more than `MOST_POINTS`."""
    if time.size <= MOST_POINTS:
        return averages(time, voltage)
    first = np.linspace(0, time.size, MOST_POINTS + 1).astype(int)[:-1]
    count = np.diff(np.append(first, time.size))
    mean = np.add.reduceat(time, first) / count
    return Averages(mean, np.add.reduceat(voltage, first) / count, count, np.gradient(mean))
