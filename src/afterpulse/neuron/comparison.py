"""Networks of devices beside networks of other neurons, on the same tasks and trained alike."""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.experiment import Network
from afterpulse.neuron import cell as cells
from afterpulse.neuron import network as networks
from afterpulse.neuron import surrogate as surrogates
from afterpulse.neuron.cell import Spread
from afterpulse.neuron.compact import Array, Cell
from afterpulse.neuron.layers import (
    Layer,
    Limits,
    device_layer,
    film_layer,
    leaky_layer,
    lstm_layer,
    memoryless_layer,
)
from afterpulse.neuron.tasks import Task

BATCH, RATE = 64, 5e-3
# Sequences that are tested on the compact cell, which is slow.
FILM_TESTED = 1000
Report = Callable[[str], None]


class Neurons(NamedTuple):
    """Neurons of one network.

    Attributes
    ----------
    trained : Layer
        What the network is trained with.
    tested : dict of str to Layer
        What it is tested with, by the name in the table.
    """

    trained: Layer
    tested: dict[str, Layer]


Kind = Callable[[int, int], Neurons]
"""Neurons of a kind: takes their number and the seed of the network."""


def devices(
    cell: Cell, spread: Spread, asked: Network, wait: float, length: int, key: Array
) -> tuple[Kind, float, float]:
    """Devices, each network with its own, for which it is trained.

    Parameters
    ----------
    cell, spread : Cell, Spread
        The device and how others differ from it.
    asked : Network
        Pulses and their limits.
    wait : float
        After each pulse (s).
    length : int
        Steps of a sequence.
    key : jax.Array
        Of the surrogate.

    Returns
    -------
    kind : Kind
        Tested as ``surrogate``, which it is trained with, as ``device``, its devices by the compact
        cell, and as ``other_device``, on devices of another network.
    error : float
        Of the surrogate, root mean square of m_z (1).
    noise : float
        Of a reading, root mean square of m_z (1).
    """
    of_surrogate, of_noise = jax.random.split(key)
    cell = cells.in_jax(cell)
    spread = Spread(*map(jnp.asarray, spread))
    pulse = asked.pulse_width, wait
    surrogate, error = surrogates.distil(cell, spread, *pulse, length, of_surrogate)
    noise = surrogates.noise(cell, *pulse, length, of_noise)
    limits = Limits(asked.levels, asked.largest_amplitude, noise)

    def kind(size: int, seed: int) -> Neurons:
        keys = jax.random.split(jax.random.fold_in(key, seed))
        own, other = (cells.draw_deviates(size, one) for one in keys)
        trained = device_layer(surrogate, own, limits)
        films = {
            name: film_layer(cells.deviating(cell, spread, one), *pulse, limits)
            for name, one in (("device", own), ("other_device", other))
        }
        return Neurons(trained, {"surrogate": trained, **films})

    return kind, error, noise


def leaky(asked: Network, wait: float) -> Kind:
    """Ideal leaky neurons of the card's time constant."""
    layer = leaky_layer(math.exp(-wait / asked.leak))
    return lambda size, seed: Neurons(layer, {"leaky": layer})


def timeless() -> list[Kind]:
    """Neurons that do not know how long a step is: none with memory of their own, and LSTM."""
    none, lstm = memoryless_layer(), lstm_layer()
    return [
        lambda size, seed: Neurons(none, {"memoryless": none}),
        lambda size, seed: Neurons(lstm, {"lstm": lstm}),
    ]


def unconnected(kind: Kind) -> Kind:
    """The same neurons without connections among them: memory is theirs alone."""

    def alone(size: int, seed: int) -> Neurons:
        trained, tested = kind(size, seed)
        return Neurons(
            trained._replace(recurrent=False),
            {name: layer._replace(recurrent=False) for name, layer in tested.items()},
        )

    return alone


def compare(
    task: Task, kinds: list[Kind], size: int, epochs: int, seeds: list[int], report: Report
) -> xr.Dataset:
    """Train a network of each kind for each seed, and test it.

    Parameters
    ----------
    task : Task
        What is told.
    kinds : list of Kind
        Of what neurons the networks are.
    size : int
        Neurons of a network.
    epochs : int
        Of the training.
    seeds : list of int
        Of the first weights, the batches, the noise and the devices.
    report : callable
        Takes a line for each network.

    Returns
    -------
    Dataset
        ``accuracy`` (tested, network_seed) and ``weights`` (tested,), coordinates ``tested``, the
        names of what is tested, and ``network_seed``.
    """
    training = networks.Training(epochs, BATCH, RATE, task.shift)
    found: dict[str, list[float]] = {}
    weights: dict[str, int] = {}
    for kind in kinds:
        for seed in seeds:
            trained, tested = kind(size, seed)
            of_training, of_test = jax.random.split(jax.random.key(seed))
            learned, losses = networks.train(
                trained, task.learned, task.learned_class, size, training, of_training
            )
            for name, layer in tested.items():
                most = FILM_TESTED if name.endswith("device") else len(task.tested)
                share = networks.accuracy(
                    layer, learned, task.tested[:most], task.tested_class[:most], of_test
                )
                found.setdefault(name, []).append(share)
                weights[name] = networks.count(layer, learned)
                report(f"{name}, seed {seed}: loss {losses[-1]:.3f}, right {100 * share:.1f} %")
    accuracy: NDArray[np.float64] = np.array(list(found.values()))
    return xr.Dataset(
        {
            "accuracy": (("tested", "network_seed"), accuracy),
            "weights": ("tested", list(weights.values())),
        },
        coords={"tested": list(found), "network_seed": seeds},
    )


def rows(parts: list[xr.Dataset]) -> list[dict[str, float | int | str]]:
    """Rows of the table of accuracies.

    Parameters
    ----------
    parts : list of Dataset
        What `afterpulse.neuron.rules.network` stores.

    Returns
    -------
    list of dict
        A task, a wait and what is tested each: mean over seeds, their standard deviation, the worst
        and the best.
    """
    found: dict[tuple[str, float, str], list[xr.Dataset]] = {}
    for part in parts:
        for name in part["task"].values:
            for tested in part["tested"].values:
                one = part.sel(task=name, tested=tested)
                found.setdefault((str(name), float(part["wait"]), str(tested)), []).append(one)
    table: list[dict[str, float | int | str]] = []
    for (name, wait, tested), several in found.items():
        shares = np.concatenate([np.atleast_1d(one["accuracy"].values) for one in several])
        table.append(
            {
                "task": name,
                "wait_s": wait,
                "neurons": int(several[0]["neurons"]),
                "tested": tested,
                "weights": int(several[0]["weights"]),
                "seeds": shares.size,
                "accuracy": shares.mean(),
                "standard_deviation": shares.std(ddof=1) if shares.size > 1 else np.nan,
                "worst": shares.min(),
                "best": shares.max(),
            }
        )
    return table
