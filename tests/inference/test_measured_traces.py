import numpy as np
import pytest
import xarray as xr

from afterpulse.inference import observed_changes, pulses_of
from afterpulse.inference.measured_traces import change_noise, traces_of
from afterpulse.measured import Pulse, TraceError

FIRST = Pulse(1.0, 1e-3, 1e-3, "A", "pulses.csv: line 2")
SECOND = FIRST._replace(start=11.0, place="pulses.csv: line 3")


def trace(end=21.0, repeats=2, step=0.05, before=1.0):
    """Repeats at 1 and 3 V before the first pulse, and then higher by the seconds since its end."""
    time = np.arange(1.0 - before, end, step)
    change = np.where(time > 1.0005, time - 1.001, 0.0)
    voltage = change + np.array([1.0, 3.0, 5.0])[:repeats, None]
    return xr.Dataset(
        {"anomalous_hall_voltage": (("replicate", "time"), voltage)},
        coords={"replicate": np.arange(repeats), "time": time},
        attrs={"file": "measured.csv"},
    )


@pytest.fixture(scope="module")
def cards(device_card, experiment_card):
    return device_card(), experiment_card()


def test_changes_at_three_delays_a_decade_after_the_first_pulse(cards):
    found = traces_of(trace(), [FIRST, SECOND], *cards)
    delay = found["delay"].values
    # From 49 ms to the last sample before the second pulse at 11 s, 2.3 decades.
    assert (delay[0], delay[-1]) == (pytest.approx(0.049), pytest.approx(9.949))
    assert delay.size == 8
    change, repeats, noise = observed_changes(found)
    assert repeats == 2
    np.testing.assert_allclose(change, delay[None])
    assert noise == 0
    assert pulses_of(found) == [(1e-3, 1e-3)]
    assert found.attrs["samples_before"] == 20
    relative = 1e-3 / cards[0].critical_current
    assert found["relative_amplitude"].values == pytest.approx(relative)


def test_without_the_second_pulse_all_delays_are_compared(cards):
    found = traces_of(trace(), [FIRST], *cards)
    assert found["delay"].values[-1] == pytest.approx(19.949)


def test_current_density_becomes_a_current(cards):
    device, _ = cards
    layer = device.spin_hall_layer
    area = device.hall_bar.width.value * layer.thickness.value
    density = FIRST._replace(amplitude=2e11, unit="A m-2")
    found = traces_of(trace(), [density], *cards)
    expected = 2e11 * area / layer.current_fraction.value
    assert found["pulse_amplitude"].values == pytest.approx([expected])


@pytest.mark.parametrize(
    ("end", "step", "got"),
    [(1.5, 0.05, "got 9 from 0.049 s to 0.449 s"), (1.0015, 1e-6, "got 491 from 1e-05 s")],
)
def test_window_of_less_than_a_decade(cards, end, step, got):
    # The second one has 499 samples, too early ones left out: to 0.5 ms from 10 us is a decade.
    short = trace(end, step=step, before=0.1)
    if step < 1e-3:
        assert traces_of(short, [FIRST], *cards)["delay"].size > 5
        short = short.isel(time=short["time"] < 1.00108)
        got = "from 1e-05 s to 7.9"
    with pytest.raises(TraceError, match=f"pulses.csv: line 2: expected .* decade .*{got}"):
        traces_of(short, [FIRST], *cards)


def test_too_few_samples_before_the_pulse(cards):
    with pytest.raises(TraceError, match="at least 5 samples before the pulse.* got 3"):
        traces_of(trace(before=0.15), [FIRST], *cards)


def test_noise_of_a_change_is_that_of_a_sample_and_of_the_mean_before():
    before = 2e-6 * np.random.default_rng(3).standard_normal((400, 5))
    # The levels of repeats are no noise. 1600 degrees of freedom have a standard error of 1.8 %.
    before += np.arange(400)[:, None]
    assert change_noise(before, FIRST) == pytest.approx(2e-6 * np.sqrt(1.2), rel=0.06)
