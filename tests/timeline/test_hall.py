import numpy as np
import pytest
import xarray as xr

from afterpulse.timeline import hall


def test_perpendicular_film_gives_the_anomalous_voltage():
    # 1 mA through 0.7 ohm, and its sign.
    found = hall.hall_voltage([1.0, -1.0], 0.0, 1e-3, 0.7, 0.2)
    np.testing.assert_allclose(found, [7e-4, -7e-4], rtol=1e-12)


@pytest.mark.parametrize(("angle", "product"), [(45, 0.5), (0, 0.0), (-45, -0.5), (30, 3**0.5 / 4)])
def test_film_in_the_plane_gives_the_planar_voltage(angle, product):
    x, y = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    found = hall.hall_voltage(0.0, x * y, 2e-3, 0.7, 0.2)
    assert found == pytest.approx(2e-3 * 0.2 * product, abs=1e-18)


def test_each_state_takes_its_offset():
    found = hall.hall_voltage([[1.0, 0.0]], 0.0, 1e-3, 2.0, 0.0, np.array([[0.1, 0.3]]))
    np.testing.assert_allclose(found, [[2.1e-3, 0.3e-3]], rtol=1e-12)


def test_offset_drifts_with_the_temperature():
    found = hall.drifted_offset(0.2, 1e-3, np.array([300.0, 350.0, 280.0]), 300.0)
    np.testing.assert_allclose(found, [0.2, 0.25, 0.18], rtol=1e-12)


def test_read_noise_has_the_rms_asked_for_and_follows_its_seed():
    noise = hall.read_noise(3, (200, 500), 2e-7)
    # Standard errors over 1e5 samples: mean rms/sqrt(n), rms rms/sqrt(2n); lag one 1/sqrt(n).
    count = noise.size
    assert abs(noise.mean()) < 4 * 2e-7 / count**0.5
    assert abs(noise.std() - 2e-7) < 4 * 2e-7 / (2 * count) ** 0.5
    flat = noise.ravel() / 2e-7
    assert abs(np.mean(flat[1:] * flat[:-1])) < 4 / count**0.5
    np.testing.assert_array_equal(noise, hall.read_noise(3, (200, 500), 2e-7))
    assert (noise != hall.read_noise(4, (200, 500), 2e-7)).all()
    assert (hall.read_noise(3, 5, 0.0) == 0).all()
    with pytest.raises(ValueError, match="rms"):
        hall.read_noise(3, 5, -1.0)


def test_units_give_the_voltage_of_the_film_they_are_painted_on():
    generator = np.random.default_rng(3)
    unit_index = generator.integers(5, size=(6, 7))
    sensitivity = generator.random((6, 7))
    states = generator.choice(np.array([-1, 1], dtype=np.int8), (4, 3, 5))
    m_z = states[..., unit_index]
    offset = generator.random((4, 3))
    mean_z = (m_z * sensitivity).sum(axis=(-2, -1)) / sensitivity.sum()
    expected = 2e-3 * (0.5 * mean_z + offset)
    weight = np.bincount(unit_index.ravel(), sensitivity.ravel(), minlength=5)
    stored = xr.DataArray(states, dims=("point", "step", "unit"))
    offset = xr.DataArray(offset, dims=("point", "step"))
    found = hall.hall_voltage_of_units(stored, weight, 2e-3, 0.5, offset)
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    lazy = hall.hall_voltage_of_units(stored.chunk(point=1), weight, 2e-3, 0.5, offset)
    assert lazy.chunks == ((1, 1, 1, 1), (3,))
    xr.testing.assert_equal(lazy.compute(), found)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(4), r"weight must have the shape \(5,\), got \(4,\)"),
        (np.zeros(5), "not zero everywhere"),
        (-np.ones(5), "nowhere negative"),
        (np.full(5, np.nan), "finite"),
    ],
)
def test_weight_that_does_not_fit_the_units_is_refused(weight, message):
    stored = xr.DataArray(np.ones((2, 5)), dims=("step", "unit"))
    with pytest.raises(ValueError, match=message):
        hall.hall_voltage_of_units(stored, weight, 2e-3, 0.5)
