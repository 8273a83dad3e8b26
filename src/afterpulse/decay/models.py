"""Models of a decay as functions of the time since the probe.

Common arguments: `time` since the probe (s); `amplitude`, which decays, and `offset`, which stays
(V); `time_constant` (s); `reference_time`, the delay of the probe (s). All return V.
"""

import inspect
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def single_exponential(time: Array, amplitude: float, time_constant: float, offset: float) -> Array:
    """Return ``offset + amplitude exp(-time / time_constant)``."""
    return offset + amplitude * np.exp(-time / time_constant)


def stretched_exponential(
    time: Array, amplitude: float, time_constant: float, exponent: float, offset: float
) -> Array:
    """Return ``offset + amplitude exp(-(time / time_constant)**exponent)`` (Kohlrausch).

    An exponent below 1 describes a distribution of time constants.
    """
    # A power that overflows leaves nothing of the amplitude.
    with np.errstate(over="ignore"):
        return offset + amplitude * np.exp(-((time / time_constant) ** exponent))


def double_exponential(
    time: Array,
    amplitude: float,
    time_constant: float,
    slow_amplitude: float,
    slow_time_constant: float,
    offset: float,
) -> Array:
    """Return the sum of `offset`, a fast and a slow exponential."""
    fast = amplitude * np.exp(-time / time_constant)
    return offset + fast + slow_amplitude * np.exp(-time / slow_time_constant)


def logarithmic(time: Array, level: float, slope: float, reference_time: float) -> Array:
    """Return ``level - slope ln(1 + time / reference_time)``, magnetic viscosity.

    The change is linear in the logarithm of the delay since the pulse (Street and Woolley, Proc.
    Phys. Soc. A 62, 562, 1949). `level` is the change at the probe (V) and `slope` its loss per
    factor e in delay (V).
    """
    return level - slope * np.log1p(time / reference_time)


def power_law(
    time: Array, amplitude: float, exponent: float, offset: float, reference_time: float
) -> Array:
    """Return ``offset + amplitude (1 + time / reference_time)**-exponent``."""
    return offset + amplitude * (1 + time / reference_time) ** -exponent


def fatuzzo_labrune(
    time: Array, amplitude: float, time_constant: float, growth: float, offset: float
) -> Array:
    """Return ``offset + amplitude B``, reversal by nucleation and growth of domains.

    ``B = exp(-[k^2 (x^2 - 2 x + 2 - 2 e^-x) + 2 k (x - 1 + e^-x) + x])`` with x = time /
    time_constant (Fatuzzo, Phys. Rev. 127, 1999, 1962; Labrune et al., J. Magn. Magn. Mater. 80,
    211, 1989). `time_constant` is one over the nucleation rate R; `growth` is k, the wall velocity
    over R times the radius of a nucleus. Without growth the decay is exponential.
    """
    x = time / time_constant
    # For small x these are differences of nearly equal numbers; expm1 keeps their digits.
    rest = x + np.expm1(-x)
    reversed_area = growth**2 * (x**2 - 2 * rest) + 2 * growth * rest + x
    return offset + amplitude * np.exp(-reversed_area)


MODELS: dict[str, Callable[..., Array]] = {
    function.__name__: function
    for function in (
        single_exponential,
        stretched_exponential,
        double_exponential,
        logarithmic,
        power_law,
        fatuzzo_labrune,
    )
}
REFERENCED = ("logarithmic", "power_law")
"""Models with a `reference_time`."""
PARAMETERS = {
    "amplitude": "V",
    "time_constant": "s",
    "exponent": "1",
    "growth": "1",
    "slow_amplitude": "V",
    "slow_time_constant": "s",
    "level": "V",
    "slope": "V",
    "offset": "V",
}
"""Units of all fitted parameters."""


@cache
def parameters_of(model: str) -> tuple[str, ...]:
    """Return the fitted parameters of a model in the order of its arguments."""
    return tuple(name for name in inspect.signature(MODELS[model]).parameters if name in PARAMETERS)
