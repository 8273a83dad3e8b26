import jax
import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.neuron import cell as cells
from afterpulse.neuron import layers
from afterpulse.neuron.cell import Spread
from afterpulse.neuron.surrogate import first_guess, respond

KEY = jax.random.key(0)
LIMITS = layers.Limits(levels=4, largest=0.8, noise=0.0, spread=0.0)


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


def test_device_layer_is_its_surrogate():
    surrogate = first_guess(jax.random.key(1))._replace(
        target=jax.random.normal(jax.random.key(2), (4, 24))
    )
    drive = jnp.full((1, 1, 1, 1), 30.0)
    found = outputs(layers.device_layer(surrogate, LIMITS), drive)
    _, reading = respond(surrogate, surrogate.start, jnp.asarray(0.8))
    expected = layers.GAIN * (reading - layers.MIDDLE)
    np.testing.assert_allclose(found[0, 0, 0], expected, rtol=1e-5)


def test_noise_and_spread_of_the_device_layer():
    surrogate = first_guess(jax.random.key(1))
    drive = jnp.zeros((1, 1000, 1, 10))
    noisy = layers.device_layer(surrogate, LIMITS._replace(noise=0.1))
    assert outputs(noisy, drive).std() == pytest.approx(0.1 * layers.GAIN, rel=0.05)
    _, factor = layers.device_layer(surrogate, LIMITS._replace(spread=0.2)).start((2, 10_000), KEY)
    assert np.log(factor).std() == pytest.approx(0.2, rel=0.05)


def test_film_layer_without_noise_and_spread_is_the_cell(cell):
    quiet = cells.quiet(cell)
    layer = layers.film_layer(quiet, Spread(*(jnp.zeros(()),) * 3), 1e-3, 0.1, LIMITS)
    drives = jnp.asarray([[30.0, -30.0], [0.0, 30.0]])[:, :, None, None]
    amplitude = jnp.asarray([[0.8, -0.8], [0.0, 0.8]])
    same = jnp.full(amplitude.shape, 1e-3), jnp.full(amplitude.shape, 0.1)
    _, readings = cells.run(quiet, cells.aged(quiet, KEY, (2,)), amplitude, *same, KEY)
    expected = layers.GAIN * (readings - layers.MIDDLE)
    np.testing.assert_allclose(outputs(layer, drives)[:, :, 0], expected, atol=1e-5)


@pytest.mark.slow
def test_film_layer_has_one_device_a_neuron(cell):
    quiet = cells.quiet(cell)
    spread = Spread(*(jnp.asarray(one) for one in (0.1, 0.0, 0.0)))
    found = outputs(
        layers.film_layer(quiet, spread, 1e-3, 0.1, LIMITS), jnp.full((1, 3, 1, 4), 30.0)
    )[0]
    assert np.ptp(found, axis=0).max() < 1e-6
    assert np.ptp(found, axis=1).min() > 1e-3
