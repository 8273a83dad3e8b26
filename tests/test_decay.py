from types import SimpleNamespace

import lmfit
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from afterpulse import decay, store

DELAY = np.unique(np.concatenate([np.geomspace(1e-3, 20.0, 60), [0.5, 10.0]]))
WINDOW = DELAY[DELAY >= 0.5]
SINCE_PROBE = WINDOW - 0.5


def dataset(change, initial=2e-4):
    """Sweep of one point from changes (replicate, delay)."""
    change = np.asarray(change)[None, None]
    dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
    return store.label(
        xr.Dataset(
            {
                "anomalous_hall_voltage": (dims, initial + change),
                "initial_voltage": (dims[:-1], np.full(change.shape[:-1], initial)),
            },
            coords={
                "pulse_amplitude": [1e-3],
                "relative_amplitude": ("pulse_amplitude", [0.8]),
                "pulse_width": [1e-3],
                "delay": DELAY,
            },
        )
    )


def replicates(curve, noise, count=8, seed=0):
    return curve + noise * np.random.default_rng(seed).standard_normal((count, len(curve)))


TRUTH = {
    "single_exponential": {"amplitude": -3e-5, "time_constant": 4.0, "offset": -2e-5},
    "stretched_exponential": {
        "amplitude": -4e-5,
        "time_constant": 3.0,
        "exponent": 0.6,
        "offset": -1e-5,
    },
    "logarithmic": {"level": -5e-5, "slope": -8e-6},
    "double_exponential": {
        "amplitude": -3e-5,
        "time_constant": 0.8,
        "slow_amplitude": -3e-5,
        "slow_time_constant": 8.0,
        "offset": -1e-5,
    },
}


def test_what_rounding_leaves_is_no_change():
    # 5e-21 V in 2e-4 V, alike in all replicates, so its standard error says nothing.
    change = np.full((4, DELAY.size), 2.7e-20)
    change[:, -1] = 1e-6
    found = decay.fit_decays(dataset(change))
    assert np.isnan(found["share_retained"].item())
    assert "0 V" in found["refused"].item()
    assert (found["fit_remark"] == found["refused"].item()).all()


@pytest.mark.parametrize("name", decay.MODELS)
def test_a_fit_recovers_the_parameters_of_its_own_model(name):
    extra = {"reference_time": 0.5} if name == "logarithmic" else {}
    curve = decay.MODELS[name](SINCE_PROBE, **TRUTH[name], **extra)
    # For ever more replicates the estimated weights become the true ones.
    fit = decay.fit_model(name, WINDOW, replicates(curve, 1e-6, count=64))
    expected = np.array([TRUTH[name].get(parameter, np.nan) for parameter in decay.PARAMETERS])
    assert fit.remark == ""
    np.testing.assert_array_equal(np.isnan(fit.value), np.isnan(expected))
    held = ~np.isnan(expected)
    assert (abs(fit.value - expected) < 3 * fit.stderr)[held].all()
    # Noise independent from point to point: both standard errors mean the same.
    ratio = (fit.stderr_replicates / fit.stderr)[held]
    assert ((ratio > 0.6) & (ratio < 1.6)).all()
    assert 0.4 < fit.reduced_chi_square < 1.9


def test_double_exponential_gives_the_certified_values_of_nist_mgh17():
    # NIST StRD nonlinear regression, MGH17: y = b1 + b2 exp(-x b4) + b3 exp(-x b5).
    # fmt: off
    y = np.array([
        0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751,
        0.718, 0.685, 0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490,
        0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406,
    ])
    # fmt: on
    x = 10.0 * np.arange(33)
    residual_deviation = 1.3970497866e-03
    # Two replicates at y plus and minus a value have y as mean and that value as standard error.
    # Twice the deviation of the residuals doubles the parameters' and makes chi-square a quarter.
    change = np.stack([y + 2 * residual_deviation, y - 2 * residual_deviation])
    fit = decay.fit_model("double_exponential", x + 0.5, change)
    b1, b2, b3 = 0.37541005211, 1.9358469127, -1.4646871366
    b4, b5 = 0.012867534640, 0.022122699662
    expected = dict.fromkeys(decay.PARAMETERS, np.nan)
    expected |= {"offset": b1, "slow_amplitude": b2, "amplitude": b3}
    expected |= {"slow_time_constant": 1 / b4, "time_constant": 1 / b5}
    np.testing.assert_allclose(fit.value, list(expected.values()), rtol=1e-3)
    deviation = dict.fromkeys(decay.PARAMETERS, np.nan)
    deviation |= {"offset": 2.0723153551e-03, "slow_amplitude": 0.22031669222}
    deviation |= {"amplitude": 0.22175707739, "slow_time_constant": 4.4861358114e-04 / b4**2}
    deviation |= {"time_constant": 8.9471996575e-04 / b5**2}
    np.testing.assert_allclose(fit.stderr, 2 * np.array(list(deviation.values())), rtol=1e-2)
    # Certified residual sum of squares 5.4648946975e-05 with 28 degrees of freedom.
    assert fit.reduced_chi_square == pytest.approx(
        5.4648946975e-05 / (2 * residual_deviation) ** 2 / 28, rel=1e-5
    )


