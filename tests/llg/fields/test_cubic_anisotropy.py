import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.llg.fields.cubic_anisotropy import CubicAnisotropy, cubic_anisotropy_field

MU0 = 4e-7 * np.pi


def test_field_is_the_gradient_of_the_energy(open_block):
    block = open_block
    constant = block.scalar(-1e5, 1e6)
    u = block.rng.normal(size=(3, *block.shape))
    u /= np.linalg.norm(u, axis=0)
    v = np.cross(u, block.rng.normal(size=u.shape), axis=0)
    v /= np.linalg.norm(v, axis=0)
    w = np.cross(u, v, axis=0)
    magnetic = block.magnetisation > 0
    inverse = np.where(magnetic, 1 / np.where(magnetic, MU0 * block.magnetisation, 1), 0)

    def energy(m):
        a, b, c = (jnp.sum(m * axis, axis=0) ** 2 for axis in (u, v, w))
        return block.volume * jnp.sum(constant * (a * b + b * c + c * a))

    field = cubic_anisotropy_field(block.m, CubicAnisotropy(constant * inverse, u, v))
    expected = block.field_of(energy)
    np.testing.assert_allclose(field, expected, rtol=1e-9, atol=1e-9 * abs(expected).max())


def test_axes_are_easy_and_diagonals_hard():
    # The stiffness around an easy axis is 2 K, as of a uniaxial anisotropy K.
    term = CubicAnisotropy(
        np.array([1.0]), np.array([[1.0], [0], [0]]), np.array([[0.0], [1], [0]])
    )
    tilted = jnp.asarray([[np.cos(1e-4)], [np.sin(1e-4)], [0.0]])
    field = cubic_anisotropy_field(tilted, term)
    assert float(np.cross(tilted[:, 0], field[:, 0])[2]) == pytest.approx(-2e-4, rel=1e-6)
    diagonal = jnp.full((3, 1), 1 / np.sqrt(3))
    turning = np.cross(diagonal[:, 0], cubic_anisotropy_field(diagonal, term)[:, 0])
    np.testing.assert_allclose(turning, 0, atol=1e-15)
