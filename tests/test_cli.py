import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import afterpulse
from afterpulse.cli import app

ROOT = Path(__file__).parents[1]
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
    path = edited(tmp_path, DEVICE, 'value: "12 nm"', 'value: "1.2 um"')
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
