"""Each malformed file ends ``afterpulse fit`` with one line that names it."""

import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from afterpulse import datasets
from afterpulse.cli import app

ROOT = Path(__file__).parents[2]
DEVICE = ROOT / "devices/pt_co_irmn.yaml"
HEADER = "time (s),voltage (uV)\n"
ROWS = [f"{number},{number % 3}\n" for number in range(20)]
PULSE = ["--pulse-start", "2.5 s", "--pulse-width", "1 ms", "--pulse-amplitude", "2 mA"]


def table(line=None, text="", header=HEADER, rows=20):
    """Good table but for one line, counted from 1."""
    lines = [header, *ROWS[:rows]]
    if line is not None:
        lines[line - 1] = text
    return "".join(lines)


# name: (content, place after the file's name, part of what was expected or found)
TRACES = {
    "empty": ("", "line 1", "rows of numbers, got no text"),
    "spaces": (" \n\n", "line 1", "rows of numbers, got no text"),
    "comments_alone": ("# a\n# b\n", "line 1", "rows of at least two numbers"),
    "no_header": ("".join(ROWS), "line 1", "a column of times, got 'column 1' (no unit)"),
    "one_column": ("time (s)\n1\n", "line 1", "separated by commas, semicolons, tabs or blanks"),
    "missing_unit": (table(1, "time (s),voltage\n"), "line 1", "'voltage' (no unit)"),
    "empty_unit": (table(1, "time (s),voltage ()\n"), "line 1", '--column "voltage (V)"'),
    "open_bracket": (table(1, "time (s),voltage (uV\n"), "line 1", "'voltage (uV' (no unit)"),
    "unit_alone": (table(1, "time (s),(uV)\n"), "line 1", "'(uV)' (no unit)"),
    "empty_name": (table(1, "time (s),\n"), "line 1", '--column "column 2 (V)"'),
    "unknown_unit": (table(1, "time (s),voltage (uVolk)\n"), "line 1", "'voltage' (uVolk)"),
    "code_as_unit": (
        table(1, "time (s),voltage (__import__('os'))\n"),
        "line 1",
        "a column of voltages",
    ),
    "voltage_in_amperes": (
        table(1, "time (s),voltage (uA)\n"),
        "line 1",
        "a column of voltages, got 'time' (s, time), 'voltage' (uA, current)",
    ),
    "siemens": (table(1, "time (S),voltage (uV)\n"), "line 1", '--time-column "time (s)"'),
    "no_time": (table(1, "V1 (V),V2 (V)\n"), "line 1", "a column of times, got 'V1' (V, voltage)"),
    "no_voltage": (table(1, "time (s),t (s)\n"), "line 1", "a column of voltages"),
    "two_times": (
        "time (s),t (ms),V (V)\n" + "".join(f"{n},{n},{n}\n" for n in range(9)),
        "line 1",
        "--time-column, since 2 columns are times",
    ),
    "terminal_escape_in_name": (
        "t (s),\x1b[2J (V),\x1bc (V)\n" + "".join(f"{n},{n % 3},{n % 4}\n" for n in range(9)),
        "line 1",
        r"\x1b[2J",
    ),
    "word": (table(5, "3,abc\n"), "line 5, column 2 ('voltage')", "a number, got 'abc'"),
    "word_at_the_end": (table(21, "19,abc\n"), "line 21, column 2 ('voltage')", "got 'abc'"),
    "hexadecimal": (table(5, "3,0x1\n"), "line 5, column 2", "'0x1'"),
    "underscore": (table(5, "3,1_0\n"), "line 5, column 2", "'1_0'"),
    "arabic_digits": (table(5, "3,\u0661\n"), "line 5, column 2", "a number"),
    "formula": (table(5, '3,"=1+1"\n'), "line 5, column 2", "'=1+1'"),
    "terminal_escape": (table(5, "3,\x1b[2J\n"), "line 5, column 2", r"'\x1b[2J'"),
    "unit_in_cell": (table(5, "3,1 uV\n"), "line 5, column 2", "'1 uV'"),
    "cell_too_many": (table(5, "3,1,2\n"), "line 5", "2 cells, got 3"),
    "open_quote": (table(5, '3,"1\n'), "line 5", "a closing quotation mark, got the end"),
    "decimal_comma": (table(5, '3,"1,5"\n'), "line 5, column 2", "a number, got '1,5'"),
    "mixed_marks": ("t (s);V (uV)\n0.5;1\n1.0;1,500\n", "line 3, column 2", "got '1,500'"),
    "thousands": ("t (s);V (uV)\n1.000,5;1\n", "line 1", "rows of at least two numbers"),
    "time_goes_back": (
        table(5, "0.5,1\n"),
        "line 5, column 1",
        "after the previous time, 2 s, got 0.5",
    ),
    "time_stands": (table(5, "2,1\n"), "line 5, column 1", "after the previous time, 2 s, got 2 s"),
    "time_below_rounding": (
        table(5, "2.00000000000000000001,1\n"),
        "line 5, column 1",
        "a time after",
    ),
    "huge": (table(5, "3,1e300\n"), "line 5, column 2", "a number within 1e+15 V"),
    "scaled_overflow": (
        table(1, "time (s),voltage (MV)\n").replace("2,2\n", "2,1e308\n"),
        "line 4, column 2",
        "a number within",
    ),
    "header_alone": (HEADER, "line 1", "rows of at least two numbers"),
    "few_samples": (table(rows=4), "line 5", "at least 5 samples, got an end after 4"),
    "all_missing": (
        HEADER + "".join(f"{n},--\n" for n in range(9)),
        "line 1",
        "a column of voltages, got 'time' (s, time), 'voltage' (empty)",
    ),
    "never_together": (
        "t (s),V1 (V),V2 (V)\n" + "0,1,\n1,,1\n2,2,\n3,,2\n",
        "expected",
        "rows with a time and a voltage",
    ),
    "zero_bytes": (table().encode() + b"21,\0\n", "line 22", "a zero byte"),
    "rubbish": (bytes(range(256)) * 4, "line 1", "text, got a zero byte"),
    "rubbish_without_zeros": (b"\xff\xd8\xe0\n\xff" * 20, "line 1", "rows of at least two numbers"),
    "broken_utf_16": (table().encode("utf-16") + b"\0", "expected", "text in UTF-16"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "line 3", "a zero byte"),
    "zip": (b"PK\x03\x04\x14\0\x06\0", "expected", "export as CSV"),
    "lvm_header": ("LabVIEW Measurement\nSeparator\tTab\n", "expected", "***End_of_Header***"),
    "lvm_rows": ("LabVIEW Measurement\n***End_of_Header***\nX_Value\tV\n", "line 3", "rows of"),
    "ppms_header": ("[Header]\nTITLE,a\n", "expected", "a line [Data]"),
    "ppms_rows": ("[Header]\n[Data]\nTime Stamp (sec),Status (code)\n", "line 3", "rows of at"),
}

