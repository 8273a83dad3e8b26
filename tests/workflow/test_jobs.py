import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from afterpulse import datasets, llg
from afterpulse.calibration import rules as calibration_rules
from afterpulse.cards import load_experiment
from afterpulse.cards.load import read_card
from afterpulse.cards.sections import Sections
from afterpulse.decay.rules import variants
from afterpulse.device import load_device
from afterpulse.engines import EngineError
from afterpulse.engines import rules as engine_rules
from afterpulse.film import rules as film_rules
from afterpulse.neuron.rules import neuron_trains
from afterpulse.timeline import rules
from afterpulse.timeline.plan import COLUMNS, plan, read_plan, write_plan
from afterpulse.workflow import process as workflow_job
from afterpulse.workflow.progress import progress
from afterpulse.workflow.run import readable_cards

ROOT = Path(__file__).parents[2]
CARDS = (
    load_device(ROOT / "devices/pt_co_irmn.yaml"),
    load_experiment(ROOT / "experiments/tiny.yaml"),
)


def as_job(function, *arguments):
    """Call the function of a rule with the sections of the cards that it declares."""
    function(*readable_cards(CARDS, function, Sections()), *arguments)


def path(folder, name):
    return str(folder / name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sample, ground state and the chunks of the sweep and of the train."""
    made = tmp_path_factory.mktemp("jobs")
    sample, ground = path(made, "sample.nc"), path(made, "ground_state.nc")
    planned = path(made, "plan.csv")
    write_plan(plan(*CARDS, None), planned)
    as_job(film_rules.sample, sample)
    as_job(engine_rules.ground_state, sample, ground)
    calibration = path(made, "calibration.nc")
    as_job(calibration_rules.calibration, sample, calibration)
    table = read_plan(planned)
    for name in ("sweep", "ltp"):
        for chunk in sorted(set(table["chunk"][table["protocol"] == name])):
            target = path(made, f"{name}-{chunk}.nc")
            as_job(rules.trajectories, planned, sample, ground, calibration, chunk, target)
    return made


def test_time_left_follows_the_pace_of_the_points(caplog):
    clock = iter([0.0, 0.0, 100.0, 102.0, 110.0, 130.0]).__next__
    caplog.set_level("INFO", "afterpulse")
    report = progress("sweep", clock)
    for share, line in ((0.0, "LLG"), (0.1, "one"), (0.2, "two"), (0.5, "five"), (1.0, "all")):
        report(share, line)
    # A hundred seconds of LLG, then 0.4 of the points in ten seconds; "two" comes too soon.
    assert [record.getMessage() for record in caplog.records] == [
        "sweep: LLG, 0 s gone",
        "sweep: one, 100 s gone",
        "sweep: five, 110 s gone, 12 s left",
        "sweep: all, 130 s gone, 0 s left",
    ]


@pytest.mark.parametrize(
    ("raised", "lines"),
    [
        ("EngineError('OOMMF was killed by signal 9')", ["OOMMF was killed by signal 9"]),
        ("CardError(['a: x: expected 1, got 2', 'b: y: expected 3, got 4'])", ["a: x", "b: y"]),
        ("datasets.DatasetError('ahe.nc: expected a dataset')", ["ahe.nc: expected a dataset"]),
    ],
)
def test_error_that_ends_a_job_is_a_line_without_traceback(tmp_path, raised, lines):
    program = (
        "from afterpulse import datasets\n"
        "from afterpulse.cards import CardError\n"
        "from afterpulse.engines import EngineError\n"
        "from afterpulse.workflow.process import start_log\n"
        f"start_log({str(tmp_path / 'log')!r}, 'trajectories 3')\n"
        f"raise {raised}\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode != 0
    for printed in (run.stderr, (tmp_path / "log").read_text()):
        assert len(printed.splitlines()) == len(lines)
        assert "Traceback" not in printed
        for line, expected in zip(printed.splitlines(), lines, strict=True):
            assert f"trajectories 3: {expected}" in line


def test_error_of_ours_is_logged_in_full(tmp_path):
    program = (
        "from afterpulse.workflow import process as workflow_job\n"
        f"workflow_job.start_log({str(tmp_path / 'log')!r}, 'fit')\n"
        "1 / 0\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 1
    assert "ZeroDivisionError" in (tmp_path / "log").read_text()


def test_table_of_variants(tmp_path):
    changes = {"v1": {"experiment.seed": 1}, "v2": {"experiment.seed": 2}}
    for name, share in (("v1", [0.1, 0.2]), ("v2", [0.3])):
        pd.DataFrame({"share_retained": share}).to_csv(tmp_path / f"{name}.csv", index=False)
    decays = [path(tmp_path, f"{name}.csv") for name in changes]
    variants(changes, decays, path(tmp_path, "variants.csv"))
    table = pd.read_csv(tmp_path / "variants.csv")
    assert list(table["variant"]) == ["v1", "v1", "v2"]
    assert list(table["experiment.seed"]) == [1, 1, 2]
    assert list(table["share_retained"]) == [0.1, 0.2, 0.3]
    variants(changes, [], path(tmp_path, "bare.csv"))
    assert list(pd.read_csv(tmp_path / "bare.csv")["variant"]) == ["v1", "v2"]


def test_chunk_opens_in_plain_xarray_with_units_and_cards(folder):
    for name in ("sample.nc", "ground_state.nc", *[p.name for p in folder.glob("*-*.nc")]):
        with xr.open_dataset(folder / name) as dataset:
            for variable in dataset.variables.values():
                assert variable.attrs["units"]
                assert variable.attrs["long_name"]
            assert json.loads(dataset.attrs["device_card"])["name"] == "pt_co_irmn"
            assert json.loads(dataset.attrs["experiment_card"])["name"] == "tiny"
            assert dataset.attrs["seed"] == 1


def test_ground_state_is_a_unit_field_along_the_initial_state(folder):
    with xr.open_dataset(folder / "ground_state.nc") as dataset:
        m = np.stack([dataset[f"magnetisation_{name}"].values for name in "xyz"])
    np.testing.assert_allclose(np.linalg.norm(m, axis=0), 1.0, rtol=1e-6)
    assert m[2].mean() > 0.9


def test_chunk_knows_its_plan(folder):
    device = CARDS[0]
    for file in folder.glob("sweep-*.nc"):
        with xr.open_dataset(file) as chunk:
            assert set(chunk["protocol"].values) == {"sweep"}
            scale = device.spin_hall_layer.current_fraction.value / (
                device.hall_bar.width.value * device.spin_hall_layer.thickness.value
            )
            np.testing.assert_allclose(chunk["current_density"], chunk["current"] * scale)
            np.testing.assert_allclose(
                chunk["pulse_current_density"], chunk["pulse_amplitude"] * scale
            )
            on = chunk["stage"].isin(["leading_edge", "plateau"])
            np.testing.assert_allclose(
                chunk["current"].where(on).max("step"), chunk["pulse_amplitude"][:, 0]
            )


def test_reduced_sweep_and_train(folder, tmp_path):
    sweep, train = path(tmp_path, "ahe.nc"), path(tmp_path, "ltp.nc")
    planned = path(folder, "plan.csv")
    as_job(
        rules.reduce_sweep, planned, sorted(map(str, folder.glob("sweep-*.nc"))), [], "ahe", sweep
    )
    as_job(rules.reduce_train, planned, sorted(map(str, folder.glob("ltp-*.nc"))), train)
    rules.trains_table([train], path(tmp_path, "trains.csv"))
    with xr.open_dataset(sweep) as dataset:
        assert dataset["magnetisation_z"].dims == (
            "pulse_amplitude",
            "pulse_width",
            "replicate",
            "delay",
        )
        assert np.isfinite(dataset["magnetisation_z"]).all()
        np.testing.assert_allclose(dataset["relative_amplitude"], [0.5, 0.9, 1.1])
        assert {0.5, 10.0, 20.0} <= set(dataset["delay"].values)
    with xr.open_dataset(train) as dataset:
        assert dataset.sizes["pulse"] == 3
        np.testing.assert_allclose(dataset["pulse_start"], [0, 1, 2], atol=1e-9)
        last = dataset["magnetisation_z"].isel(time=-1).mean("replicate").values
    table = pd.read_csv(tmp_path / "trains.csv")
    np.testing.assert_allclose(table["m_z_end"], last)
    assert list(table["mechanism_set"]) == ["card", "frozen_grains"]
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        (llg.IntegrationError, 1),
        (EngineError, 1),
        (datasets.DatasetError, 1),
        (MemoryError, 1),
        (RuntimeError, 2),
    ],
)
def test_what_a_user_can_mend_ends_a_job_in_one_line(kind, lines, caplog):
    error = kind("the path does not come to rest")
    workflow_job.report_end(kind, error, None, {})
    said = "\n".join(caplog.handler.format(record) for record in caplog.records).splitlines()
    assert len(said) == lines
    assert "the path does not come to rest" in said[-1]


def chunk_of(names):
    protocols = ("point", np.array(["sweep"] * len(names), dtype=object))
    return datasets.label(xr.Dataset({"protocol": protocols}, coords={"point": list(names)}))


@pytest.fixture
def two_chunks(tmp_path):
    """Chunks of two points each, one of which the plan does not have."""
    table = pd.DataFrame("", index=range(4), columns=list(COLUMNS))
    table["point"] = ["p1", "p2", "p3", "p5"]
    table["chunk"] = ["c0123456789aa", "c0123456789aa", "c0123456789ab", "c0123456789ab"]
    write_plan(table, tmp_path / "plan.csv")
    paths = [path(tmp_path, f"{chunk}.nc") for chunk in sorted(set(table["chunk"]))]
    for names, failed, target in zip((["p1", "p2"], ["p3", "p4"]), ("", "p5"), paths, strict=True):
        failures = {failed: "too hot"} if failed else {}
        datasets.write(chunk_of(names), target, {"failures": json.dumps(failures)})
    return path(tmp_path, "plan.csv"), paths


def test_points_that_left_the_plan_are_not_reduced(two_chunks):
    kept = [list(chunk["point"].values) for chunk in rules.planned_points(*two_chunks)]
    assert kept == [["p1", "p2"], ["p3"]]


def test_chunk_without_its_planned_points_is_refused(two_chunks):
    planned, (first, second) = two_chunks
    # Swapped for another chunk; and with a point less.
    for content, missing in ((chunk_of(["p3"]), "p1"), (chunk_of(["p1"]), "p2")):
        datasets.write(content, first, {"failures": "{}"})
        with pytest.raises(
            datasets.OutdatedError, match=rf"aa\.nc: lacks \d of the 2 .* {missing}$"
        ):
            list(rules.planned_points(planned, [first, second]))


def test_chunks_keep_the_name_that_the_workflow_gives_them(two_chunks, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    planned, paths = two_chunks
    names = [Path(one).name for one in paths]
    found = [chunk.encoding["source"] for chunk in rules.planned_points(planned, names)]
    assert found == names


def test_damaged_chunk_is_not_reduced(two_chunks):
    planned, paths = two_chunks
    content = Path(paths[1]).read_bytes()
    Path(paths[1]).write_bytes(content[: len(content) // 2])
    chunks = rules.planned_points(planned, paths)
    assert set(next(chunks)["protocol"].values) == {"sweep"}
    with pytest.raises(datasets.OutdatedError, match=r"ab\.nc: damaged"):
        next(chunks)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "fit: killed or crashed: by a user, for memory"),
        ("os.abort()", "fit: killed or crashed: by a user, for memory"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "fit: ended by SIGTERM: by a user"),
        ("sys.exit(0)", None),
    ],
)
def test_job_that_is_ended_leaves_one_line(tmp_path, end, said):
    log = tmp_path / "log"
    program = (
        "import os, signal, sys\n"
        "from afterpulse.workflow import process as workflow_job\n"
        f"workflow_job.start_log({str(log)!r}, 'fit')\n{end}\n"
    )
    # The run is over once all that write to its standard error are.
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    lines = log.read_text().splitlines()
    assert lines == run.stderr.splitlines()
    assert len(lines) == (said is not None)
    assert all(said in line for line in lines)


def test_chunks_of_random_trains_change_no_number(made_calibration, tmp_path):
    card = read_card(ROOT / "experiments/tiny.yaml")
    card["memory_cell"] = {"pulses": 8, "training_trains": 4, "training_replicates": 2}
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(card))
    experiment = load_experiment(tmp_path / "tiny.yaml")
    sample, calibration = path(tmp_path, "sample.nc"), path(tmp_path, "calibration.nc")
    film_rules.sample(CARDS[0], experiment, sample)
    datasets.write(datasets.label(made_calibration), calibration, {"seed": 1})
    made = []
    for first, last in ((0, 3), (0, 1), (1, 3)):
        made.append(path(tmp_path, f"{first}_{last}.nc"))
        neuron_trains(
            *readable_cards((CARDS[0], experiment), neuron_trains, Sections()),
            sample,
            calibration,
            ("training", first, last),
            made[-1],
        )
    whole, *parts = (datasets.read(one) for one in made)
    for name in ("magnetisation_z", "grain_order", "pulse_amplitude", "delay"):
        found = np.concatenate([part[name].values for part in parts])
        np.testing.assert_array_equal(found, whole[name].values)
    assert np.nanstd(whole["magnetisation_z"].values) > 0.01
