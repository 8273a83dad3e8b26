import numpy as np
import pytest

from afterpulse.cards.experiment import OWN_MECHANISMS
from afterpulse.kinetics.film import macrospin
from afterpulse.neuron import trains
from afterpulse.timeline.bench import Bench
from afterpulse.timeline.protocol import Point, TimedPulse
from afterpulse.timeline.trajectory import run_points


def test_trains_fill_their_ranges():
    drawn = trains.random_trains(2.0, 200, 10, np.random.default_rng(1))
    assert {len(train) for train in drawn} == {10}
    pulses = [pulse for train in drawn for pulse in train]
    amplitude = np.array([pulse.amplitude for pulse in pulses]) / 2.0
    assert np.abs(amplitude).min() == pytest.approx(0.2, abs=0.01)
    assert np.abs(amplitude).max() == pytest.approx(1.1, abs=0.01)
    # Fractions of positive pulses are drawn from 0.3 to 1.
    assert (amplitude > 0).mean() == pytest.approx(0.65, abs=0.05)
    width = np.log10([pulse.width for pulse in pulses])
    assert np.percentile(width, [0, 50, 100]) == pytest.approx([-6, -4, -2], abs=0.25)
    repeated = [a.width == b.width for one in drawn for a, b in zip(one, one[1:], strict=False)]
    assert np.mean(repeated) == pytest.approx(0.5, abs=0.05)
    assert all(5.0 <= train[-1].wait <= 30.0 for train in drawn)


def test_readings_are_those_of_the_trajectories(device_card, experiment_card, small_sample):
    device, experiment = device_card(), experiment_card()
    current = device.critical_current
    drawn = [
        (TimedPulse(0.9 * current, 1e-3, 0.02), TimedPulse(-0.5 * current, 1e-5, wait))
        for wait in (0.2, 2.0)
    ]
    simulated = trains.SimulatedDevice(device, experiment, small_sample, macrospin(device))
    found = trains.simulate_trains(simulated, drawn, range(5, 7))
    assert found["magnetisation_z"].shape == (2, 2, 2, 10)
    assert found["delay"].attrs["units"] == "s"
    np.testing.assert_allclose(found["relative_amplitude"], [[0.9, -0.5]] * 2)
    # The last train's second replicate, by itself and by hand.
    upright = np.zeros((16, 16, 3))
    point = Point("any", OWN_MECHANISMS, 0, 6, "none", drawn[1], trains.DELAYS)
    raw = run_points(
        Bench.of_sample(device, experiment, small_sample, upright, macrospin(device)), [point]
    ).isel(point=0)
    second = raw.isel(step=(raw["stage"].values == "wait") & (raw["pulse"].values == 1))
    read = found.isel(train=1, replicate=1, pulse_number=1)
    for number, delay in enumerate((*trains.DELAYS[:8], 2.0)):
        step = int(np.argmin(np.abs(second["delay"].values - delay)))
        reading = -1 if delay == 2.0 else number
        if delay > 2.0:
            assert np.isnan(read["magnetisation_z"][number])
            continue
        for name in ("magnetisation_z", "grain_order"):
            assert read[name][reading] == second[name][step]
    assert found["initial_grain_order"][1, 1] == raw["grain_order"][0]
