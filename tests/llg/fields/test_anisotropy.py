import jax
import jax.numpy as jnp
import numpy as np

from afterpulse.llg.fields.anisotropy import anisotropy_field


def test_field_is_the_gradient_of_the_energy():
    rng = np.random.default_rng(4)
    mu0, volume = 4e-7 * np.pi, 6e-27
    m, axis = rng.normal(size=(2, 3, 4, 3))
    axis /= np.linalg.norm(axis, axis=0)
    magnetisation, constant = rng.uniform(5e5, 1e6, (4, 3)), rng.uniform(-1e5, 1e6, (4, 3))

    def energy(m):
        return -volume * jnp.sum(constant * jnp.sum(m * axis, axis=0) ** 2)

    strength = 2 * constant / (mu0 * magnetisation)
    field = anisotropy_field(jnp.asarray(m), jnp.asarray(strength), jnp.asarray(axis))
    expected = -jax.grad(energy)(jnp.asarray(m)) / (mu0 * magnetisation * volume)
    np.testing.assert_allclose(field, expected, rtol=1e-9)
