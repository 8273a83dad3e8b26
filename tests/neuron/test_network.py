import jax
import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.neuron import network
from afterpulse.neuron.layers import leaky_layer, lstm_layer, memoryless_layer

KEY = jax.random.key(0)
TRAINING = network.Training(epochs=30, batch=32, rate=1e-2, shift=0)


def first_of_three(count):
    """Sequences of three steps; the class is the sign of the first."""
    sequences = np.random.default_rng(1).normal(size=(count, 3, 1)).astype(np.float32)
    return sequences, (sequences[:, 0, 0] > 0).astype(int)


@pytest.mark.parametrize(
    ("layer", "least", "most"),
    [
        (lstm_layer(), 0.95, 1.0),
        (leaky_layer(0.8), 0.95, 1.0),
        # What it sees of the last step tells nothing of the first: 200 throws of a coin.
        (memoryless_layer(), 0.5 - 4 / np.sqrt(800), 0.5 + 4 / np.sqrt(800)),
    ],
)
def test_what_has_memory_learns_what_was_first(layer, least, most):
    sequences, classes = first_of_three(1000)
    weights, losses = network.train(layer, sequences[:800], classes[:800], 16, TRAINING, KEY)
    assert np.isfinite(losses).all()
    share = network.accuracy(layer, weights, sequences[800:], classes[800:], KEY)
    assert least <= share <= most


def test_same_key_same_weights():
    sequences, classes = first_of_three(64)
    few = TRAINING._replace(epochs=2)
    one, two, other = (
        network.train(lstm_layer(), sequences, classes, 4, few, key)[0]
        for key in (KEY, KEY, jax.random.key(1))
    )
    for left, right, unlike in zip(one, two, other, strict=True):
        np.testing.assert_array_equal(left, right)
        assert not np.array_equal(left, unlike)


def test_numbers_of_weights():
    """By hand: inputs, neurons and offsets of each drive, and the classes."""
    for layer, expected in (
        (leaky_layer(0.5), 7 * 5 + 5 * 5 + 5 + 5 * 3 + 3),
        (lstm_layer(), 4 * (7 * 5 + 5 * 5 + 5) + 5 * 3 + 3),
        (memoryless_layer(), 7 * 5 + 5 + 5 * 3 + 3),
    ):
        weights = network.first_weights(layer, 7, 5, 3, KEY)
        assert network.count(layer, weights) == expected


def test_shifts_move_and_fill_with_zeros():
    image = jnp.arange(1.0, 10.0).reshape(1, 3, 3)
    seen = {
        tuple(np.asarray(network.shifted(image, 1, jax.random.key(n))).ravel()) for n in range(60)
    }
    assert len(seen) == 9
    assert tuple(np.arange(1.0, 10.0)) in seen
    assert (0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0) in seen
    np.testing.assert_array_equal(network.shifted(image, 0, KEY), image)
