"""The benchmark of the coverage of fits, on a handful of traces."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from afterpulse.decay import MODELS

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def script():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module("coverage_of_fits")


def test_traces_scatter_about_their_model(script):
    # Seed 0: white noise of a single trace of 15 samples from 0.1 s on, without a drift.
    trace = script.drawn("single_exponential", 0)
    assert trace.change.shape == (1, 15)
    assert (trace.delay[0], trace.delay[-1]) == (0.1, 20.0)
    constant = trace.truth["time_constant"]
    assert 2 < constant < 8
    exact = 1e-6 * (-0.5 - 4.5 * np.exp(-trace.delay / constant))
    assert 0 < abs(trace.change - exact).max() < 5e-6 * script.WHITE
    np.testing.assert_allclose(trace.before.mean(), 0, atol=1e-20)
    assert (trace.early < 0).all()


def test_seeds_run_through_all_conditions(script):
    kinds = {script.CONDITIONS[seed % len(script.CONDITIONS)] for seed in range(168)}
    assert len(kinds) == 2 * 7 * 4 * 3


@pytest.mark.parametrize(
    ("kind", "deviation"),
    # Telegraph noise adds the variance of its two levels, outliers 2 % of a hundred variances.
    [("white", 1.0), ("telegraph", 2**0.5), ("outliers", (0.98 + 2) ** 0.5)],
)
def test_deviation_of_the_noise(script, kind, deviation):
    made = script.noise(kind, (200, 500), np.random.default_rng(1))
    assert made.std() == pytest.approx(deviation * script.WHITE, rel=0.03)


def test_flicker_noise_is_correlated(script):
    made = script.noise("1/f", (500, 400), np.random.default_rng(2)) / script.WHITE
    # Mean squared differences of 1/f noise grow by 2 ln 10 per decade of the lag.
    squares = [((made[:, lag:] - made[:, :-lag]) ** 2).mean() for lag in (10, 100)]
    assert np.diff(squares).item() == pytest.approx(2 * np.log(10), rel=0.1)


def test_truth_of_an_exponential(script):
    truth = {"amplitude": -1e-6, "time_constant": 4.0, "offset": 0.0, "drift": 0.0}
    trace = script.drawn("single_exponential", 0)._replace(truth=truth)
    share, time = script.expected("single_exponential", trace, 10.0, False)
    assert share == pytest.approx(np.exp(-9.9 / 4), rel=1e-6)
    assert time == pytest.approx(4.0, abs=1e-3)
    # A level of 0.6 is above 1/e.
    truth = truth | {"amplitude": -0.4, "offset": -0.6}
    share, time = script.expected("single_exponential", trace._replace(truth=truth), 10.0, False)
    assert np.isnan(time)


@pytest.mark.parametrize("seed", [1, 55])
def test_rows_of_a_single_trace_and_of_repeats(script, seed):
    # White noise of a hundredth of the change: AICc and SciPy can tell this model.
    entry = script.row("single_exponential", seed)
    assert entry["error"] == ""
    assert entry["shape"] == ("15 samples, 1 repeats" if seed == 1 else "60 samples, 3 repeats")
    assert entry["noise"] == ("white" if seed == 1 else "telegraph")
    assert entry["tells"]
    assert entry["given"]
    assert entry["scipy"]
    for name in ("fraction", "time", "parameters"):
        assert entry[f"{name}_68"] <= entry[f"{name}_95"]


def test_constant_is_not_told_from_a_late_decay(script):
    # A constant has no fraction retained or retention time, and no simpler model.
    entry = script.row("no_decay", 0)
    assert entry["tells"]
    assert np.isnan([entry["fraction_95"], entry["time_68"]]).all()


def test_fault_of_a_fit_is_a_row(script, monkeypatch):
    monkeypatch.setattr(script.sweep, "fit_point", lambda *arguments: 1 / 0)
    entry = script.row("logarithmic", 3)
    assert entry["error"] == "ZeroDivisionError: division by zero"


def made_row(model, seed):
    """Row that is right for even seeds; AICc cannot tell the last."""
    held = {
        f"{each}_{level}": float(seed < 3) for each in ("fraction", "time") for level in (68, 95)
    }
    held |= {"parameters_68": 0.5, "parameters_95": np.nan, "scipy": True, "error": ""}
    return held | {
        "model": model,
        "seed": seed,
        "right": seed % 2 == 0,
        "tells": seed < 3,
        "given": seed != 1,
    }


def test_table_and_a_second_call_that_goes_on(script, tmp_path, monkeypatch, capsys):
    computed = []

    def row(model, seed):
        computed.append((model, seed))
        return made_row(model, seed)

    monkeypatch.setattr(script, "row", row)
    monkeypatch.setattr(script, "CHUNK", 2)
    file = str(tmp_path / "rows.csv")
    models = ["--models", "no_decay", "power_law"]
    for last in ("3", "4"):
        monkeypatch.setattr(sys, "argv", ["coverage", file, "0", last, *models])
        script.main()
    assert sorted(computed) == sorted((m, s) for m in models[1:] for s in range(4))
    printed = capsys.readouterr().out.splitlines()[-2:]
    assert [line.split()[0] for line in printed] == models[1:]
    table = script.table(pd.read_csv(file), ["model"]).loc["power_law"]
    # Two of three that AICc can tell; three of four of the others.
    assert table["right"] == pytest.approx(200 / 3)
    assert table["given"] == table["fraction_95"] == table["time_68"] == 75
    assert (table["parameters_68"], table["traces"], table["errors"]) == (50, 4, 0)
    assert np.isnan(table["parameters_95"])


def test_models_are_those_of_the_fits(script):
    assert list(script.TRUTH) == list(MODELS)
