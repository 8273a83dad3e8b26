import numpy as np
import pytest
import xarray as xr

from afterpulse.timeline import hall


def uniform(direction, shape=(4, 5)):
    return np.broadcast_to(np.asarray(direction, dtype=float), (*shape, 3))


def test_perpendicular_film_gives_the_anomalous_voltage():
    # 1 mA through 0.7 ohm, and its sign.
    up = hall.hall_voltage(uniform([0, 0, 1]), 1e-3, 0.7, 0.2)
    down = hall.hall_voltage(uniform([0, 0, -1]), 1e-3, 0.7, 0.2)
    assert up == pytest.approx(7e-4, rel=1e-12)
    assert down == pytest.approx(-7e-4, rel=1e-12)


@pytest.mark.parametrize(("angle", "share"), [(45, 0.5), (0, 0.0), (-45, -0.5), (30, 3**0.5 / 4)])
def test_film_in_the_plane_gives_the_planar_voltage(angle, share):
    direction = [np.cos(np.radians(angle)), np.sin(np.radians(angle)), 0]
    found = hall.hall_voltage(uniform(direction), 2e-3, 0.7, 0.2)
    assert found == pytest.approx(2e-3 * 0.2 * share, abs=1e-18)


def test_planar_part_averages_the_product():
    m = np.zeros((2, 1, 3))
    m[0, 0] = [1, 0, 0]
    m[1, 0] = [0, 1, 0]
    # The product of the averages would be 1/4.
    assert hall.hall_voltage(m, 1.0, 1.0, 1.0) == 0


def test_weight_is_normalised_and_picks_its_cells():
    m = np.array(uniform([0, 0, -1]))
    m[1, 2] = [0, 0, 1]
    weight = np.zeros((4, 5))
    weight[1, 2], weight[0, 0] = 30.0, 10.0
    assert hall.hall_voltage(m, 1.0, 1.0, 0.0, weight=weight) == pytest.approx(0.5)
    assert hall.hall_voltage(m, 1.0, 1.0, 0.0) == pytest.approx(-0.9)


def test_leading_axes_stay_and_take_an_offset_each():
    m = np.stack([uniform([0, 0, 1]), uniform([0, 0, 0])])[None]
    found = hall.hall_voltage(m, 1e-3, 2.0, 0.0, offset_resistance=np.array([[0.1, 0.3]]))
    np.testing.assert_allclose(found, [[2.1e-3, 0.3e-3]], rtol=1e-12)


def test_averages_agree_with_the_field():
    m = np.random.default_rng(1).standard_normal((3, 6, 7, 3))
    m /= np.linalg.norm(m, axis=-1, keepdims=True)
    averages = m[..., 2].mean(axis=(1, 2)), (m[..., 0] * m[..., 1]).mean(axis=(1, 2))
    np.testing.assert_allclose(
        hall.hall_voltage(m, 1e-3, 0.7, 0.2, 0.05),
        hall.hall_voltage_of_averages(*averages, 1e-3, 0.7, 0.2, 0.05),
        rtol=1e-12,
    )


@pytest.mark.parametrize(
    ("m", "weight", "message"),
    [
        (np.zeros((4, 3)), None, "shape"),
        (np.zeros((4, 5, 2)), None, "shape"),
        (np.zeros((4, 5, 3)), np.ones((5, 4)), "must have the shape"),
        (np.zeros((4, 5, 3)), np.zeros((4, 5)), "not zero everywhere"),
        (np.zeros((4, 5, 3)), -np.ones((4, 5)), "nowhere negative"),
        (np.zeros((4, 5, 3)), np.full((4, 5), np.nan), "finite"),
    ],
)
def test_what_does_not_fit_is_refused(m, weight, message):
    with pytest.raises(ValueError, match=message):
        hall.hall_voltage(m, 1.0, 1.0, 1.0, weight=weight)


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
    m = np.zeros((4, 3, 6, 7, 3))
    m[..., 2] = states[..., unit_index]
    offset = generator.random((4, 3))
    expected = hall.hall_voltage(m, 2e-3, 0.5, 0.1, offset, sensitivity)
    weight = np.bincount(unit_index.ravel(), sensitivity.ravel(), minlength=5)
    stored = xr.DataArray(states, dims=("point", "step", "unit"))
    offset = xr.DataArray(offset, dims=("point", "step"))
    found = hall.hall_voltage_of_units(stored, weight, 2e-3, 0.5, offset)
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    lazy = hall.hall_voltage_of_units(stored.chunk(point=1), weight, 2e-3, 0.5, offset)
    assert lazy.chunks == ((1, 1, 1, 1), (3,))
    xr.testing.assert_equal(lazy.compute(), found)


def test_weight_of_other_units_is_refused():
    stored = xr.DataArray(np.ones((2, 5)), dims=("step", "unit"))
    with pytest.raises(ValueError, match=r"weight must have the shape \(5,\), got \(4,\)"):
        hall.hall_voltage_of_units(stored, np.ones(4), 2e-3, 0.5)
