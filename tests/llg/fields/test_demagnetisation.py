import itertools

import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.llg.fields import demagnetisation
from afterpulse.llg.fields.demagnetisation import (
    Demagnetisation,
    cell_self_field,
    cell_self_tensor,
    demagnetisation_field,
    demagnetisation_kernel,
)
from afterpulse.llg.fields.newell import newell_tensor

OPEN = (False, False, False)


def field_of(m, magnetisation, cell, periodic=OPEN):
    n = (m.shape[2], m.shape[3], m.shape[1])
    tensor = Demagnetisation(demagnetisation_kernel(n, cell, periodic), np.zeros(3), periodic)
    return np.asarray(demagnetisation_field(m, magnetisation, tensor))


SMALL_SHAPES = list(itertools.product(range(1, 6), repeat=3))
CELL = (1.2, 1.0, 0.8)
COMPONENTS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
PERIODICITIES = [
    periodic for periodic in itertools.product((False, True), repeat=3) if not all(periodic)
]


@pytest.fixture
def with_numpy(monkeypatch):
    """Run the convolution in NumPy: JAX would compile it anew for each of the shapes."""
    monkeypatch.setattr(demagnetisation, "jnp", np)


def direct_sum(m, tensor):
    """H_i = -sum_j N(r_i - r_j) M_j, cell after cell.

    `tensor` takes the difference of two positions in cells, three integer arrays.
    """
    places = np.stack(np.meshgrid(*map(np.arange, m.shape[1:]), indexing="ij"), -1).reshape(-1, 3)
    apart = np.moveaxis(places[:, None] - places[None], -1, 0)
    z, x, y = np.meshgrid(*(np.arange(1 - k, k) for k in m.shape[1:]), indexing="ij")
    z_apart, x_apart, y_apart = (d + k - 1 for d, k in zip(apart, m.shape[1:], strict=True))
    values = tensor(x, y, z)[:, z_apart, x_apart, y_apart]
    moments = m.reshape(3, -1)
    field = np.zeros_like(moments)
    for value, (i, j) in zip(values, COMPONENTS, strict=True):
        field[i] -= value @ moments[j]
        if i != j:
            field[j] -= value @ moments[i]
    return field.reshape(m.shape)


def aharoni(a, b, c):
    """Demagnetising factor along c of a block, J. Appl. Phys. 83, 3432 (1998), eq. (1)."""
    a, b, c = a / 2, b / 2, c / 2
    r, ab, bc, ac = np.hypot(np.hypot(a, b), c), np.hypot(a, b), np.hypot(b, c), np.hypot(a, c)
    return (
        (b * b - c * c) / (2 * b * c) * np.log((r - a) / (r + a))
        + (a * a - c * c) / (2 * a * c) * np.log((r - b) / (r + b))
        + b / (2 * c) * np.log((ab + a) / (ab - a))
        + a / (2 * c) * np.log((ab + b) / (ab - b))
        + c / (2 * a) * np.log((bc - b) / (bc + b))
        + c / (2 * b) * np.log((ac - a) / (ac + a))
        + 2 * np.arctan(a * b / (c * r))
        + (a**3 + b**3 - 2 * c**3) / (3 * a * b * c)
        + (a * a + b * b - 2 * c * c) / (3 * a * b * c) * r
        + c / (a * b) * (ac + bc)
        - (ab**3 + bc**3 + ac**3) / (3 * a * b * c)
    ) / np.pi


def test_small_open_blocks_against_aharoni_and_the_direct_sum(with_numpy):
    rng = np.random.default_rng(8)
    x, y, z = np.meshgrid(*(edge * np.arange(-4, 5) for edge in CELL), indexing="ij")
    largest = np.asarray(newell_tensor(x, y, z, CELL))
    for n in SMALL_SHAPES:
        m = rng.normal(size=(3, n[2], n[0], n[1]))
        expected = direct_sum(m, lambda x, y, z: largest[:, x + 4, y + 4, z + 4])
        actual = field_of(m, np.ones(m.shape[1:]), CELL)
        np.testing.assert_allclose(actual, expected, atol=1e-10, err_msg=str(n))
        a, b, c = (k * e for k, e in zip(n, CELL, strict=True))
        for axis, edges in enumerate([(b, c, a), (c, a, b), (a, b, c)]):
            field = field_of(uniform(n, axis), np.ones(m.shape[1:]), CELL)[axis]
            assert -field.mean() == pytest.approx(aharoni(*edges), abs=1e-9), (n, axis)


