"""Several measured files with ``afterpulse fit``."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from afterpulse import datasets
from afterpulse.cli import app

START, WIDTHS, AMPLITUDES = 1.0, (1e-3, 1e-2), (1e-3, 2e-3, 3e-3)
PULSE = ["--pulse-start", "1 s", "--pulse-width", "1 ms", "--pulse-amplitude", "2 mA"]
FRACTION = 0.4
"""Fraction of the change at the end of the pulse that stays."""


def time_constant(amplitude, width):
    """Return the true time constant (s) after a pulse (A, s)."""
    return 1.0 + 1e3 * amplitude + (0.5 if width > 5e-3 else 0.0)


def write_trace(path, amplitude, width, repeats=3, unit="uV"):
    """Write a trace whose change decays exponentially to `FRACTION`, with noise of 0.1 `unit`."""
    end = START + width
    time = np.concatenate([np.arange(0, START, 0.1), end + np.arange(0.1, 20.05, 0.2)])
    decay = np.exp(-(time - end) / time_constant(amplitude, width))
    change = np.where(time > START, -30 * (FRACTION + (1 - FRACTION) * decay), 0.0)
    generator = np.random.default_rng(round(1e6 * amplitude + 1e5 * width))
    noise = generator.normal(scale=0.1, size=(repeats, time.size))
    header = ",".join(["time (s)", *(f"signal {n} ({unit})" for n in range(repeats))])
    samples = np.column_stack([time, *(45 + change + noise)])
    np.savetxt(path, samples, delimiter=",", header=header, comments="", fmt="%.6f")


def fit(*arguments):
    return CliRunner().invoke(app, ["fit", *map(str, arguments)])


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Results of six good files, a file of text and an absent file, by a table; two processes."""
    folder = tmp_path_factory.mktemp("runs")
    rows = ["file; note; width (ms); amplitude (mA); temperature (K)"]
    for width in WIDTHS:
        for amplitude in AMPLITUDES:
            name = f"w{1e3 * width:g} a{1e3 * amplitude:g}.csv"
            write_trace(folder / name, amplitude, width)
            # A semicolon separates, so a comma is the decimal mark.
            cells = [name, "day 1", f"{1e3 * width:.1f}", f"{1e3 * amplitude:.1f}", "300"]
            rows.append("; ".join(cells).replace(".0", ",0"))
    (folder / "notes.csv").write_text("no numbers <b>here</b>\n")
    rows += ["notes.csv; ; 1; 1; 300", "absent.csv; ; 1; 2; "]
    (folder / "runs.csv").write_text("\n".join(["# made up", *rows]))
    options = ["--pulse-start", "1 s", "--cores", "2"]
    return fit("--table", folder / "runs.csv", *options), folder


def test_time_constants_and_fractions_of_all_files(done):
    result, folder = done
    assert result.exit_code == 0, result.output
    table = pd.read_csv(folder / "runs_fit" / "decay.csv")
    best = table[table["model"] == table["chosen_model"]]
    assert set(best["model"]) == {"single_exponential"}
    assert len(best) == len(WIDTHS) * len(AMPLITUDES)
    assert best["file"].tolist() == [
        f"w{1e3 * width:g} a{1e3 * amplitude:g}.csv" for width in WIDTHS for amplitude in AMPLITUDES
    ]
    for _, row in best.iterrows():
        constant = time_constant(row["pulse_amplitude"], row["pulse_width"])
        assert abs(row["time_constant"] - constant) < 4 * row["time_constant_stderr"]
        assert row["time_constant_stderr"] < 0.1
        # The probe at 0.5 s, the fraction at the first sample from 10 s on.
        first, later = (
            FRACTION + (1 - FRACTION) * np.exp(-row[name] / constant)
            for name in ("window_start", "retained_at")
        )
        assert row["share_retained"] == pytest.approx(later / first, abs=0.01)
        assert row["temperature"] == 300


def test_dataset_has_a_dimension_of_files(done):
    _, folder = done
    fits = datasets.read(folder / "runs_fit" / "decay.nc")
    assert dict(fits["share_retained"].sizes) == {"file": 6, "pulse": 1}
    assert fits["parameter_value"].dims == ("file", "pulse", "model", "parameter")
    assert fits["pulse_amplitude"].dims == ("file", "pulse")
    np.testing.assert_array_equal(fits["temperature"], [300.0] * 6)
    assert fits["parameter_units"].dims == ("parameter",)
    assert fits.attrs["measured_trace"] == "runs.csv"
    assert set(json.loads(fits.attrs["failures"])) == {"notes.csv", "absent.csv"}


def test_bad_files_do_not_lose_the_others(done):
    result, folder = done
    lines = [line for line in result.stderr.splitlines() if "expected" in line]
    assert len(lines) == 2
    assert lines[0].startswith(f"{folder / 'notes.csv'}: line 1: expected a header and rows")
    assert lines[1] == f"{folder / 'absent.csv'}: expected a file, got no such file"
    assert "6 files fitted, 2 not" in result.stdout
    text = (folder / "runs_fit" / "report.html").read_text(encoding="utf-8")
    assert "absent.csv: expected a file, got no such file" in text
    assert "no numbers &lt;b&gt;here&lt;/b&gt;" in text
    assert "<b>" not in text


