import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from afterpulse import datasets
from afterpulse.cli import app
from afterpulse.measured import Pulse, TraceError
from afterpulse.measured.curves import with_curves
from afterpulse.measured.samples import to_trace
from afterpulse.measured.train import curves_of, read_simulated_train, train_readings

ROOT = Path(__file__).parents[2]


def pulses_at(starts, amplitude=2e-3, width=1e-3):
    amplitudes = np.broadcast_to(amplitude, len(starts))
    return [
        Pulse(float(start), width, float(size), "A", f"p.csv: line {line}")
        for line, (start, size) in enumerate(zip(starts, amplitudes, strict=True), 2)
    ]


def clock(time):
    """A trace whose voltage in V is the time in s."""
    return to_trace("a.csv", np.column_stack([time, time]), lambda row, column: "")


def test_readings_are_the_last_tenth_before_the_next_pulse():
    # Samples each 0.1 s; the shortest time between pulses is 0.999 s.
    time = np.arange(0, 60) / 10 + 0.05
    found = train_readings(clock(time), pulses_at([1.0, 2.0, 5.0]))
    assert found["reading_delay"].item() == pytest.approx(0.999)
    # The last tenth begins 0.8991 s after the end, at 1.9001 s.
    np.testing.assert_allclose(found["reading"].values[0], [1.95, 2.95, 5.95])
    # Before the first pulse all samples count, before the third the last 0.2999 s.
    initial = [np.arange(0.05, 1, 0.1).mean(), 1.95, np.mean([4.75, 4.85, 4.95])]
    np.testing.assert_allclose(found["initial_voltage"].values[0], initial)


def test_readings_at_a_probe():
    time = np.arange(0, 60) / 10 + 0.05
    found = train_readings(clock(time), pulses_at([1.0, 2.0, 5.0]), 0.3)
    np.testing.assert_allclose(found["reading"].values[0], [1.35, 2.35, 5.35])
    assert found["reading_delay"].item() == 0.3


def test_window_of_the_voltage_before_the_first_pulse():
    time = np.arange(0, 60) / 10 + 0.05
    found = train_readings(clock(time), pulses_at([3.0, 4.0]), baseline=(1.0, 1.2))
    np.testing.assert_allclose(found["initial_voltage"].values[0], [1.1, 3.95])
    with pytest.raises(TraceError, match=r"^--baseline: .* at 3 s in 3\.5 s to 4 s, got none in a"):
        train_readings(clock(time), pulses_at([3.0, 4.0]), baseline=(3.5, 4.0))


def test_one_reading_a_pulse_is_enough():
    starts = np.arange(1.0, 7.0)
    found = train_readings(clock(np.append(0.5, starts + 0.2)), pulses_at(starts))
    np.testing.assert_allclose(found["reading"].values[0], starts + 0.2)
    np.testing.assert_allclose(found["initial_voltage"].values[0, 1:], starts[:-1] + 0.2)


def test_sample_at_the_start_of_a_pulse_is_not_before_it():
    time = np.arange(0, 30) / 10
    found = train_readings(clock(time), pulses_at([0.7, 1.4, 2.1], width=0.1))
    np.testing.assert_allclose(found["reading"].values[0], [1.3, 2.0, 2.7])


def test_pulses_without_a_sample_have_no_reading():
    found = train_readings(clock(np.arange(0.5, 6.0)), pulses_at([1.0, 1.1, 2.0, 5.9]), 0.3)
    np.testing.assert_array_equal(np.isnan(found["reading"].values[0]), [True, False, False, True])
    with pytest.raises(TraceError, match=r"^p\.csv: line 2: expected samples from --probe, 7 s"):
        train_readings(clock(np.arange(0.5, 6.0)), pulses_at([1.0, 2.0]), 7.0)
    with pytest.raises(TraceError, match=r"expected samples within 0\.049 s .* none in a\.csv"):
        train_readings(clock(np.arange(0.5, 6.0)), pulses_at([1.0, 1.05]))


