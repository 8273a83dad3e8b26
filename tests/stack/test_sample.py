import numpy as np
import pytest
import xarray as xr

from afterpulse import store
from afterpulse.stack import sample as samples


def test_every_cell_has_a_unit_and_every_raster_point_a_grain(small_sample):
    for index, area in (
        (small_sample.unit_index, small_sample.unit_area),
        (small_sample.grain_index, small_sample.grain_area),
    ):
        assert np.array_equal(np.unique(index), np.arange(area.size))
    assert small_sample.unit_index.shape == (16, 16)
    assert small_sample.grain_index.shape == (64, 64)
    window = (16 * small_sample.cell) ** 2
    assert small_sample.unit_area.sum() == pytest.approx(window)
    assert small_sample.grain_area.sum() == pytest.approx(window)


def test_contacts_share_out_units_and_grains(small_sample):
    by_unit = np.bincount(small_sample.contact_unit, small_sample.contact_area)
    by_grain = np.bincount(small_sample.contact_grain, small_sample.contact_area)
    np.testing.assert_allclose(by_unit, small_sample.unit_area)
    np.testing.assert_allclose(by_grain, small_sample.grain_area)


def test_spreads_of_units(device_card, experiment_card):
    device = device_card(
        {
            "ferromagnet.unit_diameter": "10 nm",
            "ferromagnet.anisotropy_spread": 0.1,
            "switching.critical_current_spread": 0.3,
            "switching.weak_spot_density": "0 1/um^2",
            "antiferromagnet.grain_diameter": "20 nm",
        }
    )
    experiment = experiment_card({"numerics.window": "200 nm", "numerics.cell": "5 nm"})
    drawn = samples.make_sample(device, experiment, np.random.default_rng(8))
    count = drawn.unit_area.size
    assert count > 300
    for values, mean, spread in (
        (drawn.unit_anisotropy_factor, 1.0, 0.1),
        (np.log(drawn.unit_threshold_factor), 0.0, 0.3),
    ):
        assert values.mean() == pytest.approx(mean, abs=3 * spread / np.sqrt(count))
        assert values.std() == pytest.approx(spread, abs=3 * spread / np.sqrt(2 * count))


def test_same_generator_same_sample(device_card, experiment_card, small_sample):
    again = samples.make_sample(device_card(), experiment_card(), np.random.default_rng(1))
    other = samples.make_sample(device_card(), experiment_card(), np.random.default_rng(2))
    for name in samples.DIMENSIONS:
        assert np.array_equal(getattr(again, name), getattr(small_sample, name)), name
    assert not np.array_equal(other.unit_index, small_sample.unit_index)


def test_weak_spots_cover_their_share():
    # Discs at random places leave exp(-density area) of the plane; near the window's edges fewer
    # discs reach, so count the inside.
    cells, cell, density, diameter = 60, 2e-9, 400e12, 20e-9
    margin = 6
    shares = []
    for seed in range(150):
        factor = samples.weak_spots(
            cells, cell, density, diameter, 0.4, np.random.default_rng(seed)
        )
        assert set(np.unique(factor)) <= {0.4, 1.0}
        shares.append(np.mean(factor[margin:-margin, margin:-margin] == 0.4))
    expected = 1 - np.exp(-density * np.pi / 4 * diameter**2)
    error = np.std(shares, ddof=1) / np.sqrt(len(shares))
    assert np.mean(shares) == pytest.approx(expected, abs=3 * error)


@pytest.mark.parametrize(("polar", "azimuth"), [(0.0, 0.0), (0.5, 1.0)])
def test_easy_axes_form_a_cone(polar, azimuth):
    spread, grains = 0.1, 4000
    axes = samples.easy_axes(grains, polar, azimuth, spread, np.random.default_rng(4))
    np.testing.assert_allclose(np.linalg.norm(axes, axis=1), 1.0)
    assert (axes[:, 2] >= 0).all()
    mean = np.array(
        [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)]
    )
    # Two normal tilts: the angle's mean square is 2 spread², its relative error 1/sqrt(grains).
    # For a cone as narrow as this the sphere's curvature changes it by about spread².
    square = np.mean(np.arccos(np.clip(axes @ mean, -1, 1)) ** 2)
    assert square == pytest.approx(2 * spread**2, rel=3 / np.sqrt(grains) + spread**2)
    centre = axes.mean(axis=0)
    np.testing.assert_allclose(
        centre / np.linalg.norm(centre), mean, atol=3 * spread / np.sqrt(grains)
    )


