import jax
import jax.numpy as jnp
import numpy as np

from afterpulse.neuron.descent import descend


def test_line_through_points_without_noise_is_found():
    """Least squares, whose minimum is known: y = 2 x - 1."""
    x = jnp.linspace(-1.0, 1.0, 50)
    y = 2 * x - 1

    def loss(parameters, batch, key):
        slope, offset = parameters
        return jnp.mean((slope * x[batch] + offset - y[batch]) ** 2)

    batches = jax.random.randint(jax.random.key(0), (800, 10), 0, 50)
    keys = jax.random.split(jax.random.key(1), 800)
    found, losses = descend(loss, (jnp.array(0.0), jnp.array(0.0)), batches, keys, 0.05)
    np.testing.assert_allclose(found, (2.0, -1.0), atol=1e-3)
    assert losses.shape == (800,)
    # The first loss is that of the start.
    np.testing.assert_allclose(losses[0], np.mean(np.asarray(y)[batches[0]] ** 2), rtol=1e-5)


def test_rate_falls_to_nothing():
    start = jnp.array(5.0)
    batches, keys = jnp.zeros((100, 1), int), jax.random.split(jax.random.key(0), 100)
    found, losses = descend(lambda x, batch, key: x, start, batches, keys, 0.1)
    # Adam goes down a slope of one by its rate: the mean of a cosine from 0.1 to 0 is 0.05.
    np.testing.assert_allclose(found, 5 - 100 * 0.05, atol=0.1)
    steps = -np.diff(np.asarray(losses))
    assert steps[-1] < 0.01 * steps[0]
