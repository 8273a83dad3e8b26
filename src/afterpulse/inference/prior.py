"""Prior range of the few parameters of a device that its decay depends on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.device import Device

Array = NDArray[np.float64]


class Range(NamedTuple):
    """Range of a parameter, all values of its logarithm equally likely.

    Attributes
    ----------
    part, field : str
        Where it stands on the device card.
    low, high : float
        Over the value of the card, or in SI units where the card has none.
    """

    part: str
    field: str
    low: float
    high: float


PRIOR = {
    "interface_coupling": Range("antiferromagnet", "interface_coupling", 0.6, 1.6),
    "antiferromagnet_anisotropy": Range("antiferromagnet", "anisotropy", 0.8, 1.25),
    "unit_diameter": Range("ferromagnet", "unit_diameter", 0.8, 1.25),
    # A spin current that shows must be far larger than the spin Nernst effect gives.
    "thermal_conversion": Range("thermal_spin_torque", "conversion", 10.0, 3000.0),
    "thermal_persistence": Range("thermal_spin_torque", "persistence", 0.1, 30.0),
}
DRIFT = (0.01, 1.0)
"""Range of the largest change that a drift of the resistance makes, over the voltage of the
saturated film."""


def parameters_of(thermal_spin_torque: bool) -> list[str]:
    """Names of the parameters that a combination of mechanisms depends on."""
    return [name for name in PRIOR if thermal_spin_torque or not name.startswith("thermal")]


def draws(names: list[str], count: int, seed: int) -> Array:
    """Draw parameters evenly over their prior.

    Parameters
    ----------
    names : list of str
        Keys of `PRIOR`.
    count : int
        A power of two.
    seed : int
        Of Owen's scrambling of Sobol's sequence.

    Returns
    -------
    ndarray, shape (count, parameters)
        0 to 1 from the low to the high end of each range, in its logarithm.
    """
    # Takes half a second to import, which jobs that draw nothing should not pay.
    from scipy.stats import qmc

    return np.asarray(qmc.Sobol(len(names), rng=np.random.default_rng(seed)).random(count))


def factors(names: list[str], drawn: Array) -> Array:
    """Factors on the card's values of what `draws` gave, of the same shape."""
    low = np.log([PRIOR[name].low for name in names])
    high = np.log([PRIOR[name].high for name in names])
    return np.asarray(np.exp(low + drawn * (high - low)))


def card_value(device: Device, name: str) -> float | None:
    """Value that the card has for a key of `PRIOR`; None for a time that it leaves open."""
    value: float | None = getattr(getattr(device, PRIOR[name].part), PRIOR[name].field).value
    return value


def varied(device: Device, values: dict[str, float]) -> Device:
    """Multiply values of a card.

    Parameters
    ----------
    device : Device
        The card.
    values : dict
        Factors by the names of `PRIOR`; where the card has no value, the value itself.

    Returns
    -------
    Device
        A new card.
    """
    for name, factor in values.items():
        part = getattr(device, PRIOR[name].part)
        leaf = getattr(part, PRIOR[name].field)
        value = factor if leaf.value is None else leaf.value * factor
        leaf = leaf.model_copy(update={"value": value})
        part = part.model_copy(update={PRIOR[name].field: leaf})
        device = device.model_copy(update={PRIOR[name].part: part})
    return device
