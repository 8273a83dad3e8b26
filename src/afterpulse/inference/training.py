"""Training traces: simulated devices, measured like the observed device."""

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.mechanisms import ADDED, SIMULATED
from afterpulse.inference.bank import Bank
from afterpulse.inference.prior import DRIFT, PRIOR, factors, parameters_of

Array = NDArray[np.float64]

COPIES = 8
"""Number of traces of each draw; each mechanism of `ADDED` acts in half of them."""
MECHANISMS = (*SIMULATED, *ADDED)
"""Inferred mechanisms."""


class Training(NamedTuple):
    """Traces of simulated devices as if measured, with their mechanisms and parameters."""

    change: Array  # mean over repeats, over the saturated voltage (traces, pulses, delays)
    acting: NDArray[np.bool_]  # which of `MECHANISMS` act (traces, mechanisms)
    # Factors on the card's values by the keys of `PRIOR` (traces, parameters); NaN if irrelevant.
    parameter: Array
    draw: NDArray[np.int64]  # index of the simulated device (traces,)


def training(
    banks: list[Bank], saturated: float, noise: float, replicates: int, random: np.random.Generator
) -> Training:
    """Measure each simulated device `COPIES` times.

    Banks are for the same pulses and delays. `saturated` is the Hall voltage of the saturated film
    (V), `noise` the standard deviation of the change of a single repeat by read noise (V), and
    `replicates` the number of repeats in a mean, at most those of a bank. `random` selects repeats,
    drift and noise.
    """
    changes, acting, parameters = [], [], []
    draws: list[int] = []
    for bank in banks:
        names = parameters_of(bank.mechanisms)
        values = np.full((len(bank.drawn), len(PRIOR)), np.nan)
        values[:, [list(PRIOR).index(name) for name in names]] = factors(names, bank.drawn)
        for value, repeats in zip(values, bank.change, strict=True):
            draw = 0 if not draws else draws[-1] + 1
            for copy in range(COPIES):
                added = [bool(copy >> bit & 1) for bit in range(len(ADDED))]
                chosen = random.permutation(len(repeats))[:replicates]
                mean = repeats[chosen].mean(axis=0) / saturated
                for name in itertools.compress(ADDED, added):
                    mean = mean + ADDITIONS[name](bank, random)
                spread = noise / saturated / np.sqrt(replicates)
                changes.append(mean + spread * random.standard_normal(mean.shape))
                acting.append([name in bank.mechanisms for name in SIMULATED] + added)
                parameters.append(value)
                draws.append(draw)
    return Training(np.array(changes), np.array(acting), np.array(parameters), np.array(draws))


def drift(bank: Bank, random: np.random.Generator) -> Array:
    """Draw a resistance drift, a change proportional to the temperature rise.

    Over the voltage of the saturated film, shape (pulses, delays).
    """
    low, high = np.log(DRIFT)
    largest = float(random.choice([-1, 1]) * np.exp(random.uniform(low, high)))
    return np.asarray(largest * bank.rise / bank.rise.max())


ADDITIONS = {"resistance_drift": drift}
"""Functions that draw the change by each mechanism of `ADDED` from its prior."""