PULSES = {
    "empty_pulses": ("", "line 1", "rows of numbers, got no text"),
    "no_header": ("1,1,2\n", "line 1", "the columns start, width, amplitude"),
    "column_missing": ("start (s),width (ms)\n1,1\n", "line 1", "start, width, amplitude"),
    "another_column": (
        "start (s),width (ms),amplitude (mA),voltage (V)\n1,1,1,1\n",
        "line 1",
        "start, width, amplitude",
    ),
    "amplitude_in_volts": (
        "start (s),width (ms),amplitude (mT)\n1,1,1\n",
        "line 1, column 3 ('amplitude')",
        "a unit of current or current density or voltage, got 'mT'",
    ),
    "width_in_metres": ("start (s),width (mm),amplitude (mA)\n1,1,1\n", "line 1, column 2", "time"),
    "none": ("start (s),width (ms),amplitude (mA)\n", "line 1", "rows of at least two numbers"),
    "no_width": ("start (s),width (ms),amplitude (mA)\n1,0,2\n", "line 2", "a width above 0"),
    "overlap": (
        "start (s),width (s),amplitude (mA)\n1,3,2\n2,1,2\n",
        "line 3",
        "end of the previous",
    ),
    "huge_start": ("start (s),width (s),amplitude (mA)\n1e99,3,2\n", "line 2, column 1", "within"),
    "after_the_trace": (
        "start (s),width (s),amplitude (mA)\n90,1,2\n",
        "line 2",
        "after the pulse, which ends at 91 s, got 0",
    ),
    "near_its_end": (
        "start (s),width (s),amplitude (mA)\n17,1,2\n",
        "line 2",
        "at least 5 samples after the pulse, which ends at 18 s, got 1",
    ),
    "missing_start": (
        "start (s),width (s),amplitude (mA)\n1,1,2\n,1,2\n",
        "line 3, column 1 ('start')",
        "a number within",
    ),
}


def plain(time="s", voltage="uV"):
    units = {"t": time, "v": voltage}
    dataset = xr.Dataset(
        {"t": ("sample", np.arange(20.0)), "v": ("sample", np.arange(20.0) % 3)},
    )
    for name, unit in units.items():
        if unit is not None:
            dataset[name].attrs["units"] = unit
    return dataset


def with_value(name, place, value):
    dataset = plain()
    dataset[name][place] = value
    return dataset


