"""From a measured file and cards to verdict and page, by the command."""

import json
import logging
import os
from concurrent.futures import ProcessPoolExecutor
from html.parser import HTMLParser
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from afterpulse import datasets, inference
from afterpulse.cards import load_experiment
from afterpulse.cards.load import read_card
from afterpulse.cli import app
from afterpulse.device import load_device
from afterpulse.figures import fit_page
from afterpulse.inference import forests, support
from afterpulse.inference.question import question_of
from afterpulse.inference.rules import bank
from afterpulse.measured import read_pulses, read_trace
from tests.stored import stored_data

ROOT = Path(__file__).parents[2]
DEVICE = ROOT / "devices/pt_co_irmn.yaml"
TINY = ROOT / "experiments/tiny.yaml"


def measured_file(folder):
    """Write a made-up trace, a step that fades, with noise of 0.2 uV; and its two pulses."""
    time = np.concatenate([np.arange(0, 1, 0.1), 1.001 + np.arange(0.1, 40.05, 0.2)])
    change = -30 + 18 * (1 - np.exp(-(time - 1.001) / 3.0))
    voltage = 45 + np.where(time < 1, 0.0, change)
    voltage += np.random.default_rng(2).normal(scale=0.2, size=time.size)
    rows = [f"{t:.6f},{v:.6f}\n" for t, v in zip(time, voltage, strict=True)]
    (folder / "measured.csv").write_text("time (s),voltage (uV)\n" + "".join(rows))
    pulses = "start (s),width (ms),amplitude (mA)\n1,1,1\n21.001,1,1\n"
    (folder / "pulses.csv").write_text(pulses)


def fit(folder, *options, device=DEVICE, experiment=TINY):
    given = ["--pulses", folder / "pulses.csv", "--device", device, "--experiment", experiment]
    arguments = ["fit", folder / "measured.csv", *given, *options]
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def quick(made_calibration):
    """Give out a calibration that is not measured, which would take a minute; grow few trees."""

    def write(device, experiment, sample, target):
        dataset = datasets.label(made_calibration)
        datasets.write(dataset, target, datasets.attributes(device, experiment))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(support.calibration_rules, "calibration", write)
        patch.setattr(forests, "TREES", 50)
        yield


@pytest.fixture(scope="module")
def done(tmp_path_factory, quick):
    folder = tmp_path_factory.mktemp("fit")
    measured_file(folder)
    return fit(folder, "--cores", 1), folder


def results(folder):
    return folder / "measured_fit"


def banks(folder):
    found = (results(folder) / "mechanisms").glob("bank_*.nc")
    return sorted(found, key=lambda path: int(path.name.split("_")[1]))


class Sources(HTMLParser):
    """Addresses that a page loads from, and its texts."""

    def __init__(self):
        super().__init__()
        self.addresses, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        self.addresses += [value for name, value in attrs if name in ("src", "href", "data")]

    def handle_data(self, data):
        self.texts.append(data)


def test_files_and_words(done):
    result, folder = done
    assert result.exit_code == 0, result.output
    assert {path.name for path in results(folder).iterdir()} == {
        *("decay.nc", "decay.csv", "mechanisms.nc", "mechanisms.csv", "report.html", "mechanisms"),
        "self_test.csv",
        *(
            f"{name}.{end}"
            for name in ("pulse_1", "pulse_2", "support", "compared")
            for end in ("png", "pdf")
        ),
    }
    assert len(banks(folder)) == len(inference.combinations())
    found = datasets.read(results(folder) / "mechanisms.nc")
    probability = pd.read_csv(results(folder) / "mechanisms.csv", index_col=0)["probability"]
    assert probability.sum() == pytest.approx(1)
    np.testing.assert_allclose(probability, found["probability"].values)
    # Of two draws nothing can be told.
    assert set(found["mechanism_verdict"].values) == {"cannot tell"}
    assert "AFM viscosity: cannot tell" in result.stdout
    for line in (
        "of 2 pulses only the first is used",
        "repeats: 1, so the scatter between repeats",
    ):
        assert line in result.stdout
    log = (results(folder) / "mechanisms" / "fit.log").read_text()
    assert f"0 of {len(inference.combinations())} banks are there" in log
    assert "AFM viscosity: cannot tell" in log
    assert not logging.getLogger("afterpulse").handlers


