import os
import re
import shlex
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from typer.testing import CliRunner

import afterpulse
from afterpulse import datasets
from afterpulse.cards.load import read_card
from afterpulse.cli import app
from afterpulse.timeline import cost

ROOT = Path(__file__).parents[2]
DEVICE = ROOT / "devices/pt_co_irmn.yaml"
EXPERIMENT = ROOT / "experiments/demo.yaml"


def check(*cards):
    return CliRunner().invoke(app, ["check", *map(str, cards)])


def edited(tmp_path, card, old, new):
    text = card.read_text()
    assert old in text
    path = tmp_path / card.name
    path.write_text(text.replace(old, new, 1))
    return path


def assert_faults(result, *starts):
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert len(lines) == len(starts), lines
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(start)
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_good_cards():
    result = check(DEVICE, EXPERIMENT)
    assert result.exit_code == 0
    assert result.stdout == f"{DEVICE}: ok\n{EXPERIMENT}: ok\n"
    assert result.stderr == ""


def test_folders():
    result = check(ROOT / "devices", ROOT / "experiments")
    assert result.exit_code == 0
    cards = [*(ROOT / "devices").glob("*.yaml"), *(ROOT / "experiments").glob("*.yaml")]
    assert sorted(result.stdout.splitlines()) == sorted(f"{card}: ok" for card in cards)


@pytest.mark.parametrize(
    ("card", "old", "new", "field"),
    [
        (DEVICE, '"1.1 nm"', '"1.1 kg"', "ferromagnet.thickness.value"),
        (DEVICE, '"1.1 nm"', '"-1.1 nm"', "ferromagnet.thickness.value"),
        (DEVICE, '"1.1 nm"', "1.1e-9", "ferromagnet.thickness.value"),
        (DEVICE, '"1.1 nm"', ".nan", "ferromagnet.thickness.value"),
        (DEVICE, "value: 0.15", "value: .inf", "ferromagnet.damping.value"),
        (DEVICE, "damping:", "dampnig:", "ferromagnet.damp"),
        (DEVICE, "name: pt_co_irmn", "name: ../$(reboot)", "name"),
        (DEVICE, "name: pt_co_irmn", "name: pt_co_irmn\nname: b", "name"),
        (DEVICE, "[0, 0, 1]", "[0, 0, 0]", "thermal_spin_torque.polarisation.value"),
        (EXPERIMENT, 'cell: "6.25 nm"', 'cell: "7 nm"', "numerics.window"),
        (EXPERIMENT, "replicates:", "replicate:", "replicate"),
    ],
)
def test_faulty_card(tmp_path, card, old, new, field):
    path = edited(tmp_path, card, old, new)
    result = check(path)
    # A misspelt key is two faults: the required one is missing, and another is unknown.
    count = 2 if field in ("ferromagnet.damp", "replicate") else 1
    assert_faults(result, *[f"{path}: {field}"] * count)
    assert result.stdout == ""


def test_missing_layer(tmp_path):
    content = yaml.safe_load(DEVICE.read_text())
    del content["ferromagnet"]
    path = tmp_path / DEVICE.name
    path.write_text(yaml.safe_dump(content))
    assert_faults(check(path), f"{path}: ferromagnet: expected a value, got nothing")


def test_missing_file_not_yaml_and_empty_folder(tmp_path):
    (tmp_path / "text.yaml").write_text("a: [")
    (tmp_path / "empty").mkdir()
    paths = [tmp_path / "none.yaml", tmp_path / "text.yaml", tmp_path / "empty"]
    assert_faults(
        check(*paths),
        f"{paths[0]}: expected a card, got no such file",
        f"{paths[1]}: expected YAML, got ",
        f"{paths[2]}: expected a folder with cards",
    )


def test_grain_larger_than_the_window(tmp_path):
    path = edited(tmp_path, DEVICE, 'value: "14 nm"', 'value: "1.4 um"')
    assert check(path).exit_code == 0
    result = check(path, EXPERIMENT)
    assert_faults(result, "pt_co_irmn: antiferromagnet.grain_diameter.value: expected less")
    assert "numerics.window of demo" in result.stderr


