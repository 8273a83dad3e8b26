import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.optimize import curve_fit

from afterpulse import datasets, decay
from afterpulse.figures.measured import draw
from afterpulse.measured import FitOptions, Pulse, TraceError, fit_pulses
from afterpulse.measured.decays import MOST_SAMPLES, averaged, window_delays
from afterpulse.measured.samples import to_trace
from afterpulse.measured.summary import summary

PULSES = [Pulse(2.0, 0.5, 2e-3, "A", "here"), Pulse(22.5, 0.5, -1e-3, "A", "there")]


@pytest.fixture(scope="module")
def trace():
    """Voltage of 10 uV; the pulses shift it by -8 and -4 uV, half of which fades with 2 and 5 s."""
    time = np.arange(0, 45, 0.25)
    noise = 2e-8 * np.random.default_rng(3).standard_normal((3, time.size))
    change = np.zeros_like(time)
    for begin, end, size, constant in ((2.5, 22.5, -8e-6, 2.0), (23.0, 45.0, -4e-6, 5.0)):
        after = (time >= begin) & (time < end)
        change[after] = size * (0.5 + 0.5 * np.exp(-(time[after] - begin) / constant))
    samples = np.column_stack([time, *(1e-5 + change + noise)])
    return to_trace("a.csv", samples, lambda row, column: "")


@pytest.fixture(scope="module")
def found(trace):
    # No sample of the first trace lies at 0.6 s, and the second has none at 21.5 s.
    return fit_pulses(trace, PULSES, 0.6, 21.5)


def test_each_pulse_has_its_own_constants(found):
    table = decay.to_table(found[1]).set_index(["pulse", "model"])
    for pulse, constant in ((1, 2.0), (2, 5.0)):
        row = table.loc[(pulse, "single_exponential")]
        assert abs(row["time_constant"] - constant) < 3 * row["time_constant_stderr"]
        assert row["time_constant_stderr"] < 0.1
    assert table["pulse_amplitude"].unique().tolist() == [2e-3, -1e-3]
    assert len(table) == 2 * len(found[1]["model"])


def test_window_of_each_pulse_is_what_was_taken(found):
    fits = found[1]
    np.testing.assert_array_equal(fits["window_start"], [0.75, 0.75])
    np.testing.assert_array_equal(fits["window_end"], [19.75, 21.75])
    np.testing.assert_array_equal(fits["retained_at"], [19.75, 21.5])
    np.testing.assert_array_equal(fits["replicates"], [3, 3])
    # Before the second pulse the first one has left -4 uV.
    share = (0.5 + 0.5 * np.exp(-19.75 / 2)) / (0.5 + 0.5 * np.exp(-0.75 / 2))
    assert fits["share_retained"][0].item() == pytest.approx(share, abs=0.01)
    np.testing.assert_allclose(found[0][1]["initial_voltage"], 6e-6, atol=5e-8)


def test_what_each_pulse_has_of_its_own_is_stored_as_such(found, tmp_path):
    datasets.write(found[1], tmp_path / "decay.nc")
    stored = datasets.read(tmp_path / "decay.nc")
    common = {str(name) for name in stored.data_vars if "pulse" not in stored[name].dims}
    assert common == {"parameter_units"}
    assert stored["pulse_start"].dims == ("pulse",)
    assert not {"probe_delay", "retained_at"} & set(stored.attrs)


def test_delays_that_are_taken():
    delay = np.array([0.1, 0.5, 1.0, 2.0, 4.0, 8.0])
    assert window_delays(delay, 0.5, 4.0, "a.csv") == (0.5, 4.0)
    assert window_delays(delay, 0.2, 3.0, "a.csv") == (0.5, 4.0)
    assert window_delays(delay, 0.2, 10.0, "a.csv") == (0.5, 8.0)
    with pytest.raises(TraceError, match=r"at least 5 samples from the probe on, 0\.6 s .*got 4"):
        window_delays(delay, 0.6, 4.0, "a.csv")
    with pytest.raises(TraceError, match=r"later than the probe, at 0\.5 s .*got 0\.4 s"):
        window_delays(delay, 0.2, 0.4, "a.csv")


