import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import spsolve

from afterpulse.timeline.hall_cross import cell_weight, response_density, sensitivity


def stiffness(hall_angle):
    """Bilinear element of a cell with the conductance [[1, -angle], [angle, 1]]."""
    point = 0.5 + np.array([-0.5, 0.5]) / 3**0.5
    total = np.zeros((4, 4))
    for x in point:
        for y in point:
            along = np.array([y - 1, 1 - y, y, -y])
            across = np.array([x - 1, -x, x, 1 - x])
            gradient = np.stack([along, across])
            total += gradient.T @ [[1, -hall_angle], [hall_angle, 1]] @ gradient / 4
    return total


def direct_hall_resistance(channel, arm, hall_angle, length=3):
    """Hall resistance over sheet resistance of a cross by finite elements.

    `channel` and `arm` are its widths in cells, `length` is that of the arms in widths,
    `hall_angle` a function of the place in cells. Current enters evenly; nothing but Ohm's law
    is in here.
    """
    half_x, half_y = arm // 2 + length * channel, channel // 2 + length * arm
    x = np.arange(-half_x, half_x) + 0.5
    y = np.arange(-half_y, half_y) + 0.5
    film = (np.abs(x)[:, None] < arm / 2) | (np.abs(y)[None, :] < channel / 2)
    i, j = np.nonzero(film)
    node = i[:, None] + [0, 1, 1, 0], j[:, None] + [0, 0, 1, 1]
    number = np.full((2 * half_x + 1, 2 * half_y + 1), -1)
    number[node] = 0
    number[number == 0] = np.arange((number == 0).sum())
    corners = number[node]
    plain, turned = stiffness(0.0), stiffness(1.0) - stiffness(0.0)
    values = plain + hall_angle(x[i], y[j])[:, None, None] * turned
    rows, columns = np.broadcast_arrays(corners[:, :, None], corners[:, None, :])
    matrix = sparse.csr_array((values.ravel(), (rows.ravel(), columns.ravel())))
    source = np.zeros(number.max() + 1)
    for end, current in ((0, 1.0), (-1, -1.0)):
        into = number[end][number[end] >= 0]
        source[into] = current / channel
        source[into[[0, -1]]] /= 2
    free = np.arange(1, source.size)
    potential = np.zeros(source.size)
    potential[free] = spsolve(
        matrix[free][:, free].tocsc(), source[free], permc_spec="MMD_AT_PLUS_A"
    )
    low, high = (potential[number[:, end][number[:, end] >= 0]].mean() for end in (0, -1))
    return high - low


CROSSES = [(24, 24), (32, 16), (12, 24)]


@pytest.mark.parametrize(("channel", "arm"), CROSSES)
def test_density_tells_the_voltage_of_a_direct_solution(channel, arm):
    # Domains in the centre, off it, across an edge of the film and in an arm.
    for at_x, at_y, radius in ((0, 0, 4), (arm / 4, -channel / 3, 3), (arm / 2, 1, 5), (1, 14, 4)):

        def domain(x, y, at_x=at_x, at_y=at_y, radius=radius):
            return np.hypot(x - at_x, y - at_y) < radius

        found = direct_hall_resistance(channel, arm, lambda x, y, d=domain: 1e-6 * d(x, y)) / 1e-6
        x, y = (index - 20.5 for index in np.indices((42, 42)))
        covered = domain(x, y)
        expected = response_density(x[covered], y[covered], channel, arm).sum()
        # The finite elements' own error at this grid is below 1 %, see below.
        assert found == pytest.approx(expected, rel=0.01)


def test_direct_solution_comes_nearer_with_a_finer_grid():
    # A quarter of the crossing, corner and all: there E ~ r^(-1/3), of order 4/3.
    fine = (np.arange(100) + 0.5) / 200
    exact = response_density(fine[:, None], fine, 1.0, 1.0).mean() / 4
    errors = [
        direct_hall_resistance(
            cells,
            cells,
            lambda x, y, n=cells: 1e-6 * ((0 < x) & (x < n / 2) & (0 < y) & (y < n / 2)),
        )
        / 1e-6
        / exact
        - 1
        for cells in (8, 16, 32)
    ]
    assert np.abs(errors[2]) < 0.006
    np.testing.assert_allclose(np.divide(errors[:-1], errors[1:]), 2 ** (4 / 3), rtol=0.1)


