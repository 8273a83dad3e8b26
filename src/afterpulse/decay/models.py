"""Models of a decay as functions of the delay after the pulse.

Common arguments: `time` since the end of the pulse (s); `amplitude`, which decays, and `offset`,
which stays (V); `time_constant` (s). `reference` is the delay (s) at which amplitudes and the level
are counted: 0, or 1 s for the models that diverge at 0. The fits use the delay of the probe
instead, because a late trace does not determine an amplitude at 0. All models return V.
"""

import inspect
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LARGEST = 1e300
"""Powers beyond it leave nothing of an amplitude."""
LARGEST_EXPONENT = 690.0
"""Exponentials beyond it, of amplitudes far back at the end of the pulse, are limited."""


def exponential(exponent: Array) -> Array:
    """Return the exponential function without overflow."""
    return np.asarray(np.exp(np.minimum(exponent, LARGEST_EXPONENT)))


def no_decay(time: Array, offset: float, reference: float = 0.0) -> Array:
    """Return `offset` at all times."""
    return np.full(np.shape(time), offset, dtype=np.float64)


def single_exponential(
    time: Array, amplitude: float, time_constant: float, offset: float, reference: float = 0.0
) -> Array:
    """Return ``offset + amplitude exp(-time / time_constant)``."""
    return offset + amplitude * exponential((reference - time) / time_constant)


def stretched_exponential(
    time: Array,
    amplitude: float,
    time_constant: float,
    exponent: float,
    offset: float,
    reference: float = 0.0,
) -> Array:
    """Return ``offset + amplitude exp(-(time / time_constant)**exponent)``.

    The law of Kohlrausch (Ann. Phys. 167, 179, 1854), which holds from the end of the pulse on. An
    exponent below 1 describes a distribution of time constants.
    """
    with np.errstate(over="ignore"):
        passed = np.minimum((time / time_constant) ** exponent, LARGEST)
        before = np.minimum((np.float64(reference) / time_constant) ** exponent, LARGEST)
    return offset + amplitude * exponential(before - passed)


def double_exponential(
    time: Array,
    amplitude: float,
    time_constant: float,
    slow_amplitude: float,
    slow_time_constant: float,
    offset: float,
    reference: float = 0.0,
) -> Array:
    """Return the sum of `offset`, a fast and a slow exponential."""
    fast = amplitude * exponential((reference - time) / time_constant)
    return offset + fast + slow_amplitude * exponential((reference - time) / slow_time_constant)


def logarithmic(time: Array, level: float, slope: float, reference: float = 1.0) -> Array:
    """Return ``level - slope ln(time / 1 s)``, magnetic viscosity.

    The change is linear in the logarithm of the delay (Street and Woolley, Proc. Phys. Soc. A 62,
    562, 1949). `level` is the change 1 s after the pulse (V) and `slope` its loss per factor e in
    delay (V).
    """
    return level - slope * np.log(time / reference)


def power_law(
    time: Array, amplitude: float, exponent: float, offset: float, reference: float = 1.0
) -> Array:
    """Return ``offset + amplitude (time / 1 s)**-exponent``."""
    return offset + amplitude * exponential(-exponent * np.log(time / reference))


def fatuzzo_labrune(
    time: Array,
    amplitude: float,
    time_constant: float,
    growth: float,
    offset: float,
    reference: float = 0.0,
) -> Array:
    """Return ``offset + amplitude B``, reversal by nucleation and growth of domains.

    ``B = exp(-[k^2 (x^2 - 2 x + 2 - 2 e^-x) + 2 k (x - 1 + e^-x) + x])`` with x = time /
    time_constant (Fatuzzo, Phys. Rev. 127, 1999, 1962; Labrune et al., J. Magn. Magn. Mater. 80,
    211, 1989). `time_constant` is one over the nucleation rate R; `growth` is k, the wall velocity
    over R times the radius of a nucleus. Without growth the decay is exponential.
    """
    before = reversed_area(np.float64(reference / time_constant), growth)
    return offset + amplitude * exponential(before - reversed_area(time / time_constant, growth))


def reversed_area(x: Array | np.float64, growth: float) -> Array:
    """Return minus the logarithm of B, see `fatuzzo_labrune`."""
    # For small x these are differences of nearly equal numbers; expm1 keeps their digits.
    rest = x + np.expm1(-x)
    return np.asarray(growth**2 * (x**2 - 2 * rest) + 2 * growth * rest + x)


MODELS: dict[str, Callable[..., Array]] = {
    function.__name__: function
    for function in (
        no_decay,
        single_exponential,
        stretched_exponential,
        double_exponential,
        logarithmic,
        power_law,
        fatuzzo_labrune,
    )
}
REFERRED = ("amplitude", "slow_amplitude", "level")
"""Parameters that belong to the delay `reference`."""
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
    "drift": "V s-1",
}
"""Units of all fitted parameters; the drift is added to any model."""


@cache
def parameters_of(model: str) -> tuple[str, ...]:
    """Return the fitted parameters of a model in the order of its arguments, without the drift."""
    return tuple(name for name in inspect.signature(MODELS[model]).parameters if name in PARAMETERS)


@cache
def default_reference(model: str) -> float:
    """Return the delay to which amplitude and level of a model belong (s)."""
    return float(inspect.signature(MODELS[model]).parameters["reference"].default)
