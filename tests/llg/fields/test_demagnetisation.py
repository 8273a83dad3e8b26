import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.llg.fields.demagnetisation import (
    demagnetisation_field,
    demagnetisation_kernel,
    own_field,
    own_tensor,
)
from afterpulse.llg.fields.newell import newell_tensor

OPEN = (False, False, False)


def field_of(m, magnetisation, cell, periodic=OPEN):
    n = (m.shape[2], m.shape[3], m.shape[1])
    kernel = jnp.asarray(demagnetisation_kernel(n, cell, periodic))
    return np.asarray(demagnetisation_field(jnp.asarray(m), jnp.asarray(magnetisation), kernel))


@pytest.mark.parametrize("n", [(5, 4, 1), (4, 3, 3), (1, 6, 2), (1, 1, 5), (1, 1, 1)])
def test_convolution_equals_direct_sum(n):
    cell = (3.0, 2.0, 1.0)
    shape = (n[2], n[0], n[1])
    rng = np.random.default_rng(3)
    m, magnetisation = rng.normal(size=(3, *shape)), rng.uniform(5e5, 1e6, shape)
    z, x, y = (part.ravel() for part in np.meshgrid(*map(np.arange, shape), indexing="ij"))
    distance = [d * np.subtract.outer(part, part) for d, part in zip(cell, (x, y, z), strict=True)]
    nxx, nyy, nzz, nxy, nxz, nyz = newell_tensor(*distance, cell)
    mx, my, mz = (m * magnetisation).reshape(3, -1)
    direct = -np.stack(
        [
            nxx @ mx + nxy @ my + nxz @ mz,
            nxy @ mx + nyy @ my + nyz @ mz,
            nxz @ mx + nyz @ my + nzz @ mz,
        ]
    ).reshape(3, *shape)
    found = field_of(m, magnetisation, tuple(1e-9 * edge for edge in cell))
    np.testing.assert_allclose(found, direct, atol=1e-9 * np.abs(direct).max())


def test_wide_film_loses_its_full_perpendicular_field():
    m = np.zeros((3, 1, 128, 128))
    m[2] = 1
    field = field_of(m, np.full((1, 128, 128), 8e5), (10e-9, 10e-9, 1e-9))
    # A disc of radius R and thickness t has N_zz = 1 - O(t/R) in its centre.
    assert field[2, 0, 64, 64] == pytest.approx(-8e5, rel=3e-3)


def uniform(n, axis):
    m = np.zeros((3, n[2], n[0], n[1]))
    m[axis] = 1
    return m


@pytest.mark.parametrize(
    ("normal", "n"), [(0, (2, 8, 12)), (1, (7, 3, 8)), (2, (8, 6, 2)), (2, (1, 8, 3))]
)
def test_infinite_film_has_one_across_and_none_along(normal, n):
    periodic = tuple(axis != normal for axis in range(3))
    for axis in range(3):
        field = field_of(
            uniform(n, axis), np.ones((n[2], n[0], n[1])), (2e-9, 3e-9, 1e-9), periodic
        )
        expected = np.zeros_like(field)
        expected[axis] = -1.0 if axis == normal else 0.0
        # Uniform in all cells, since the film is one layer of charge above and below.
        np.testing.assert_allclose(field, expected, atol=1e-8)


@pytest.mark.parametrize("along", [0, 1, 2])
def test_infinite_square_prism_has_one_half_across(along):
    n = [4, 4, 4]
    n[along] = 3
    periodic = tuple(axis == along for axis in range(3))
    for axis in range(3):
        field = field_of(uniform(n, axis), np.ones((n[2], n[0], n[1])), (1e-9,) * 3, periodic)
        expected = np.zeros(3)
        expected[axis] = 0.0 if axis == along else -0.5
        np.testing.assert_allclose(field.mean(axis=(1, 2, 3)), expected, atol=1e-8)


@pytest.mark.parametrize("component", [0, 1])
def test_wave_in_a_periodic_film_of_two_layers(component):
    # Cells along x, magnetised along z or x and uniform along y, make sheets of charge. A layer
    # of thickness t acts on itself with f(q) = (1 - exp(-q t)) / (q t) and on the other one with
    # (1 - exp(-q t))^2 / (2 q t), summed over q = |k + 2 pi G / d| with the cells' form factor.
    nx, d, t = 24, 2e-9, 1.5e-9
    k = 2 * np.pi * 3 / (nx * d)
    q = k + 2 * np.pi / d * np.arange(-200_000, 200_001)
    q = abs(q)
    form = np.sinc(q * d / (2 * np.pi)) ** 2
    own = np.sum(form * (1 - np.exp(-q * t)) / (q * t))
    other = np.sum(form * (1 - np.exp(-q * t)) ** 2 / (2 * q * t))
    wave = np.cos(k * d * np.arange(nx))[:, None] * np.ones(4)
    m = np.zeros((3, 2, nx, 4))
    m[2 if component == 0 else 0, 0] = wave
    field = field_of(m, np.ones(m.shape[1:]), (d, d, t), (True, True, False))
    if component == 0:
        np.testing.assert_allclose(field[2, 0], -own * wave, atol=1e-8)
        np.testing.assert_allclose(field[2, 1], other * wave, atol=1e-8)
    else:
        np.testing.assert_allclose(field[0, 0], -(1 - own) * wave, atol=1e-5)
        np.testing.assert_allclose(field[0, 1], -other * wave, atol=1e-8)


def test_periodic_row_is_the_middle_of_a_long_open_one():
    rng = np.random.default_rng(6)
    one = rng.normal(size=(3, 2, 3, 2))
    copies = 81
    field = field_of(one, np.ones(one.shape[1:]), (2e-9, 1e-9, 1.5e-9), (True, False, False))
    long = np.tile(one, (1, 1, copies, 1))
    middle = field_of(long, np.ones(long.shape[1:]), (2e-9, 1e-9, 1.5e-9))
    middle = middle[:, :, 3 * (copies // 2) : 3 * (copies // 2 + 1)]
    # What is missing beyond 40 periods is 4 pi^-1 sum V / x^3, V = 18 and x > 6 * 40.
    np.testing.assert_allclose(field, middle, atol=4 * 18 / (4 * np.pi) / 240**2)


def test_no_surface_is_refused():
    with pytest.raises(ValueError, match="Demag"):
        demagnetisation_kernel((2, 2, 2), (1e-9,) * 3, (True, True, True))


@pytest.mark.parametrize("cell", [(3e-9, 2e-9, 1e-9), (2e-9, 2e-9, 2e-9), (1e-9, 1e-9, 5e-9)])
def test_own_field_is_that_of_a_single_cell(cell):
    m, magnetisation = np.array([0.3, -0.5, 0.8]).reshape(3, 1, 1, 1), np.full((1, 1, 1), 8e5)
    own = jnp.asarray(own_tensor(cell))
    assert own.sum() == pytest.approx(1, abs=1e-10)
    np.testing.assert_allclose(
        own_field(jnp.asarray(m), jnp.asarray(magnetisation), own),
        field_of(m, magnetisation, cell),
        rtol=1e-9,
    )