@pytest.mark.parametrize("periodic", PERIODICITIES)
def test_convolution_of_any_tensor_on_small_meshes(periodic, with_numpy, monkeypatch):
    # The convolution must sum any tensor that has the parity of the true one and its periods.
    # This one costs nothing: sums over images take seconds a mesh.
    def tensor(n, distance):
        angle = [2 * np.pi / k if wraps else 0.3 for k, wraps in zip(n, periodic, strict=True)]
        even = [1.3 + np.cos(a * d) for a, d in zip(angle, distance, strict=True)]
        odd = [np.sin(a * d) for a, d in zip(angle, distance, strict=True)]
        return np.stack(
            [
                (1 + i + 2 * j)
                * np.prod(
                    [odd[axis] if i != j and axis in (i, j) else even[axis] for axis in range(3)],
                    axis=0,
                )
                for i, j in COMPONENTS
            ]
        )

    for n in SMALL_SHAPES:

        def in_cells(point, *rest, n=n):
            return tensor(n, [d / e * max(CELL) for d, e in zip(point, CELL, strict=True)])

        monkeypatch.setattr(demagnetisation, "cell_tensor", lambda x, y, z, _: in_cells((x, y, z)))
        monkeypatch.setattr(demagnetisation, "row_tensor", in_cells)
        monkeypatch.setattr(demagnetisation, "film_tensor", in_cells)
        demagnetisation_kernel.cache_clear()
        m = np.random.default_rng(9).normal(size=(3, n[2], n[0], n[1]))
        expected = direct_sum(m, lambda *d, n=n: tensor(n, d))
        actual = field_of(m, np.ones(m.shape[1:]), CELL, periodic)
        np.testing.assert_allclose(actual, expected, atol=1e-9, err_msg=str(n))
    demagnetisation_kernel.cache_clear()


def sum_of_images(n, periodic, radius):
    """Tensor of cells and their periodic images out to a radius, and the continuum beyond it."""
    rows = [axis for axis in range(3) if periodic[axis]]
    numbers = [
        range(-int(radius / (n[axis] * CELL[axis])) - 1, int(radius / (n[axis] * CELL[axis])) + 2)
        if periodic[axis]
        else (0,)
        for axis in range(3)
    ]
    volume = float(np.prod(CELL))
    density = volume / np.prod([n[axis] * CELL[axis] for axis in rows])
    # Dipoles beyond the radius, spread evenly over the line or the plane.
    beyond = np.zeros(3)
    for axis in range(3):
        if len(rows) == 1:
            beyond[axis] = (-2 if axis in rows else 1) * density / (4 * np.pi * radius**2)
        else:
            beyond[axis] = (-0.25 if axis in rows else 0.5) * density / radius

    def tensor(*distance):
        total = np.zeros((6, *distance[0].shape))
        total[:3] += beyond.reshape(3, *[1] * distance[0].ndim)
        for image in itertools.product(*numbers):
            r = [(distance[a] + image[a] * n[a]) * CELL[a] for a in range(3)]
            along = np.sqrt(sum(r[a] ** 2 for a in rows))
            square = sum(part**2 for part in r)
            if square.min() < 100:
                values = np.asarray(newell_tensor(*r, CELL))
            else:
                values = np.stack(
                    [
                        volume
                        / (4 * np.pi)
                        * ((i == j) / square - 3 * r[i] * r[j] / square**2)
                        / np.sqrt(square)
                        for i, j in COMPONENTS
                    ]
                )
            total += np.where(along <= radius, values, 0)
        return total

    return tensor


@pytest.mark.parametrize(
    ("n", "periodic", "radius"),
    [
        ((2, 2, 1), (True, False, False), 60.0),
        ((3, 2, 1), (False, True, False), 60.0),
        ((1, 2, 2), (False, False, True), 60.0),
        pytest.param((3, 2, 1), (True, True, False), 40.0, marks=pytest.mark.slow),
        pytest.param((2, 2, 3), (True, False, True), 40.0, marks=pytest.mark.slow),
        pytest.param((2, 3, 2), (False, True, True), 40.0, marks=pytest.mark.slow),
    ],
)
def test_periodic_mesh_is_a_sum_of_images(n, periodic, radius):
    m = np.random.default_rng(10).normal(size=(3, n[2], n[0], n[1]))
    expected = direct_sum(m, sum_of_images(n, periodic, radius))
    actual = field_of(m, np.ones(m.shape[1:]), CELL, periodic)
    np.testing.assert_allclose(actual, expected, atol=1e-3)


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
    actual = field_of(m, magnetisation, tuple(1e-9 * edge for edge in cell))
    np.testing.assert_allclose(actual, direct, atol=1e-9 * np.abs(direct).max())


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
def test_cell_self_field_is_that_of_a_single_cell(cell):
    m, magnetisation = np.array([0.3, -0.5, 0.8]).reshape(3, 1, 1, 1), np.full((1, 1, 1), 8e5)
    self_tensor = jnp.asarray(cell_self_tensor(cell))
    assert self_tensor.sum() == pytest.approx(1, abs=1e-10)
    np.testing.assert_allclose(
        cell_self_field(jnp.asarray(m), jnp.asarray(magnetisation), self_tensor),
        field_of(m, magnetisation, cell),
        rtol=1e-9,
    )
