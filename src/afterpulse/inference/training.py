"""Traces as they would be measured on simulated devices, with the mechanisms that made them."""

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.mechanisms import ADDED, SIMULATED
from afterpulse.inference.bank import Bank
from afterpulse.inference.prior import DRIFT, PRIOR, factors, parameters_of

Array = NDArray[np.float64]

COPIES = 8
"""Of each draw; each mechanism that is added acts in half of them."""
MECHANISMS = (*SIMULATED, *ADDED)
"""Inferred mechanisms."""


class Training(NamedTuple):
    """Traces and where they come from.

    Attributes
    ----------
    change : ndarray, shape (traces, pulses, delays)
        Mean over repeats, over the voltage of the saturated film.
    acting : ndarray of bool, shape (traces, mechanisms)
        Which of `MECHANISMS` act.
    parameter : ndarray, shape (traces, parameters)
        Factors on the card's values by the keys of `PRIOR`; NaN where one plays no part.
    draw : ndarray of int, shape (traces,)
        Number of the simulated device.
    """

    change: Array
    acting: NDArray[np.bool_]
    parameter: Array
    draw: NDArray[np.int64]


def training(
    banks: list[Bank], saturated: float, noise: float, replicates: int, random: np.random.Generator
) -> Training:
    """Measure the devices of some banks again and again.

    Parameters
    ----------
    banks : list of Bank
        One a combination, for the same pulses and delays.
    saturated : float
        Hall voltage of the saturated film (V).
    noise : float
        Standard deviation of one repeat's change by read noise (V).
    replicates : int
        Repeats over which the mean is taken, no more than a bank has: then it has all of its own.
    random : numpy.random.Generator
        Chooses repeats, drift and noise.

    Returns
    -------
    Training
        `COPIES` of each draw.
    """
    changes, acting, parameters = [], [], []
    draws: list[int] = []
    for bank in banks:
        names = parameters_of(bank.mechanisms)
        values = np.full((len(bank.drawn), len(PRIOR)), np.nan)
        values[:, [list(PRIOR).index(name) for name in names]] = factors(names, bank.drawn)
        for number, repeats in enumerate(bank.change):
            place = 0 if not draws else draws[-1] + 1
            for copy in range(COPIES):
                adding = [bool(copy >> bit & 1) for bit in range(len(ADDED))]
                chosen = random.permutation(len(repeats))[:replicates]
                mean = repeats[chosen].mean(axis=0) / saturated
                for name in itertools.compress(ADDED, adding):
                    mean = mean + ADDITIONS[name](bank, random)
                spread = noise / saturated / np.sqrt(replicates)
                changes.append(mean + spread * random.standard_normal(mean.shape))
                acting.append([name in bank.mechanisms for name in SIMULATED] + adding)
                parameters.append(values[number])
                draws.append(place)
    return Training(np.array(changes), np.array(acting), np.array(parameters), np.array(draws))


def drift(bank: Bank, random: np.random.Generator) -> Array:
    """Draw a drift of the resistance: a change that follows the temperature.

    Returns
    -------
    ndarray, shape (pulses, delays)
        Over the voltage of the saturated film.
    """
    low, high = np.log(DRIFT)
    largest = float(random.choice([-1, 1]) * np.exp(random.uniform(low, high)))
    return np.asarray(largest * bank.rise / bank.rise.max())


ADDITIONS = {"resistance_drift": drift}
"""Changes that the mechanisms of `ADDED` make, drawn over their prior."""
