"""Recurrent network of one layer: rows of a sequence in, a class out after the last row."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from afterpulse.neuron.compact import Array
from afterpulse.neuron.descent import descend
from afterpulse.neuron.layers import Layer

TEST_BATCH = 500
# Standard deviation of the first drives for inputs and outputs of size 1.
FIRST_INWARD, FIRST_RECURRENT = 0.3, 0.1


class Weights(NamedTuple):
    """Trained weights."""

    inward: Array  # (inputs, drives, neurons), of the inputs of a step
    recurrent: Array  # (neurons, drives, neurons), of the outputs of the step before
    offset: Array  # (drives, neurons), of the drives
    outward: Array  # (neurons, classes), of the outputs of the last step
    bias: Array  # (classes,)


class Training(NamedTuple):
    """Settings of the training, the same for all layers."""

    epochs: int
    batch: int
    rate: float  # first learning rate of Adam; it falls to 0 as a cosine
    shift: int  # largest random shift of a sequence, in steps and inputs


def first_weights(layer: Layer, inputs: int, neurons: int, classes: int, key: Array) -> Weights:
    """Draw normal first weights, small enough that no neuron is driven to its limit."""
    inward_key, recurrent_key, outward_key = jax.random.split(key, 3)
    return Weights(
        jax.random.normal(inward_key, (inputs, layer.drives, neurons))
        * (FIRST_INWARD / np.sqrt(inputs)),
        jax.random.normal(recurrent_key, (neurons, layer.drives, neurons))
        * (layer.recurrent * FIRST_RECURRENT / np.sqrt(neurons)),
        jnp.zeros((layer.drives, neurons)),
        jax.random.normal(outward_key, (neurons, classes)) / np.sqrt(neurons),
        jnp.zeros(classes),
    )


def count(layer: Layer, weights: Weights) -> int:
    """Return the number of trained weights."""
    used = weights if layer.recurrent else weights._replace(recurrent=jnp.zeros(0))
    return sum(values.size for values in used)


def scores(layer: Layer, weights: Weights, sequences: Array, key: Array) -> Array:
    """Return the score of each class: log-likelihoods but for a constant, shape (batch, classes).

    `sequences` have shape (batch, steps, inputs); `key` is that of the noise.
    """
    start_key, step_key = jax.random.split(key)
    shape = sequences.shape[0], weights.outward.shape[0]
    start = layer.start(shape, start_key)
    keys = jax.random.split(step_key, sequences.shape[1])

    def advance(
        carried: tuple[Array, Array], inputs: tuple[Array, Array]
    ) -> tuple[tuple[Array, Array], None]:
        state, output = carried
        row, key = inputs
        drive = jnp.einsum("bi,idn->bdn", row, weights.inward) + weights.offset
        if layer.recurrent:
            drive += jnp.einsum("bm,mdn->bdn", output, weights.recurrent)
        return layer.step(state, drive, key), None

    inputs = sequences.swapaxes(0, 1), keys
    (_, output), _ = jax.lax.scan(advance, (start, jnp.zeros(shape)), inputs)
    return output @ weights.outward + weights.bias


def shifted(sequences: Array, most: int, key: Array) -> Array:
    """Shift each sequence at random along steps and inputs, by at most `most` each."""
    shifts = jax.random.randint(key, (sequences.shape[0], 2), -most, most + 1)
    padded = jnp.pad(sequences, ((0, 0), (most, most), (most, most)))

    def cut(image: Array, shift: Array) -> Array:
        return jax.lax.dynamic_slice(image, (most + shift[0], most + shift[1]), sequences.shape[1:])

    return jax.vmap(cut)(padded, shifts)


def train(
    layer: Layer,
    sequences: NDArray[np.float32],
    classes: NDArray[np.int_],
    neurons: int,
    training: Training,
    key: Array,
) -> tuple[Weights, NDArray[np.float64]]:
    """Train a network to classify sequences by the cross-entropy.

    `sequences` have shape (sequences, steps, inputs), `classes` start at 0. Returns the weights
    after the last epoch, whatever the losses, and the mean cross-entropy of each epoch.
    """
    weight_key, order_key, step_key = jax.random.split(key, 3)
    weights = first_weights(layer, sequences.shape[2], neurons, int(classes.max()) + 1, weight_key)
    data, labels = jnp.asarray(sequences), jnp.asarray(classes)

    def loss(weights: Weights, batch: Array, key: Array) -> Array:
        shift_key, noise_key = jax.random.split(key)
        inputs = shifted(data[batch], training.shift, shift_key)
        logits = scores(layer, weights, inputs, noise_key)
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels[batch]).mean()

    steps = len(sequences) // training.batch
    indices = jnp.tile(jnp.arange(len(sequences)), (training.epochs, 1))
    order = jax.random.permutation(order_key, indices, axis=1, independent=True)
    batches = order[:, : steps * training.batch].reshape(-1, training.batch)
    keys = jax.random.split(step_key, len(batches))
    weights, losses = descend(loss, weights, batches, keys, training.rate)
    return weights, np.asarray(losses, dtype=float).reshape(training.epochs, steps).mean(axis=1)


def accuracy(
    layer: Layer,
    weights: Weights,
    sequences: NDArray[np.float32],
    classes: NDArray[np.int_],
    key: Array,
) -> float:
    """Return the fraction of sequences that are classified correctly; arguments as of `train`."""
    score = jax.jit(lambda batch: scores(layer, weights, batch, key))
    parts = [
        np.asarray(score(sequences[first : first + TEST_BATCH])).argmax(axis=1)
        for first in range(0, len(sequences), TEST_BATCH)
    ]
    return float(np.mean(np.concatenate(parts) == classes))
