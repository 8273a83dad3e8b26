import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.llg.fields.exchange import exchange_coefficients, exchange_field

MU0 = 4e-7 * np.pi


def mesh(nx: int = 5, ny: int = 4) -> df.Mesh:
    regions = {"left": df.Region(p1=(0, 0, 0), p2=(6e-9, ny * 3e-9, 1e-9))}
    return df.Mesh(p1=(0, 0, 0), p2=(nx * 2e-9, ny * 3e-9, 1e-9), n=(nx, ny, 1), subregions=regions)


def energy(m, constant, cell):
    """Sum over pairs of A_ij (m_i - m_j)^2 V / d^2, written without the package."""
    volume = np.prod(cell)
    along_x = 2 * constant[1:] * constant[:-1] / (constant[1:] + constant[:-1])
    along_y = 2 * constant[:, 1:] * constant[:, :-1] / (constant[:, 1:] + constant[:, :-1])
    return volume * (
        jnp.sum(along_x * (m[:, 1:] - m[:, :-1]) ** 2) / cell[0] ** 2
        + jnp.sum(along_y * (m[:, :, 1:] - m[:, :, :-1]) ** 2) / cell[1] ** 2
    )


def test_field_is_the_gradient_of_the_energy():
    rng = np.random.default_rng(1)
    m = jnp.asarray(rng.normal(size=(3, 5, 4)))
    magnetisation, constant = rng.uniform(5e5, 1e6, (5, 4)), rng.uniform(1e-12, 2e-11, (5, 4))
    field = exchange_field(m, jnp.asarray(exchange_coefficients(constant, magnetisation, mesh())))
    gradient = jax.grad(energy)(m, constant, (2e-9, 3e-9, 1e-9))
    expected = -gradient / (MU0 * magnetisation * 6e-27)
    np.testing.assert_allclose(field, expected, rtol=1e-9, atol=1e-6)


def test_uniform_magnetisation_has_no_exchange_field():
    coefficients = jnp.asarray(exchange_coefficients(1e-11, np.full((5, 4), 1e6), mesh()))
    assert np.all(np.asarray(exchange_field(jnp.ones((3, 5, 4)), coefficients)) == 0)


def test_vacuum_is_a_free_boundary():
    magnetisation = np.full((5, 4), 1e6)
    magnetisation[2, 1] = 0
    coefficients = exchange_coefficients(1e-11, magnetisation, mesh())
    assert np.all(coefficients[:, 2, 1] == 0)
    assert coefficients[0, 1, 1] == 0
    assert coefficients[1, 3, 1] == 0
    assert coefficients[2, 2, 0] == 0
    assert coefficients[3, 2, 2] == 0


def test_dictionary_follows_oommf():
    constants = {"left": 1e-11, "default": 3e-12, "left:left": 2e-11}
    coefficients = exchange_coefficients(constants, np.full((5, 4), 1e6), mesh())
    unit = 2 / (MU0 * 1e6 * 4e-18)
    # Cells 0 to 2 are in `left`; the border to the rest has the default, not a mean.
    np.testing.assert_allclose(
        coefficients[0, :, 0] / unit, [2e-11, 2e-11, 3e-12, 3e-12, 0], rtol=1e-12
    )


@pytest.mark.parametrize("cells", [20, 40])
def test_wave_has_the_continuum_field(cells):
    # H = -2 A k^2 / (mu0 M_s) m for a spiral; the discrete Laplacian replaces k^2 by
    # (2 / d)^2 sin^2(k d / 2).
    length = 40e-9
    d = length / cells
    grid = df.Mesh(p1=(0, 0, 0), p2=(length, 1e-9, 1e-9), n=(cells, 1, 1))
    k = 2 * np.pi / length
    x = (np.arange(cells) + 0.5) * d
    m = np.stack([np.cos(k * x), np.sin(k * x), 0 * x])[:, :, None]
    coefficients = exchange_coefficients(1e-11, np.full((cells, 1), 1e6), grid)
    field = np.asarray(exchange_field(jnp.asarray(m), jnp.asarray(coefficients)))
    expected = -2e-11 / (MU0 * 1e6) * (2 / d * np.sin(k * d / 2)) ** 2 * m
    np.testing.assert_allclose(
        field[:, 1:-1], expected[:, 1:-1], atol=1e-6 * np.abs(expected).max()
    )