def test_no_spread_no_cone():
    axes = samples.easy_axes(3, 0.3, 0.0, 0.0, np.random.default_rng(0))
    np.testing.assert_allclose(axes, np.tile([np.sin(0.3), 0, np.cos(0.3)], (3, 1)))


def test_borders_of_a_checkerboard():
    index = np.kron(np.arange(9).reshape(3, 3), np.ones((4, 4), dtype=int)).astype(np.int32)
    length = samples.border_lengths(index, 2.0)
    np.testing.assert_array_equal(length, length.T)
    for one in range(9):
        for other in range(9):
            steps = abs(one // 3 - other // 3) + abs(one % 3 - other % 3)
            expected = 4 * 2.0 * np.pi / 4 if steps == 1 else 0.0
            assert length[one, other] == pytest.approx(expected)


def test_border_of_a_disc_is_its_circumference():
    axis = np.arange(100) - 49.7
    index = (axis[:, None] ** 2 + axis[None, :] ** 2 < 35.0**2).astype(np.int32)
    length = samples.border_lengths(index, 1.0)
    assert length[0, 1] == pytest.approx(2 * np.pi * 35.0, rel=0.02)


def demagnetising_factor(a, b, c):
    """N_z of a prism with half edges a, b, c: Aharoni, J. Appl. Phys. 83, 3432 (1998)."""
    r, ab, ac, bc = (
        np.sqrt(a * a + b * b + c * c),
        np.hypot(a, b),
        np.hypot(a, c),
        np.hypot(b, c),
    )
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


def test_demagnetising_factor_of_a_flat_unit():
    assert demagnetising_factor(1.0, 1.0, 1.0) == pytest.approx(1 / 3)
    cell, thickness = 5e-9, 1.1e-9
    volumes = samples.dipolar_volumes(np.zeros((9, 9), dtype=np.int32), cell, thickness)
    exact = demagnetising_factor(9 * cell / 2, 9 * cell / 2, thickness / 2)
    # What holds the film's stray field together is 1 - N; the mid plane gives it to a tenth.
    own = -volumes[0, 0] / ((9 * cell) ** 2 * thickness)
    assert 1 - own == pytest.approx(1 - exact, rel=0.1)


def test_units_of_a_large_film_feel_an_infinite_sheet():
    blocks, side, cell, thickness = 15, 4, 5.0, 1.0
    index = np.kron(
        np.arange(blocks**2).reshape(blocks, blocks), np.ones((side, side), dtype=int)
    ).astype(np.int32)
    volumes = samples.dipolar_volumes(index, cell, thickness)
    np.testing.assert_allclose(volumes, volumes.T)
    volume = (side * cell) ** 2 * thickness
    centre = blocks**2 // 2
    # What lies outside the window adds -t sqrt(2)/(pi L) for half an edge L, as dipoles.
    missing = thickness * np.sqrt(2) / (np.pi * blocks * side * cell / 2)
    assert volumes[centre].sum() / volume == pytest.approx(-1 + missing, abs=1e-4)


def test_far_units_are_dipoles():
    index = np.zeros((60, 60), dtype=np.int32)
    index[2:6, 3:6] = 1
    index[50:53, 54:58] = 2
    cell, thickness = 5.0, 2.0
    volumes = samples.dipolar_volumes(index, cell, thickness)
    one = np.array([3.5, 4.0]) * cell
    other = np.array([51.0, 55.5]) * cell
    distance = np.linalg.norm(one - other)
    expected = -((12 * cell**2 * thickness) ** 2) / (4 * np.pi * distance**3)
    assert volumes[1, 2] == pytest.approx(expected, rel=0.01)


def test_a_file_gives_the_sample_back(small_sample, tmp_path):
    store.write(store.label(samples.to_dataset(small_sample)), tmp_path / "sample.nc")
    with xr.open_dataset(tmp_path / "sample.nc") as dataset:
        again = samples.from_dataset(dataset.load())
    assert again.cell == small_sample.cell
    for name in samples.DIMENSIONS:
        before, after = getattr(small_sample, name), getattr(again, name)
        assert before.dtype == after.dtype
        assert np.array_equal(before, after), name