def test_each_file_has_its_own_results(done):
    _, folder = done
    results = folder / "runs_fit"
    assert {path.name for path in results.iterdir()} == {
        *("decay.csv", "decay.nc", "report.html", "files"),
        *(
            f"{name}.{end}"
            for name in ("retention_map_1", "time_constants")
            for end in ("png", "pdf")
        ),
    }
    inside = results / "files" / "w1 a2"
    assert len(list((results / "files").iterdir())) == 6
    assert {path.name for path in inside.iterdir()} == {
        *("decay.csv", "decay.nc", "report.html", "pulse_1.png", "pulse_1.pdf")
    }
    text = (results / "report.html").read_text(encoding="utf-8")
    assert 'href="files/w1%20a2/report.html"' in text
    alone, together = (datasets.read(place / "decay.nc") for place in (inside, results))
    np.testing.assert_array_equal(
        alone["parameter_value"], together["parameter_value"].isel(file=1)
    )


def test_files_of_different_units_are_refused(tmp_path):
    for name, unit in (("a.csv", "uV"), ("b.csv", "ohm"), ("c.csv", "uV")):
        write_trace(tmp_path / name, 1e-3, 1e-3, repeats=1, unit=unit)
    (tmp_path / "d.csv").write_text("no numbers\n")
    result = fit(tmp_path, *PULSE, "--output", tmp_path / "out", "--cores", "1")
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    first, other = tmp_path / "a.csv", tmp_path / "b.csv"
    message = f"{other}: expected a signal in V, as in {first}, got a signal in ohm\n"
    assert result.stderr == message
    assert not (tmp_path / "out").exists()


def test_resistances_after_pulses_in_volts_beside_a_broken_file(tmp_path):
    rows = ["file, amplitude (V), width (ms)"]
    for volts in (5, 9):
        write_trace(tmp_path / f"{volts}.csv", 1e-3 * volts, 1e-3, repeats=2, unit="ohm")
        rows.append(f"{volts}.csv, {volts}, 1")
    (tmp_path / "broken.csv").write_text("time (s),R (ohm)\n0,1\n1,")
    table = tmp_path / "table.csv"
    table.write_text("\n".join([*rows, "broken.csv, 1, 1"]))
    options = ["--pulse-start", "1 s", "--origin", "50 ms", "--probe", "100 ms", "--cores", "1"]
    result = fit("--table", table, *options)
    assert result.exit_code == 0, result.output
    assert "2 files fitted, 1 not" in result.stdout
    fits = datasets.read(tmp_path / "table_fit" / "decay.nc")
    assert fits["file"].values.tolist() == ["5.csv", "9.csv"]
    np.testing.assert_array_equal(fits["pulse_voltage"], [[5.0], [9.0]])
    np.testing.assert_array_equal(fits["delay_origin"], [[0.05], [0.05]])
    # The samples count from the end of the pulse at 1.001 s: 0.3 s is the first after 0.15 s.
    np.testing.assert_allclose(fits["window_start"], [[0.25], [0.25]])
    assert fits["pulse_voltage"].attrs["units"] == "V"
    assert fits["change_at_probe"].attrs["units"] == fits.attrs["signal_unit"] == "ohm"
    # By the model at the probe, 0.3 s after the pulse.
    expected = [
        -30 * (FRACTION + (1 - FRACTION) * np.exp(-0.3 / time_constant(1e-3 * volts, 1e-3)))
        for volts in (5, 9)
    ]
    np.testing.assert_allclose(fits["change_at_probe"][:, 0], expected, atol=0.5)
    for place, words in (("", "Decays of the measured Hall resistance"), ("files/5", "Measured")):
        text = (tmp_path / "table_fit" / place / "report.html").read_text(encoding="utf-8")
        assert words in text
        assert "Hall resistance" in text
        assert "Hall voltage" not in text
        assert "5 V for 0.001 s" in text


def test_folder_without_files(tmp_path):
    result = fit(tmp_path, *PULSE)
    assert result.exit_code == 2
    assert result.stderr == f"{tmp_path}: expected a folder with files, got none\n"


def test_without_any_good_file_nothing_is_written(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text("no numbers\n")
    result = fit(tmp_path / "in", *PULSE, "--cores", "1")
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    for name in ("a.csv", "b.csv"):
        assert f"{tmp_path / 'in' / name}: line 1: expected a header" in result.stderr
    assert not (tmp_path / "in_fit").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--pulse-width", "1 ms"], "runs.csv: expected its pulses without --pulses, "),
        (["--pulses", "pulses.csv"], "runs.csv: expected its pulses without --pulses, "),
        ([], "runs.csv: line 1: expected either a column start or --pulse-start, got neither"),
        (["--pulse-start", "1"], "--pulse-start: expected a time with its unit"),
        (["--pulse-start", "1 s", "--device", "a.yaml"], "--device: expected a single file, got"),
    ],
)
def test_options_that_do_not_suit_a_table(tmp_path, options, message):
    table = tmp_path / "runs.csv"
    table.write_text("file, amplitude (mA), width (ms)\na.csv, 1, 1\n")
    result = fit("--table", table, *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
