import jax
import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.neuron import cell as cells
from afterpulse.neuron import surrogate
from afterpulse.neuron.cell import TRAITS, Spread

SPREAD = Spread(*(jnp.asarray(one) for one in (0.1, 0.01, 0.01)))


def median(cell, count):
    return cells.deviating(cell, SPREAD, jnp.zeros((count, TRAITS)))


@pytest.mark.slow
def test_surrogate_follows_devices_and_sequences_it_was_not_learned_from(cell):
    """With the deviates of other devices the error is larger by half."""
    learned, expected_error = surrogate.distil(cell, SPREAD, 1e-3, 0.1, 28, jax.random.key(1))
    amplitude = surrogate.sequences(28, 64, jax.random.key(7))
    deviates = cells.draw_deviates(64, jax.random.key(8))
    devices = cells.deviating(cells.quiet(cell), SPREAD, deviates)
    expected = surrogate.device_readings(devices, 1e-3, 0.1, amplitude, jax.random.key(2))
    error, other = (
        np.sqrt(np.mean((surrogate.readings(learned, amplitude, own) - expected) ** 2))
        for own in (deviates, deviates[::-1])
    )
    assert expected.std() > 0.3
    assert error == pytest.approx(expected_error, rel=0.5)
    assert error < 0.02
    assert other > 1.4 * error


@pytest.mark.slow
def test_learning_makes_the_error_smaller(cell, monkeypatch):
    monkeypatch.setattr(surrogate, "SEQUENCES", 128)
    monkeypatch.setattr(surrogate, "HELD_OUT", 64)
    errors = []
    for iterations in (1, 200):
        monkeypatch.setattr(surrogate, "ITERATIONS", iterations)
        errors.append(surrogate.distil(cell, SPREAD, 1e-3, 0.1, 8, jax.random.key(1))[1])
    assert errors[1] < 0.4 * errors[0]


def test_readings_are_those_of_one_step_after_the_other():
    given = surrogate.first_guess(jax.random.key(3))._replace(
        target=jax.random.normal(jax.random.key(4), (surrogate.LATENT, surrogate.HIDDEN))
    )
    amplitude = surrogate.sequences(5, 3, jax.random.key(5))
    deviates = cells.draw_deviates(3, jax.random.key(6))
    state, one_by_one = jnp.broadcast_to(given.start, (3, surrogate.LATENT)), []
    for pulse in amplitude:
        state, reading = surrogate.respond(given, state, pulse, deviates)
        one_by_one.append(reading)
    np.testing.assert_allclose(
        surrogate.readings(given, amplitude, deviates), jnp.stack(one_by_one), rtol=1e-5, atol=1e-6
    )


def test_sequences_have_all_heights_silences_and_stay_within_the_critical_current():
    amplitude = np.asarray(surrogate.sequences(40, 500, jax.random.key(0)))
    assert amplitude.shape == (40, 500)
    assert abs(amplitude).max() <= 1
    silent = (amplitude == 0).mean(axis=0)
    assert silent.min() < 0.1
    assert silent.max() > 0.9
    for low, high in ((-1, -0.5), (-0.5, 0), (0, 0.5), (0.5, 1)):
        assert ((amplitude > low) & (amplitude < high)).mean() > 0.05


@pytest.mark.slow
def test_noise_is_that_of_two_runs_of_the_cell(cell):
    """Two runs with noise differ by √2 of the noise about their mean."""
    amplitude = surrogate.sequences(4, surrogate.HELD_OUT, jax.random.key(8))
    one, two = (
        surrogate.device_readings(
            median(cell, surrogate.HELD_OUT), 1e-3, 0.1, amplitude, jax.random.key(seed)
        )
        for seed in (1, 2)
    )
    apart = np.sqrt(np.mean((one - two) ** 2))
    noise = surrogate.noise(cell, 1e-3, 0.1, 4, jax.random.key(0))
    # The noise includes the shift of the mean that it causes (docs/validation.md).
    assert apart / np.sqrt(2) < noise < 2 * apart
