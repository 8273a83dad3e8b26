"""The functions of ``import afterpulse`` and their page, docs/python.md."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import afterpulse
from afterpulse.measured.joined import join

ROOT = Path(__file__).parents[1]
TIME = np.concatenate([np.arange(0, 2, 0.1), np.arange(2.6, 32, 0.1)])
PULSE = (2.0, 0.5, 2e-3)
TO_9_S = afterpulse.FitOptions(until=9.0)


def blocks():
    return re.findall(r"```python\n(.*?)```", (ROOT / "docs/python.md").read_text(), re.DOTALL)


@pytest.fixture
def measured(tmp_path):
    """Two repeats of 45 uV, from which a pulse takes 20 uV; 12 of these return with 4 s."""
    change = np.where(TIME < 2, 0.0, -20 + 12 * (1 - np.exp(-(TIME - 2.5) / 4)))
    noise = 0.05 * np.random.default_rng(1).standard_normal((2, TIME.size))
    table = pd.DataFrame({"t (s)": TIME, "V 1 (uV)": 45 + change, "V 2 (uV)": 45 + change})
    table.iloc[:, 1:] += noise.T
    table.to_csv(tmp_path / "a.csv", index=False)
    return tmp_path / "a.csv"


def test_page_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs/measured.md").read_text()
    Path("measured.csv").write_text(re.search(r"```\n(# Hall bar.*?)```", text, re.DOTALL)[1])
    names = {}
    for block in blocks():
        exec(compile(block, "docs/python.md", "exec"), names)
    assert Path("pulse_1.png").read_bytes().startswith(b"\x89PNG")
    assert len(pd.read_csv("change.csv")) == 9
    assert names["lower"] < names["time_constant"] < names["upper"]
    # The first column of the file, 45.1 of its unit.
    for name, unit, value in (
        ("first", "V", 45.1e-6),
        ("in_ohm", "ohm", 45.1),
        ("in_volts", "V", 45.1e-4),
    ):
        signal = names[name]["anomalous_hall_voltage"]
        assert signal.attrs["units"] == unit
        assert signal[0, 0].item() == pytest.approx(value)
    assert names["fits"]["window_end"].item() == pytest.approx(7.999)
    assert names["fits"]["pulse_current_density"].item() == 8.4e11
    assert "absent.csv: expected a file, got no such file" in capsys.readouterr().out


def test_every_name_is_on_the_page():
    text = "".join(blocks())
    for name in afterpulse.__all__:
        assert f"afterpulse.{name}" in text
        assert name in dir(afterpulse)
        assert getattr(afterpulse, name).__doc__


def test_retention_and_figure_of_a_made_up_decay(measured):
    trace = afterpulse.read_trace(measured)
    (sweep,), fits = afterpulse.fit_decays(trace, [PULSE])
    row = afterpulse.retention(fits).iloc[0]
    left = np.array([-20 + 12 * (1 - np.exp(-delay / 4)) for delay in (0.5, 10.0)])
    assert row["share_retained"] == pytest.approx(left[1] / left[0], abs=0.01)
    assert row["change_at_probe"] == pytest.approx(1e-6 * left[0], rel=0.01)
    assert (row["signal_unit"], row["pulse"], row["pulse_width"]) == ("V", 1, 0.5)
    assert row["chosen_model"] == "single_exponential"
    above, below = afterpulse.plot(sweep, fits.isel(pulse=0)).axes
    assert above.get_title() == "pulse of 2 mA, 500 ms"
    assert below.get_xlabel() == "time since the end of the pulse (s)"


def test_pulses_of_a_file_are_those_of_numbers(measured, tmp_path):
    trace = afterpulse.read_trace(measured, columns=["V 1"])
    (tmp_path / "pulses.csv").write_text("start (s),width (ms),amplitude (mA)\n2,500,2\n")
    pulses = [tmp_path / "pulses.csv", [PULSE], [afterpulse.Pulse(*PULSE)]]
    values = [afterpulse.fit_decays(trace, each)[1]["parameter_value"] for each in pulses]
    assert np.isfinite(values[0].sel(model="single_exponential", parameter="offset")).all()
    np.testing.assert_array_equal(values[0], values[1])
    np.testing.assert_array_equal(values[0], values[2])


@pytest.mark.parametrize(
    ("pulses", "message"),
    [
        ([], "pulses: expected at least one pulse, got none"),
        ([(2.0, 0.0, 2e-3)], "pulses: expected a width above 0, got 0 s"),
        ([PULSE, (2.2, 0.5, 2e-3)], "pulses: expected a start after the end of .*, got 2.2 s"),
        ("absent.csv", "absent.csv: expected a file, got no such file"),
    ],
)
def test_pulses_that_cannot_be_used(measured, pulses, message):
    with pytest.raises(afterpulse.TraceError, match=f"^{message}$"):
        afterpulse.fit_decays(afterpulse.read_trace(measured), pulses)


def test_retention_of_joined_files_has_a_row_for_each_pulse(measured):
    trace = afterpulse.read_trace(measured)
    _, fits = afterpulse.fit_decays(trace, [PULSE, (20.0, 0.5, 2e-3)], options=TO_9_S)
    table = afterpulse.retention(join([fits, fits], ["a.csv", "b.csv"], [np.nan] * 2))
    assert table["file"].tolist() == ["a.csv", "a.csv", "b.csv", "b.csv"]
    assert table["pulse"].tolist() == [1, 2, 1, 2]
    assert table["signal_unit"].tolist() == ["V"] * 4


def test_retention_of_a_simulated_sweep_has_no_unit(measured):
    _, fits = afterpulse.fit_decays(afterpulse.read_trace(measured), [PULSE])
    table = afterpulse.retention(fits.drop_vars("signal_unit"))
    assert len(table) == 1
    assert "signal_unit" not in table


def test_import_stays_fast():
    code = "import afterpulse, sys; print(*{'numpy', 'pandas', 'xarray'} & set(sys.modules))"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    assert done.stdout == "\n"
    with pytest.raises(AttributeError, match="module 'afterpulse' has no attribute 'fitted'"):
        _ = afterpulse.fitted
