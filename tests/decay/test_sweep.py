import numpy as np
import pytest
import xarray as xr
from scipy import optimize

from afterpulse import decay


def replicates(curve, noise, count=8, seed=0):
    return curve + noise * np.random.default_rng(seed).standard_normal((count, len(curve)))


@pytest.mark.parametrize("left", [2.7e-20, 2e-4 * np.finfo(np.float32).eps, 1.9e-9])
def test_what_no_voltmeter_resolves_is_no_change(dataset, delay, left):
    # Of 2e-4 V, alike in all replicates, so its standard error says nothing.
    change = np.full((4, delay.size), left)
    change[:, -1] = 1e-6
    found = decay.fit_decays(dataset(change))
    assert np.isnan(found["share_retained"].item())
    assert "the probe is 0 standard errors" in found["refused"].item()
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
                (2e-5 + 5e-5 * np.exp(-time / 4) + noise)[None],
            ),
            "initial_voltage": ("replicate", [0.0]),
        },
        coords={"delay": time},
    )
    fits = decay.fit_decays(sweep)
    assert 30 < int(fits["points"]) <= 41  # 24 a decade over 1.6 decades, and the probe
    row = fits.sel(model="single_exponential", parameter="time_constant")
    assert row["parameter_interval"].values[0] < 4 < row["parameter_interval"].values[1]
    assert float(row["parameter_stderr"]) < 0.5
    # Fraction retained and retention time are those of the model.
    assert fits["refused"].item() == fits["retention_time_refused"].item() == ""
    assert fits["chosen_model"].item() == "single_exponential"
    first, later, last = 2e-5 + 5e-5 * np.exp(-np.array([0.5, 10.0, 19.99]) / 4)
    lower, upper = fits["share_retained_interval"].values
    assert lower < later / first < upper < 1.05 * lower
    constant = -4 * np.log((first / np.e - 2e-5) / 5e-5) - 0.5 if first / np.e > last else np.inf
    lower, upper = fits["retention_time_interval"].values
    assert lower < constant < upper < 1.2 * lower


def test_single_flat_trace_is_refused(dataset, delay):
    flat = 1e-6 * np.random.default_rng(4).standard_normal((1, delay.size))
    fits = decay.fit_decays(dataset(flat))
    assert all("below 3 standard errors" in remark for remark in fits["fit_remark"].values.flat)
    assert fits["parameter_value"].isnull().all()


def test_single_trace_that_stands_still_is_refused(dataset, delay):
    fits = decay.fit_decays(dataset(np.full((1, delay.size), 1e-5)))
    assert set(fits["fit_remark"].values.flat) == {"the voltage stands still from the probe on"}


def test_many_samples_keep_the_pulse_as_the_origin_of_time():
    # Of 2000 samples without noise: the amplitude is that at the end of the pulse.
    time = np.arange(0.5, 20.5, 0.01)
    curve = (5e-5 * np.exp(-time))[None] * [[0.99], [1.01]]
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


def single(time, change):
    """Sweep of one trace without a voltage before the pulse."""
    return xr.Dataset(
        {
            "anomalous_hall_voltage": (("replicate", "delay"), np.atleast_2d(change)),
            "initial_voltage": ("replicate", [0.0]),
        },
        coords={"delay": time},
    )


@pytest.mark.parametrize("samples", [200, 2000, 20_000])
def test_many_samples_are_fitted_as_if_each_were(samples):
    # Gauss and Markov: for white noise least squares on all samples (SciPy's curve_fit) are the
    # best there is. Bins hold 1 to 2000 samples here; taken as alike, the first one, a single
    # sample, decided the fit, and 7 of 16 intervals of 95 % held the time constant.
    time = np.linspace(0.5, 20.5, samples)

    def curve(delay, amplitude, constant, offset):
        return offset + amplitude * np.exp(-delay / constant)

    compared = []
    for seed in range(6):
        noise = 1e-7 * np.random.default_rng([samples, seed]).standard_normal(samples)
        # The first sample is two standard deviations off.
        noise[0] = 2e-7 * (-1) ** seed
        change = curve(time, -1e-5, 3.0, -2e-6) + noise
        best, covariance = optimize.curve_fit(
            curve, time, 1e6 * change, [-10.0, 3.0, -2.0], absolute_sigma=False
        )
        error = np.sqrt(np.diag(covariance))
        fits = decay.fit_decays(single(time, change), 0.5, 20.5)
        row = fits.sel(model="single_exponential")
        if fits["scatter_deviation"] > 0:
            # White noise is taken for 1/f noise in one of forty traces, with wider intervals.
            continue
        for number, (name, unit) in enumerate(
            (("amplitude", 1e6), ("time_constant", 1.0), ("offset", 1e6))
        ):
            value, stderr = (
                unit * row[f"parameter_{kind}"].sel(parameter=name).item()
                for kind in ("value", "stderr")
            )
            # Bins of a tenth of the delay lose little; the noise is known to 6 %.
            assert value == pytest.approx(best[number], abs=0.6 * error[number])
            assert stderr == pytest.approx(error[number], rel=0.6)
        low, high = row["parameter_interval"].sel(parameter="time_constant").values
        apart = abs(best[1] - 3.0) / error[1]
        compared.append(seed)
        # Both intervals hold the truth, or neither does.
        if not 1.6 < apart < 2.4:
            assert (low < 3.0 < high) == (apart < 2)
    assert len(compared) >= 5


