"""A recurrent network of one layer: rows of a sequence in, a class out after the last of them."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from afterpulse.neuron.compact import Array
from afterpulse.neuron.descent import descend
from afterpulse.neuron.layers import Layer

# Sequences that are tested at a time.
TESTED = 500
# Of sums of inputs and of outputs of size 1.
FIRST_INWARD, FIRST_RECURRENT = 0.3, 0.1


class Weights(NamedTuple):
    """What is learned.

    Attributes
    ----------
    inward : shape (inputs, drives, neurons)
        From the inputs of a step.
    recurrent : shape (neurons, drives, neurons)
        From the outputs of the step before.
    offset : shape (drives, neurons)
        Of the drives.
    outward, bias : shape (neurons, classes), (classes,)
        From the outputs of the last step to the classes.
    """

    inward: Array
    recurrent: Array
    offset: Array
    outward: Array
    bias: Array


class Training(NamedTuple):
    """How a network is trained; the same for all layers.

    Attributes
    ----------
    epochs, batch : int
        Passes over the sequences; sequences of a step.
    rate : float
        Of Adam, at its largest; it falls as a cosine to 0.
    shift : int
        Most steps and inputs by which a sequence is shifted at random.
    """

    epochs: int
    batch: int
    rate: float
    shift: int


def first_weights(layer: Layer, inputs: int, neurons: int, classes: int, key: Array) -> Weights:
    """Weights before training: normal, small enough that no neuron is driven to its limit."""
    of_inward, of_recurrent, of_outward = jax.random.split(key, 3)
    return Weights(
        jax.random.normal(of_inward, (inputs, layer.drives, neurons))
        * (FIRST_INWARD / np.sqrt(inputs)),
        jax.random.normal(of_recurrent, (neurons, layer.drives, neurons))
        * (layer.recurrent * FIRST_RECURRENT / np.sqrt(neurons)),
        jnp.zeros((layer.drives, neurons)),
        jax.random.normal(of_outward, (neurons, classes)) / np.sqrt(neurons),
        jnp.zeros(classes),
    )


def count(layer: Layer, weights: Weights) -> int:
    """Number of weights that are learned."""
    used = weights if layer.recurrent else weights._replace(recurrent=jnp.zeros(0))
    return sum(one.size for one in used)


def scores(layer: Layer, weights: Weights, sequences: Array, key: Array) -> Array:
    """Score of each class.

    Parameters
    ----------
    layer : Layer
        The neurons.
    weights : Weights
        The connections.
    sequences : array, shape (batch, steps, inputs)
        What comes in.
    key : jax.Array
        Of the noise.

    Returns
    -------
    array, shape (batch, classes)
        Logarithms of likelihoods, but for a constant.
    """
    of_start, of_steps = jax.random.split(key)
    neurons = weights.outward.shape[0]
    start = layer.start((sequences.shape[0], neurons), of_start)
    keys = jax.random.split(of_steps, sequences.shape[1])

    def one(carried: tuple[Array, Array], given: tuple[Array, Array]) -> tuple[Array, None]:
        state, output = carried
        row, key = given
        drive = jnp.einsum("bi,idn->bdn", row, weights.inward) + weights.offset
        if layer.recurrent:
            drive += jnp.einsum("bm,mdn->bdn", output, weights.recurrent)
        return layer.step(state, drive, key), None

    silent = jnp.zeros((sequences.shape[0], neurons))
    (_, output), _ = jax.lax.scan(one, (start, silent), (sequences.swapaxes(0, 1), keys))
    return output @ weights.outward + weights.bias


def shifted(sequences: Array, most: int, key: Array) -> Array:
    """Shift each sequence along steps and inputs, by up to so many of both."""
    by = jax.random.randint(key, (sequences.shape[0], 2), -most, most + 1)
    padded = jnp.pad(sequences, ((0, 0), (most, most), (most, most)))

    def one(image: Array, by: Array) -> Array:
        return jax.lax.dynamic_slice(image, (most + by[0], most + by[1]), sequences.shape[1:])

    return jax.vmap(one)(padded, by)


def train(
    layer: Layer,
    sequences: NDArray[np.float32],
    classes: NDArray[np.int_],
    neurons: int,
    training: Training,
    key: Array,
) -> tuple[Weights, NDArray[np.float64]]:
    """Learn to tell classes by the cross-entropy.

    Parameters
    ----------
    layer : Layer
        The neurons; their noise acts here too.
    sequences : ndarray, shape (sequences, steps, inputs)
        What is learned from.
    classes : ndarray of int, shape (sequences,)
        From 0 on.
    neurons : int
        In the layer.
    training : Training
        How.
    key : jax.Array
        Of all that is random.

    Returns
    -------
    weights : Weights
        After the last epoch: nothing is chosen by how well it does.
    losses : ndarray, shape (epochs,)
        Mean cross-entropy.
    """
    of_weights, of_order, of_steps = jax.random.split(key, 3)
    kinds = int(classes.max()) + 1
    weights = first_weights(layer, sequences.shape[2], neurons, kinds, of_weights)
    given, wanted = jnp.asarray(sequences), jnp.asarray(classes)

    def loss(weights: Weights, batch: Array, key: Array) -> Array:
        of_shift, of_noise = jax.random.split(key)
        seen = shifted(given[batch], training.shift, of_shift)
        found = scores(layer, weights, seen, of_noise)
        return optax.softmax_cross_entropy_with_integer_labels(found, wanted[batch]).mean()

    steps = len(sequences) // training.batch
    numbers = jnp.tile(jnp.arange(len(sequences)), (training.epochs, 1))
    order = jax.random.permutation(of_order, numbers, axis=1, independent=True)
    batches = order[:, : steps * training.batch].reshape(-1, training.batch)
    keys = jax.random.split(of_steps, len(batches))
    weights, losses = descend(loss, weights, batches, keys, training.rate)
    return weights, np.asarray(losses, dtype=float).reshape(training.epochs, steps).mean(axis=1)


def accuracy(
    layer: Layer,
    weights: Weights,
    sequences: NDArray[np.float32],
    classes: NDArray[np.int_],
    key: Array,
) -> float:
    """Share of sequences whose class scores highest; arguments as of `train`."""
    score = jax.jit(lambda given: scores(layer, weights, given, key))
    parts = [
        np.asarray(score(sequences[first : first + TESTED])).argmax(axis=1)
        for first in range(0, len(sequences), TESTED)
    ]
    return float(np.mean(np.concatenate(parts) == classes))
