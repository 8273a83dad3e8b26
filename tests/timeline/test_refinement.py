import numpy as np
import pytest
import xarray as xr

from afterpulse.timeline.refinement import midpoints, refine

WIDTH = 1e-3


def test_intervals_that_change_much_are_halved():
    amplitude, voltage = np.array([1.0, 2.0, 4.0, 5.0]), np.array([10.0, 9.0, 1.0, 0.0])
    np.testing.assert_array_equal(midpoints(amplitude, voltage, 0.2), [3.0])
    np.testing.assert_array_equal(midpoints(amplitude, voltage, 0.05), [1.5, 3.0, 4.5])
    assert midpoints(amplitude, np.ones(4), 0.2).size == 0


def curve(amplitudes, threshold=2.37e-3):
    """A step in the voltage, narrower than any grid."""
    voltage = np.where(np.array(amplitudes) > threshold, -1e-5, 1e-5)
    return xr.DataArray(
        voltage, dims="pulse_amplitude", coords={"pulse_amplitude": list(amplitudes)}
    )


@pytest.mark.parametrize("passes", [1, 3, 6])
def test_threshold_is_enclosed_by_bisection(experiment_card, passes):
    experiment = experiment_card(
        {"sweep.refine": {"passes": passes, "change": 0.3}, "replicates": 2}
    )
    asked = []

    def run(points):
        amplitudes = sorted({point.pulses[0].amplitude for point in points})
        assert {point.replicate for point in points} == {0, 1}
        assert {point.pulses[0].width for point in points} == {WIDTH}
        asked.extend(amplitudes)
        return curve(amplitudes)

    coarse = curve([1e-3, 2e-3, 3e-3, 4e-3])
    added = refine(run, experiment, experiment.sweep.refine, WIDTH, coarse)
    assert len(added) == 2 * passes
    # One amplitude a pass, in the interval that holds the threshold.
    nearest = min(abs(np.array(asked) - 2.37e-3))
    assert nearest <= 1e-3 / 2**passes
    assert asked[0] == 2.5e-3


def test_flat_sweep_stays_as_it_is(experiment_card):
    experiment = experiment_card({"sweep.refine": {"passes": 3, "change": 0.3}})

    def run(points):
        raise AssertionError

    flat = curve([1e-3, 2e-3], threshold=1.0)
    assert refine(run, experiment, experiment.sweep.refine, WIDTH, flat) == []