def test_a_faulty_card_does_not_hide_the_others(tmp_path):
    path = edited(tmp_path, DEVICE, '"1.1 nm"', '"1.1 kg"')
    result = check(path, EXPERIMENT)
    assert_faults(result, f"{path}: ferromagnet.thickness.value")
    assert result.stdout == f"{EXPERIMENT}: ok\n"


@pytest.mark.parametrize("arguments", [["check"], ["chekc"], ["check", "--speed", "5"], []])
def test_wrong_usage(arguments):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_as_a_process(tmp_path):
    path = edited(tmp_path, DEVICE, '"1.1 nm"', '"1.1 kg"')
    source = str(Path(afterpulse.__file__).parents[1])
    inherited = os.environ.get("PYTHONPATH")
    done = subprocess.run(
        [sys.executable, "-m", "afterpulse.cli", "check", str(path), str(EXPERIMENT)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [source, inherited]))},
    )
    assert done.returncode == 2
    assert done.stdout == f"{EXPERIMENT}: ok\n"
    assert done.stderr == (
        f"{path}: ferromagnet.thickness.value: expected a positive length with its unit, "
        "such as \"5 nm\", got '1.1 kg' (not of the dimension length)\n"
    )


PULSE = ["--pulse-start", "1 s", "--pulse-width", "1 ms", "--pulse-amplitude", "2 mA"]


def fit(*arguments):
    return CliRunner().invoke(app, ["fit", *map(str, arguments)])


def exponential(path, time_constant, repeats, separator=","):
    """Write a made-up trace in ms and uV: 45 before the pulse, then -30, of which 18 fade."""
    time = np.concatenate([np.arange(0, 1, 0.1), 1.001 + np.arange(0.1, 20.05, 0.1)])
    change = -30 + 18 * (1 - np.exp(-(time - 1.001) / time_constant))
    voltage = 45 + np.where(time < 1, 0.0, change)
    noise = np.random.default_rng(2).normal(scale=0.1, size=(repeats, time.size))
    names = [f"voltage {number + 1} (uV)" for number in range(repeats)]
    lines = ["# made up", separator.join(["time (ms)", *names])]
    for row in zip(1e3 * time, *(voltage + noise), strict=True):
        lines.append(separator.join(f"{value:.6f}" for value in row))
    path.write_text("\n".join(lines))
    return path


