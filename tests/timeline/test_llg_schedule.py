"""Times and currents at which LLG computes a stage."""

import numpy as np
import pytest

from afterpulse.timeline.llg_schedule import (
    edge_outputs,
    llg_outputs,
    pulse_outputs,
    ramp,
    steps,
    wait_outputs,
)
from afterpulse.timeline.protocol import Point, TimedPulse


@pytest.fixture
def numerics(experiment_card):
    changes = {
        "numerics.rise_time": "100 ps",
        "numerics.leading_edge": "200 ps",
        "numerics.trailing_edge": "200 ps",
        "numerics.output_interval": "20 ps",
        "numerics.steps_per_decade": 20,
    }
    return experiment_card(changes).numerics


def carried(outputs):
    """Charge of a stage over the amplitude (s)."""
    ends = np.array([output.end for output in outputs])
    return np.diff(ends, prepend=0.0) @ [output.current for output in outputs]


def test_pulse_carries_the_charge_of_its_width(numerics):
    """The ramps of a trapezium take as much at its start as they add after its end."""
    rising, falling = pulse_outputs(1e-9, numerics), wait_outputs(20e-9, numerics)
    assert carried(rising) == pytest.approx(1e-9 - 50e-12)
    assert carried(falling) == pytest.approx(50e-12)
    assert rising[-1].end == pytest.approx(1e-9, rel=1e-12)
    assert falling[-1].end == pytest.approx(20e-9, rel=1e-12)


def test_ramp_has_the_mean_current_of_each_part():
    ends, currents, _ = np.array(ramp(1e-10, 0.0, 1.0)).T
    before = ends - 1e-11
    np.testing.assert_allclose(currents, (before + ends) / 2 / 1e-10)
    assert ramp(0.0, 0.0, 1.0) == []


def test_outputs_are_equal_at_first_and_then_logarithmic(numerics):
    ends = np.array([output.end for output in wait_outputs(20e-9, numerics, (5e-9,))])
    gaps = np.diff(ends[10:-1])
    growth = 10 ** (1 / 20) - 1
    assert gaps[0] == pytest.approx(20e-12, rel=1e-6)
    late = ends[11:-1] > 2e-9
    # A mark cuts two gaps.
    ordinary = np.isclose(gaps[late] / ends[10:-2][late], growth, rtol=1e-6)
    assert ordinary.sum() >= late.sum() - 2
    assert np.any(np.isclose(ends, 5e-9, rtol=1e-12))
    assert (np.diff(ends) > 9e-12).all()


def test_wait_without_ramp_begins_with_an_interval(experiment_card):
    numerics = experiment_card({"numerics.output_interval": "50 ps"}).numerics
    outputs = wait_outputs(1e-9, numerics)
    assert outputs[0].end == pytest.approx(50e-12)
    assert {output.current for output in outputs} == {0.0}


def test_steps_bound_the_change_of_temperature(device_card, numerics):
    """One stage of 20 ns and a steady rise of 400 K: 20 K in the first nanosecond."""
    device = device_card(stages=[("1e-7 K*m^2/W", "20 ns")])
    density = np.sqrt(400 / 1e-7 / device.areal_power(1.0))
    outputs = pulse_outputs(2e-9, numerics)
    found = steps(device, np.zeros(1), density, outputs, 1.0)
    rise = 0.0
    for step in found:
        power = 400 * step.current**2
        after = power + (rise - power) * np.exp(-step.duration / 20e-9)
        assert abs(after - rise) <= 1.0 + 1e-9
        rise = after
    assert sum(step.outputs for step in found if step.stored) == len(outputs)
    assert sum(step.duration for step in found) == pytest.approx(2e-9)
    # Without heat the plateau is as few calls as the number of outputs allows.
    cold = steps(device, np.zeros(1), 0.0, outputs, 1.0)
    assert len(cold) == 10 + 2


def test_an_interval_that_heats_too_much_is_cut(device_card, numerics):
    device = device_card(stages=[("1e-7 K*m^2/W", "20 ns")])
    density = np.sqrt(4000 / 1e-7 / device.areal_power(1.0))
    found = steps(device, np.zeros(1), density, pulse_outputs(1e-9, numerics), 1.0)
    cut = [step for step in found if not step.stored]
    assert cut
    assert all(step.outputs == 1 for step in cut)
    assert sum(step.outputs for step in found if step.stored) == 10 + 45


def test_edge_without_rise_time_is_one_call(device_card):
    device = device_card()
    outputs = edge_outputs(2e-9, 0.0, 0.0, 1.0)
    (step,) = steps(device, np.zeros(len(device.heat_path.stages)), 1e12, outputs, np.inf)
    assert (step.outputs, step.current) == (10, 1.0)
    assert step.duration == pytest.approx(2e-9)


@pytest.mark.parametrize("kind", ["edges", "pulse", "throughout"])
def test_probe_within_the_trailing_edge_is_stored_exactly(kind, numerics):
    pulse = TimedPulse(1e-3, 1e-9, 20e-9)
    point = Point("sweep", "card", 0, 0, kind, (pulse,), (137e-12, 10e-9))
    _, after = llg_outputs(point, pulse, numerics)
    ends = [output.end for output in after]
    assert 137e-12 in ends
    assert ends == sorted(set(ends))
    assert carried(after) == pytest.approx(50e-12)