# name: (dataset, place after the file's name, part of what was expected or found)
DATASETS = {
    "no_units": (plain(None, None), "", "a column of times, got 't' (no unit), 'v' (no unit)"),
    "voltage_without_units": (plain(voltage=None), "", "a column of voltages, got 't' (s, time)"),
    "time_without_units": (plain(time=None), "", "a column of times, got 't' (no unit)"),
    "units_that_are_a_number": (plain(voltage=1), "", "a column of voltages"),
    "length_for_time": (plain(time="m"), "", "a column of times"),
    "two_voltages": (plain().assign(w=plain()["v"]), "", "the names 'v' and 'w' differ"),
    "two_times": (plain().assign(u=plain()["t"]), "", "--time-column, since 2 columns are times"),
    "nothing": (xr.Dataset(), "", "got no variable"),
    "texts": (xr.Dataset({"v": ("t", list("abc"), {"units": "V"})}), "", "units of time"),
    "five_samples_less": (plain().isel(sample=slice(4)), ": t[3]", "an end after 4"),
    "huge": (with_value("v", 3, 1e300), ": v[3]", "a number within 1e+15 V, got 1e+294 V"),
    "time_goes_back": (with_value("t", 7, 2.0), ": t[7]", "after the previous time, 6 s, got 2 s"),
    "three_dimensions": (
        plain().assign(v=(("a", "b", "sample"), np.zeros((2, 2, 20)), {"units": "V"})),
        "",
        "its time and one dimension of repeats",
    ),
}


def fit(*arguments):
    return CliRunner().invoke(app, ["fit", *map(str, arguments)])


def assert_refused(result, start, part, folder):
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert result.stderr.endswith("\n")
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(start), result.stderr
    assert part in result.stderr
    assert " expected " in result.stderr
    assert result.stderr[:-1].isprintable()
    assert not [path for path in folder.rglob("*") if path.name.endswith("_fit")]


def written(path, content):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("name", TRACES)
def test_malformed_trace(tmp_path, name):
    content, place, part = TRACES[name]
    path = written(tmp_path / "measured.csv", content)
    assert_refused(fit(path, *PULSE), f"{path}: {place}", part, tmp_path)


