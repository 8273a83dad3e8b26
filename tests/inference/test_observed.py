import numpy as np
import xarray as xr

from afterpulse.inference.observed import comparison_delays, observed_changes, pulses_of


def test_three_delays_a_decade():
    delay = np.geomspace(1e-6, 10.0, 7 * 24 + 1)
    found = comparison_delays(delay)
    np.testing.assert_allclose(found, np.geomspace(1e-5, 10.0, 19))


def test_trace_that_begins_late_keeps_its_ends():
    delay = np.arange(0.5, 20.01, 0.1)
    found = comparison_delays(delay)
    assert set(found) <= set(delay)
    assert (found[0], found[-1]) == (delay[0], delay[-1])
    assert found.size == 6  # 1.6 decades


def test_means_of_changes_by_amplitude_and_width():
    voltage = np.arange(16.0).reshape(2, 2, 2, 2)
    dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
    sweep = xr.Dataset(
        {
            "anomalous_hall_voltage": (dims, voltage),
            "initial_voltage": (dims[:-1], np.full((2, 2, 2), 1.0)),
            "change_noise": 0.25,
        },
        coords={"delay": [0.5, 2.0], "pulse_amplitude": [1.0, 3.0], "pulse_width": [0.1, 0.2]},
    )
    change, replicates, noise = observed_changes(sweep.isel(delay=[1]))
    assert (replicates, noise) == (2, 0.25)
    assert pulses_of(sweep) == [(1.0, 0.1), (1.0, 0.2), (3.0, 0.1), (3.0, 0.2)]
    # Of each pulse the means of voltages 1 and 3, 5 and 7, 9 and 11, 13 and 15, less 1.
    np.testing.assert_allclose(change, [[1.0], [5.0], [9.0], [13.0]])