def test_without_samples_before_the_pulse_the_models_are_fitted(trace, found):
    late = trace.sel(time=slice(3.0, 22.0))
    (sweep,), fits = fit_pulses(late, PULSES[:1], 0.6, 10.0)
    one = fits.isel(pulse=0)
    of_all = found[1].isel(pulse=0)
    for name in ("amplitude", "time_constant"):
        value, error = (
            one[f"parameter_{kind}"].sel(model="single_exponential", parameter=name).item()
            for kind in ("value", "stderr")
        )
        expected = of_all["parameter_value"].sel(model="single_exponential", parameter=name)
        assert abs(value - expected) < 3 * error
    assert one["refused"] == one["retention_time_refused"] == "no samples before the pulse"
    for name in ("share_retained", "change_at_probe", "retention_time", "model_retention_time"):
        assert one[name].isnull().all()
    lines = summary(one, 0.6, 10.0)
    assert "changes are counted from the mean of the last tenth of the samples" in lines
    above, _ = draw(sweep, one, Figure())
    assert "before the pulse" not in above.get_legend_handles_labels()[1]


@pytest.mark.parametrize("repeats", [1, 3])
def test_blocks_of_many_samples_are_averaged(repeats):
    time = np.arange(0, 60, 5e-4)
    change = np.where(time > 2.5, -8e-6 * np.exp(-(time - 2.5) / 4), 0.0)
    noise = 1e-6 * np.random.default_rng(4).standard_normal((repeats, time.size))
    many = to_trace("a.csv", np.column_stack([time, *(change + noise)]), lambda row, column: "")
    (sweep,), fits = fit_pulses(many, PULSES[:1], 0.5, 10.0)
    late = sweep.sel(delay=slice(0.5, None))
    assert 0.9 * MOST_SAMPLES < late.sizes["delay"] <= MOST_SAMPLES + 12
    # Blocks of twelve: 114,000 samples from the probe on.
    assert late["anomalous_hall_voltage"][:, -3000:].std("delay").values == pytest.approx(
        np.full(repeats, 1e-6 / np.sqrt(12)), rel=0.05
    )
    best = fits.isel(pulse=0).sel(model="single_exponential", parameter="time_constant")
    assert abs(best["parameter_value"] - 4) < 3 * best["parameter_stderr"] < 0.1


def test_blocks_are_short_compared_with_their_delay():
    delay = np.concatenate([np.arange(1e-4, 1, 1e-4), np.arange(1, 3, 1e-4)])
    sweep = to_trace("a.csv", np.column_stack([delay, delay]), lambda row, column: "").rename(
        time="delay"
    )
    sweep = sweep.assign(initial_voltage=("replicate", [0.0])).assign_attrs(no_baseline=0)
    result = averaged(sweep, 1e-4)
    np.testing.assert_allclose(result["anomalous_hall_voltage"][0], result["delay"], rtol=1e-12)
    step = np.diff(result["delay"])
    assert (step <= 0.1 * result["delay"].values[1:] + 1e-12).sum() >= step.size - 10
    assert result.sizes["delay"] < MOST_SAMPLES + 40


@pytest.mark.parametrize("level", [0.0, 2e-5, 1e-100])
def test_a_voltage_that_stands_still_is_no_decay(level):
    time = np.arange(20.0)
    samples = np.column_stack([time, np.where(time < 3, 0.0, level)])
    trace = to_trace("a.csv", samples, lambda row, column: "")
    with pytest.raises(TraceError, match="a.csv: pulse 1: expected a voltage that changes from"):
        fit_pulses(trace, PULSES[:1], 0.5, 10.0)


