import numpy as np
import pytest
from matplotlib.figure import Figure

from afterpulse import datasets, decay
from afterpulse.figures.measured import draw
from afterpulse.measured import FitOptions, Pulse, TraceError, fit_pulses
from afterpulse.measured.decays import window_delays
from afterpulse.measured.samples import to_trace

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


def test_too_many_samples_for_the_memory(monkeypatch):
    monkeypatch.setattr("afterpulse.measured.decays.MOST_SAMPLES", 9)
    delay = np.arange(1.0, 20.0)
    assert window_delays(delay, 11.0, 15.0, "a.csv") == (11.0, 15.0)
    with pytest.raises(TraceError, match="at most 9 samples from the probe on"):
        window_delays(delay, 10.0, 15.0, "a.csv")


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
