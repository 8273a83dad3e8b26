import jax
import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.neuron import cell as cells
from afterpulse.neuron import layers
from afterpulse.neuron.cell import TRAITS, Spread
from afterpulse.neuron.surrogate import HIDDEN, LATENT, first_guess, respond

KEY = jax.random.key(0)
LIMITS = layers.Limits(levels=4, largest=0.8, noise=0.0)


def outputs(layer, drives):
    """Outputs for drives of shape (steps, batch, drives, neurons)."""
    state, found = layer.start((drives.shape[1], drives.shape[3]), KEY), []
    for number, drive in enumerate(drives):
        state, output = layer.step(state, drive, jax.random.fold_in(KEY, number))
        found.append(np.asarray(output))
    return np.stack(found)


def test_leaky_neuron_decays_exponentially():
    drives = jnp.zeros((20, 1, 1, 1)).at[0].set(0.7)
    found = outputs(layers.leaky_layer(np.exp(-0.1 / 2.0)), drives)[:, 0, 0]
    np.testing.assert_allclose(found / found[0], np.exp(-0.1 * np.arange(20) / 2.0), rtol=1e-5)


def test_leaky_neuron_under_random_drive_is_of_size_one():
    signs = jnp.where(jax.random.bernoulli(KEY, 0.5, (200, 400, 1, 1)), 50.0, -50.0)
    found = outputs(layers.leaky_layer(0.9), signs)
    # 400 neurons: the standard error of their standard deviation is 1 / sqrt(800).
    assert found[-1].std() == pytest.approx(1, abs=3 / np.sqrt(800))


def test_memoryless_neuron_forgets():
    drives = jax.random.normal(KEY, (3, 2, 1, 5))
    layer = layers.memoryless_layer()
    np.testing.assert_allclose(outputs(layer, drives), np.tanh(drives[:, :, 0]), rtol=1e-6)
    assert not layer.recurrent


def test_long_short_term_memory():
    """Against the equations, written out in NumPy."""
    drives = np.asarray(jax.random.normal(KEY, (6, 2, 4, 3)), dtype=float)

    def logistic(x):
        return 1 / (1 + np.exp(-x))

    state, expected = np.zeros((2, 3)), []
    for i, f, o, g in drives.transpose(0, 2, 1, 3):
        state = logistic(f + 1) * state + logistic(i) * np.tanh(g)
        expected.append(logistic(o) * np.tanh(state))
    np.testing.assert_allclose(outputs(layers.lstm_layer(), drives), expected, rtol=1e-5)


def test_amplitudes_are_levels_within_the_limit():
    amplitude = layers.amplitude_of(jnp.linspace(-9, 9, 500), LIMITS)
    np.testing.assert_allclose(np.unique(np.round(amplitude, 5)), 0.2 * np.arange(-4, 5), atol=1e-6)


def test_device_layer_is_its_surrogate_of_each_device():
    surrogate = first_guess(jax.random.key(1))._replace(
        target=jax.random.normal(jax.random.key(2), (LATENT, HIDDEN))
    )
    deviates = jnp.array([[0.0, 0.0, 0.0], [1.0, -0.5, 2.0]])
    drive = jnp.full((1, 1, 1, 2), 30.0)
    found = outputs(layers.device_layer(surrogate, deviates, LIMITS), drive)[0, 0]
    for output, own in zip(found, deviates, strict=True):
        _, reading = respond(surrogate, surrogate.start, jnp.asarray(LIMITS.largest), own)
        np.testing.assert_allclose(output, layers.GAIN * (reading - layers.MIDDLE), rtol=1e-5)
    assert found[0] != found[1]


def test_noise_of_the_device_layer():
    noisy = layers.device_layer(
        first_guess(jax.random.key(1)), jnp.zeros((10, TRAITS)), LIMITS._replace(noise=0.1)
    )
    found = outputs(noisy, jnp.zeros((1, 1000, 1, 10)))
    assert found.std() == pytest.approx(0.1 * layers.GAIN, rel=0.05)


def test_film_layer_is_its_cells(cell):
    """Two devices of other torques, one a neuron, on two sequences, without noise."""
    quiet = cells.quiet(cell)
    spread = Spread(*(jnp.asarray(one) for one in (0.1, 0.0, 0.0)))
    devices = cells.deviating(quiet, spread, cells.draw_deviates(2, KEY))
    sign = jnp.asarray([[1.0, -1.0], [0.0, 1.0]])
    drives = jnp.broadcast_to(30 * sign[:, :, None, None], (2, 2, 1, 2))
    found = outputs(layers.film_layer(devices, 1e-3, 0.1, LIMITS), drives)
    same = jnp.full(sign.shape, 1e-3), jnp.full(sign.shape, 0.1)
    for number in range(2):
        one = jax.tree.map(lambda value, number=number: value[number], devices)
        _, readings = cells.run(one, cells.aged(one, KEY, (2,)), 0.8 * sign, *same, KEY)
        expected = layers.GAIN * (readings - layers.MIDDLE)
        np.testing.assert_allclose(found[:, :, number], expected, atol=1e-5)
    assert abs(found[:, :, 0] - found[:, :, 1]).max() > 1e-3
