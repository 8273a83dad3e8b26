import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.film import sample as samples
from afterpulse.film.stray_field import near_pairs


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
    one, other = near_pairs(index)
    length = samples.border_lengths(index, 2.0, one, other)
    steps = abs(one // 3 - other // 3) + abs(one % 3 - other % 3)
    assert np.count_nonzero(steps == 1) == 24
    np.testing.assert_allclose(length, np.where(steps == 1, 4 * 2.0 * np.pi / 4, 0.0))


def test_border_of_a_disc_is_its_circumference():
    axis = np.arange(100) - 49.7
    index = (axis[:, None] ** 2 + axis[None, :] ** 2 < 35.0**2).astype(np.int32)
    length = samples.border_lengths(index, 1.0, *near_pairs(index))
    assert length[0] == pytest.approx(2 * np.pi * 35.0, rel=0.02)


def test_a_file_gives_the_sample_back(small_sample, tmp_path):
    datasets.write(datasets.label(samples.to_dataset(small_sample)), tmp_path / "sample.nc")
    with xr.open_dataset(tmp_path / "sample.nc") as dataset:
        again = samples.from_dataset(dataset.load())
    assert again.cell == small_sample.cell
    for name in samples.DIMENSIONS:
        before, after = getattr(small_sample, name), getattr(again, name)
        assert before.dtype == after.dtype
        assert np.array_equal(before, after), name
