import numpy as np
import pytest

from afterpulse.measured import Selection, TraceError, read_trace

TIME = np.arange(40) / 4
DECAY = 45 - 20 * np.exp(-TIME / 3)


@pytest.fixture
def written(tmp_path):
    """Function that writes columns below a header and returns the path."""

    def write(header, *columns):
        np.savetxt(
            tmp_path / "a.csv",
            np.column_stack(np.broadcast_arrays(*columns)),
            header=header,
            delimiter=",",
            comments="",
        )
        return tmp_path / "a.csv"

    return write


def voltages(trace):
    return 1e6 * trace["anomalous_hall_voltage"].values


def test_two_channels_are_no_repeats(written):
    path = written("time (s),Vxx (uV),Vxy (uV)", TIME, 3800 + DECAY / 100, DECAY)
    with pytest.raises(TraceError) as caught:
        read_trace(path)
    assert str(caught.value) == (
        f"{path}: line 1: expected --column or --repeats, since the names 'Vxx' and 'Vxy' differ, "
        "got 'time' (s, time), 'Vxx' (uV, voltage), 'Vxy' (uV, voltage); for example: "
        f"afterpulse fit {path} --time-column time --column Vxy ..."
    )
    np.testing.assert_allclose(voltages(read_trace(path, Selection(voltages=["Vxy"]))), [DECAY])
    both = voltages(read_trace(path, Selection(voltages=["vxx", "Vxy (uV)"])))
    np.testing.assert_allclose(both, [3800 + DECAY / 100, DECAY])
    np.testing.assert_allclose(voltages(read_trace(path, Selection(repeats=True))), both)


@pytest.mark.parametrize("other", [3800 + DECAY / 100, DECAY + 100, 45 + DECAY / 100])
def test_channels_with_numbers_are_repeats_only_if_levels_and_ranges_agree(written, other):
    path = written("time (s),channel 1 (uV),channel 2 (uV)", TIME, DECAY, other)
    with pytest.raises(TraceError, match="levels or ranges of 'channel 1' and the other voltages"):
        read_trace(path)
    path = written("time (s),channel 1 (uV),channel 2 (uV)", TIME, DECAY, DECAY + 3)
    np.testing.assert_allclose(voltages(read_trace(path)), [DECAY, DECAY + 3])


def test_settings_and_flags_are_left_out(written):
    header = "time (s),T (K),V offset (uV),flag,V (uV),field (Oe)"
    path = written(header, TIME, 300.0, 5.0, 1.0, DECAY, -0.41)
    trace = read_trace(path)
    np.testing.assert_allclose(voltages(trace), [DECAY])
    assert trace.attrs["columns"] == "time 'time' (s); voltage 'V' (uV)"


def test_resistance(written):
    path = written("time (s),Rxy 1 (mOhm),Rxy 2 (mOhm)", TIME, DECAY, DECAY + 1)
    trace = read_trace(path, Selection(read_current=-2e-3))
    np.testing.assert_allclose(voltages(trace), [-2 * DECAY, -2 * (DECAY + 1)])
    assert trace["anomalous_hall_voltage"].attrs["units"] == "V"
    assert trace.attrs["columns"].startswith("time 'time' (s); voltage 'Rxy 1' (mOhm), ")
    trace = read_trace(path)
    np.testing.assert_allclose(trace["anomalous_hall_voltage"], [1e-3 * DECAY, 1e-3 * (DECAY + 1)])
    assert trace["anomalous_hall_voltage"].attrs["units"] == "ohm"
    assert trace.attrs["columns"].startswith("time 'time' (s); resistance 'Rxy 1' (mOhm), ")


@pytest.mark.parametrize("unit", ["a.u.", "a. u.", "arb. units", "arb.u.", "Arbitrary units"])
def test_arbitrary_units(written, unit):
    trace = read_trace(written(f"time (s),T (K),MOKE ({unit})", TIME, 300 + TIME, DECAY))
    np.testing.assert_array_equal(trace["anomalous_hall_voltage"], [DECAY])
    assert trace["anomalous_hall_voltage"].attrs["units"] == "a.u."
    assert trace["anomalous_hall_voltage"].attrs["long_name"] == "signal"
    assert trace.attrs["columns"] == f"time 'time' (s); signal 'MOKE' ({unit})"


def test_signals_of_different_quantities_are_no_repeats(written):
    path = written("time (s),a (uV),b (ohm),c (a.u.)", TIME, DECAY, DECAY, DECAY)
    with pytest.raises(TraceError) as caught:
        read_trace(path, Selection(voltages=["a", "b"]))
    assert str(caught.value) == (
        "--column: expected columns of one quantity, got 'a' (uV, voltage), 'b' (ohm, resistance)"
    )
    assert voltages(read_trace(path, Selection(voltages=["a", "b"], read_current=1.0))).size == 80


def test_voltage_comes_before_resistance(written):
    path = written("time (s),Rxy (ohm),Vxy (uV)", TIME, DECAY, DECAY)
    np.testing.assert_allclose(voltages(read_trace(path)), [DECAY])
    trace = read_trace(path, Selection(read_current=1e-6))
    np.testing.assert_allclose(voltages(trace), [DECAY])


def test_units_of_the_options_replace_those_of_the_file(written):
    path = written("t,mz (a.u.),V", TIME * 1e3, DECAY, -DECAY)
    trace = read_trace(path, Selection("t (ms)", ["mz (V)"]))
    np.testing.assert_allclose(trace["time"], TIME)
    np.testing.assert_allclose(trace["anomalous_hall_voltage"], [DECAY])
    trace = read_trace(path, Selection("1 (s)", ["3 [uV]"]))
    np.testing.assert_allclose(voltages(trace), [-DECAY])


@pytest.mark.parametrize(
    ("header", "first"),
    [
        ("Elapsed time (s),Timestamp (s),V (uV)", TIME),
        ("Time (s),Relative Time (s),V (uV)", TIME + 100),
        ("start (s),t (s),V (uV)", TIME * 0),
    ],
)
def test_one_of_several_times(written, header, first):
    path = written(header, first, TIME + 100, DECAY)
    expected = first if "Elapsed" in header else TIME + 100
    np.testing.assert_allclose(read_trace(path)["time"], expected)


def test_rows_without_a_voltage_are_left_out(written):
    missing = DECAY.copy()
    missing[[3, 7]] = np.nan
    path = written("time (s),V 1 (uV),V 2 (uV)", TIME, DECAY, missing)
    trace = read_trace(path)
    np.testing.assert_allclose(trace["time"], np.delete(TIME, [3, 7]))
    assert trace.attrs["columns"].endswith("; 2 of 40 rows without a time or a voltage left out")
    lines = path.read_text().splitlines()
    lines[10] = lines[9]
    path.write_text("\n".join(lines))
    with pytest.raises(TraceError, match="line 11, column 1 .'time'.: expected a time after"):
        read_trace(path)