def test_traces_and_cards_are_those_of_the_measured_pulse(done):
    _, folder = done
    traces = datasets.read(results(folder) / "mechanisms" / "traces.nc")
    assert traces["pulse_amplitude"].values == [1e-3]
    assert traces["delay"].values[[0, -1]] == pytest.approx([0.1, 19.9])
    measured = pd.read_csv(folder / "measured.csv")
    time, voltage = measured.to_numpy().T
    at = np.searchsorted(time, 1.001 + traces["delay"].values - 1e-6)
    seen = traces["anomalous_hall_voltage"].squeeze().values
    np.testing.assert_allclose(seen, 1e-6 * voltage[at], rtol=1e-9)
    card = json.loads(traces.attrs["experiment_card"])
    assert card["sweep"]["pulse_amplitude"] == ["0.001 A"]
    assert card["inference"]["pulse_width"] == ["0.001 s"]
    stored = results(folder) / "mechanisms" / "experiments" / "tiny.yaml"
    assert (
        datasets.attributes(load_device(DEVICE), load_experiment(stored))["experiment_card"]
        == traces.attrs["experiment_card"]
    )


def test_banks_of_the_pool_are_those_of_the_workflow(done, tmp_path):
    _, folder = done
    work = results(folder) / "mechanisms"
    cards = (
        load_device(work / "devices" / "pt_co_irmn.yaml"),
        load_experiment(work / "experiments" / "tiny.yaml"),
    )
    (calibration,) = work.glob("calibration_*.nc")
    bank(*cards, calibration, work / "traces.nc", 1, tmp_path / "bank.nc")
    alone, pooled = datasets.read(tmp_path / "bank.nc"), datasets.read(banks(folder)[1])
    assert alone.attrs["mechanisms"] == pooled.attrs["mechanisms"] == "afm_viscosity"
    assert stored_data(alone) == stored_data(pooled)


def test_page_holds_all_that_it_shows(done):
    _, folder = done
    text = (results(folder) / "report.html").read_text(encoding="utf-8")
    page = Sources()
    page.feed(text)
    assert len(page.addresses) == 4
    assert all(one.startswith("data:image/png;base64,") for one in page.addresses)
    assert "url(" not in text
    said = " ".join(page.texts)
    fits = pd.read_csv(results(folder) / "decay.csv")
    first = fits[(fits["pulse"] == 1) & (fits["model"] == "single_exponential")].iloc[0]
    tested = pd.read_csv(results(folder) / "self_test.csv")
    acts = tested[(tested["mechanism"] == "afm_viscosity") & tested["acts"]].iloc[0]
    assert acts["devices"] == len(inference.combinations())
    for part in (
        f"{100 * acts['cannot tell']:.0f} %",
        fit_page.verdict(datasets.read(results(folder) / "mechanisms.nc")),
        f"{first['time_constant']:.4g} s",
        "intervals are those of the noise of the trace",
        "name: pt_co_irmn",
        "initial_state: up",
        f"afterpulse {datasets.version('afterpulse')}",
        "scikit-learn",
        "delays the trace lies outside the central 95 %",
        "of 2 pulses only the first is used",
    ):
        assert part in said, part


@pytest.fixture
def simulated(monkeypatch):
    """Combinations that are simulated, in place of the simulation, after which the run is over."""
    asked = []

    def simulate_banks(measurement, combinations, *others):
        asked.extend(combinations)
        raise KeyboardInterrupt

    monkeypatch.setattr(support, "simulate_banks", simulate_banks)
    return asked