def test_pulse_that_cannot_be_fitted_does_not_lose_the_others(trace, found):
    # Two more pulses: after one the voltage stands still, after the other the record soon ends.
    time = trace["time"].values
    further = np.concatenate([time, np.arange(45, 66, 0.25)])
    voltage = np.full((3, further.size), 1e-5)
    voltage[:, : time.size] = trace["anomalous_hall_voltage"]
    samples = np.column_stack([further, *voltage])
    longer = to_trace("a.csv", samples, lambda row, column: "")
    pulses = [
        *PULSES,
        Pulse(44.9, 0.05, 1e-3, "A", "third"),
        Pulse(64.3, 0.05, 1e-3, "A", "fourth"),
    ]
    sweeps, fits = fit_pulses(longer, pulses, 0.6, 21.5)
    assert len(sweeps) == fits.sizes["pulse"] == 4
    for name in ("time_constant", "offset"):
        np.testing.assert_allclose(
            fits["parameter_value"].sel(parameter=name, model="single_exponential")[:2],
            found[1]["parameter_value"].sel(parameter=name, model="single_exponential"),
            rtol=1e-6,
        )
    reasons = [
        "expected a voltage that changes from the probe on, 0.8 s after the pulse, "
        "got 1e-05 V in all samples",
        "expected at least 5 samples from the probe on, 0.6 s after the pulse, got 4",
    ]
    for pulse, reason in zip((2, 3), reasons, strict=True):
        one = fits.isel(pulse=pulse)
        assert one["refused"].item() == one["retention_time_refused"].item() == reason
        assert set(one["fit_remark"].values) == {reason}
        assert one["parameter_value"].isnull().all()
        assert one["points"] == 0
        draw(sweeps[pulse], one, Figure())


def test_pulse_outside_the_trace_does_not_lose_the_others(trace):
    pulses = [*PULSES, Pulse(99.0, 0.5, 1e-3, "A", "third")]
    sweeps, fits = fit_pulses(trace, pulses, 0.6, 21.5)
    assert fits["refused"].values[2].startswith("expected samples between 91.4 s and")
    assert fits["parameter_value"].sel(model="single_exponential", parameter="offset")[1].notnull()
    draw(sweeps[2], fits.isel(pulse=2), Figure())
    with pytest.raises(TraceError, match="third: expected at least 5 samples"):
        fit_pulses(trace, pulses[2:], 0.6, 21.5)


def test_numerical_error_of_a_pulse_does_not_lose_the_others(trace, monkeypatch):
    fit_decays = decay.fit_decays

    def failing(point, *arguments):
        if point["pulse"] == 1 and point["anomalous_hall_voltage"].notnull().any():
            raise ValueError("array must not contain infs")
        return fit_decays(point, *arguments)

    monkeypatch.setattr(decay, "fit_decays", failing)
    _, fits = fit_pulses(trace, PULSES, 0.6, 21.5)
    assert fits["refused"].values.tolist() == ["the fit failed: array must not contain infs", ""]


def test_last_delay_and_drift(trace):
    # 50 nV/s from the start of the file on; the first decay has 2 s.
    drifting = trace.copy()
    drifting["anomalous_hall_voltage"] = trace["anomalous_hall_voltage"] + 5e-8 * trace["time"]
    options = FitOptions(until=15.0, drift=True)
    _, fits = fit_pulses(drifting, PULSES[:1], 0.6, 21.5, options)
    assert fits["window_end"].item() == fits["retained_at"].item() == 15.0
    row = fits.sel(model="single_exponential").isel(pulse=0)
    assert fits["chosen_model"].item() == "single_exponential"
    for name, true in (("drift", 5e-8), ("time_constant", 2.0), ("amplitude", -4e-6)):
        entry = row.sel(parameter=name)
        assert abs(entry["parameter_value"] - true) < 3 * entry["parameter_stderr"]
    assert row["fit_remark"].item() == ""
    without = fit_pulses(drifting, PULSES[:1], 0.6, 21.5, FitOptions(until=15.0))[1]
    assert np.isnan(without["parameter_value"].sel(parameter="drift")).all()


