import numpy as np
import pytest

from afterpulse.llg.fields.newell import averaged, cell_tensor, newell_tensor, point_dipole_tensor


def test_cube_has_one_third_on_each_axis():
    tensor = newell_tensor(*np.zeros((3, 1)), (1.0, 1.0, 1.0))[:, 0]
    np.testing.assert_allclose(tensor[:3], 1 / 3, rtol=1e-12)
    np.testing.assert_allclose(tensor[3:], 0, atol=1e-14)


def test_prism_matches_aharoni():
    # Aharoni, J. Appl. Phys. 83, 3432 (1998), eq. (1).
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

    tensor = newell_tensor(*np.zeros((3, 1)), (1.0, 0.6, 0.2))[:3, 0]
    expected = [aharoni(3, 1, 5), aharoni(5, 1, 3), aharoni(5, 3, 1)]
    np.testing.assert_allclose(tensor, expected, rtol=1e-9)


def directions(distance):
    azimuth, polar = np.meshgrid(np.linspace(0.05, 1.5, 8), np.linspace(0.1, 1.5, 6))
    azimuth, polar = azimuth.ravel(), polar.ravel()
    return (
        distance * np.sin(polar) * np.cos(azimuth),
        distance * np.sin(polar) * np.sin(azimuth),
        distance * np.cos(polar),
    )


@pytest.mark.parametrize("cell", [(1.0, 1.0, 0.2), (1.0, 0.5, 1.0)])
def test_newell_and_quadrature_agree_where_one_takes_over(cell):
    point = directions(10.5)
    near, far = newell_tensor(*point, cell), averaged(point_dipole_tensor, point, cell, 4)
    scale = np.prod(cell) / (4 * np.pi * 10.5**3)
    assert np.max(np.abs(near - far)) / scale < 1e-6
    # Where two nodes take over, against four.
    point = directions(50.5)
    four, two = (averaged(point_dipole_tensor, point, cell, count) for count in (4, 2))
    scale = np.prod(cell) / (4 * np.pi * 50.5**3)
    assert np.max(np.abs(four - two)) / scale < 1e-6


def test_trace_is_one_for_a_cell_and_zero_between_cells():
    x, y, z = (
        part.ravel()
        for part in np.meshgrid(np.arange(12.0), 0.75 * np.arange(10), 0.25 * np.arange(6))
    )
    tensor = cell_tensor(x, y, z, (1.0, 0.75, 0.25))
    trace = tensor[:3].sum(axis=0)
    same = (x == 0) & (y == 0) & (z == 0)
    np.testing.assert_allclose(trace[same], 1, atol=1e-12)
    assert np.max(np.abs(trace[~same]) / np.abs(tensor[:3]).max(axis=0)[~same]) < 1e-5


def test_distant_cells_act_as_dipoles():
    tensor = cell_tensor(np.array([199.0]), np.zeros(1), np.zeros(1), (1.0, 1.0, 0.5))[:, 0]
    dipole = 0.5 / (4 * np.pi * 199.0**3)
    np.testing.assert_allclose(tensor[:3], [-2 * dipole, dipole, dipole], rtol=1e-4)
