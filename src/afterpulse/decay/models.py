"""Models of a decay as bare functions of the time since the probe."""

import inspect
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def single_exponential(time: Array, amplitude: float, time_constant: float, offset: float) -> Array:
    """One exponential above a part that stays.

    Parameters
    ----------
    time : ndarray
        Time since the probe, in s.
    amplitude, offset : float
        Part that decays and part that stays, in V.
    time_constant : float
        Time constant, in s.

    Returns
    -------
    ndarray
        ``offset + amplitude exp(-time / time_constant)``, in V.
    """
    return offset + amplitude * np.exp(-time / time_constant)


def stretched_exponential(
    time: Array, amplitude: float, time_constant: float, exponent: float, offset: float
) -> Array:
    """Kohlrausch's stretched exponential above a part that stays.

    Parameters
    ----------
    time : ndarray
        Time since the probe, in s.
    amplitude, offset : float
        Part that decays and part that stays, in V.
    time_constant : float
        Time constant, in s.
    exponent : float
        Below 1 for a spread of time constants.

    Returns
    -------
    ndarray
        ``offset + amplitude exp(-(time / time_constant)**exponent)``, in V.
    """
    # A power too large for a number is one of which nothing is left.
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
    """Two exponentials above a part that stays.

    Parameters
    ----------
    time : ndarray
        Time since the probe, in s.
    amplitude, slow_amplitude, offset : float
        Parts that decay fast and slowly, and the part that stays, in V.
    time_constant, slow_time_constant : float
        Time constants, in s.

    Returns
    -------
    ndarray
        Sum of `offset` and the two exponentials, in V.
    """
    fast = amplitude * np.exp(-time / time_constant)
    return offset + fast + slow_amplitude * np.exp(-time / slow_time_constant)


def logarithmic(time: Array, level: float, slope: float, reference_time: float) -> Array:
    """Magnetic viscosity, a change linear in the logarithm of the time since the pulse.

    Street and Woolley, Proc. Phys. Soc. A 62, 562 (1949). With the probe delay as the reference
    time the argument of the logarithm is the delay over the probe delay.

    Parameters
    ----------
    time : ndarray
        Time since the probe, in s.
    level, slope : float
        Change at the probe and its loss a factor e in time, in V.
    reference_time : float
        Delay of the probe, in s.

    Returns
    -------
    ndarray
        ``level - slope ln(1 + time / reference_time)``, in V.
    """
    return level - slope * np.log1p(time / reference_time)


def power_law(
    time: Array, amplitude: float, exponent: float, offset: float, reference_time: float
) -> Array:
    """Power of the time since the pulse above a part that stays.

    Parameters
    ----------
    time : ndarray
        Time since the probe, in s.
    amplitude, offset : float
        Part that decays and part that stays, in V.
    exponent : float
        Towards 0 the decay becomes logarithmic.
    reference_time : float
        Delay of the probe, in s.

    Returns
    -------
    ndarray
        ``offset + amplitude (1 + time / reference_time)**-exponent``, in V.
    """
    return offset + amplitude * (1 + time / reference_time) ** -exponent


def fatuzzo_labrune(
    time: Array, amplitude: float, time_constant: float, growth: float, offset: float
) -> Array:
    """Reversal by nuclei that appear at a rate and grow by walls, above a part that stays.

    Fatuzzo, Phys. Rev. 127, 1999 (1962); Labrune et al., J. Magn. Magn. Mater. 80, 211 (1989).

    Parameters
    ----------
    time : ndarray
        Time since the probe, in s.
    amplitude, offset : float
        Part that reverses and part that stays, in V.
    time_constant : float
        One over the nucleation rate R, in s.
    growth : float
        k, wall velocity over R times the radius of a nucleus. Without growth the decay is
        exponential; a large k makes it slow at first.

    Returns
    -------
    ndarray
        ``offset + amplitude B``, in V, with x = R time and
        ``B = exp(-[k^2 (x^2 - 2 x + 2 - 2 e^-x) + 2 k (x - 1 + e^-x) + x])``.
    """
    x = time / time_constant
    # Differences of nearly equal numbers where x is small; expm1 keeps their digits.
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
"""Models that count their time in probe delays."""
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


@cache
def parameters_of(model: str) -> tuple[str, ...]:
    """Names of what a model has to fit, in the order of its arguments."""
    return tuple(name for name in inspect.signature(MODELS[model]).parameters if name in PARAMETERS)
