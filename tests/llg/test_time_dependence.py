import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.llg.time_dependence import (
    LONGEST_ANGLE,
    Sinc,
    Sine,
    Stages,
    factor,
    joined,
    mean_factor,
    sampled,
    sampled_by_stage,
    step_bounds,
)


def test_sine_and_sinc():
    time = 0.4e-9
    angle = 2 * np.pi * 2e9 * (time - 0.1e-9)
    assert factor(Sine(2e9, 0.1e-9), jnp.float64(time)) == pytest.approx(np.sin(angle), rel=1e-12)
    assert factor(Sinc(2e9, 0.1e-9), jnp.float64(time)) == pytest.approx(np.sin(angle) / angle)
    assert factor(Sinc(2e9, 0.1e-9), jnp.float64(0.1e-9)) == 1.0


def test_samples_are_joined_by_straight_lines():
    dependence = sampled(lambda t: 3 * t / 1e-12 - 1, duration=1e-11, spacing=1e-12)
    assert dependence.values.shape == (1, 11)
    for time in (0.0, 0.34e-12, 5e-12, 9.99e-12, 1e-11):
        assert factor(dependence, jnp.float64(time)) == pytest.approx(3 * time / 1e-12 - 1)
    # The error of a straight line is at most (w dt)^2 / 8.
    curved = sampled(lambda t: np.sin(1e12 * t), duration=1e-11, spacing=1e-13)
    times = np.linspace(0, 1e-11, 777)
    actual = np.array([factor(curved, jnp.float64(time)) for time in times])
    assert abs(actual - np.sin(1e12 * times)).max() <= 0.1**2 / 8


def test_samples_cover_a_drive_that_is_no_multiple():
    assert sampled(lambda t: t, duration=1.05e-12, spacing=1e-13).values.shape == (1, 12)
    assert sampled(lambda t: t, duration=1e-15, spacing=1e-13).values.shape == (1, 2)


def test_matrix():
    dependence = sampled(lambda t: [1, 2, 3, 4, 5, 6, 7, 8, t], duration=1.0, spacing=1.0)
    expected = [[1, 2, 3], [4, 5, 6], [7, 8, 0.25]]
    np.testing.assert_allclose(factor(dependence, jnp.float64(0.25)), expected)


@pytest.mark.parametrize("function", [lambda t: [1, 2], lambda t: float("nan")])
def test_wrong_values_are_refused(function):
    with pytest.raises(ValueError, match="time dependence"):
        sampled(function, 1e-12, 1e-13)


def test_samples_end_with_their_last_value():
    dependence = joined([[0.0, 1.0, 4.0]], 2.0)
    assert [float(factor(dependence, jnp.float64(t))) for t in (0, 1, 2, 3, 4, 9)] == [
        0,
        0.5,
        1,
        2.5,
        4,
        4,
    ]


def test_stages_jump_and_end_with_their_own_value():
    dependence = sampled_by_stage(lambda stage, time: 10 * stage + time, Stages(6.0, 3), 0.5)
    times = (0.0, 1.9, 2.0, 2.001, 3.0, 4.0, 4.001, 6.0)
    actual = [float(factor(dependence, jnp.float64(t))) for t in times]
    np.testing.assert_allclose(actual, [0, 1.9, 2, 10.001, 11, 12, 20.001, 22])
    # 2 + (10 * 2 + 2) + 0.5 * 20 + 0.125 over 4.5
    mean = mean_factor(dependence, jnp.float64(0), jnp.float64(4.5))
    assert mean == pytest.approx((2 + 22 + 10 + 0.125) / 4.5)


@pytest.mark.parametrize("interval", [(0.0, 10.0), (2.9, 3.1), (4.2, 4.4), (0.3, 9.1)])
def test_mean_is_the_area(interval):
    # A pulse from 3 to 4 with edges of 0.1 and a spike at 7.
    def function(t):
        return np.interp(t, [3, 3.1, 3.9, 4, 6.9, 7, 7.1], [0, 1, 1, 0, 0, 5, 0])

    dependence = sampled(function, 10.0, 0.1)
    fine = np.linspace(*interval, 200_001)
    area = np.trapezoid(function(fine), fine) / (interval[1] - interval[0])
    assert mean_factor(dependence, *map(jnp.float64, interval)) == pytest.approx(area, abs=1e-6)


def bounds(dependence, time, end):
    return [float(value) for value in step_bounds(dependence, jnp.float64(time), jnp.float64(end))]


def test_steps_end_at_the_edges_of_a_pulse():
    # The line rises from 29.9 to 30 and falls from 49.9 to 50.
    pulse = sampled(lambda t: float(29.95 <= t < 49.95), 100.0, 0.1)
    visited, time = [], 0.0
    while time < 100:
        time, longest = bounds(pulse, time, 100.0)
        visited.append(time)
        assert longest == np.inf
    np.testing.assert_allclose(visited, [29.9, 30, 49.9, 50, 100])


def test_a_kink_of_a_slow_ramp_is_an_edge():
    ramp = sampled(lambda t: np.clip((t - 30) / 40, 0, 1), 100.0, 0.1)
    for time, expected in ((0, 30), (30, 70), (70, 100)):
        edge, longest = bounds(ramp, time, 100)
        assert edge == pytest.approx(expected)
        # Rounding alone bends the line.
        assert longest > 1e4


@pytest.mark.parametrize("function", [lambda t: 0.3, lambda t: 2 - 0.1 * t, lambda t: [t] * 9])
def test_a_line_bounds_no_step(function):
    edge, longest = bounds(sampled(function, 10.0, 0.1), 3.0, 10.0)
    assert edge == 10
    assert longest > 1e4


def test_steps_follow_a_wave():
    omega = 3.0
    wave = sampled(lambda t: 1 + 0.2 * np.sin(omega * t), 100.0, 0.01)
    longest = [bounds(wave, time, 100.0) for time in np.linspace(0, 99, 500)]
    assert all(edge == 100 for edge, _ in longest)
    # sqrt(V / |f''|) is sqrt(2) / omega at a crest.
    steps = [step for _, step in longest]
    assert np.sqrt(2) * LONGEST_ANGLE / omega == pytest.approx(min(steps), rel=0.01)
    assert max(steps) < 4 * LONGEST_ANGLE / omega
    assert bounds(Sine(omega / (2 * np.pi), 0.0), 3.0, 9.0) == pytest.approx(
        [9, LONGEST_ANGLE / omega]
    )


def test_steps_shrink_before_a_smooth_pulse_and_grow_after_it():
    pulse = sampled(lambda t: np.exp(-((t - 500) ** 2) / 2), 1000.0, 0.01)
    for time in np.linspace(0, 999, 777):
        edge, longest = bounds(pulse, time, 1000.0)
        distance = abs(time - 500)
        assert edge == 1000
        assert longest < LONGEST_ANGLE + 0.5 * distance + 0.01
        assert longest > 0.9 * LONGEST_ANGLE + 0.3 * max(distance - 6, 0)


def test_edges_that_rounding_parts_are_one():
    # 30000 * 1e-13 and 3000 * 1e-12 differ in the last digit.
    fine, coarse = (sampled(lambda t: float(t > 3e-9), 6e-9, dt) for dt in (1e-13, 1e-12))
    time = 0.0
    for _ in range(10):
        following = min(bounds(d, time, 6e-9)[0] for d in (fine, coarse))
        assert following - time > 0.9e-13 or following == 6e-9
        time = following
    assert time == 6e-9
    # Nor is there a step from an edge to an output at the same time.
    output = np.nextafter(3000 * 1e-12, 1)
    assert bounds(coarse, 1e-9, output)[0] == output