def test_drift_that_is_not_separated_from_a_slow_decay():
    # A decay of 60 s is a straight line in 15 s.
    time = np.arange(0, 17, 0.25)
    noise = 2e-8 * np.random.default_rng(4).standard_normal((3, time.size))
    change = np.where(time > 2, -8e-6 * np.exp(-(time - 2) / 60), 0.0)
    samples = np.column_stack([time, *(change + noise)])
    slow = to_trace("a.csv", samples, lambda row, column: "")
    _, fits = fit_pulses(slow, [Pulse(1.9, 0.1, 1e-3, "A", "x")], 0.5, 10.0, FitOptions(drift=True))
    remark = fits["fit_remark"].sel(model="single_exponential").item()
    assert "the trace does not separate drift and decay" in remark


def test_flat_trace_has_no_decay():
    time = np.arange(0, 20, 0.05)
    noise = 2e-7 * np.random.default_rng(6).standard_normal((4, time.size))
    samples = np.column_stack([time, *(np.where(time > 1, -2e-5, 0.0) + noise)])
    flat = to_trace("a.csv", samples, lambda row, column: "")
    _, fits = fit_pulses(flat, [Pulse(0.9, 0.1, 1e-3, "A", "x")], 0.5, 10.0)
    assert fits["chosen_model"].item() == "no_decay"
    offset = fits["parameter_interval"].sel(model="no_decay", parameter="offset").values[0]
    assert offset[0] < -2e-5 < offset[1]


def test_decay_that_begins_after_the_pulse():
    # Kohlrausch with tau 4 s and exponent 0.5 that counts from 0.5 s after the pulse.
    time = np.round(np.arange(0, 21, 0.05), 6)
    since = np.maximum(time - 1.5, 0.0)
    change = np.where(time > 1, -15e-6 - 20e-6 * np.exp(-np.sqrt(since / 4)), 0.0)
    noise = 2e-7 * np.random.default_rng(7).standard_normal(time.size)
    trace = to_trace("a.csv", np.column_stack([time, change + noise]), lambda row, column: "")
    pulses = [Pulse(0.999, 0.001, 2e-3, "A", "here")]
    _, fits = fit_pulses(trace, pulses, 0.05, 10.0, FitOptions(origin=0.5))
    assert fits["chosen_model"].item() == "stretched_exponential"
    row = fits.isel(pulse=0).sel(model="stretched_exponential")

    def kohlrausch(t, amplitude, time_constant, exponent, offset):
        return offset + amplitude * np.exp(-((t / time_constant) ** exponent))

    late = time > 1.525
    expected, covariance = curve_fit(
        kohlrausch, time[late] - 1.5, 1e6 * (change + noise)[late], [-20, 4, 0.5, -15]
    )
    errors = np.sqrt(np.diag(covariance))
    for name, truth, value, error in zip(
        ("amplitude", "time_constant", "exponent", "offset"),
        (-20e-6, 4.0, 0.5, -15e-6),
        expected,
        errors,
        strict=True,
    ):
        entry = row.sel(parameter=name)
        low, high = entry["parameter_interval"].values
        assert low < truth < high
        unit = 1e-6 if name in ("amplitude", "offset") else 1.0
        assert entry["parameter_value"].item() == pytest.approx(unit * value, abs=unit * error)
    # The pulse ends at 1 s; from its end on the same law has another exponent.
    _, from_pulse = fit_pulses(trace, pulses, 0.55, 10.0)
    other = from_pulse["parameter_interval"].sel(
        model="stretched_exponential", parameter="exponent"
    )
    assert not other[0, 0] < 0.5 < other[0, 1]
    assert fits["delay_origin"].values == [0.5]
    lines = summary(fits.isel(pulse=0), 0.05, 10.0)
    assert "all delays count from 0.5 s after the end of the pulse" in lines