@pytest.mark.parametrize(
    ("starts", "amplitude", "curves", "cycles"),
    [
        # Potentiation and depression, twice.
        (np.arange(8), [2, 2, -2, -2] * 2, [1, 1, 2, 2] * 2, [1, 1, 1, 1, 2, 2, 2, 2]),
        # Two bursts with a pause between them, as in the paper's STP.
        ([0, 0.1, 0.2, 30, 30.1, 30.2], 2, [1] * 6, [1, 1, 1, 2, 2, 2]),
        # Pairs with two intervals, each twice.
        ([0, 0.1, 9, 9.1, 18, 19, 28, 29], 2, [1, 1, 1, 1, 2, 2, 2, 2], [1, 1, 2, 2] * 2),
        # Pairs without a pause are a regular train.
        ([0, 5, 14, 19], 2, [1] * 4, [1] * 4),
        # A train that becomes slower.
        ([0, 1, 2, 3, 6, 9, 12], 2, [1] * 4 + [2] * 3, [1] * 7),
        # Clocks and currents scatter.
        ([0, 1.01, 2, 3.02, 4], [2, 2.01, 2, 1.99, 2], [1] * 5, [1] * 5),
        ([3.0], 2, [1], [1]),
    ],
)
def test_curves_and_cycles(starts, amplitude, curves, cycles):
    found = curves_of(pulses_at(starts, amplitude))
    assert found[0].tolist() == curves
    assert found[1].tolist() == cycles


def potentiation(applied, pulses, factor):
    """Curve of Chen, Peng and Yu from -10 to 10 uV."""
    constant = pulses / factor
    return 20 / (1 - np.exp(-pulses / constant)) * (1 - np.exp(-applied / constant)) - 10


def written_train(folder, cycles=6, pulses=12, unit="mA"):
    """Files of a train of cycles of potentiation (factor 3) and depression (factor 5)."""
    generator = np.random.default_rng(11)
    starts = 1 + 0.5 * np.arange(2 * pulses * cycles)
    amplitudes = np.tile(np.repeat([2.0, -2.0], pulses), cycles)
    applied = np.arange(1, pulses + 1)
    cycle = [potentiation(applied, pulses, 3), -potentiation(applied, pulses, 5)]
    levels = np.concatenate([[-10.0], *cycle * cycles])
    time = np.arange(0, starts[-1] + 0.5, 0.02) + 0.013
    voltage = levels[np.searchsorted(starts, time)] + 0.4 * generator.standard_normal(time.size)
    trace, table = folder / "train.csv", folder / "given.csv"
    np.savetxt(trace, np.c_[time, voltage], delimiter=",", header="time (s),V (uV)", comments="")
    rows = np.c_[starts, np.ones_like(starts), amplitudes]
    header = f"start (s),width (ms),amplitude ({unit})"
    np.savetxt(table, rows, delimiter=",", header=header, comments="")
    return trace, table


def run(*arguments):
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


@pytest.fixture(scope="module")
def analysed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("train")
    trace, table = written_train(folder)
    result = run(trace, "--pulses", table, "--resistance", "500 ohm")
    return folder / "train_train", result


def test_command_gives_the_numbers_of_a_made_up_train(analysed):
    folder, result = analysed
    assert result.exit_code == 0, result.output
    curves = pd.read_csv(folder / "curves.csv").set_index("curve")
    assert curves["curve_direction"].tolist() == ["potentiation", "depression"]
    assert curves["curve_repeats"].tolist() == [6, 6]
    step = potentiation(np.arange(13), 12, 3), potentiation(np.arange(13), 12, 5)
    truth = {
        "nonlinearity": (3.0, 5.0),
        "voltage_range": (2e-5, -2e-5),
        "paired_pulse_index": tuple((s[2] - s[0]) / (s[1] - s[0]) for s in step),
        "asymmetry": (np.nan, max(abs(step[0] + step[1][::-1])) / 20),
    }
    for name, values in truth.items():
        for curve, value in zip((1, 2), values, strict=True):
            lower, upper = curves.loc[
                curve, [f"{name}_interval_{end}" for end in ("lower", "upper")]
            ]
            if np.isnan(value):
                assert np.isnan(lower)
                continue
            assert lower < value < upper, name
            assert upper - lower < 0.25 * abs(value), name
    # I^2 R w of 2 mA, 500 ohm and 1 ms.
    np.testing.assert_allclose(curves["pulse_energy"], 2e-6)
    assert curves["on_off_ratio"].isna().all()
    assert curves["curve_remark"].str.contains("changes its sign").all()


def test_command_writes_readings_figure_and_summary(analysed):
    folder, result = analysed
    names = {path.name for path in folder.iterdir()}
    assert names == {"train.nc", "pulses.csv", "curves.csv", "curves.png", "curves.pdf"}
    pulses = pd.read_csv(folder / "pulses.csv")
    assert len(pulses) == 144
    assert pulses["reading"].iloc[11] == pytest.approx(1e-5, abs=1.2e-6)
    assert "144 pulses, read 0.499 s after each" in result.output
    assert "energy of a pulse: 2e-06 J" in result.output
    assert re.search(r"2 depression +pulses +12", result.output)


