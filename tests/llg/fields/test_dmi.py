import discretisedfield as df
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg
from afterpulse.llg.fields.dmi import VECTORS, dmi_coefficients, dmi_field

MU0 = 4e-7 * np.pi
UNIT = np.eye(3)


def density(m, slopes, crystal_class):
    """micromagneticmodel's w / D from m (3,) and its derivatives (axis, 3), as documented."""
    divergence = slopes[0, 0] + slopes[1, 1] + slopes[2, 2]
    if crystal_class in ("T", "O"):
        curl = [
            slopes[1, 2] - slopes[2, 1],
            slopes[2, 0] - slopes[0, 2],
            slopes[0, 1] - slopes[1, 0],
        ]
        return m @ np.array(curl)
    axis = "xyz".index(crystal_class[-1]) if "_" in crystal_class else 2
    if crystal_class.startswith("Cnv"):
        # m_i div m, with grad m_i; the derivative along i drops out.
        return m @ slopes[:, axis] - m[axis] * divergence
    first, second = [(1, 2), (2, 0), (0, 1)][axis]
    return m @ (np.cross(slopes[first], UNIT[first]) - np.cross(slopes[second], UNIT[second]))


@pytest.mark.parametrize("crystal_class", sorted(VECTORS))
def test_energy_is_the_density_of_micromagneticmodel(crystal_class):
    # A smooth periodic field; central differences err by (k d)^2 / 6.
    cells, length = 16, 32e-9
    mesh = df.Mesh(p1=(0, 0, 0), p2=(length,) * 3, n=(cells,) * 3, bc="xyz")
    k = 2 * np.pi / length
    z, x, y = np.meshgrid(*[(np.arange(cells) + 0.5) * length / cells] * 3, indexing="ij")

    def smooth(x, y, z):
        polar = 0.6 * np.sin(k * x) + 0.5 * np.cos(k * y) + 0.4 * np.sin(k * z) + 0.3
        azimuth = 0.7 * np.cos(k * x) - 0.6 * np.sin(k * y) + 0.5 * np.cos(k * z)
        sine = np.sin(polar)
        return np.stack([sine * np.cos(azimuth), sine * np.sin(azimuth), np.cos(polar)])

    m = smooth(x, y, z)
    h = 1e-13
    slopes = np.stack([(smooth(x + h * e[0], y + h * e[1], z + h * e[2]) - m) / h for e in UNIT])
    expected = np.mean(
        [
            density(m[:, i, j, l], slopes[:, :, i, j, l], crystal_class)
            for i in range(cells)
            for j in range(cells)
            for l in range(cells)  # noqa: E741
        ]
    )
    coefficients = dmi_coefficients(2e-3, np.full(m.shape[1:], 8e5), mesh)
    field = np.asarray(dmi_field(jnp.asarray(m), jnp.asarray(coefficients), crystal_class))
    actual = -0.5 * MU0 * 8e5 * np.mean(np.sum(m * field, axis=0)) / 2e-3
    size = np.sqrt(np.mean(slopes**2))
    assert abs(expected) > 0.02 * size
    assert actual == pytest.approx(expected, abs=0.02 * size)


@pytest.mark.parametrize("crystal_class", ["T", "Cnv_x", "Cnv_y", "Cnv_z", "D2d_x", "D2d_z"])
def test_field_is_the_gradient_of_the_energy(block, crystal_class):
    constant = block.scalar(-1e-3, 2e-3)

    def energy(m):
        """D_ij v . (m_i x m_j) V / d for each pair."""
        total = 0.0
        for axis, one, other in block.pairs():
            if VECTORS[crystal_class][axis] is None:
                continue
            along, sign = VECTORS[crystal_class][axis]
            mean = (constant[one] + constant[other]) / 2
            product = jnp.cross(m[(slice(None), *one)], m[(slice(None), *other)])
            total += mean * sign * product[along] / block.mesh.cell[axis]
        return block.volume * total

    coefficients = dmi_coefficients(constant, block.magnetisation, block.mesh)
    field = dmi_field(block.m, jnp.asarray(coefficients), crystal_class)
    expected = block.field_of(energy)
    np.testing.assert_allclose(field, expected, rtol=1e-9, atol=1e-9 * abs(expected).max())


def test_missing_neighbour_adds_nothing():
    # In a row the end feels one neighbour only, which cants it.
    mesh = df.Mesh(p1=(0, 0, 0), p2=(6e-9, 1e-9, 1e-9), n=(3, 1, 1))
    row = dmi_coefficients(1e-3, np.full((1, 3, 1), 1e6), mesh)
    m = np.zeros((3, 1, 3, 1))
    m[2] = 1
    field = np.asarray(dmi_field(jnp.asarray(m), jnp.asarray(row), "Cnv_z"))
    unit = 1e-3 / (MU0 * 1e6 * 2e-9)
    np.testing.assert_allclose(field[0, 0, :, 0], [-unit, 0, unit], rtol=1e-12)


A, K, CELL = 1e-11, 4e5, 0.5e-9
WIDTH = np.sqrt(A / K)


def relaxed_strip(dmi, start, hard=0.0):
    """Directions along a strip with easy axis z and hard axis x, shape (cells, 3)."""
    cells = 200
    mesh = df.Mesh(p1=(0, 0, 0), p2=(cells * CELL, CELL, CELL), n=(cells, 1, 1))
    system = mm.System(name="strip", m=df.Field(mesh, nvdim=3, value=start, norm=8e5))
    system.energy = mm.Exchange(A=A) + mm.DMI(D=dmi, crystalclass="Cnv_z")
    system.energy += mm.UniaxialAnisotropy(K=K, u=(0, 0, 1), name="easy")
    system.energy += mm.UniaxialAnisotropy(K=-hard, u=(1, 0, 0), name="hard")
    return llg.relax_batch([system])[0, :, 0, 0]


@pytest.mark.parametrize("expected", [-0.7, -0.3, 0.0, 0.3, 0.7])
def test_wall_angle(expected):
    # The wall energy 4 sqrt(A K) + 2 Delta K_x cos(phi)^2 - pi D cos(phi) is least at
    # cos(phi) = pi D / (4 Delta K_x); for K_x << K, else phi varies within the wall.
    hard = 0.01 * K
    middle = 100 * CELL

    def wall(point):
        x = (point[0] - middle) / WIDTH
        return (expected / np.cosh(x), 0.5 / np.cosh(x), -np.tanh(x))

    m = relaxed_strip(expected * 4 * WIDTH * hard / np.pi, wall, hard)
    inside = m[np.abs(m[:, 2]) < 0.5]
    cosine = inside[:, 0] / np.hypot(inside[:, 0], inside[:, 1])
    np.testing.assert_allclose(cosine, expected, atol=0.02)


@pytest.mark.parametrize("dmi", [5e-4, -1e-3])
def test_canting_at_an_edge(dmi):
    # Rohart and Thiaville, Phys. Rev. B 88, 184422 (2013): w = D (m_x dm_z/dx - m_z dm_x/dx)
    # makes theta' = D / 2A at a free edge, and A theta'^2 = K sin(theta)^2 on the way there, so
    # sin(theta) = D Delta / 2A. The last cell's centre lies half a cell before the edge.
    m = relaxed_strip(dmi, (0.01, 0, 1))
    slope = dmi / (2 * A)
    edge = np.arcsin(m[-1, 0]) + slope * CELL / 2
    assert np.sin(edge) == pytest.approx(slope * WIDTH, rel=0.02)
    np.testing.assert_allclose(m[0, 0], -m[-1, 0], atol=1e-6)
