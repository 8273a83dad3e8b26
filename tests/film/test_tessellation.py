import numpy as np
import pytest

from afterpulse.film.tessellation import lognormal_diameters, power_diagram


def test_diameters_are_lognormal_and_fill_the_area():
    median, spread, area = 10e-9, 0.3, (600e-9) ** 2
    diameters = lognormal_diameters(median, spread, area, np.random.default_rng(3))
    assert np.pi / 4 * np.sum(diameters**2) == pytest.approx(area, rel=1e-12)
    logarithm = np.log(diameters)
    error = spread / np.sqrt(diameters.size)
    # The median's standard error is sqrt(pi/2) of the mean's, that of sigma 1/sqrt(2) of it.
    assert np.median(logarithm) == pytest.approx(np.log(median), abs=3 * 1.2533 * error)
    assert logarithm.std() == pytest.approx(spread, abs=3 * error / np.sqrt(2))
    mean_area = np.pi / 4 * median**2 * np.exp(2 * spread**2)
    # Var(area)/mean² is exp(4 sigma²) - 1.
    count_error = np.sqrt(np.expm1(4 * spread**2) * area / mean_area)
    assert diameters.size == pytest.approx(area / mean_area, abs=3 * count_error)


def test_one_grain_may_fill_a_small_window():
    area = (10e-9) ** 2
    diameters = lognormal_diameters(50e-9, 0.2, area, np.random.default_rng(0))
    np.testing.assert_allclose(np.pi / 4 * diameters**2, [area])


def test_cells_have_the_areas_of_their_diameters():
    pixels, pixel = 160, 1e-9
    random = np.random.default_rng(5)
    diameters = lognormal_diameters(16e-9, 0.25, (pixels * pixel) ** 2, random)
    owner = power_diagram(diameters, pixels, pixel, random)
    assert owner.shape == (pixels, pixels)
    area = np.bincount(owner.ravel(), minlength=diameters.size) * pixel**2
    ratio = area / (np.pi / 4 * diameters**2)
    assert np.abs(ratio - 1).max() < 0.25
    assert ratio.std() < 0.05
    # The shapes' own diameters keep median and spread.
    equivalent = np.log(np.sqrt(4 * area / np.pi))
    assert np.median(equivalent) == pytest.approx(np.median(np.log(diameters)), abs=0.03)
    assert equivalent.std() == pytest.approx(np.log(diameters).std(), abs=0.02)


def test_cells_are_compact():
    # A disc's points are on average (2/3) r from its centroid; a strip's much further.
    pixels, pixel = 120, 1.0
    random = np.random.default_rng(2)
    diameters = lognormal_diameters(20.0, 0.1, 120.0**2, random)
    owner = power_diagram(diameters, pixels, pixel, random)
    for grain in range(diameters.size):
        x, y = np.nonzero(owner == grain)
        distance = np.hypot(x - x.mean(), y - y.mean()).mean()
        assert distance < 1.35 * 2 / 3 * np.sqrt(x.size / np.pi)
