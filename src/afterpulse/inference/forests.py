"""Random forests that infer mechanisms and parameters from simulated traces.

The likelihood of a trace is not known in closed form, so probabilities are learned from simulated
traces by approximate Bayesian computation with random forests (Pudlo et al., Bioinformatics 32,
859, 2016; for parameters Raynal et al., Bioinformatics 35, 1720, 2019). A smooth function fitted
to the traces would fit some mechanisms worse than others and so understate their probability.
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
"""Fewest traces in a leaf; with eight traces per draw, those of four devices or more."""
SURE = 0.95
"""Lowest probability at which a verdict is given."""
OUTLIER = 0.01
"""Fraction of simulated devices at least as isolated, below which a trace is an outlier."""
QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)
BITS = 2 ** np.arange(len(MECHANISMS))[::-1]


class Forests(NamedTuple):
    """Forests, and the simulated devices they were trained on."""

    training: Training
    features: Array  # of the training traces (traces, n)
    rise: Array  # temperature minus that before the pulse (pulses, delays), in K
    saturated: float  # Hall voltage of the saturated film (V)
    mechanisms: RandomForestClassifier  # features to the combination
    parameters: dict[str, RandomForestRegressor]  # features to the logarithm of each parameter


def grow(banks: list[Bank], device: Device, replicates: int, noise: float) -> Forests:
    """Train forests on simulated devices.

    Parameters
    ----------
    banks : list of Bank
        One per combination, for the same pulses and delays. All have equal prior probability, with
        and without drift.
    device : Device
        The card; its Hall bar gives the voltage of the saturated film.
    replicates : int
        Number of repeats in the observed mean; reduced to the number in the banks.
    noise : float
        Standard deviation of the change of a single repeat by read noise (V).
    """
    # Takes half a second to import, which jobs without inference should not pay.
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    trained = training_like(banks, device, replicates, noise)
    inputs = features(trained.change, banks[0].rise)
    mechanisms = RandomForestClassifier(TREES, min_samples_leaf=LEAF, random_state=0)
    mechanisms.fit(inputs, trained.acting @ BITS)
    parameters = {}
    for name, value in zip(PRIOR, np.log(trained.parameter.T), strict=True):
        known = np.isfinite(value)
        if not known.any():
            continue
        forest = RandomForestRegressor(
            TREES // 5, min_samples_leaf=LEAF, max_features="sqrt", random_state=0
        )
        parameters[name] = forest.fit(inputs[known], value[known])
    return Forests(
        trained, inputs, banks[0].rise, saturated_voltage(device), mechanisms, parameters
    )


def saturated_voltage(device: Device) -> float:
    """Return the Hall voltage of the saturated film at the ambient temperature (V)."""
    resistance = device.anomalous_hall_resistance(device.ambient_temperature)
    return float(device.hall_bar.read_current.value * resistance)


def training_like(banks: list[Bank], device: Device, replicates: int, noise: float) -> Training:
    """Return training traces measured like the observation; arguments as for `grow`."""
    averaged = min(replicates, *(bank.change.shape[1] for bank in banks))
    # The randomness of the forests is no property of the device, so the seed is fixed.
    random = np.random.default_rng(0)
    return training(banks, saturated_voltage(device), noise, averaged, random)


def infer(forests: Forests, change: Array) -> xr.Dataset:
    """Infer mechanisms and parameters from the traces of a device.

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
        ``verdict`` (a combination, "cannot tell" or "none explains the traces"),
        ``mechanism_verdict`` (on, off or cannot tell), ``parameter_quantile`` over parameter and
        quantile, ``as_strange`` (see `isolated_fraction`).
    """
    observed = change[None] / forests.saturated
    inputs = features(observed, forests.rise)
    states = np.array([[bool(code & bit) for bit in BITS] for code in range(2 ** len(BITS))])
    probability = np.zeros(len(states))
    probability[forests.mechanisms.classes_] = forests.mechanisms.predict_proba(inputs)[0]
    acts = probability @ states
    best = int(np.argmax(probability))
    labels = [combination_name(state) for state in states]
    isolated = isolated_fraction(forests.training, observed)
    if isolated < OUTLIER:
        overall, verdicts = "none explains the traces", ["cannot tell"] * len(acts)
    else:
        overall = labels[best] if probability[best] >= SURE else "cannot tell"
        verdicts = [verdict(each) for each in acts]
    return label(
        xr.Dataset(
            {
                "probability": ("mechanism_set", probability),
                "mechanism_probability": ("mechanism", acts),
                "verdict": ((), overall),
                "mechanism_verdict": ("mechanism", np.array(verdicts, object)),
                "parameter_quantile": (("parameter", "quantile"), quantiles(forests, inputs)),
                "as_strange": ((), isolated),
            },
            coords={
                "mechanism_set": labels,
                "mechanism": list(MECHANISMS),
                "parameter": list(PRIOR),
                "quantile": list(QUANTILES),
            },
        )
    )


def combination_name(state: NDArray[np.bool_]) -> str:
    """Return the name of a combination of mechanisms."""
    acting = [name for name, acts in zip(MECHANISMS, state, strict=True) if acts]
    return "+".join(acting) or "none"


def verdict(probability: float) -> str:
    """Return the verdict on a mechanism."""
    if probability >= SURE:
        return "on"
    return "off" if probability <= 1 - SURE else "cannot tell"


def isolated_fraction(trained: Training, observed: Array) -> float:
    """Return the fraction of simulated devices at least as far from all others as the observed.

    Distances are those of changes on a scale that is linear for small changes and logarithmic for
    large ones. `observed` is over the voltage of the saturated film, shape (1, pulses, delays).
    """
    points = np.arcsinh(trained.change / LEAST).reshape(len(trained.change), -1)
    copies = int((trained.draw == trained.draw[0]).sum())
    tree = cKDTree(points)
    # Of copies + 1 neighbours, at least one is a trace of another draw.
    distance, neighbour = tree.query(points, copies + 1)
    other = trained.draw[neighbour] != trained.draw[:, None]
    simulated = distance[np.arange(len(points)), np.argmax(other, axis=1)]
    measured = tree.query(np.arcsinh(observed / LEAST).reshape(1, -1))[0][0]
    return float((simulated >= measured).mean())


def quantiles(forests: Forests, inputs: Array) -> Array:
    """Return quantiles of each parameter of the prior, shape (parameters, quantiles).

    Each tree weights the traces in the leaf of the observation (Meinshausen, J. Mach. Learn. Res.
    7, 983, 2006). Parameters without a forest get NaN.
    """
    result = np.full((len(PRIOR), len(QUANTILES)), np.nan)
    for row, name in enumerate(PRIOR):
        if name not in forests.parameters:
            continue
        forest, value = forests.parameters[name], np.log(forests.training.parameter[:, row])
        known = np.isfinite(value)
        together = forest.apply(forests.features[known]) == forest.apply(inputs)
        weight = (together / together.sum(axis=0)).mean(axis=1)
        order = np.argsort(value[known])
        total = np.cumsum(weight[order])
        result[row] = np.exp(np.interp(QUANTILES, total, value[known][order]))
    return result