def test_time_constant_of_a_measured_trace(tmp_path):
    trace = exponential(tmp_path / "measured.csv", 3.0, repeats=4)
    result = fit(trace, *PULSE, "--probe", "450 ms")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    folder = tmp_path / "measured_fit"
    assert sorted(path.name for path in folder.iterdir()) == [
        "decay.csv",
        "decay.nc",
        "pulse_1.pdf",
        "pulse_1.png",
        "report.html",
    ]
    row = pd.read_csv(folder / "decay.csv").set_index("model").loc["single_exponential"]
    assert abs(row["time_constant"] - 3.0) < 3 * row["time_constant_stderr"]
    assert row["time_constant_stderr"] < 0.1
    # The first sample that is not earlier than the probe.
    assert (row["window_start"], row["retained_at"]) == (0.5, 10.0)
    share = (30 - 18 * (1 - np.exp(-10 / 3))) / (30 - 18 * (1 - np.exp(-0.5 / 3)))
    assert row["share_retained"] == pytest.approx(share, abs=0.01)
    assert row["pulse_amplitude"] == 2e-3
    stored = datasets.read(folder / "decay.nc")
    assert stored.attrs["measured_trace"] == "measured.csv"
    assert "probe: first sample after 0.45 s, at 0.5 s" in result.stdout.splitlines()
    assert f"written to {folder}" in result.stdout.splitlines()
    assert (folder / "pulse_1.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "pulse_1.pdf").read_bytes().startswith(b"%PDF")


def test_a_single_repeat_of_two_pulses_into_an_old_folder(tmp_path):
    trace = exponential(tmp_path / "measured.csv", 2.0, repeats=1, separator="\t")
    pulses = tmp_path / "pulses.csv"
    pulses.write_text("start (s);width (ms);amplitude (mA)\n1,0;1,0;2,0\n15,05;1,0;2,0\n")
    output = tmp_path / "made" / "out"
    datasets.write(xr.Dataset(), output / "decay.nc", {"measured_trace": "measured.csv"})
    (output / "pulse_3.png").write_text("of an analysis before")
    assert fit(trace, "--pulses", pulses, "--output", output).exit_code == 0
    figures = {"pulse_1.pdf", "pulse_1.png", "pulse_2.pdf", "pulse_2.png"}
    results = {"decay.csv", "decay.nc", "report.html"}
    assert {path.name for path in output.iterdir()} == results | figures
    table = pd.read_csv(output / "decay.csv").set_index(["pulse", "model"])
    row = table.loc[(1, "single_exponential")]
    assert row["time_constant_interval_lower"] < 2.0 < row["time_constant_interval_upper"]
    assert row["replicates"] == 1
    # Nothing changes at what is called the second pulse.
    assert "below 3 standard errors" in table.loc[(2, "single_exponential"), "fit_remark"]


def test_first_example_of_the_documentation(tmp_path, monkeypatch):
    text = (ROOT / "docs/measured.md").read_text()
    command = shlex.split(re.search(r"\$ (afterpulse fit measured.csv .*)", text)[1])
    (tmp_path / "measured.csv").write_text(re.search(r"```\n(# Hall bar.*?)```", text, re.S)[1])
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, command[1:])
    assert result.exit_code == 0, result.stderr
    assert "repeats: 2" in result.stdout
    assert (tmp_path / "measured_fit" / "pulse_1.png").exists()


def test_columns_of_a_measured_trace(tmp_path):
    trace = exponential(tmp_path / "measured.csv", 3.0, repeats=2)
    text = trace.read_text().splitlines()
    trace.write_text("\n".join(["metadata", "2,3", *text]))
    result = fit(trace, *PULSE, "--skip", "2", "--column", "2 (ohm)", "--read-current", "1 mA")
    assert result.exit_code == 0, result.stderr
    assert "repeats: 1" in result.stdout
    assert "(ohm); read current 0.001 A" in result.stdout
    both = [*PULSE, "--column", "2", "--column", "3", "--time-column", "1"]
    assert "repeats: 2" in fit(trace, *both, "--output", tmp_path / "both").stdout


def test_output_that_is_not_ours_is_left_alone(tmp_path):
    trace = exponential(tmp_path / "measured.csv", 3.0, repeats=2)
    (tmp_path / "measured_fit").mkdir()
    (tmp_path / "measured_fit" / "notes.txt").write_text("keep")
    assert_faults(fit(trace, *PULSE), f"{tmp_path / 'measured_fit'}: expected a new folder")
    assert [path.name for path in (tmp_path / "measured_fit").iterdir()] == ["notes.txt"]
    below = trace / "out"
    assert_faults(fit(trace, *PULSE, "--output", below), f"{below}: expected a folder to write to")


def test_plan_counts_all_variants(tmp_path, monkeypatch):
    each = defaultdict(lambda: 0.01), defaultdict(lambda: 1e4)
    timing = cost.Timing(*each, 1.0, 0.0, 1e-3, defaultdict(float))
    monkeypatch.setattr(cost, "measure", lambda device, experiment: timing)
    monkeypatch.chdir(tmp_path)
    card = read_card(EXPERIMENT)
    points = []
    for seeds in ([1], [1, 2, 3]):
        varied = card | {"name": "varied", "vary": {"grid": {"experiment.seed": seeds}}}
        path = tmp_path / "varied.yaml"
        path.write_text(yaml.safe_dump(varied))
        result = CliRunner().invoke(app, ["plan", str(DEVICE), str(path)])
        assert result.exit_code == 0, result.output
        points.append(int(re.search(r"(\d+) points in", result.output)[1]))
    assert "3 variants" in result.output
    assert points[1] == 3 * points[0]
