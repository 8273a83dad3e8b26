import numpy as np
import pytest
from scipy.integrate import dblquad

from afterpulse.device.dipolar_field import prism_field_zz


def test_centre_of_a_cube():
    assert prism_field_zz(0.0, 0.0, 1.0, 1.0, 1.0) == pytest.approx(-1 / 3, rel=1e-12)


def test_flat_and_tall_prisms():
    assert prism_field_zz(0.0, 0.0, 1.0, 1.0, 1e-4) == pytest.approx(-1.0, abs=1e-3)
    assert prism_field_zz(0.0, 0.0, 1.0, 1.0, 1e3) == pytest.approx(0.0, abs=1e-5)


def test_prisms_that_tile_the_plane_are_an_infinite_sheet():
    width, thickness, reach = 2.0, 1.0, 300
    offset = np.arange(-reach, reach + 1) * width
    # Beyond the tiles the sheet acts as dipoles, -t/(4 pi r³): add their integral over the
    # outside of the square, 4 sqrt(2)/L for half an edge L.
    half_edge = (reach + 0.5) * width
    rest = -thickness / (4 * np.pi) * 4 * np.sqrt(2) / half_edge
    for x, y in ((0.0, 0.0), (0.3, -0.8)):
        total = prism_field_zz(
            offset[:, None] - x, offset[None, :] - y, width, width, thickness
        ).sum()
        assert total + rest == pytest.approx(-1.0, abs=1e-6)


def test_far_away_it_is_a_dipole():
    x, y = 30.0, -40.0
    volume = 1.0 * 2.0 * 0.5
    assert prism_field_zz(x, y, 1.0, 2.0, 0.5) == pytest.approx(
        -volume / (4 * np.pi * 50.0**3), rel=2e-3
    )


@pytest.mark.parametrize(("x", "y"), [(0.1, 0.2), (0.8, 0.0), (0.9, -1.4)])
def test_field_of_two_charged_sheets(x, y):
    width_x, width_y, thickness = 1.0, 1.6, 0.6

    # Coulomb's law: charges of 1 at z = t/2 and -1 at z = -t/2, both pull towards -z.
    def pull(there_y, there_x):
        depth = thickness / 2
        distance = np.sqrt((x - there_x) ** 2 + (y - there_y) ** 2 + depth**2)
        return -2 * depth / (4 * np.pi * distance**3)

    expected, _ = dblquad(pull, -width_x / 2, width_x / 2, -width_y / 2, width_y / 2)
    assert prism_field_zz(x, y, width_x, width_y, thickness) == pytest.approx(expected, rel=1e-6)