def test_page_lists_every_variable_with_its_dimensions(analysed):
    document = (ROOT / "docs" / "trains.md").read_text()
    rows = re.findall(r"^\| ([a-z_, ]+) \| (`.*`) \|$", document, re.MULTILINE)
    listed = {
        (name, "" if dims == "none" else dims)
        for dims, names in rows
        for name in re.findall("`([a-z_]+)`", names)
    }
    with xr.open_dataset(analysed[0] / "train.nc") as train:
        stored = {(str(name), ", ".join(of.dims)) for name, of in train.variables.items()}
    assert listed == stored


def test_second_run_replaces_the_first_and_other_folders_are_refused(analysed, tmp_path):
    folder, _ = analysed
    trace, table = written_train(tmp_path, cycles=1)
    assert run(trace, "--pulses", table, "--output", folder).exit_code == 0
    assert pd.read_csv(folder / "curves.csv")["curve_repeats"].tolist() == [1, 1]
    (folder / "notes.txt").write_text("")
    again = run(trace, "--pulses", table, "--output", folder)
    assert again.exit_code == 2
    assert "one that afterpulse train has written, got another one" in again.stderr


def test_fading_pulses_are_read_at_one_delay():
    """Each pulse adds -2 uV, of which 60 % fades with 3 s: the sum is known in closed form."""
    starts = 5 + 0.2 * np.arange(15)
    time = np.arange(0, 20, 0.02) + 0.013

    def voltage(at):
        since = np.subtract.outer(at, starts)
        faded = -2 * (0.4 + 0.6 * np.exp(-np.maximum(since, 0) / 3))
        return 1e-6 * (45 + np.where(since > 0, faded, 0).sum(axis=1))

    trace = to_trace("a.csv", np.column_stack([time, voltage(time)]), lambda row, column: "")
    train = with_curves(train_readings(trace, pulses_at(starts)))
    # The last sample before each pulse lies 7 ms before it.
    expected = np.append(45e-6, voltage(starts + 0.193))
    np.testing.assert_allclose(train["curve_voltage"].values[0], expected, rtol=1e-9)
    assert train["voltage_range"].item() == pytest.approx(expected[-1] - 45e-6)
    assert train["on_off_ratio"].item() == pytest.approx(45e-6 / expected[-1])
    assert np.isnan(train["voltage_range_interval"]).all()


def test_repeats_without_all_readings_are_left_out():
    starts = np.arange(1.0, 11.0)
    amplitudes = [2e-3] * 5 + [-2e-3] * 5
    time = np.arange(1.2, 12, 0.5)
    train = with_curves(train_readings(clock(time), pulses_at(starts, amplitudes)))
    assert train["curve_repeats"].values.tolist() == [0, 1]
    assert train["curve_remark"].values[0] == "1 of 1 repeats without all readings left out"
    assert np.isnan(train["voltage_range"].values[0])


@pytest.fixture
def simulated(tmp_path):
    """Train of two mechanism sets: two pulses, one reading before the second is at its start."""
    time = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 4.5, 5.0, 6.0, 8.0])
    current = np.where(np.isin(time, [0.5, 1.0, 4.5, 5.0]), -2e-3, 0.0)
    voltage = np.array([10, 0, 0, 7, 6, 0, 0, 5, 4.0]) * 1e-6
    train = xr.Dataset(
        {
            "anomalous_hall_voltage": (
                ("mechanism_set", "replicate", "time"),
                np.stack([voltage[None], 2 * voltage[None]]),
            ),
            "current": ("time", current),
            "pulse_start": ("pulse", [0.0, 4.0]),
            "pulse_end": ("pulse", [1.0, 5.0]),
        },
        coords={"mechanism_set": ["card", "other"], "replicate": [0], "time": time},
    )
    path = tmp_path / "ltp.nc"
    datasets.write(datasets.label(train), path)
    return path


