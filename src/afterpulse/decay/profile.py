"""Confidence intervals by profile likelihood, of anything that follows from a fit's parameters."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Array = NDArray[np.float64]

STIFFNESS = 1e3
"""How much more a standard error of the held quantity weighs than one of a point."""
MOST_STEPS = 14
FACTOR = 1.6
CLOSE = 0.01


def profile_interval(
    residual: Callable[[Array], Array],
    best: Array,
    parameter_covariance: Array,
    quantity: Callable[[Array], float],
    rise: float,
) -> tuple[float, float]:
    """Where chi-square, least over all else, has risen by so much (Venzon and Moolgavkar, 1988).

    Parameters
    ----------
    residual : callable
        Parameters to residuals over their standard errors, independent of each other.
    best : ndarray, shape (k,)
        Where their sum of squares is least.
    parameter_covariance : ndarray, shape (k, k)
        Of the parameters there.
    quantity : callable
        Parameters to the quantity, on a scale on which it is about normal.
    rise : float
        Of chi-square at both ends.

    Returns
    -------
    float, float
        Lower and upper end, infinite where chi-square does not rise by so much.
    """
    gradient = optimize.approx_fprime(best, quantity, 1e-6)
    along = parameter_covariance @ gradient
    error = float(np.sqrt(max(gradient @ along, 0.0)))
    if not (np.isfinite(error) and error > 0):
        return -np.inf, np.inf
    middle, least = quantity(best), float((residual(best) ** 2).sum())

    def held(target: float, start: Array) -> tuple[float, Array]:
        """Rise of chi-square with the quantity held, and the parameters there."""

        def stiff(parameters: Array) -> Array:
            off = (quantity(parameters) - target) * STIFFNESS / error
            return np.append(residual(parameters), off)

        found = optimize.leastsq(stiff, start, maxfev=400, full_output=True)[0]
        if abs(quantity(found) - target) > 0.05 * error:
            return np.nan, start
        return float((residual(found) ** 2).sum()) - least, found

    low, high = (_end(held, best, along / error, middle, error * side, rise) for side in (-1, 1))
    return low, high


def _end(
    held: Callable[[float, Array], tuple[float, Array]],
    best: Array,
    direction: Array,
    middle: float,
    error: float,
    rise: float,
) -> float:
    """Go out from the middle until chi-square has risen enough, then close in on where it did."""
    wanted = float(np.sqrt(rise))
    distance, inside, height_inside, parameters = wanted, 0.0, 0.0, best
    factor = FACTOR
    for _ in range(MOST_STEPS):
        ahead = parameters + direction * np.sign(error) * (distance - inside)
        height, found = held(middle + error * distance, ahead)
        if not np.isfinite(height):
            height, found = held(middle + error * distance, parameters)
        if not np.isfinite(height):
            # Beyond what the quantity can be: from here on half way to it.
            distance, factor = (inside + distance) / 2, 1.0
            continue
        if height >= rise:
            outside, height_outside = distance, float(np.sqrt(height))
            for _ in range(MOST_STEPS):
                # The root of the rise is about linear in the distance.
                part = (wanted - height_inside) / (height_outside - height_inside)
                place = inside + min(max(part, 0.1), 0.9) * (outside - inside)
                if outside - inside < CLOSE or height_outside - wanted < CLOSE:
                    break
                height, found = held(middle + error * place, parameters)
                height = float(np.sqrt(height)) if height > 0 else height
                if height < wanted:
                    inside, height_inside, parameters = place, height, found
                else:
                    outside = place
                    height_outside = height if np.isfinite(height) else height_outside
            return float(middle + error * (inside + part * (outside - inside)))
        step = (factor - 1) * distance if factor > 1 else (distance - inside) / 2
        inside, parameters, distance = distance, found, distance + step
        height_inside = float(np.sqrt(max(height, 0.0)))
    return float(np.sign(error) * np.inf)
