import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from afterpulse.device import heat_path

RESISTANCE = np.array([3e-7, 2e-7, 1e-8])
TIME_CONSTANT = np.array([3e-8, 2e-6, 4e-4])
POWER = 3e8
START = np.array([10.0, 0.0, 40.0])


def test_areal_power():
    # (1e11 A/m²)² of 1 uohm m over 2 nm.
    assert heat_path.areal_power(-1e11, 1e-6, 2e-9) == pytest.approx(2e7)


@pytest.mark.parametrize("duration", [1e-8, 5e-7, 1e-4])
@pytest.mark.parametrize("power", [0.0, POWER])
def test_stages_solve_the_heat_equation_of_the_chain(duration, power):
    solution = solve_ivp(
        lambda _, rise: (RESISTANCE * power - rise) / TIME_CONSTANT,
        (0, duration),
        START,
        method="LSODA",
        rtol=1e-9,
        atol=1e-9,
    )
    rise = heat_path.stage_rise(START, power, duration, RESISTANCE, TIME_CONSTANT)
    np.testing.assert_allclose(rise, solution.y[:, -1], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("duration", [1e-8, 3e-6])
def test_mean_is_the_integral_over_the_duration(duration):
    mean = heat_path.mean_stage_rise(START, POWER, duration, RESISTANCE, TIME_CONSTANT)
    for stage in range(3):

        def rise(time, stage=stage):
            steady = RESISTANCE[stage] * POWER
            return steady + (START[stage] - steady) * np.exp(-time / TIME_CONSTANT[stage])

        expected = quad(rise, 0, duration, epsabs=0, limit=200)[0] / duration
        assert mean[stage] == pytest.approx(expected, rel=1e-7)


def test_limits_of_short_and_long_times():
    for function in (heat_path.stage_rise, heat_path.mean_stage_rise):
        short = function(START, POWER, 1e-18, RESISTANCE, TIME_CONSTANT)
        np.testing.assert_allclose(short, START, atol=1e-6)
        long = function(START, POWER, 1e6, RESISTANCE, TIME_CONSTANT)
        np.testing.assert_allclose(long, RESISTANCE * POWER, rtol=1e-8)


def test_two_steps_are_one():
    once = heat_path.stage_rise(START, POWER, 5e-6, RESISTANCE, TIME_CONSTANT)
    half = heat_path.stage_rise(START, POWER, 2e-6, RESISTANCE, TIME_CONSTANT)
    twice = heat_path.stage_rise(half, POWER, 3e-6, RESISTANCE, TIME_CONSTANT)
    np.testing.assert_allclose(once, twice, rtol=1e-12)


@pytest.mark.parametrize("power", [0.0, POWER])
def test_heating_rate_is_the_slope_of_the_temperature(power):
    rate = heat_path.heating_rate(START, power, RESISTANCE, TIME_CONSTANT)
    assert rate == pytest.approx(((RESISTANCE * power - START) / TIME_CONSTANT).sum())
    step = 1e-12
    later, earlier = (
        heat_path.stage_rise(START, power, time, RESISTANCE, TIME_CONSTANT).sum()
        for time in (step, -step)
    )
    assert rate == pytest.approx((later - earlier) / (2 * step), rel=1e-4)


def test_heat_of_the_upper_layer_crosses_the_interface():
    # In the steady state all that is dissipated above; while cooling what the layer releases; none
    # while that power only heats the layer.
    assert heat_path.interface_heat_flux(POWER, 0.125, 0.0155, 0.0) == pytest.approx(3.75e7)
    assert heat_path.interface_heat_flux(0.0, 0.125, 0.0155, -2e9) == pytest.approx(3.1e7)
    assert heat_path.interface_heat_flux(POWER, 0.1, 0.015, 2e9) == pytest.approx(0.0)
