import numpy as np
import pytest
import xarray as xr

from afterpulse import decay


def replicates(curve, noise, count=8, seed=0):
    return curve + noise * np.random.default_rng(seed).standard_normal((count, len(curve)))


@pytest.mark.parametrize("left", [2.7e-20, 2e-4 * np.finfo(np.float32).eps])
def test_what_rounding_leaves_is_no_change(dataset, delay, left):
    # Of 2e-4 V, alike in all replicates, so its standard error says nothing.
    change = np.full((4, delay.size), left)
    change[:, -1] = 1e-6
    found = decay.fit_decays(dataset(change))
    assert np.isnan(found["share_retained"].item())
    assert "0 V" in found["refused"].item()
    assert (found["fit_remark"] == found["refused"].item()).all()


def test_flat_trace_is_refused(dataset, delay):
    flat = decay.fit_decays(dataset(replicates(np.zeros_like(delay), 1e-6, seed=3)))
    assert "below 3 standard errors" in flat["refused"].item()
    assert "below 3 standard errors" in flat["retention_time_refused"].item()
    assert all("below 3 standard errors" in remark for remark in flat["fit_remark"].values.flat)
    for name in ("share_retained", "retention_time", "parameter_value", "akaike_corrected"):
        assert flat[name].isnull().all()


def test_leading_dimensions_are_kept(dataset, delay):
    curve = -1e-5 * np.exp(-delay / 3)
    both = xr.concat(
        [dataset(replicates(curve, 1e-7)), dataset(replicates(2 * curve, 1e-7))],
        xr.Variable("mechanism_set", ["one", "two"]),
    )
    fits = decay.fit_decays(both)
    assert fits["refused"].dims == ("mechanism_set", "pulse_amplitude", "pulse_width")
    assert list(fits["mechanism_set"].values) == ["one", "two"]
    assert len(decay.to_table(fits)) == 2 * len(decay.MODELS)


def test_all_models_agree_on_the_retention_time_of_a_well_measured_trace(dataset, delay):
    # 5 mV exp(-delay / 3 s): 1/e of the change at the probe is left 3 s after it.
    fits = decay.fit_decays(dataset(replicates(5e-3 * np.exp(-delay / 3), 1e-5))).squeeze()
    assert fits["chosen_model"] == "single_exponential"
    for model in ("single_exponential", "stretched_exponential", "fatuzzo_labrune"):
        row = fits.sel(model=model)
        assert float(row["model_retention_time"]) == pytest.approx(3.0, rel=0.02)
        lower, upper = row["model_retention_time_interval"].values
        assert lower < float(row["model_retention_time"]) < upper
        assert lower > 2.9
        assert upper < 3.1
    assert float(fits["bayesian_difference"].sel(model="single_exponential")) == 0


def test_curve_that_levels_off_has_no_retention_time(dataset, delay):
    curve = 1e-5 * (0.6 + 0.4 * np.exp(-delay))
    fits = decay.fit_decays(dataset(replicates(curve, 1e-8))).squeeze()
    row = fits.sel(model="single_exponential")
    assert np.isposinf(row["model_retention_time"])
    assert np.isnan(row["model_retention_time_interval"].values[0])


def test_single_measured_trace_of_many_samples():
    # White noise on a trace that is sampled evenly for 20 s.
    time = np.arange(0.5, 20.0, 0.01)
    noise = 1e-6 * np.random.default_rng(2).standard_normal(time.size)
    sweep = xr.Dataset(
        {
            "anomalous_hall_voltage": (
                ("replicate", "delay"),
                (2e-5 + 5e-5 * np.exp(-(time - 0.5) / 4) + noise)[None],
            ),
            "initial_voltage": ("replicate", [0.0]),
        },
        coords={"delay": time},
    )
    fits = decay.fit_decays(sweep)
    assert 30 < int(fits["points"]) <= 41  # 24 a decade over 1.6 decades, and the probe
    assert "single replicate" in fits["refused"].item()
    row = fits.sel(model="single_exponential", parameter="time_constant")
    assert row["parameter_interval"].values[0] < 4 < row["parameter_interval"].values[1]
    assert float(row["parameter_stderr"]) < 0.5


def test_single_flat_trace_is_refused(dataset, delay):
    flat = 1e-6 * np.random.default_rng(4).standard_normal((1, delay.size))
    fits = decay.fit_decays(dataset(flat))
    assert all("below 3 standard errors" in remark for remark in fits["fit_remark"].values.flat)
    assert fits["parameter_value"].isnull().all()


def test_single_trace_that_stands_still_is_refused(dataset, delay):
    fits = decay.fit_decays(dataset(np.full((1, delay.size), 1e-5)))
    assert set(fits["fit_remark"].values.flat) == {"the voltage stands still from the probe on"}


def test_many_samples_keep_the_probe_as_the_origin_of_time():
    # Of 2000 samples without noise: the amplitude is that at the probe, not of a bin's middle.
    time = np.arange(0.5, 20.5, 0.01)
    curve = (5e-5 * np.exp(-(time - 0.5)))[None] * [[0.99], [1.01]]
    sweep = xr.Dataset(
        {
            "anomalous_hall_voltage": (("replicate", "delay"), curve),
            "initial_voltage": ("replicate", [0.0, 0.0]),
        },
        coords={"delay": time},
    )
    row = decay.fit_decays(sweep).sel(model="single_exponential")
    value = row["parameter_value"].sel(parameter=["amplitude", "time_constant"])
    np.testing.assert_allclose(value, [5e-5, 1.0], rtol=5e-3)
