import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np

from afterpulse.llg.fields.dmi import dmi_coefficients, dmi_field

MU0 = 4e-7 * np.pi
CELL = (2e-9, 3e-9, 1e-9)


def mesh(nx: int, ny: int) -> df.Mesh:
    return df.Mesh(p1=(0, 0, 0), p2=(nx * CELL[0], ny * CELL[1], CELL[2]), n=(nx, ny, 1))


def energy(m, constant):
    """Pair sum of D (m_a dm_z/da - m_z dm_a/da), the bilinear form over each face."""

    def faces(a, a_next, z, z_next):
        return a * z_next - z * a_next

    volume = np.prod(CELL)
    along_x = faces(m[0, :-1], m[0, 1:], m[2, :-1], m[2, 1:])
    along_y = faces(m[1, :, :-1], m[1, :, 1:], m[2, :, :-1], m[2, :, 1:])
    dx = (constant[1:] + constant[:-1]) / 2
    dy = (constant[:, 1:] + constant[:, :-1]) / 2
    return volume * (jnp.sum(dx * along_x) / CELL[0] + jnp.sum(dy * along_y) / CELL[1])


def test_field_is_the_gradient_of_the_energy():
    rng = np.random.default_rng(2)
    m = jnp.asarray(rng.normal(size=(3, 5, 4)))
    magnetisation, constant = rng.uniform(5e5, 1e6, (5, 4)), rng.uniform(-1e-3, 2e-3, (5, 4))
    coefficients = dmi_coefficients(constant, magnetisation, mesh(5, 4))
    field = dmi_field(m, jnp.asarray(coefficients))
    gradient = jax.grad(energy)(m, constant)
    np.testing.assert_allclose(
        field, -gradient / (MU0 * magnetisation * np.prod(CELL)), rtol=1e-9, atol=1e-6
    )


def test_energy_has_the_sign_of_micromagneticmodel():
    # micromagneticmodel: w = D (m . grad m_z - m_z div m). For m = (sin kx, 0, cos kx) that is
    # D (-k sin^2 - k cos^2) = -D k.
    nx, constant, k = 400, 1.5e-3, 2 * np.pi / 200e-9
    x = (np.arange(nx) + 0.5) * CELL[0]
    m = np.stack([np.sin(k * x), 0 * x, np.cos(k * x)])[:, :, None]
    coefficients = dmi_coefficients(constant, np.full((nx, 1), 1e6), mesh(nx, 1))
    field = np.asarray(dmi_field(jnp.asarray(m), jnp.asarray(coefficients)))
    density = -0.5 * MU0 * 1e6 * np.sum(m * field, axis=0)[1:-1]
    np.testing.assert_allclose(density, -constant * k, rtol=1e-3)


def test_missing_neighbour_adds_nothing():
    # One cell has no neighbour, so no field; in a row the end feels one neighbour only.
    one = dmi_coefficients(1e-3, np.full((1, 1), 1e6), mesh(1, 1))
    assert np.all(one == 0)
    row = dmi_coefficients(1e-3, np.full((3, 1), 1e6), mesh(3, 1))
    m = np.zeros((3, 3, 1))
    m[2] = 1
    field = np.asarray(dmi_field(jnp.asarray(m), jnp.asarray(row)))
    unit = 1e-3 / (MU0 * 1e6 * CELL[0])
    np.testing.assert_allclose(field[0, :, 0], [-unit, 0, unit], rtol=1e-12)
