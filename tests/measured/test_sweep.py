import numpy as np
import pytest

from afterpulse import datasets
from afterpulse.measured import Pulse, TraceError, to_sweep
from afterpulse.measured.samples import to_trace
from afterpulse.measured.sweep import around, unsteady
from afterpulse.measured.units import parsed_window


def made(time, *voltages):
    samples = np.column_stack([time, *voltages])
    return to_trace("a.csv", samples, lambda row, column: f"{row}, {column}")


def test_delay_counts_from_the_end_of_the_pulse():
    time = np.array([0.0, 1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 6.0, 9.0, 12.0])
    trace = made(time, 1e-6 * time, -2e-6 * time)
    sweep = to_sweep(trace, Pulse(2.0, 1.0, 2e-3, "A", "here"))
    assert sweep["anomalous_hall_voltage"].dims == ("replicate", "delay")
    # The sample at the end of the pulse is not after it, that at its start not before it.
    np.testing.assert_array_equal(sweep["delay"], [0.5, 1.0, 3.0, 6.0, 9.0])
    np.testing.assert_allclose(
        sweep["anomalous_hall_voltage"],
        [[3.5e-6, 4e-6, 6e-6, 9e-6, 12e-6], [-7e-6, -8e-6, -12e-6, -18e-6, -24e-6]],
    )
    np.testing.assert_allclose(sweep["initial_voltage"], [0.5e-6, -1e-6])
    assert sweep.attrs["no_baseline"] == 0
    assert sweep["pulse_amplitude"].item() == 2e-3
    assert sweep["pulse_width"].item() == 1.0


def test_sweep_can_be_stored_and_says_what_the_amplitude_is(tmp_path):
    trace = made(np.arange(9.0), np.arange(9.0))
    sweep = to_sweep(trace, Pulse(2.0, 1.0, 8e11, "A m-2", "here"))
    datasets.write(sweep, tmp_path / "a.nc")
    stored = datasets.read(tmp_path / "a.nc")
    assert "pulse_amplitude" not in stored
    assert stored["pulse_current_density"].item() == 8e11
    assert stored["pulse_current_density"].attrs["units"] == "A m-2"


def test_rounding_of_the_clock_makes_no_delay():
    # In binary 1.1 + 0.3 is above 1.4, and 0.1 * 14 is 1.4000000000000001.
    time = 0.1 * np.arange(40)
    sweep = to_sweep(made(time, time), Pulse(1.1, 0.3, 2e-3, "A", "here"))
    np.testing.assert_allclose(sweep["delay"], 0.1 * np.arange(1, 26), rtol=1e-12)
    # Samples 0 to 1.0: their mean is 0.5.
    assert sweep["initial_voltage"].item() == pytest.approx(0.5)
    assert 0.5 in sweep["delay"]


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (30.0, "here: expected at least 5 samples after the pulse, which ends at 31 s, got 0 in"),
        (4.0, "here: expected at least 5 samples after the pulse, which ends at 5 s, got 4 in"),
    ],
)
def test_pulse_outside_the_trace(start, message):
    trace = made(np.arange(10.0), np.arange(10.0))
    with pytest.raises(TraceError) as caught:
        to_sweep(trace, Pulse(start, 1.0, 2e-3, "A", "here"))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("start", [-5.0, -1.0, 0.0])
def test_without_samples_before_the_pulse_the_last_ones_are_the_reference(start):
    sweep = to_sweep(made(np.arange(40.0), np.arange(40.0)), Pulse(start, 0.5, 2e-3, "A", "here"))
    assert sweep.attrs["no_baseline"] == 1
    # A tenth of 39 or 40 samples: the last three, or four.
    last = sweep["anomalous_hall_voltage"].values[0, -(sweep.sizes["delay"] // 10) :]
    assert sweep["initial_voltage"].item() == last.mean()


def test_each_pulse_has_its_part_of_the_trace():
    trace = made(np.arange(50.0), np.arange(50.0))
    pulses = [Pulse(start, 0.5, 2e-3, "A", "here") for start in (10.0, 31.5)]
    first = to_sweep(around(trace, pulses, 0), pulses[0])
    assert first["initial_voltage"].item() == 4.5
    assert (first["delay"].values[0], first["delay"].values[-1]) == (0.5, 20.5)
    second = to_sweep(around(trace, pulses, 1), pulses[1])
    # Of the 21 s since the first pulse the last 2.1 s count: samples 30 and 31.
    assert second["initial_voltage"].item() == 30.5
    assert (second["delay"].values[0], second["delay"].values[-1]) == (1.0, 17.0)


def test_baseline_is_a_window_on_the_clock_of_the_file():
    trace = made(np.arange(20.0), np.arange(20.0))
    pulse = Pulse(10.0, 0.5, 2e-3, "A", "here")
    sweep = to_sweep(trace, pulse, (2.0, 4.0))
    assert sweep["initial_voltage"].item() == 3.0
    np.testing.assert_array_equal(sweep["voltage_before"], [[2.0, 3.0, 4.0]])
    np.testing.assert_array_equal(sweep["delay_before"], [-8.5, -7.5, -6.5])
    # Samples after the pulse are no baseline.
    with pytest.raises(TraceError, match="expected samples before the pulse at 10 s"):
        to_sweep(trace, pulse, (11.0, 15.0))
    assert parsed_window("0 s to 4.9 s", "--baseline") == (0.0, 4.9)
    for text in ("4 s", "4 s to 1 s", "a to b"):
        with pytest.raises(TraceError, match="--baseline: expected"):
            parsed_window(text, "--baseline")


def test_earlier_pulses_before_a_pulse_are_noticed():
    # Fifteen pulses of -2 uV in the last 3 s before this pulse, in noise of 0.2 uV.
    time = np.arange(0.0, 30.0, 0.1)
    noise = 2e-7 * np.random.default_rng(1).standard_normal((4, time.size))
    steps = -2e-6 * np.clip(np.floor((time - 5.0) / 0.2), 0, 15)
    pulse = Pulse(8.0, 1e-3, 2e-3, "A", "here")
    train, quiet = (to_sweep(made(time, *(each + noise)), pulse) for each in (steps, 0 * steps))
    assert "the voltage before the pulse is not steady: it varies by" in unsteady(train)
    assert unsteady(quiet) == ""
    assert unsteady(to_sweep(made(time, *(steps + noise)), pulse, (0.0, 5.0))) == ""


def test_delays_count_from_the_origin():
    time = np.arange(0.0, 12.0, 0.5)
    pulse = Pulse(2.0, 1.0, 2e-3, "A", "here")
    sweep = to_sweep(made(time, time), pulse, origin=1.5)
    # The pulse ends at 3 s: the sample at 4.5 s is the origin, those before it are left out.
    np.testing.assert_array_equal(sweep["delay"], np.arange(0.5, 7.5, 0.5))
    np.testing.assert_array_equal(sweep["anomalous_hall_voltage"][0], np.arange(5.0, 12.0, 0.5))
    np.testing.assert_array_equal(sweep["voltage_before"], [[0.0, 0.5, 1.0, 1.5]])
    assert sweep["delay_origin"].item() == 1.5
    assert to_sweep(made(time, time), pulse)["delay_origin"].item() == 0.0
    with pytest.raises(TraceError, match=r"ends at 3 s, and 7 s more, got 3 in"):
        to_sweep(made(time, time), pulse, origin=7.0)