@pytest.mark.parametrize(("channel", "arm"), [(1.0, 1.0), (2.0, 1.0), (0.5, 1.0)])
def test_all_of_the_voltage_comes_from_somewhere(channel, arm):
    # A uniform Hall angle gives V = I R m. Beyond two widths exp(-2 pi) is left.
    axis = np.arange(0, 4, 0.05) + 0.025
    density = response_density(axis[:, None], axis, channel, arm)
    assert 4 * density.sum() * 0.05**2 == pytest.approx(1.0, abs=3e-3)
    beside = (axis[:, None] > arm / 2) & (axis > channel / 2)
    assert (density[beside] == 0).all()
    assert (density[~beside] > 0).all()


def test_narrow_voltage_arms_are_points_on_a_strip():
    # Current between points on both sides of a strip of width one: E_x - iE_y = -i sech(pi z).
    x, y = np.meshgrid(np.linspace(-1.5, 1.5, 13), np.linspace(-0.4, 0.4, 9))
    expected = np.real(1 / np.cosh(np.pi * (x + 1j * y)))
    np.testing.assert_allclose(response_density(x, y, 1.0, 1e-5), expected, atol=1e-6)
    # As a narrow bar between wide arms, by reciprocity.
    np.testing.assert_allclose(response_density(y, x, 1e-5, 1.0), expected, atol=1e-6)


def test_density_far_out_in_an_arm_falls_as_its_slowest_mode():
    near, far = response_density([2.5, 3.0], 0.0, 1.0, 1.0)
    assert near / far == pytest.approx(np.exp(np.pi / 2), rel=1e-3)


def test_square_crossing_peaks_in_the_centre_and_on_its_diagonals():
    # On a diagonal (1 - p^2 e^2) and (1 + p^2 e^2) are conjugate and sum to two: 1/(2 w^2).
    axis = np.linspace(-1.4, 1.4, 29)
    density = response_density(axis[:, None], axis, 3.0, 3.0)
    np.testing.assert_allclose(np.diagonal(density), 1 / 18, rtol=1e-7)
    assert density.max() == pytest.approx(1 / 18, rel=1e-7)
    assert (density[14, :14] < density[14, 1:15]).all()
    assert response_density(0.0, 0.0, 3.0, 4.0) == pytest.approx(1 / 25, rel=1e-12)


def test_sensitivity_has_the_symmetry_of_the_cross():
    weight = sensitivity(2.0, 1.0, 0.1, (30, 24))
    assert weight.shape == (30, 24)
    assert weight.mean() == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(weight, weight[::-1], rtol=1e-7)
    np.testing.assert_allclose(weight, weight[:, ::-1], rtol=1e-7)
    np.testing.assert_allclose(weight.T, sensitivity(1.0, 2.0, 0.1, (24, 30)), rtol=1e-6)
    # Lengths count as ratios alone.
    np.testing.assert_allclose(weight, sensitivity(2e-6, 1e-6, 1e-7, (30, 24)), rtol=1e-6)


def test_sensitivity_converges_with_the_cell():
    coarse, fine, finest = (
        sensitivity(1.0, 1.0, 0.8 / cells, (cells, cells)) for cells in (8, 16, 32)
    )

    def halved(weight):
        return weight.reshape(weight.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3))

    first, second = np.abs(halved(fine) - coarse), np.abs(halved(finest) - fine)
    # A centre's value is the cell's mean but for the cell squared.
    assert first.max() < 0.01
    assert second.mean() == pytest.approx(first.mean() / 4, rel=0.1)


def test_weight_of_the_cells_is_that_of_the_cards_cross(device_card, small_sample):
    assert cell_weight(device_card(), small_sample) is None
    widths = {"hall_bar.width": "60 nm", "hall_bar.arm_width": "40 nm"}
    weight = cell_weight(device_card(widths), small_sample)
    axis = (np.arange(16) - 7.5) * small_sample.cell
    density = response_density(axis[:, None], axis, 60e-9, 40e-9)
    np.testing.assert_allclose(weight, density / density.sum(), rtol=1e-12)
    # Beside the bar and its arms there is no film.
    assert weight[0, 0] == 0
    # More than its area, for it lies in the centre.
    assert weight[6:10, 6:10].sum() > 16 / 256


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 1.0, 0.1, (4, 4)), "channel_width must be above 0 m, got 0.0"),
        ((1.0, np.nan, 0.1, (4, 4)), "arm_width"),
        ((1.0, 1.0, -0.1, (4, 4)), "cell must be above 0 m"),
        ((1.0, 1.0, 3.0, (2, 2)), "no centre of the 2 x 2 cells lies on the cross"),
    ],
)
def test_what_is_no_cross_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        sensitivity(*arguments)