@pytest.mark.parametrize("name", PULSES)
def test_malformed_pulses(tmp_path, name):
    content, place, part = PULSES[name]
    trace = written(tmp_path / "measured.csv", table())
    path = written(tmp_path / "pulses.csv", content)
    assert_refused(fit(trace, "--pulses", path), f"{path}: {place}", part, tmp_path)


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
@pytest.mark.parametrize("name", DATASETS)
def test_malformed_netcdf(tmp_path, name, engine):
    dataset, place, part = DATASETS[name]
    path = tmp_path / "measured.nc"
    dataset.to_netcdf(path, engine=engine)
    assert_refused(fit(path, *PULSE), f"{path}{place}: expected ", part, tmp_path)


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
def test_damaged_netcdf(tmp_path, engine):
    plain().to_netcdf(tmp_path / "whole.nc", engine=engine)
    raw = (tmp_path / "whole.nc").read_bytes()
    for content in (raw[: len(raw) // 2], raw[:100], raw[:5], b"", b"time (s),voltage (uV)\n1,2\n"):
        path = written(tmp_path / "measured.nc", content)
        assert_refused(fit(path, *PULSE), f"{path}: expected a NetCDF file, got", "", tmp_path)


def test_hdf5_that_is_no_netcdf(tmp_path):
    path = tmp_path / "measured.h5"
    with h5py.File(path, "w") as file:
        file["group/data"] = np.arange(9)
    assert_refused(fit(path, *PULSE), f"{path}: expected a variable", "no variable", tmp_path)


def test_damaged_dataset(tmp_path):
    path = tmp_path / "measured.nc"
    time = np.arange(20.0)
    dataset = xr.Dataset(
        {"anomalous_hall_voltage": ("time", time)},
        coords={"time": time},
    )
    datasets.write(datasets.label(dataset), path)
    with h5py.File(path) as file:
        stored = file["anomalous_hall_voltage"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[stored.byte_offset + stored.size // 2] ^= 1
    path.write_bytes(content)
    assert_refused(fit(path, *PULSE), f"{path}: expected a NetCDF file", "filter", tmp_path)


def test_sweep_of_many_points_is_no_trace(tmp_path):
    path = tmp_path / "ahe.nc"
    dims = ("pulse_amplitude", "replicate", "delay")
    dataset = xr.Dataset(
        {"anomalous_hall_voltage": (dims, np.zeros((3, 2, 9)))},
        coords={"pulse_amplitude": [1.0, 2.0, 3.0], "delay": np.arange(9.0), "replicate": [0, 1]},
    )
    datasets.write(datasets.label(dataset), path)
    part = "pulse_amplitude: 3, replicate: 2, delay: 9"
    assert_refused(fit(path, *PULSE), f"{path}: expected", part, tmp_path)


def test_no_file_to_read(tmp_path):
    absent = tmp_path / "absent.csv"
    assert_refused(fit(absent, *PULSE), f"{absent}: expected a file", "no such file", tmp_path)
    refused = fit(tmp_path, *PULSE)
    assert_refused(refused, f"{tmp_path}: expected a folder with files", "got none", tmp_path)
    assert_refused(fit(*PULSE), "afterpulse fit: expected files, a folder or", "none", tmp_path)
    os.mkfifo(tmp_path / "pipe.csv")
    start = f"{tmp_path / 'pipe.csv'}: expected a file"
    assert_refused(fit(tmp_path / "pipe.csv", *PULSE), start, "a pipe or a device", tmp_path)
    assert_refused(fit("a" * 300, *PULSE), "aaa", "File name too long", tmp_path)
    with_output = fit("a" * 300, *PULSE, "--output", tmp_path / "out")
    assert_refused(with_output, "aaa", "a readable file, got File name too long", tmp_path)
    good = written(tmp_path / "measured.csv", table())
    assert_refused(fit(good, "--pulses", absent), f"{absent}: expected", "no such", tmp_path)


def test_name_of_a_file_stays_on_one_line(tmp_path):
    path = written(tmp_path / "a\n\x1b[2J.csv", "")
    assert_refused(fit(path, *PULSE), "'", r"a\n\x1b[2J.csv: line 1': expected", tmp_path)


@pytest.mark.parametrize(
    ("options", "start", "part"),
    [
        ([], "{trace}: expected its pulses", "--pulse-amplitude"),
        (PULSE[:4], "{trace}: expected its pulses", "--pulse-amplitude"),
        ([*PULSE, "--pulses", "pulses.csv"], "{trace}: expected its pulses", "--pulses"),
        (["--pulse-start", "1", *PULSE[2:]], "--pulse-start: expected a time", "'1'"),
        (["--pulse-start", "99 s", *PULSE[2:]], "--pulse-start: expected", "{trace}"),
        ([*PULSE, "--time-column", "clock"], "--time-column: expected a column of", "got 'clock'"),
        ([*PULSE, "--time-column", "voltage"], "--time-column: 'voltage': expected a unit", "uV"),
        ([*PULSE, "--time-column", "time (V)"], "--time-column: 'time': expected a unit", "got V"),
        ([*PULSE, "--column", "3"], "--column: expected a column of", "got '3'"),
        ([*PULSE, "--column", "time"], "--column: 'time': expected a voltage or", "got s"),
        ([*PULSE, "--read-current", "1 V"], "--read-current: expected a current", "'1 V'"),
        ([*PULSE, "--read-current", "1 mA"], "--read-current: expected a column of resis", "uV"),
        ([*PULSE, "--column", "2", "--column", "2 (ohm)"], "--column: expected", "(ohm, resist"),
        (
            [*PULSE, "--column", "2 (ohm)", "--device", str(DEVICE)],
            "--device: expected a trace in V, so --read-current with a resistance",
            "got a signal in ohm",
        ),
        ([*PULSE, "--column", "2 (a.u.)", "--device", str(DEVICE)], "--device:", "in a.u."),
        ([*PULSE, "--column", "2 (a.u.)", "--read-current", "1 A"], "--read-current:", "uV"),
        ([*PULSE, "--skip", "40"], "{trace}: line 21: expected a header", "rows of"),
        ([*PULSE, "--probe", "0.5"], "--probe: expected a positive time", "'0.5'"),
        ([*PULSE, "--probe", "-1 s"], "--probe: expected a positive time", "'-1 s'"),
        ([*PULSE, "--at", "10 V"], "--at: expected a positive time", "'10 V'"),
        ([*PULSE, "--probe", "13 s"], "{trace}: pulse 1: expected at least 5 samples", "got 4"),
        ([*PULSE, "--probe", "5 s", "--at", "5 s"], "{trace}: pulse 1: expected a fraction", "5.4"),
    ],
)
def test_faulty_options(tmp_path, options, start, part):
    trace = written(tmp_path / "measured.csv", table())
    result = fit(trace, *options)
    assert_refused(result, start.format(trace=trace), part.format(trace=trace), tmp_path)


@pytest.mark.parametrize(
    ("name", "content"), [("measured.csv", table(5, "3,abc\n")), ("measured.nc", b"\x89HDF\r\n")]
)
def test_as_a_process(tmp_path, name, content):
    path = written(tmp_path / name, content)
    done = subprocess.run(
        [sys.executable, "-m", "afterpulse.cli", "fit", str(path), *PULSE],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"{path}: ")
    assert list(tmp_path.iterdir()) == [path]
