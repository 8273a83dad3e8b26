"""Numbers of LTP and LTD curves: range, nonlinearity, asymmetry, variation, paired pulses.

A curve holds the Hall voltage before the first and after each of P equal pulses. Its repeats are
the cycles of the train in all replicates. Values follow from the mean over the repeats, intervals
from Student's t and the linearised influence of each repeat, as for the fraction retained.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from afterpulse.decay.retained import reach
from afterpulse.decay.window import CONFIDENCE, LEAST_STANDARD_ERRORS, standard_error

Array = NDArray[np.float64]

LEAST_PULSES = 4
"""Fewest pulses that leave degrees of freedom beside the three parameters of the law."""
SHARPEST = 4.0
"""Largest nonlinearity over the number of pulses: 98 % of the range by one pulse."""
LABEL = 10.1
"""Label of NeuroSim over the largest deviation of a curve from 0 to 1 from a straight line."""
STARTS = (-3.0, 0.3, 3.0, 10.0)
"""Nonlinearities at which the fits start."""


class Estimate(NamedTuple):
    """Value with its interval at `CONFIDENCE`, NaN if unknown, and the reason for a NaN."""

    value: float
    lower: float = np.nan
    upper: float = np.nan
    remark: str = ""


class Law(NamedTuple):
    """Fit of the law of `nonlinearity`.

    Attributes
    ----------
    factor : Estimate
        Nonlinearity.
    initial, change : float
        Voltage before the first pulse, and change by all pulses, by the law (V).
    misfit : float
        Root-mean-square deviation of the mean curve from the law over the size of the change.
    """

    factor: Estimate
    initial: float = np.nan
    change: float = np.nan
    misfit: float = np.nan


def exponential(pulses: Array, initial: float, change: float, factor: float) -> Array:
    """Return the voltage (V) after a fraction of all pulses, 0 to 1, by the law of `nonlinearity`.

    `initial` and `change` are in V. The law is linear at a factor of 0.
    """
    if factor < 0:
        # Seen from its end, a curve of growing steps is one of shrinking steps without overflow.
        return exponential(1 - pulses, initial + change, -change, -factor)
    if factor < 1e-8:
        return initial + change * pulses
    return np.asarray(initial + change * np.expm1(-factor * pulses) / np.expm1(-factor))


def voltage_range(curves: Array) -> Estimate:
    """Return the voltage after the last pulse minus that before the first (V).

    `curves` has the shape (repeats, 1 + pulses), as in all functions here.
    """
    return _mean(curves[:, -1] - curves[:, 0])


def on_off_ratio(curves: Array) -> Estimate:
    """Return the larger over the smaller of the voltages at both ends of a curve.

    A voltage that changes its sign or reaches zero has no ratio: the ratio would depend on the zero
    of the voltage, which an offset of the Hall bar shifts, and would diverge.
    """
    ends = curves[:, [0, -1]].T
    small, large = sorted(ends, key=lambda end: abs(end.mean()))
    if small.mean() * large.mean() <= 0:
        return Estimate(np.nan, remark="no on/off ratio: the voltage changes its sign")
    return _ratio(large, small, "no on/off ratio: the smaller voltage")


def nonlinearity(curves: Array) -> Law:
    """Fit G = B (1 - exp(-P/A)) + G_min, with the nonlinearity P_max/A.

    The law is that of Chen, Peng and Yu, IEEE Trans. Comput.-Aided Des. 37, 3067 (2018). P counts
    from the first pulse of each curve, also of LTD, and P_max is the number of pulses. The factor
    is 0 for equal steps, positive if the steps shrink and negative if they grow. With a single
    curve the interval follows from its scatter about the law.
    """
    count = curves.shape[1] - 1
    if count < LEAST_PULSES:
        return Law(Estimate(np.nan, remark=f"no nonlinearity: fewer than {LEAST_PULSES} pulses"))
    change = curves[:, -1] - curves[:, 0]
    reason = _insignificant(change)
    if reason:
        return Law(Estimate(np.nan, remark=f"no nonlinearity: the range {reason}"))
    scale = float(change.mean())
    pulses = np.linspace(0.0, 1.0, count + 1)
    scaled = (curves - curves[:, :1].mean()) / scale
    mean = scaled.mean(axis=0)

    def deviation(parameters: Array) -> Array:
        return exponential(pulses, *parameters) - mean

    limit = SHARPEST * count
    bounds = [-np.inf, -np.inf, -limit], [np.inf, np.inf, limit]
    fits = [
        optimize.least_squares(deviation, [0.0, 1.0, start], bounds=bounds, x_scale="jac")
        for start in STARTS
    ]
    fit = min(fits, key=lambda each: each.cost)
    initial, size, factor = fit.x
    misfit = float(np.sqrt((fit.fun**2).mean()) / abs(size))
    initial, size = float(curves[:, 0].mean() + scale * initial), float(scale * size)
    if abs(factor) > 0.99 * limit:
        pulse = "first" if factor > 0 else "last"
        remark = f"no nonlinearity: the {pulse} pulse makes almost all of the change"
        return Law(Estimate(np.nan, remark=remark), initial, size, misfit)
    # Change of the parameters by a change of the mean curve.
    gain = np.linalg.pinv(fit.jac)
    if len(curves) > 1:
        half = reach((scaled - mean) @ gain[2])
    else:
        freedom = count + 1 - fit.x.size
        error = np.sqrt((fit.fun**2).sum() / freedom) * np.linalg.norm(gain[2])
        half = float(stats.t.ppf(0.5 * (1 + CONFIDENCE), freedom) * error)
    estimate = Estimate(float(factor), float(factor) - half, float(factor) + half)
    return Law(estimate, initial, size, misfit)


def neurosim_label(factor: Estimate) -> Estimate:
    """Return the nonlinearity label of NeuroSim, 0 to 9, that belongs to a nonlinearity.

    NeuroSim gives the label by a table of A/P_max (MLP NeuroSim V3.0, Nonlinearity-NormA). The
    table is reproduced by `LABEL` times the largest deviation of the law from a straight line.
    """
    value, lower, upper = (_label(each) for each in factor[:3])
    return Estimate(value, lower, upper)


def _label(factor: float) -> float:
    size = abs(factor)
    if size < 1e-4:
        # The deviation of a parabola, x (1 - x)/2, at its middle.
        return LABEL * factor / 8
    slope = size / -np.expm1(-size)
    deviation = (1 - 1 / slope) / -np.expm1(-size) - np.log(slope) / size
    return float(np.sign(factor) * LABEL * deviation)


def cycle_variation(curves: Array) -> Estimate:
    """Return the standard deviation of a step between repeats over the size of the range.

    A step is the change by one pulse; its variance is averaged over the pulses. Read noise is
    included. The interval is that of a chi-square with Satterthwaite's degrees of freedom, which
    count correlated steps as fewer; it needs three repeats.
    """
    repeats = len(curves)
    if repeats < 2:
        return Estimate(np.nan, remark="no cycle-to-cycle variation: a single repeat")
    change = curves[:, -1] - curves[:, 0]
    reason = _insignificant(change)
    if reason:
        return Estimate(np.nan, remark=f"no cycle-to-cycle variation: the range {reason}")
    steps = np.diff(curves, axis=1) / abs(change.mean())
    count, freedom = steps.shape[1], repeats - 1
    steps -= steps.mean(axis=0)
    # It has the trace of the covariance of the steps, and its square that of the square.
    products = steps @ steps.T / freedom
    value = float(np.sqrt(np.trace(products) / count))
    if freedom < 2 or value == 0:
        return Estimate(value)
    # Unbiased squares of the trace and trace of the square of the true covariance of normal steps.
    estimated = np.array([(products**2).sum(), np.trace(products) ** 2])
    moments = np.array([[1 + 1 / freedom, 1 / freedom], [2 / freedom, 1.0]])
    of_square, square = np.linalg.solve(moments, estimated)
    independent = float(np.clip(square / of_square if of_square > 0 else count, 1, count))
    tails = 0.5 * (1 + CONFIDENCE * np.array([1, -1]))
    quantiles = stats.chi2.ppf(tails, freedom * independent)
    lower, upper = value * np.sqrt(freedom * independent / quantiles)
    return Estimate(value, float(lower), float(upper))


def paired_pulse_index(curves: Array) -> Estimate:
    """Return A_2/A_1, the changes after the second and first pulse from before the first.

    Both changes are read at the same delay after their pulse.
    """
    first, second = curves[:, 1] - curves[:, 0], curves[:, 2] - curves[:, 0]
    return _ratio(second, first, "no paired-pulse index: the change by the first pulse")


def asymmetry(potentiation: Array, depression: Array) -> Estimate:
    """Return max |V_p(n) - V_d(P - n)| over |V_p(P) - V_d(P)|, with V after n of P pulses.

    The asymmetry is 0 if depression retraces potentiation. Both curves have P pulses. Surplus
    repeats of one of them are left out. The largest of many differences is above 0 by noise alone:
    the interval begins at 0 if it is not significant after a Bonferroni correction.
    """
    repeats = min(len(potentiation), len(depression))
    up, down = potentiation[:repeats], depression[:repeats]
    gap = up - down[:, ::-1]
    largest = int(np.argmax(abs(gap.mean(axis=0))))
    gap = gap * np.sign(gap[:, largest].mean() * (up[:, -1] - down[:, -1]).mean())
    ratio = _ratio(gap[:, largest], up[:, -1] - down[:, -1], "no asymmetry: the range")
    if repeats < 2:
        return ratio
    tail = 0.5 * (1 - CONFIDENCE) / gap.shape[1]
    needed = stats.t.isf(tail, repeats - 1) * standard_error(gap[:, largest])
    distinct = abs(gap[:, largest].mean()) > needed
    return ratio if distinct else ratio._replace(lower=min(ratio.lower, 0.0))


def significant_direction(curves: Array) -> int:
    """Return the sign of the change by all pulses, 0 if it is within its errors."""
    change = curves[:, -1] - curves[:, 0]
    return 0 if _insignificant(change) else int(np.sign(change.mean()))


def _mean(values: Array) -> Estimate:
    value = float(values.mean())
    half = reach(values) if values.size > 1 else np.nan
    return Estimate(value, value - half, value + half)


def _ratio(numerator: Array, denominator: Array, subject: str) -> Estimate:
    """Return the ratio of two means over repeats, with a linearised interval."""
    reason = _insignificant(denominator)
    if reason:
        return Estimate(np.nan, remark=f"{subject} {reason}")
    value = float(numerator.mean() / denominator.mean())
    if numerator.size < 2:
        return Estimate(value)
    half = reach((numerator - value * denominator) / denominator.mean())
    return Estimate(value, value - half, value + half)


def _insignificant(values: Array) -> str:
    """Return why the mean of repeats is not distinct from zero; empty if it is."""
    mean = float(values.mean())
    if mean == 0:
        return "is zero"
    error = float(standard_error(values)) if values.size > 1 else 0.0
    if abs(mean) < LEAST_STANDARD_ERRORS * error:
        return f"is below {LEAST_STANDARD_ERRORS:g} standard errors"
    return ""