def test_criteria_prefer_the_model_that_made_the_trace():
    for name in ("single_exponential", "logarithmic"):
        extra = {"reference_time": 0.5} if name == "logarithmic" else {}
        curve = np.zeros_like(DELAY)
        curve[DELAY >= 0.5] = decay.MODELS[name](SINCE_PROBE, **TRUTH[name], **extra)
        fits = decay.fit_decays(dataset(replicates(curve, 3e-7)))
        difference = fits["akaike_difference"].squeeze()
        other = {"single_exponential": "logarithmic", "logarithmic": "single_exponential"}[name]
        assert difference.sel(model=name) < 4
        assert difference.sel(model=other) > 20
        assert float(difference.min()) == 0


def test_akaike_criterion_of_a_case_done_by_hand():
    # Level 1, slope 0 and residuals of +-1 standard error that are orthogonal to both parameters.
    delay = np.array([0.5, 0.5, 2.0, 2.0, 8.0, 8.0]) * (1 + 1e-12 * np.arange(6))
    residual = 0.1 * np.array([1, -1, 1, -1, 1, -1])
    mean = 1 + residual
    fit = decay.fit_model("logarithmic", delay, np.stack([mean + 0.1, mean - 0.1]))
    # chi_square 6, k 2, n 6: 6 + 4 + 12 / 3
    assert fit.akaike_corrected == pytest.approx(14.0, rel=1e-6)
    assert fit.reduced_chi_square == pytest.approx(6 / 4, rel=1e-6)


def test_correlated_replicates_show_in_the_jackknife_only():
    # Replicates that differ by a constant: the level's true standard error is that of the mean.
    levels = 1e-6 * np.random.default_rng(5).standard_normal(16)
    change = decay.logarithmic(SINCE_PROBE, -5e-5, -8e-6, 0.5) + levels[:, None]
    fit = decay.fit_model("logarithmic", WINDOW, change)
    level = list(decay.PARAMETERS).index("level")
    true = levels.std(ddof=1) / 4
    assert fit.stderr_replicates[level] == pytest.approx(true, rel=1e-6)
    assert fit.stderr[level] < 0.7 * true


def test_the_fast_exponential_comes_first():
    parameters = lmfit.Parameters()
    for number, name in enumerate(TRUTH["double_exponential"]):
        parameters.add(name, value=10.0 - number)
        parameters[name].stderr = 0.1 * number
    value, stderr = decay._ordered("double_exponential", SimpleNamespace(params=parameters))
    found = dict(zip(decay.PARAMETERS, zip(value, stderr, strict=True), strict=True))
    # Made with amplitude 10, time constant 9, slow amplitude 8, slow time constant 7, offset 6.
    assert found["time_constant"] == (7.0, pytest.approx(0.3))
    assert found["amplitude"] == (8.0, pytest.approx(0.2))
    assert found["slow_time_constant"] == (9.0, pytest.approx(0.1))
    assert found["slow_amplitude"] == (10.0, 0.0)
    assert found["offset"] == (6.0, pytest.approx(0.4))


def test_too_few_delays_give_a_remark_and_no_fit():
    fit = decay.fit_model("double_exponential", WINDOW[:6], np.ones((3, 6)))
    assert "too few" in fit.remark
    assert np.isnan(fit.value).all()


def test_flat_trace_is_refused():
    flat = decay.fit_decays(dataset(replicates(np.zeros_like(DELAY), 1e-6, seed=3)))
    assert "below 3 standard errors" in flat["refused"].item()
    assert "below 3 standard errors" in flat["retention_time_refused"].item()
    assert all("below 3 standard errors" in remark for remark in flat["fit_remark"].values.flat)
    for name in ("share_retained", "retention_time", "parameter_value", "akaike_corrected"):
        assert flat[name].isnull().all()


def test_single_replicate_and_broken_trace_are_refused():
    curve = -1e-5 * np.ones_like(DELAY)
    assert "single replicate" in decay.share_retained(dataset(curve[None]))["refused"].item()
    broken = replicates(curve, 1e-7)
    broken[2, -1] = np.nan
    assert "not finite" in decay.share_retained(dataset(broken))["refused"].item()