KINDS = {
    "noise": lambda g, clean, noise: noise,
    "step": lambda g, clean, noise: np.where(
        np.arange(clean.size) < g.integers(1, clean.size), 1.0, g.normal()
    ),
    "flat": lambda g, clean, noise: np.full(clean.size, g.normal()),
    "quantised": lambda g, clean, noise: np.round(clean + noise, 1),
    "outlier": lambda g, clean, noise: (
        clean + noise + 10 ** g.uniform(0, 6) * (np.arange(clean.size) == g.integers(clean.size))
    ),
    "decay": lambda g, clean, noise: clean + noise,
    "ramp": lambda g, clean, noise: g.normal() * np.arange(clean.size) + noise,
    "two levels": lambda g, clean, noise: g.choice([0.0, 1.0], clean.size),
    "huge": lambda g, clean, noise: 1e14 * (clean + noise),
    "tiny": lambda g, clean, noise: 1e-25 * (clean + noise),
    "zigzag": lambda g, clean, noise: clean + (-1.0) ** np.arange(clean.size),
    "saturated": lambda g, clean, noise: np.minimum(clean + noise, clean.mean()),
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_single_trace_is_fitted_or_refused(kind, monkeypatch):
    # Six of each kind; profiles that go out one step only do not need a second a trace.
    monkeypatch.setattr("afterpulse.decay.profile.MOST_STEPS", 1)
    for seed in range(6):
        g = np.random.default_rng([list(KINDS).index(kind), seed])
        size = int(g.integers(10, 61))
        time = [np.linspace(0.5, 20, size), np.geomspace(0.5, 200, size)][seed % 2]
        amplitude, constant = g.normal(0, 10 ** g.uniform(-1, 1)), 10 ** g.uniform(-1.5, 2)
        clean = g.normal() + amplitude * np.exp(-(time - 0.5) / constant)
        noise = 10 ** g.uniform(-4, 0) * g.standard_normal(size)
        change = 10 ** g.uniform(-7, 0) * KINDS[kind](g, clean, noise)
        found = decay.fit_decays(single(time, change), 0.5, time[-1])
        assert not any("failed" in remark for remark in found["fit_remark"].values)
        fitted = found["akaike_difference"].notnull()
        assert (fitted | (found["fit_remark"] != "")).all()


def test_fit_that_fails_is_a_remark(dataset, delay, monkeypatch):
    def fails(*arguments):
        raise np.linalg.LinAlgError("Singular matrix")

    traces = replicates(-1e-5 * np.exp(-delay / 3), 1e-7)
    monkeypatch.setattr("afterpulse.decay.sweep.scatter_of_replicates", fails)
    fits = decay.fit_decays(dataset(traces))
    assert set(fits["fit_remark"].values.flat) == {"the fit failed: Singular matrix"}
    # The fraction retained needs no fit.
    assert fits["share_retained"].notnull().all()
    monkeypatch.undo()
    monkeypatch.setattr("afterpulse.decay.sweep.describe", fails)
    fits = decay.fit_decays(dataset(traces))
    assert set(fits["fit_remark"].values.flat) == {"the fit failed: Singular matrix"}
    assert fits["chosen_model"].item() == ""


def test_time_constant_that_the_trace_does_not_depend_on_is_not_determined():
    # One sample off at the probe, and no other: any time constant well below the first interval
    # fits, and its column of the Jacobian is zero.
    time = np.arange(0.5, 20.0, 1.0)
    noise = 1e-8 * np.random.default_rng(8).standard_normal(time.size)
    change = 1e-5 + 5e-6 * (time == 0.5) + noise
    row = decay.fit_decays(single(time, change), 0.5, 19.5).sel(model="single_exponential")
    low, high = row["parameter_interval"].sel(parameter="time_constant").values
    assert low == 0
    assert 0.1 < high < 0.5
    assert np.isnan(row["parameter_value"].sel(parameter="time_constant"))
    assert "time_constant" in row["fit_remark"].item()