def question(folder, device=DEVICE, experiment=TINY, trace=None):
    trace = read_trace(folder / "measured.csv") if trace is None else trace
    return question_of(trace, read_pulses(folder / "pulses.csv"), device, experiment)


def test_second_call_takes_what_is_there(done, simulated):
    _, folder = done
    before = datasets.read(results(folder) / "mechanisms.nc")
    support.infer_support(question(folder), results(folder), 1)
    assert simulated == []
    assert datasets.read(results(folder) / "mechanisms.nc").identical(before)


def test_killed_run_goes_on_with_the_banks_that_are_missing(done, simulated):
    _, folder = done
    lost, damaged = banks(folder)[3], banks(folder)[5]
    kept = lost.read_bytes(), damaged.read_bytes()
    lost.unlink()
    damaged.write_bytes(kept[1][:5000])
    with pytest.raises(KeyboardInterrupt):
        support.infer_support(question(folder), results(folder), 1)
    lost.write_bytes(kept[0])
    damaged.write_bytes(kept[1])
    assert simulated == [inference.combinations()[number] for number in (3, 5)]


def test_killed_process_of_the_pool_is_said_in_one_line(done, tmp_path, monkeypatch):
    _, folder = done

    def killed(*arguments):
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            pool.submit(os._exit, 1).result()

    monkeypatch.setattr(support, "simulate_banks", killed)
    result = fit(folder, "--output", tmp_path / "other", "--cores", 1)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("a process of the simulation was killed")
    assert "Traceback" not in result.stderr


def changed(tmp_path, card, edit):
    content = read_card(card)
    edit(content)
    path = tmp_path / card.name
    path.write_text(yaml.safe_dump(content))
    return path


def other_inputs(folder, tmp_path):
    """Questions that each differ in one thing from the one of `done`."""

    def thicker(card):
        card["ferromagnet"]["thickness"]["value"] = "1.2 nm"

    def older(card):
        card["ageing"] = "2 s"

    def finer(card):
        card["inference"]["draws"] = 4

    asked = question(folder)
    yield question(folder, device=changed(tmp_path, DEVICE, thicker))
    yield question(folder, experiment=changed(tmp_path, TINY, older))
    yield question(folder, experiment=changed(tmp_path, TINY, finer))
    yield asked._replace(experiment=asked.experiment.model_copy(update={"seed": 2}))
    yield asked._replace(traces=asked.traces.assign_coords(pulse_amplitude=[1.1e-3]))
    yield asked._replace(traces=asked.traces.isel(delay=slice(1, None)))


def test_other_cards_pulses_or_delays_name_other_banks(done, tmp_path):
    _, folder = done
    names = {min(support.bank_files(question(folder), results(folder)).values()).name}
    assert names == {banks(folder)[0].name}
    others = list(other_inputs(folder, tmp_path))
    names |= {min(support.bank_files(one, results(folder)).values()).name for one in others}
    assert len(names) == 1 + len(others)


def test_other_title_takes_the_same_banks(done, tmp_path):
    _, folder = done
    other = changed(tmp_path, TINY, lambda card: card.update(title="Another"))
    files = support.bank_files(question(folder, experiment=other), results(folder))
    assert list(files.values()) == banks(folder)


def test_other_prior_range_names_other_banks(done, monkeypatch):
    _, folder = done
    narrow = support.PRIOR["unit_diameter"]._replace(high=1.2)
    monkeypatch.setitem(support.PRIOR, "unit_diameter", narrow)
    files = support.bank_files(question(folder), results(folder))
    assert not {*files.values()} & {*banks(folder)}


def test_other_voltages_take_the_same_banks(done):
    _, folder = done
    trace = read_trace(folder / "measured.csv")
    files = support.bank_files(question(folder, trace=trace * 1.1), results(folder))
    assert list(files.values()) == banks(folder)
