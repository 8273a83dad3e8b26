"""Mean and covariance of a trace as functions of the parameters, from simulations at some."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

Array = NDArray[np.float64]

FOLDS = 8
SMOOTHINGS = (1e-1, 1.0, 10.0, 100.0, 1000.0)
LEAST_SCALE = 0.2


class Emulator(NamedTuple):
    """Traces at any parameters.

    Attributes
    ----------
    mean : RBFInterpolator
        Parameters (points, parameters) to traces (points, n).
    slopes : ndarray, shape (1 + parameters,)
        Of the logarithm of the standard deviation over that of `covariance`: at zero, and by each
        parameter.
    covariance : ndarray, shape (n, n)
        Of simulated mean traces about `mean`: scatter of replicates and samples, and what the
        interpolation is off by.
    """

    mean: RBFInterpolator
    slopes: Array
    covariance: Array


def emulate(drawn: Array, traces: Array, noise: float) -> Emulator:
    """Smooth simulated traces over their parameters.

    Thin-plate splines whose smoothing and covariance come from cross-validation: each fold is
    predicted from the others. The scatter differs by much over the parameters (units that do not
    reverse do not scatter), so the logarithm of its size is fitted by a plane.

    Parameters
    ----------
    drawn : ndarray, shape (count, parameters)
        Parameters, 0 to 1.
    traces : ndarray, shape (count, n)
        Mean traces (V).
    noise : float
        Least standard deviation (V), of the voltmeter or of rounding.

    Returns
    -------
    Emulator
        Of the traces.
    """
    # Draws that follow each other in Sobol's sequence fill the range; every eighth one does not.
    fold = np.arange(len(drawn)) * FOLDS // len(drawn)

    def residual(smoothing: float) -> Array:
        off = np.empty_like(traces)
        for number in range(FOLDS):
            kept = fold != number
            smooth = RBFInterpolator(drawn[kept], traces[kept], smoothing=smoothing)
            off[~kept] = traces[~kept] - smooth(drawn[~kept])
        return off

    smoothing = min(SMOOTHINGS, key=lambda one: float((residual(one) ** 2).sum()))
    off = residual(smoothing)
    floor = noise**2 * np.eye(traces.shape[1])
    whole = off.T @ off / len(off) + floor
    whitened = np.linalg.solve(np.linalg.cholesky(whole), off.T)
    size = np.sqrt((whitened**2).mean(axis=0))
    logarithm = np.log(np.maximum(size, LEAST_SCALE))
    slopes = np.linalg.lstsq(np.insert(drawn, 0, 1.0, axis=1), logarithm, rcond=None)[0]
    # Residuals over their own scale have one covariance for all parameters.
    even = off / scale_at(slopes, drawn)[:, None]
    return Emulator(
        RBFInterpolator(drawn, traces, smoothing=smoothing),
        slopes,
        even.T @ even / len(even) + floor,
    )


def scale_at(slopes: Array, drawn: Array) -> Array:
    """Standard deviation over that of an emulator's covariance, shape (points,)."""
    return np.asarray(np.exp(slopes[0] + drawn @ slopes[1:]))


def logarithm_of_likelihood(
    emulator: Emulator, drawn: Array, trace: Array, added: Array, extra: Array
) -> Array:
    """How likely a mean trace is at many parameters.

    Parameters
    ----------
    emulator : Emulator
        Of mean traces over as many replicates, or more.
    drawn : ndarray, shape (points, parameters)
        Parameters, 0 to 1.
    trace : ndarray, shape (n,)
        Observed (V).
    added : ndarray, shape (points, n)
        To the emulated mean (V).
    extra : ndarray, shape (n, n)
        Covariance that the observed trace has beyond that of the emulated ones (V²).

    Returns
    -------
    ndarray, shape (points,)
        Logarithm of the normal density.
    """
    scale = scale_at(emulator.slopes, drawn)
    off = trace - emulator.mean(drawn) - added
    # (s² C + E): with C = L L' and L^-1 E L^-T = U d U', the rest is diagonal for all s.
    factor = np.linalg.cholesky(emulator.covariance)
    inner = np.linalg.solve(factor, np.linalg.solve(factor, extra).T)
    eigenvalue, vector = np.linalg.eigh((inner + inner.T) / 2)
    turned = np.linalg.solve(factor, off.T).T @ vector
    variance = scale[:, None] ** 2 + np.maximum(eigenvalue, 0.0)
    volume = np.log(variance).sum(axis=1) + 2 * np.log(np.diag(factor)).sum()
    density = -0.5 * ((turned**2 / variance).sum(axis=1) + volume)
    return np.asarray(density - 0.5 * trace.size * np.log(2 * np.pi))
