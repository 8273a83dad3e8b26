"""Profile-likelihood intervals of any function of a fit's parameters."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Array = NDArray[np.float64]

STIFFNESS = 1e3
"""Weight of a standard error of the constrained quantity relative to that of a point."""
MOST_STEPS = 14
FACTOR = 1.6
CLOSE = 0.01


def profile_interval(
    residual: Callable[[Array], Array],
    best: Array,
    covariance: Array,
    quantity: Callable[[Array], float],
    rise: float,
) -> tuple[float, float]:
    """Return where chi-square, minimised over all else, has risen by `rise`.

    Venzon and Moolgavkar, Appl. Stat. 37, 87 (1988). `residual` maps parameters to independent
    residuals of unit variance, `best` minimises their squares, and `covariance` is that of the
    parameters. `quantity` maps parameters to a number, on a scale on which it is about normal. An
    end is infinite if chi-square does not rise by so much.
    """
    gradient = optimize.approx_fprime(best, quantity, 1e-6)
    along = covariance @ gradient
    error = float(np.sqrt(max(gradient @ along, 0.0)))
    if not (np.isfinite(error) and error > 0):
        return -np.inf, np.inf
    middle, least = quantity(best), float((residual(best) ** 2).sum())

    def constrained(target: float, start: Array) -> tuple[float, Array]:
        """Return the rise of chi-square with the quantity at a target, and the parameters."""

        def stiff(parameters: Array) -> Array:
            off = (quantity(parameters) - target) * STIFFNESS / error
            return np.concatenate([residual(parameters), [off]])

        solution = optimize.leastsq(stiff, start, maxfev=400, full_output=True)[0]
        if abs(quantity(solution) - target) > 0.05 * error:
            return np.nan, start
        return float((residual(solution) ** 2).sum()) - least, solution

    low, high = (
        _end(constrained, best, along / error, middle, error * side, rise) for side in (-1, 1)
    )
    return low, high


def _end(
    constrained: Callable[[float, Array], tuple[float, Array]],
    best: Array,
    direction: Array,
    middle: float,
    error: float,
    rise: float,
) -> float:
    """Step outwards until chi-square has risen by `rise`, then find where by false position."""
    target = float(np.sqrt(rise))
    distance, inside, root_inside, parameters = target, 0.0, 0.0, best
    factor = FACTOR
    for _ in range(MOST_STEPS):
        ahead = parameters + direction * np.sign(error) * (distance - inside)
        height, solution = constrained(middle + error * distance, ahead)
        if not np.isfinite(height):
            height, solution = constrained(middle + error * distance, parameters)
        if not np.isfinite(height):
            # The quantity cannot take this value: from here on half way towards it.
            distance, factor = (inside + distance) / 2, 1.0
            continue
        if height >= rise:
            outside, root_outside = distance, float(np.sqrt(height))
            for _ in range(MOST_STEPS):
                # The root of the rise is about linear in the distance.
                fraction = (target - root_inside) / (root_outside - root_inside)
                trial = inside + min(max(fraction, 0.1), 0.9) * (outside - inside)
                if outside - inside < CLOSE or root_outside - target < CLOSE:
                    break
                height, solution = constrained(middle + error * trial, parameters)
                root = float(np.sqrt(height)) if height > 0 else height
                if root < target:
                    inside, root_inside, parameters = trial, root, solution
                else:
                    outside = trial
                    root_outside = root if np.isfinite(root) else root_outside
            return float(middle + error * (inside + fraction * (outside - inside)))
        step = (factor - 1) * distance if factor > 1 else (distance - inside) / 2
        inside, parameters, distance = distance, solution, distance + step
        root_inside = float(np.sqrt(max(height, 0.0)))
    return float(np.sign(error) * np.inf)
