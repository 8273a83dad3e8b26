"""Networks of devices and of other neurons, trained alike on the same tasks."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.memory_cell import Network
from afterpulse.neuron import cell as cells
from afterpulse.neuron import layers
from afterpulse.neuron import network as networks
from afterpulse.neuron import surrogate as surrogates
from afterpulse.neuron.cell import Spread
from afterpulse.neuron.compact import Array, Cell
from afterpulse.neuron.layers import Layer
from afterpulse.neuron.tasks import Task

BATCH, RATE = 64, 5e-3
FILM_TESTED = 1000
"""Sequences that are tested on the memory-cell model, which is slow."""
Report = Callable[[str], None]
Kind = Callable[[int, int], dict[str, Layer]]
"""Kind of neurons: takes their number and the seed of the network, returns layers by name. The
network is trained with the first layer and tested with each."""


def devices(
    cell: Cell, spread: Spread, network: Network, wait: float, length: int, key: Array
) -> tuple[Kind, float, float]:
    """Return devices; each network has its own, for which it is trained.

    `wait` is that after each pulse (s), `length` the steps of a sequence, `key` that of the
    surrogate. The devices are trained and tested as ``surrogate``, and tested as ``device`` (the
    memory cells of the network) and ``other_device`` (those of another network). Also returns the
    root mean square error of the surrogate and the noise of a reading (m_z).
    """
    surrogate_key, noise_key = jax.random.split(key)
    cell = cells.in_jax(cell)
    spread = Spread(*map(jnp.asarray, spread))
    pulse = network.pulse_width, wait
    surrogate, error = surrogates.distil(cell, spread, *pulse, length, surrogate_key)
    noise = surrogates.noise(cell, *pulse, length, noise_key)
    limits = layers.Limits(network.levels, network.largest_amplitude, noise)

    def kind(size: int, seed: int) -> dict[str, Layer]:
        keys = jax.random.split(jax.random.fold_in(key, seed))
        own, other = (cells.draw_deviates(size, each) for each in keys)
        return {"surrogate": layers.device_layer(surrogate, own, limits)} | {
            name: layers.film_layer(cells.deviating(cell, spread, deviates), *pulse, limits)
            for name, deviates in (("device", own), ("other_device", other))
        }

    return kind, error, noise


def leaky(network: Network, wait: float) -> Kind:
    """Return ideal leaky neurons of the card's time constant."""
    layer = layers.leaky_layer(math.exp(-wait / network.leak))
    return lambda size, seed: {"leaky": layer}


def timeless() -> list[Kind]:
    """Return neurons without a time scale: without memory, and LSTM."""
    none, lstm = layers.memoryless_layer(), layers.lstm_layer()
    return [lambda size, seed: {"memoryless": none}, lambda size, seed: {"lstm": lstm}]


def unconnected(kind: Kind) -> Kind:
    """Return the neurons without connections between them, so that memory is theirs alone."""
    return lambda size, seed: {
        name: layer._replace(recurrent=False) for name, layer in kind(size, seed).items()
    }


def compare(
    task: Task, kinds: list[Kind], size: int, epochs: int, seeds: list[int], report: Report
) -> xr.Dataset:
    """Train and test a network of `size` neurons of each kind for each seed.

    Seeds determine first weights, batches, noise and devices; `report` takes a line for each
    network. The dataset has ``accuracy`` (tested, network_seed) and ``weights`` (tested,).
    """
    training = networks.Training(epochs, BATCH, RATE, task.shift)
    accuracies: dict[str, list[float]] = {}
    weights: dict[str, int] = {}
    for kind in kinds:
        for seed in seeds:
            tested = kind(size, seed)
            trained = next(iter(tested.values()))
            training_key, test_key = jax.random.split(jax.random.key(seed))
            learned, losses = networks.train(
                trained, task.learned, task.learned_class, size, training, training_key
            )
            for name, layer in tested.items():
                most = FILM_TESTED if name.endswith("device") else len(task.tested)
                accuracy = networks.accuracy(
                    layer, learned, task.tested[:most], task.tested_class[:most], test_key
                )
                accuracies.setdefault(name, []).append(accuracy)
                weights[name] = networks.count(layer, learned)
                report(f"{name}, seed {seed}: loss {losses[-1]:.3f}, right {100 * accuracy:.1f} %")
    return xr.Dataset(
        {
            "accuracy": (("tested", "network_seed"), np.array(list(accuracies.values()))),
            "weights": ("tested", list(weights.values())),
        },
        coords={"tested": list(accuracies), "network_seed": seeds},
    )


def accuracy_table(parts: list[xr.Dataset]) -> pd.DataFrame:
    """Return the accuracies over all seeds, a row for each task, wait and tested layer.

    `parts` are the datasets of `afterpulse.neuron.rules.network`.
    """
    frames = [
        part[["accuracy", "weights", "neurons", "wait"]]
        .to_dataframe(dim_order=["task", "tested", "network_seed"])
        .reset_index()
        for part in parts
    ]
    columns = ["task", "wait", "neurons", "tested", "weights"]
    groups = pd.concat(frames).groupby(columns, sort=False, dropna=False)["accuracy"]
    # The means of groupby differ from those of NumPy in the last bit.
    summary: dict[str, Callable[[NDArray[np.float64]], float]] = {
        "seeds": np.size,
        "accuracy": np.mean,
        "standard_deviation": lambda x: x.std(ddof=1) if x.size > 1 else np.nan,
        "worst": np.min,
        "best": np.max,
    }
    return pd.DataFrame(
        [
            dict(zip(columns, key, strict=True))
            | {name: function(group.to_numpy()) for name, function in summary.items()}
            for key, group in groups
        ]
    ).rename(columns={"wait": "wait_s"})
