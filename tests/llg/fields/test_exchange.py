import discretisedfield as df
import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.llg.fields.exchange import exchange_coefficients, exchange_field

MU0 = 4e-7 * np.pi


def test_field_is_the_gradient_of_the_energy(block):
    constant = block.scalar(1e-12, 2e-11)

    def energy(m):
        """Sum over pairs of A_ij (m_i - m_j)^2 V / d^2 with the harmonic mean A_ij."""
        total = 0.0
        for axis, one, other in block.pairs():
            a, b = constant[one], constant[other]
            difference = m[(slice(None), *one)] - m[(slice(None), *other)]
            total += 2 * a * b / (a + b) * jnp.sum(difference**2) / block.mesh.cell[axis] ** 2
        return block.volume * total

    coefficients = exchange_coefficients(constant, block.magnetisation, block.mesh)
    field = exchange_field(block.m, jnp.asarray(coefficients))
    expected = block.field_of(energy)
    np.testing.assert_allclose(field, expected, rtol=1e-9, atol=1e-9 * abs(expected).max())


def test_uniform_magnetisation_has_no_exchange_field(block):
    coefficients = exchange_coefficients(1e-11, block.magnetisation, block.mesh)
    assert np.all(np.asarray(exchange_field(jnp.ones((3, *block.shape)), coefficients)) == 0)


def test_dictionary_follows_oommf(open_block):
    constants = {"left": 1e-11, "default": 3e-12, "left:left": 2e-11}
    magnetisation = np.full(open_block.shape, 1e6)
    coefficients = exchange_coefficients(constants, magnetisation, open_block.mesh)
    unit = 2 / (MU0 * 1e6 * 4e-18)
    # Cells 0 and 1 are in `left`; the border to the rest has the default, not a mean.
    np.testing.assert_allclose(
        coefficients[0, 0, :, 0] / unit, [2e-11, 3e-12, 3e-12, 0], rtol=1e-12
    )


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("cells", [20, 40])
def test_wave_has_the_continuum_field(cells, axis):
    # H = -2 A k^2 / (mu0 M_s) m for a spiral; the discrete Laplacian replaces k^2 by
    # (2 / d)^2 sin^2(k d / 2).
    length = 40e-9
    d, k = length / cells, 2 * np.pi / length
    n, edges = [1, 1, 1], [1e-9] * 3
    n[axis], edges[axis] = cells, length
    mesh = df.Mesh(p1=(0, 0, 0), p2=edges, n=n, bc="xyz"[axis])
    angle = (k * d * np.arange(cells)).reshape({0: (1, -1, 1), 1: (1, 1, -1), 2: (-1, 1, 1)}[axis])
    m = np.stack([np.cos(angle), np.sin(angle), 0 * angle])
    coefficients = exchange_coefficients(1e-11, np.full(angle.shape, 1e6), mesh)
    assert len(coefficients) == 2
    field = np.asarray(exchange_field(jnp.asarray(m), jnp.asarray(coefficients)))
    expected = -2e-11 / (MU0 * 1e6) * (2 / d * np.sin(k * d / 2)) ** 2 * m
    np.testing.assert_allclose(field, expected, atol=1e-9 * np.abs(expected).max())
