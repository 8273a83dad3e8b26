import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.llg.fields.demagnetisation import (
    demagnetisation_field,
    demagnetisation_kernel,
    demagnetisation_tensor,
    dipole_tensor,
    newell_tensor,
)


def test_cube_has_one_third_on_each_axis():
    nxx, nxy, nyy, nzz = demagnetisation_tensor((1, 1), (2e-9, 2e-9, 2e-9))[:, 0, 0]
    np.testing.assert_allclose([nxx, nyy, nzz], 1 / 3, rtol=1e-12)
    assert abs(nxy) < 1e-14


def test_prism_matches_aharoni():
    # Aharoni, J. Appl. Phys. 83, 3432 (1998), for a square prism c = p a, eq. (1) with a = b.
    def aharoni(a: float, b: float, c: float) -> float:
        r = np.sqrt(a * a + b * b + c * c)
        ab, bc, ac = np.hypot(a, b), np.hypot(b, c), np.hypot(a, c)
        log = np.log
        total = (
            (b * b - c * c) / (2 * b * c) * log((r - a) / (r + a))
            + (a * a - c * c) / (2 * a * c) * log((r - b) / (r + b))
            + b / (2 * c) * log((ab + a) / (ab - a))
            + a / (2 * c) * log((ab + b) / (ab - b))
            + c / (2 * a) * log((bc - b) / (bc + b))
            + c / (2 * b) * log((ac - a) / (ac + a))
            + 2 * np.arctan(a * b / (c * r))
            + (a**3 + b**3 - 2 * c**3) / (3 * a * b * c)
            + (a * a + b * b - 2 * c * c) / (3 * a * b * c) * r
            + c / (a * b) * (ac + bc)
            - (ab**3 + bc**3 + ac**3) / (3 * a * b * c)
        )
        return total / np.pi

    tensor = demagnetisation_tensor((1, 1), (5e-9, 3e-9, 1e-9))[:, 0, 0]
    expected = [aharoni(3, 1, 5), aharoni(5, 1, 3), aharoni(5, 3, 1)]
    np.testing.assert_allclose(tensor[[0, 2, 3]], expected, rtol=1e-9)


def test_trace_is_one_for_a_cell_and_zero_between_cells():
    tensor = demagnetisation_tensor((40, 30), (4e-9, 3e-9, 1e-9))
    trace = tensor[0] + tensor[2] + tensor[3]
    assert trace[0, 0] == pytest.approx(1, abs=1e-12)
    trace[0, 0] = 0
    # Relative to the size of the tensor at each distance.
    assert np.max(np.abs(trace) / np.abs(tensor[3] + (tensor[3] == 0))) < 1e-5


def test_newell_and_quadrature_agree_where_one_takes_over():
    cell = (1.0, 1.0, 0.2)
    angle = np.linspace(0.05, 1.5, 20)
    x, y = 10.5 * np.cos(angle), 10.5 * np.sin(angle)
    near, far = newell_tensor(x, y, cell), dipole_tensor(x, y, cell)
    scale = np.prod(cell) / (4 * np.pi * 10.5**3)
    assert np.max(np.abs(near - far)) / scale < 1e-6


def test_distant_cells_act_as_dipoles():
    cell = (2e-9, 2e-9, 1e-9)
    nxx, _, nyy, nzz = demagnetisation_tensor((200, 1), cell)[:, -1, 0]
    dipole = np.prod(cell) / (4 * np.pi * (199 * cell[0]) ** 3)
    np.testing.assert_allclose([nxx, nyy, nzz], [-2 * dipole, dipole, dipole], rtol=1e-4)


def test_convolution_equals_direct_sum():
    shape, cell = (5, 4), (3e-9, 2e-9, 1e-9)
    rng = np.random.default_rng(3)
    m, magnetisation = rng.normal(size=(3, *shape)), rng.uniform(5e5, 1e6, shape)
    field = demagnetisation_field(
        jnp.asarray(m), jnp.asarray(magnetisation), jnp.asarray(demagnetisation_kernel(shape, cell))
    )
    i, j = np.meshgrid(*map(np.arange, shape), indexing="ij")
    dx = (i.ravel()[:, None] - i.ravel()) * 3.0
    dy = (j.ravel()[:, None] - j.ravel()) * 2.0
    nxx, nxy, nyy, nzz = newell_tensor(dx, dy, (3.0, 2.0, 1.0))
    mx, my, mz = (m * magnetisation).reshape(3, -1)
    direct = -np.stack([nxx @ mx + nxy @ my, nxy @ mx + nyy @ my, nzz @ mz]).reshape(3, *shape)
    np.testing.assert_allclose(field, direct, atol=1e-10 * np.abs(direct).max())


def test_wide_film_loses_its_full_perpendicular_field():
    shape = (128, 128)
    kernel = jnp.asarray(demagnetisation_kernel(shape, (10e-9, 10e-9, 1e-9)))
    m = jnp.zeros((3, *shape)).at[2].set(1.0)
    field = demagnetisation_field(m, jnp.full(shape, 8e5), kernel)
    # A disc of radius R and thickness t has N_zz = 1 - O(t/R) in its centre.
    assert float(field[2, 64, 64]) == pytest.approx(-8e5, rel=3e-3)