@pytest.mark.parametrize("constant", [0.3, 2.0, 11.0])
def test_retention_time_of_an_exponential_is_its_time_constant(constant):
    curve = 1e-5 * np.exp(-DELAY / constant)
    found = decay.retention_time(dataset(np.stack([curve, 1.1 * curve, 0.9 * curve])))
    assert found["retention_time"].item() == pytest.approx(constant, rel=1e-9)
    np.testing.assert_allclose(found["retention_time_interval"].squeeze(), constant, rtol=1e-9)


def test_retention_time_beyond_the_window_is_not_made_up():
    curve = 1e-5 * (0.6 + 0.4 * np.exp(-DELAY))
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


def test_share_retained_is_relative_to_the_value_before_the_pulse():
    curve = np.where(DELAY < 5, -4e-5, -1e-5)
    found = decay.share_retained(dataset(np.stack([curve, 1.5 * curve, 0.5 * curve]), initial=7.0))
    assert found["share_retained"].item() == pytest.approx(0.25, rel=1e-6)
    assert found["change_at_probe"].item() == pytest.approx(-4e-5, rel=1e-6)
    # Standard error of (1, 1.5, 0.5): 0.5 / sqrt(3).
    assert found["change_at_probe_stderr"].item() == pytest.approx(4e-5 * 0.5 / 3**0.5, rel=1e-6)
    assert found.attrs["retained_at"] == 10.0
    assert found.attrs["confidence"] == 0.95


def test_coverage_of_the_bootstrap_interval():
    # 600 experiments of 8 replicates each, as 600 points of one sweep. The true share is 0.5.
    generator = np.random.default_rng(11)
    trials, count = 600, 8
    change = generator.normal([1.0, 0.5], [0.2, 0.2], size=(trials, count, 2))
    sweep = xr.Dataset(
        {
            "anomalous_hall_voltage": (("trial", "replicate", "delay"), change),
            "initial_voltage": (("trial", "replicate"), np.zeros((trials, count))),
        },
        coords={"delay": [0.5, 10.0]},
    )
    lower, upper = decay.share_retained(sweep)["share_retained_interval"].values.T
    covered = np.mean((lower <= 0.5) & (upper >= 0.5))
    # Four standard errors of the trials are 0.036; the plain percentile interval covers 0.90.
    assert covered == pytest.approx(0.95, abs=0.036)


def test_missing_delay_is_named():
    with pytest.raises(ValueError, match="no delay of 3 s is stored"):
        decay.share_retained(dataset(np.ones((3, len(DELAY)))), at=3.0)
    with pytest.raises(ValueError, match=r"no delay of 0\.7 s"):
        decay.fit_decays(dataset(np.ones((3, len(DELAY)))), probe=0.7)


def test_fits_are_stored_and_laid_out_as_a_table(tmp_path):
    curve = 1e-5 * np.exp(-DELAY / 3)
    fits = decay.fit_decays(dataset(replicates(curve, 1e-7)))
    store.write(fits, tmp_path / "decay.nc")
    stored = store.read(tmp_path / "decay.nc")
    assert (stored["window_start"].item(), stored["window_end"].item()) == (0.5, 20.0)
    table = decay.to_table(stored)
    assert isinstance(table, pd.DataFrame)
    assert list(table["model"]) == list(decay.MODELS)
    row = table.set_index("model").loc["single_exponential"]
    assert row["time_constant"] == pytest.approx(3.0, rel=0.05)
    assert row["retention_time"] == pytest.approx(3.0, rel=0.05)
    assert row["retention_time_interval_lower"] < 3.0 < row["retention_time_interval_upper"]
    assert row["pulse_amplitude"] == 1e-3
    assert row["relative_amplitude"] == 0.8
    assert row["points"] == len(WINDOW)
    assert {"slope_stderr", "exponent_stderr_replicates"} <= set(table.columns)


def test_leading_dimensions_are_kept():
    curve = -1e-5 * np.exp(-DELAY / 3)
    both = xr.concat(
        [dataset(replicates(curve, 1e-7)), dataset(replicates(2 * curve, 1e-7))],
        xr.Variable("mechanism_set", ["one", "two"]),
    )
    fits = decay.fit_decays(both)
    assert fits["refused"].dims == ("mechanism_set", "pulse_amplitude", "pulse_width")
    assert list(fits["mechanism_set"].values) == ["one", "two"]
    assert len(decay.to_table(fits)) == 2 * len(decay.MODELS)
