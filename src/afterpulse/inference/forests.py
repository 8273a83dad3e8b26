"""Probabilities of mechanisms by random forests that were grown on simulated traces.

The likelihood of a trace is not known in closed form, and a smooth function fitted to simulated
ones leaves more out for one mechanism than for another, which then seems less likely. So the
probability is learned from the traces themselves: approximate Bayesian computation with random
forests (Pudlo et al., Bioinformatics 32, 859, 2016; for parameters Raynal et al., Bioinformatics
35, 1720, 2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from afterpulse.datasets import label
from afterpulse.device import Device
from afterpulse.inference.bank import Bank
from afterpulse.inference.features import LEAST, features
from afterpulse.inference.prior import PRIOR
from afterpulse.inference.training import MECHANISMS, Training, training

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

Array = NDArray[np.float64]

TREES = 500
LEAF = 32
"""Traces that a leaf holds at least: with eight copies a draw, those of four devices or more."""
SURE = 0.95
"""Probability from which on a verdict is given."""
STRANGE = 0.01
"""Share of simulated devices that stand as far from all others, below which none explains it."""
QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)
BITS = 2 ** np.arange(len(MECHANISMS))[::-1]


class Forests(NamedTuple):
    """What was learned from the simulated devices.

    Attributes
    ----------
    training : Training
        Their traces.
    seen : ndarray, shape (traces, n)
        See `features`.
    rise : ndarray, shape (pulses, delays)
        Temperature above that before the pulse (K).
    saturated : float
        Hall voltage of the saturated film (V).
    mechanisms : RandomForestClassifier
        Features to the combination.
    parameters : dict of RandomForestRegressor
        Features to the logarithm of each parameter that a bank has, by its name.
    """

    training: Training
    seen: Array
    rise: Array
    saturated: float
    mechanisms: RandomForestClassifier
    parameters: dict[str, RandomForestRegressor]


def grow(banks: list[Bank], device: Device, replicates: int, noise: float) -> Forests:
    """Learn from simulated devices.

    Parameters
    ----------
    banks : list of Bank
        One a combination, for the same pulses and delays. All are equally likely before, with and
        without drift.
    device : Device
        The card; its Hall bar tells the voltage of the saturated film.
    replicates : int
        Over which observed traces are the mean. Where a bank has fewer, the scatter is taken to be
        that of its own.
    noise : float
        Standard deviation of one repeat's change by read noise (V).

    Returns
    -------
    Forests
        For `infer`.
    """
    # Takes half a second to import, which jobs that infer nothing should not pay.
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    grown = measured_alike(banks, device, replicates, noise)
    seen = features(grown.change, banks[0].rise)
    of_mechanisms = RandomForestClassifier(TREES, min_samples_leaf=LEAF, random_state=0)
    of_mechanisms.fit(seen, grown.acting @ BITS)
    of_parameters = {}
    for name, value in zip(PRIOR, np.log(grown.parameter.T), strict=True):
        held = np.isfinite(value)
        if not held.any():
            continue
        forest = RandomForestRegressor(
            TREES // 5, min_samples_leaf=LEAF, max_features="sqrt", random_state=0
        )
        of_parameters[name] = forest.fit(seen[held], value[held])
    return Forests(
        grown, seen, banks[0].rise, saturated_voltage(device), of_mechanisms, of_parameters
    )


def saturated_voltage(device: Device) -> float:
    """Hall voltage of the saturated film (V)."""
    bar = device.hall_bar
    return float(bar.read_current.value * bar.anomalous_hall_resistance.value)


def measured_alike(banks: list[Bank], device: Device, replicates: int, noise: float) -> Training:
    """Traces of the simulated devices, measured as the observed one was; arguments as of `grow`."""
    taken = min(replicates, *(bank.change.shape[1] for bank in banks))
    # The forests' own randomness is no property of the device: it has one seed.
    random = np.random.default_rng(0)
    return training(banks, saturated_voltage(device), noise, taken, random)


def infer(forests: Forests, change: Array) -> xr.Dataset:
    """Probability of each combination of mechanisms, given the traces of a device.

    Parameters
    ----------
    forests : Forests
        From `grow`.
    change : ndarray, shape (pulses, delays)
        Mean change of the Hall voltage (V).

    Returns
    -------
    Dataset
        ``probability`` over ``mechanism_set``, ``mechanism_probability`` over ``mechanism``,
        ``verdict``: a combination, or "cannot tell", or "none explains the traces";
        ``mechanism_verdict``: on, off or cannot tell; ``parameter_quantile`` over parameter and
        quantile; ``as_strange``, the share of simulated devices whose traces are as far from those
        of all others.
    """
    observed = change[None] / forests.saturated
    at = features(observed, forests.rise)
    states = np.array([[bool(number & bit) for bit in BITS] for number in range(2 ** len(BITS))])
    probability = np.zeros(len(states))
    probability[forests.mechanisms.classes_] = forests.mechanisms.predict_proba(at)[0]
    acts = probability @ states
    best = int(np.argmax(probability))
    labels = [named(state) for state in states]
    share = as_strange(forests.training, observed)
    explained = share >= STRANGE
    verdict = labels[best] if probability[best] >= SURE else "cannot tell"
    return label(
        xr.Dataset(
            {
                "probability": ("mechanism_set", probability),
                "mechanism_probability": ("mechanism", acts),
                "verdict": ((), verdict if explained else "none explains the traces"),
                "mechanism_verdict": (
                    "mechanism",
                    np.array([said(one) if explained else "cannot tell" for one in acts], object),
                ),
                "parameter_quantile": (("parameter", "quantile"), quantiles(forests, at)),
                "as_strange": ((), share),
            },
            coords={
                "mechanism_set": labels,
                "mechanism": list(MECHANISMS),
                "parameter": list(PRIOR),
                "quantile": list(QUANTILES),
            },
        )
    )


def named(state: NDArray[np.bool_]) -> str:
    """Name of a combination of mechanisms."""
    chosen = [name for name, on in zip(MECHANISMS, state, strict=True) if on]
    return "+".join(chosen) or "none"


def said(probability: float) -> str:
    """Verdict on one mechanism."""
    return "on" if probability >= SURE else "off" if probability <= 1 - SURE else "cannot tell"


def as_strange(grown: Training, observed: Array) -> float:
    """Share of simulated devices that are as far from all others as an observed one.

    Parameters
    ----------
    grown : Training
        Simulated devices.
    observed : ndarray, shape (1, pulses, delays)
        Mean change over the voltage of the saturated film.

    Returns
    -------
    float
        0 where the observed one stands further off than any simulated one. Distances are those of
        changes on a scale that is linear for small ones and logarithmic for large ones.
    """
    places = np.arcsinh(grown.change / LEAST).reshape(len(grown.change), -1)
    copies = int((grown.draw == grown.draw[0]).sum())
    tree = cKDTree(places)
    distance, neighbour = tree.query(places, copies + 1)
    # The nearest one of another draw; a draw has as many copies as are looked at, and itself.
    other = grown.draw[neighbour] != grown.draw[:, None]
    own = distance[np.arange(len(places)), np.argmax(other, axis=1)]
    there = tree.query(np.arcsinh(observed / LEAST).reshape(1, -1))[0][0]
    return float((own >= there).mean())


def quantiles(forests: Forests, at: Array) -> Array:
    """Quantiles of each parameter of the prior, shape (parameters, quantiles).

    Each tree weighs the traces in the leaf of the observed one (Meinshausen, Journal of Machine
    Learning Research 7, 983, 2006).
    """
    found = np.full((len(PRIOR), len(QUANTILES)), np.nan)
    for row, name in enumerate(PRIOR):
        if name not in forests.parameters:
            continue
        forest, value = forests.parameters[name], np.log(forests.training.parameter[:, row])
        held = np.isfinite(value)
        together = forest.apply(forests.seen[held]) == forest.apply(at)
        weight = (together / together.sum(axis=0)).mean(axis=1)
        order = np.argsort(value[held])
        total = np.cumsum(weight[order])
        found[row] = np.exp(np.interp(QUANTILES, total, value[held][order]))
    return found