def test_simulated_train_is_read_with_its_pulses(simulated):
    trace, pulses = read_simulated_train(simulated)
    assert [pulse.amplitude for pulse in pulses] == [-2e-3, -2e-3]
    assert [pulse.width for pulse in pulses] == pytest.approx([1.0, 1.0])
    readings = train_readings(trace, pulses)
    np.testing.assert_allclose(readings["initial_voltage"], [[1e-5, 6e-6]])
    np.testing.assert_allclose(readings["reading"], [[6e-6, 4e-6]])
    other = train_readings(*read_simulated_train(simulated, "other"))
    np.testing.assert_allclose(other["reading"], 2 * readings["reading"])
    result = run(simulated, "--mechanism-set", "other")
    assert result.exit_code == 0, result.output
    table = pd.read_csv(simulated.parent / "ltp_train" / "curves.csv")
    assert table["voltage_range"].item() == pytest.approx(-1.2e-5)
    # (20 - 8)/(20 - 12) uV.
    assert table["paired_pulse_index"].item() == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "train.csv: expected a simulated train (results/.../trains/*.nc), or the pulses"),
        (["--skip", "2"], "--pulses: expected the pulses of a measured train"),
        (["--pulses", "none.csv"], "none.csv: expected a file, got no such file"),
        (["--pulses", "given.csv", "--probe", "2"], "--probe: expected"),
        (["--pulses", "given.csv", "--probe", "50 s"], "given.csv: line 2: expected samples from"),
        (["--pulses", "given.csv", "--resistance", "5 V"], "--resistance: expected"),
        (["--pulses", "given.csv", "--resistance", "-5 ohm"], "--resistance: expected a pos"),
        (["--pulses", "given.csv", "--baseline", "5 s"], "--baseline: expected two times"),
        (["--pulses", "given.csv", "--mechanism-set", "card"], "--mechanism-set: expected a sim"),
        (["--pulses", "given.csv", "--column", "R"], "--column: expected a column of train.csv"),
        (["--pulses", "given.csv", "--output", "train.csv"], "train.csv: expected a new folder"),
    ],
)
def test_bad_input_gives_one_line(tmp_path, monkeypatch, options, message):
    written_train(tmp_path, cycles=1)
    monkeypatch.chdir(tmp_path)
    result = run("train.csv", *options)
    assert result.exit_code == 2
    assert result.stderr.startswith(message)
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "train_train").exists()


@pytest.mark.parametrize(
    ("unit", "quantity", "variable"),
    [("A/m^2", "current density", "pulse_current_density"), ("V", "voltage", "pulse_voltage")],
)
def test_energy_needs_a_current(tmp_path, unit, quantity, variable):
    trace, table = written_train(tmp_path, cycles=1, unit=unit)
    result = run(trace, "--pulses", table, "--resistance", "1 kohm")
    assert result.exit_code == 2
    assert result.stderr == f"--resistance: expected pulses with a current, got a {quantity}\n"
    assert not (tmp_path / "train_train").exists()
    assert run(trace, "--pulses", table).exit_code == 0
    train = datasets.read(tmp_path / "train_train" / "train.nc")
    given = pd.read_csv(table).iloc[:, -1]
    np.testing.assert_allclose(train[variable], given)
    assert train[variable].attrs["units"] == {"V": "V"}.get(unit, "A m-2")
    for name in ("curves.csv", "pulses.csv"):
        assert variable in pd.read_csv(tmp_path / "train_train" / name)


@pytest.mark.parametrize("unit", ["ohm", "a.u."])
def test_curves_need_a_voltage(tmp_path, unit):
    trace, table = written_train(tmp_path, cycles=1)
    trace.write_text(trace.read_text().replace("V (uV)", f"signal ({unit})"))
    result = run(trace, "--pulses", table)
    assert result.exit_code == 2
    assert result.stderr.startswith("--read-current: expected the current of the readings")
    assert result.stderr.endswith(f"got a signal in {unit}\n")


def test_other_datasets_and_sets_are_refused(simulated, tmp_path):
    result = run(simulated, "--mechanism-set", "none")
    assert result.exit_code == 2
    assert result.stderr == "--mechanism-set: expected one of card, other, got none\n"
    datasets.write(xr.Dataset(), tmp_path / "ahe.nc")
    result = run(tmp_path / "ahe.nc")
    assert result.exit_code == 2
    assert "got another dataset" in result.stderr
    result = run(tmp_path / "no.nc")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_message_about_columns_names_this_command(tmp_path):
    _, table = written_train(tmp_path, cycles=1)
    (tmp_path / "two.csv").write_text(
        "time (s),Vxx (uV),Vxy (uV)\n" + "".join(f"{n},{n},{n % 3}\n" for n in range(9))
    )
    result = run(tmp_path / "two.csv", "--pulses", table)
    assert result.exit_code == 2
    assert (
        f"afterpulse train {tmp_path / 'two.csv'} --time-column time --column Vxy" in result.stderr
    )
