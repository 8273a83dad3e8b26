"""Prior range of the few parameters of a device that affect its decay."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.mechanisms import MECHANISMS, Range
from afterpulse.device import Device

Array = NDArray[np.float64]

COMMON = {
    "interface_coupling": Range("antiferromagnet", "interface_coupling", 0.6, 1.6),
    "antiferromagnet_anisotropy": Range("antiferromagnet", "anisotropy", 0.8, 1.25),
    "unit_diameter": Range("ferromagnet", "unit_diameter", 0.8, 1.25),
}
"""Ranges of the parameters that matter under every combination of mechanisms."""
MECHANISM_OF = {
    parameter: mechanism for mechanism, each in MECHANISMS.items() for parameter in each.prior
}
"""Mechanism without which a parameter does not matter, by parameter."""
PRIOR = COMMON | {name: MECHANISMS[of].prior[name] for name, of in MECHANISM_OF.items()}
DRIFT = (0.01, 1.0)
"""Range of the largest change by resistance drift, over the voltage of the saturated film."""


def parameters_of(mechanisms: Collection[str]) -> list[str]:
    """Return the names of the parameters that matter under a combination of mechanisms."""
    return [name for name in PRIOR if name in COMMON or MECHANISM_OF[name] in mechanisms]


def draws(names: list[str], count: int, seed: int) -> Array:
    """Draw parameters evenly over their prior by a Sobol sequence with Owen's scrambling.

    `names` are keys of `PRIOR`, and `count` is a power of two. The result (count, parameters) runs
    from 0 to 1 from the low to the high end of each range, linear in the logarithm.
    """
    # Takes half a second to import, which jobs that draw nothing should not pay.
    from scipy.stats import qmc

    return np.asarray(qmc.Sobol(len(names), rng=np.random.default_rng(seed)).random(count))


def factors(names: list[str], drawn: Array) -> Array:
    """Convert the numbers of `draws` to factors on the card's values, of the same shape."""
    low = np.log([PRIOR[name].low for name in names])
    high = np.log([PRIOR[name].high for name in names])
    return np.asarray(np.exp(low + drawn * (high - low)))


def card_value(device: Device, name: str) -> float | None:
    """Return the card's value for a key of `PRIOR`; None if the card leaves it open."""
    value: float | None = getattr(getattr(device, PRIOR[name].part), PRIOR[name].field).value
    return value


def varied(device: Device, values: dict[str, float]) -> Device:
    """Return a device with values multiplied by factors.

    A value that the card leaves open is set to the factor.
    """
    for name, factor in values.items():
        section = getattr(device, PRIOR[name].part)
        leaf = getattr(section, PRIOR[name].field)
        value = factor if leaf.value is None else leaf.value * factor
        leaf = leaf.model_copy(update={"value": value})
        section = section.model_copy(update={PRIOR[name].field: leaf})
        device = device.model_copy(update={PRIOR[name].part: section})
    return device
