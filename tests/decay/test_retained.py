import numpy as np
import pytest
import xarray as xr

from afterpulse import decay


def test_single_replicate_and_broken_trace_are_refused(dataset, delay):
    curve = -1e-5 * np.ones_like(delay)
    assert "single replicate" in decay.fraction_retained(dataset(curve[None]))["refused"].item()
    broken = curve + 1e-7 * np.random.default_rng(0).standard_normal((8, delay.size))
    broken[2, -1] = np.nan
    assert "not finite" in decay.fraction_retained(dataset(broken))["refused"].item()


def test_replicates_that_failed_are_as_if_not_asked_for(dataset, delay):
    curve = -1e-5 * np.exp(-delay / 3) * np.ones((6, 1))
    there = curve + 1e-7 * np.random.default_rng(0).standard_normal((6, delay.size))
    with_holes = np.insert(there, [0, 4], np.nan, axis=0)
    for function in (decay.fraction_retained, decay.retention_time):
        xr.testing.assert_identical(function(dataset(with_holes)), function(dataset(there)))
    # The covariance is that of the six, too.
    names = ["chosen_model", "parameter_value", "parameter_interval", "scatter_deviation"]
    xr.testing.assert_identical(
        decay.fit_decays(dataset(with_holes))[names], decay.fit_decays(dataset(there))[names]
    )
    none = decay.fit_decays(dataset(np.full((2, delay.size), np.nan)))
    assert none["refused"].item() == "there is no such point"
    assert none["chosen_model"].item() == ""


@pytest.mark.parametrize("constant", [0.3, 2.0, 11.0])
def test_retention_time_of_an_exponential_is_its_time_constant(constant, dataset, delay):
    curve = 1e-5 * np.exp(-delay / constant)
    found = decay.retention_time(dataset(np.stack([curve, 1.1 * curve, 0.9 * curve])))
    assert found["retention_time"].item() == pytest.approx(constant, rel=1e-9)
    np.testing.assert_allclose(found["retention_time_interval"].squeeze(), constant, rtol=1e-6)


def test_retention_time_beyond_the_window_is_not_made_up(dataset, delay):
    curve = 1e-5 * (0.6 + 0.4 * np.exp(-delay))
    found = decay.retention_time(dataset(np.stack([curve, 1.1 * curve])))
    assert np.isnan(found["retention_time"].item())
    left = 0.6 / (0.6 + 0.4 * np.exp(-0.5))
    assert found["retention_time_refused"].item().startswith(f"{left:.2f} of the change is left")
    assert np.isinf(found["retention_time_interval"].values).all()


def test_retention_time_where_the_change_turns_its_sign():
    # Linear from 1 at 0.5 s to -1 at 10 s; between stored delays of opposite sign no logarithm.
    delay = np.array([0.5, 10.0])
    voltage = np.array([[1.0, -1.0], [1.2, -1.2]])
    sweep = xr.Dataset(
        {
            "anomalous_hall_voltage": (("replicate", "delay"), voltage),
            "initial_voltage": ("replicate", [0.0, 0.0]),
        },
        coords={"delay": delay},
    )
    found = decay.retention_time(sweep)["retention_time"].item()
    assert found == pytest.approx(9.5 * (1 - np.exp(-1)) / 2)


def test_share_retained_is_relative_to_the_value_before_the_pulse(dataset, delay):
    curve = np.where(delay < 5, -4e-5, -1e-5)
    found = decay.fraction_retained(
        dataset(np.stack([curve, 1.5 * curve, 0.5 * curve]), initial=7.0)
    )
    assert found["share_retained"].item() == pytest.approx(0.25, rel=1e-6)
    assert found["change_at_probe"].item() == pytest.approx(-4e-5, rel=1e-6)
    # Standard error of (1, 1.5, 0.5): 0.5 / sqrt(3).
    assert found["change_at_probe_stderr"].item() == pytest.approx(4e-5 * 0.5 / 3**0.5, rel=1e-6)
    assert found.attrs["retained_at"] == 10.0
    assert found.attrs["confidence"] == 0.95


TRIALS = 600


def experiments(change, delay):
    """Sweep of changes (trials, replicates, delays)."""
    return xr.Dataset(
        {
            "anomalous_hall_voltage": (("trial", "replicate", "delay"), change),
            "initial_voltage": (("trial", "replicate"), np.zeros(change.shape[:2])),
        },
        coords={"delay": delay},
    )


@pytest.mark.parametrize("count", [2, 3, 4, 8])
def test_coverage_of_the_fraction_retained(count):
    # The true fraction is 0.5; repeats differ by a common level of 1 % and by noise of 1 %.
    generator = np.random.default_rng([11, count])
    change = np.array([1.0, 0.5]) + 0.01 * generator.standard_normal((TRIALS, count, 2))
    change += 0.01 * generator.standard_normal((TRIALS, count, 1))
    found = decay.fraction_retained(experiments(change, [0.5, 10.0]))
    valid = (found["refused"] == "").values
    lower, upper = found["share_retained_interval"].values[valid].T
    # A change below three standard errors is refused, which two repeats are rarely here.
    assert valid.mean() > 0.99
    covered = np.mean((lower <= 0.5) & (upper >= 0.5))
    # Three standard errors of 600 trials are 0.027.
    assert covered == pytest.approx(0.95, abs=0.027)


@pytest.mark.parametrize("count", [2, 3, 4, 8])
@pytest.mark.parametrize("probe", [0.1, 0.5, 2.0])
def test_coverage_of_the_retention_time(count, probe):
    # An exponential of 3 s has fallen to 1/e of any value 3 s later.
    generator = np.random.default_rng([12, count])
    delay = np.geomspace(probe, 20.0, 21)
    level = 0.02 * generator.standard_normal((TRIALS, count, 1))
    noise = 0.01 * generator.standard_normal((TRIALS, count, delay.size))
    change = np.exp(-(delay - probe) / 3) * (1 + level) + noise
    found = decay.retention_time(experiments(change, delay), probe)
    lower, upper = found["retention_time_interval"].values.T
    covered = np.mean((lower <= 3) & (upper >= 3))
    assert covered == pytest.approx(0.95, abs=0.03)


def test_missing_delay_is_named(dataset, delay):
    with pytest.raises(ValueError, match="no delay of 3 s is stored"):
        decay.fraction_retained(dataset(np.ones((3, len(delay)))), at=3.0)
    with pytest.raises(ValueError, match=r"no delay of 0\.7 s"):
        decay.fit_decays(dataset(np.ones((3, len(delay)))), probe=0.7)
