"""A real run of the workflow on the smallest experiment, a second one that finds nothing to do."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from afterpulse import datasets
from afterpulse.cards.load import read_card
from afterpulse.device import load_device
from afterpulse.timeline import hall
from afterpulse.timeline.reproduction import reproduce

ROOT = Path(__file__).parents[2]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
# test_memory_cell.py looks at these.
OF_CELL = ("neuron/", "cell", "protocols/", "networks/")


def snakemake(folder, *arguments, root=ROOT):
    return subprocess.run(
        [SNAKEMAKE, "--snakefile", root / "Snakefile", "--directory", folder, *arguments],
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    run = snakemake(folder, "--cores", "2", "--config", "experiment=tiny")
    assert run.returncode == 0, run.stderr[-3000:]
    return folder


@pytest.fixture
def results(finished):
    return finished / "results" / "pt_co_irmn" / "tiny"


def copied_project(folder):
    """Copy of the workflow whose cards may be changed."""
    for name in ("workflow", "devices", "experiments"):
        shutil.copytree(ROOT / name, folder / "project" / name)
    shutil.copy(ROOT / "Snakefile", folder / "project")
    return folder / "project"


def reworded(value):
    """Card with other titles, descriptions and sources."""
    if isinstance(value, list):
        return [reworded(each) for each in value]
    if not isinstance(value, dict):
        return value
    texts = ("title", "description", "source")
    return {k: f"Another {v}" if k in texts else reworded(v) for k, v in value.items()}


def reword(project):
    """Change the texts of both cards."""
    for name in ("devices/pt_co_irmn.yaml", "experiments/tiny.yaml"):
        content = reworded(read_card(project / name))
        (project / name).write_text(yaml.safe_dump(content, sort_keys=False))


def first_chunk(results):
    name = pd.read_csv(results / "plan.csv")["chunk"][0]
    return results / "trajectories" / f"{name}.nc"


def test_all_figures_and_tables_are_there(results):
    single = (
        "fig1a",
        "fig1b",
        "fig2",
        "retention_map",
        "domains",
        "exchange_bias",
        "blocking",
        "calibration",
    )
    for name in (*single, "mechanisms"):
        assert (results / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (results / "figures" / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    assert "</html>" in (results / "explore.html").read_text(encoding="utf-8")
    assert (results / "figures" / "animation.gif").read_bytes().startswith(b"GIF89a")
    assert "<img" in (results / "figures" / "animation.html").read_text()
    for name in ("retention", "trains", "failed"):
        assert "<table" in (results / "tables" / f"{name}.html").read_text(encoding="utf-8")
    for name in ("plan.csv", "decay.csv", "retention.csv", "trains.csv"):
        assert len(pd.read_csv(results / name)) > 0
    assert len(pd.read_csv(results / "failed.csv")) == 0


def documented(document):
    """Variables with their dimensions of each dataset's section of docs/data.md."""
    layout = document.split("\n## Layout\n")[1].split("\n## ")[0]
    found = {}
    for section in layout.split("\n### ")[1:]:
        heading, _, rows = section.partition("\n")
        found[heading.strip("`")] = {
            (name, "" if dims == "none" else dims)
            for dims, names in re.findall(r"^\| ([a-z_, ]+) \| (`.*`) \|$", rows, re.MULTILINE)
            for name in re.findall("`([a-z_]+)`", names)
        }
    return found


def test_document_lists_every_variable_with_its_dimensions(results):
    listed = documented((ROOT / "docs" / "data.md").read_text())
    names = {
        "trains/ltp.nc": "trains/<label>.nc",
        "trajectories/": "trajectories/<chunk>.nc",
        "refined/": "trajectories/<chunk>.nc",
        "mechanisms/bank_": "mechanisms/bank_<n>.nc",
    }
    # Fields have a test of their own (tests/timeline/test_stored_fields.py).
    others = (*OF_CELL, "fields/")
    listed = {name: rows for name, rows in listed.items() if not name.startswith(others)}
    seen = {name: set() for name in listed}
    for file in results.rglob("*.nc"):
        name = re.sub(r"^(sample|ground_state)_\d+", r"\1", file.relative_to(results).as_posix())
        name = re.sub(r"(\d+|c[0-9a-f]{12})\.nc", "", name)
        with xr.open_dataset(file) as dataset:
            seen[names.get(name, name)] |= {
                (str(variable), ", ".join(map(str, of.dims)))
                for variable, of in dataset.variables.items()
            }
    # The experiment touches every part but the memory cell, so that nothing is listed that is not
    # there either.
    assert seen == listed


def test_examples_of_the_document_run(results, tmp_path, monkeypatch):
    folder = tmp_path / "results" / "pt_co_irmn"
    folder.mkdir(parents=True)
    (folder / "demo").symlink_to(results)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    document = (ROOT / "docs" / "data.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    names = {}
    # That of Zarr needs a package that afterpulse does not, that of fields an experiment with some.
    for example in (each for each in examples if not re.search("zarr|discretised", each)):
        exec(example, names)
    assert names["voltage"].shape == names["points"]["time"].shape


def test_all_trajectories_open_as_one_dataset(results):
    files = sorted((results / "trajectories").glob("*.nc"))
    plan = pd.read_csv(results / "plan.csv").set_index("point")
    with xr.open_mfdataset(
        files,
        combine="nested",
        concat_dim="point",
        join="outer",
        data_vars="minimal",
        coords="minimal",
        compat="override",
    ) as points:
        assert points["magnetisation_z"].dims == ("point", "step")
        assert points["magnetisation_z"].chunks is not None
        assert points["magnetisation_z"].attrs["units"] == "1"
        assert sorted(points["point"].values) == sorted(plan.index)
        asked = plan.loc[points["point"].values]
        np.testing.assert_array_equal(points["protocol"], asked["protocol"])
        np.testing.assert_array_equal(points["replicate"], asked["replicate"])


def test_stored_units_give_the_stored_voltage_of_the_kinetics(results):
    device = load_device(ROOT / "devices" / "pt_co_irmn.yaml")
    bar = device.hall_bar
    assert bar.read_noise.value == 0
    with datasets.opened(first_chunk(results)) as points:
        rise = points["temperature"] - points["temperature"][0, 0]
        voltage = hall.hall_voltage_of_units(
            points["unit_state"],
            datasets.read(results / "sample.nc")["unit_area"],
            bar.read_current.value,
            xr.apply_ufunc(device.anomalous_hall_resistance, points["temperature"]),
            bar.offset_resistance.value + bar.offset_drift.value * rise,
        )
        of_kinetics = (points["engine"] == "kinetics").values
        assert of_kinetics.sum() > 200
        stored = points["anomalous_hall_voltage"].values[of_kinetics]
    np.testing.assert_allclose(voltage.values[of_kinetics], stored, rtol=1e-12)
    assert stored.std() > 1e-7


def test_every_dataset_opens_with_plain_xarray_and_has_units(results):
    files = sorted(results.rglob("*.nc"))
    assert {"ahe.nc", "walk.nc", "compare.nc", "decay.nc", "sample.nc"} <= {f.name for f in files}
    for file in files:
        with xr.open_dataset(file) as dataset:
            assert {"device_card", "experiment_card", "seed"} <= set(dataset.attrs)
            for name, variable in dataset.variables.items():
                assert variable.attrs["standard_name"] == name
                assert variable.attrs["long_name"]
                # xarray keeps the units of a time in the encoding once it has decoded it.
                units = variable.attrs.get("units", variable.encoding.get("units"))
                assert units is not None, (file.name, name)


def test_sweep_has_the_promised_layout(results):
    with xr.open_dataset(results / "ahe.nc", decode_timedelta=False) as ahe:
        dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
        assert ahe["anomalous_hall_voltage"].dims == dims
        assert ahe["anomalous_hall_voltage"].attrs["units"] == "V"
        # The card's amplitudes at both widths, and those of the refinement at theirs.
        there = ahe["anomalous_hall_voltage"].notnull()
        assert (there.all(("replicate", "delay")) == there.any(("replicate", "delay"))).all()
        of_card = np.isin(np.round(ahe["relative_amplitude"], 9), [0.5, 0.9, 1.1])
        assert there.isel(pulse_amplitude=of_card).all()
        assert 1 <= np.count_nonzero(~of_card) <= 4
        assert 0.5 in ahe["delay"].values
        assert {"temperature", "magnetisation_z", "seed", "current_density"} <= set(ahe)
        assert ahe["loop_exchange_bias"].dims == (*dims[:-1], "loop")


def test_both_engines_wrote_the_first_trajectories(results):
    with xr.open_dataset(first_chunk(results)) as chunk:
        assert {"embedded", "kinetics"} <= set(chunk["engine"].values.ravel())


def test_progress_is_in_the_logs(results):
    log = (results / "logs" / "trajectories" / f"{first_chunk(results).stem}.log").read_text()
    assert re.search(r"12 points done in \d", log)


def test_points_come_out_again_one_by_one(results):
    found = reproduce(results, 6, 4)
    assert len(found) == 6
    assert all(different == [] for different in found.values())
    # By LLG and by kinetics.
    plan = pd.read_csv(results / "plan.csv").set_index("point")
    assert set(plan.loc[list(found), "micromagnetics"]) == {"edges", "none"}


def test_touched_cards_and_other_texts_compute_nothing(finished, results, tmp_path):
    project = copied_project(tmp_path)
    for name in ("devices/pt_co_irmn.yaml", "experiments/tiny.yaml"):
        (project / name).touch()
    run = snakemake(finished, "--dry-run", "--config", "experiment=tiny", root=project)
    assert "Nothing to be done" in run.stdout + run.stderr
    reword(project)
    run = snakemake(finished, "--dry-run", "--config", "experiment=tiny", root=project)
    assert run.returncode == 0
    assert "Nothing to be done" in run.stdout + run.stderr


def test_changed_section_computes_the_rules_that_read_it(finished, tmp_path):
    project = copied_project(tmp_path)
    card = project / "experiments/tiny.yaml"
    card.write_text(card.read_text().replace('activation_time: "1 s"', 'activation_time: "2 s"'))
    run = snakemake(finished, "--dry-run", "--config", "experiment=tiny", root=project)
    said = run.stdout + run.stderr
    counts = dict(re.findall(r"^(\w+) +(\d+)$", said, re.MULTILINE))
    assert counts == {"blocking": "1", "figure": "1", "all": "1", "total": "3"}


def test_amplitude_that_joins_a_sweep_is_all_that_is_computed(finished, results, tmp_path):
    project = copied_project(tmp_path)
    card = project / "experiments/tiny.yaml"
    card.write_text(card.read_text().replace('["0.5 I_c", ', '["0.5 I_c", "0.7 I_c", '))
    run = snakemake(finished, "--dry-run", "--config", "experiment=tiny", root=project)
    said = run.stdout + run.stderr
    # The table of jobs is printed first and last.
    count, *_ = re.findall(r"^trajectories +(\d+)$", said, re.MULTILINE)
    # Of the sweep 2 widths x 2 replicates on each of 2 samples, one job a sample; of the walk all
    # 4, since it goes over other amplitudes now; of the comparison twice the sweep's.
    assert int(count) == 2 * (1 + 1 + 1)
    assert not re.search(r"^(sample|ground_state|calibration) ", said, re.MULTILINE)


def test_second_run_has_nothing_to_do(finished, results):
    before = {file: file.stat().st_mtime_ns for file in results.rglob("*.nc")}
    run = snakemake(finished, "--cores", "2", "--config", "experiment=tiny")
    assert run.returncode == 0
    assert "Nothing to be done" in run.stdout + run.stderr
    assert before == {file: file.stat().st_mtime_ns for file in results.rglob("*.nc")}


READS = (
    ("-n",),
    ("-np",),
    ("-nq",),
    ("--summary",),
    ("--list-rules",),
    ("--lint",),
    ("--dag",),
    ("--unlock",),
    ("--cores", "1", "--until", "no_such_rule"),
)


def flip_a_bit(path):
    with h5py.File(path) as file:
        found = file["magnetisation_z"].id.get_chunk_info(0)
    raw = bytearray(path.read_bytes())
    raw[found.byte_offset + found.size // 2] ^= 8
    path.write_bytes(raw)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:5000])


def derive(results):
    """Save datasets of a user, which xarray gives the attributes of ours, and a foreign file."""
    with xr.open_dataset(results / "ahe.nc", decode_timedelta=False) as ahe:
        ahe.mean("replicate").to_netcdf(results / "my_mean.nc", engine="h5netcdf")
    (results / "notes.nc").write_text("not a dataset at all")


@pytest.fixture
def spoilt(finished, tmp_path):
    """Copy of the results with damaged datasets, datasets of the user and foreign files."""
    folder = tmp_path / "spoilt"
    for name in ("results", ".snakemake"):
        shutil.copytree(finished / name, folder / name, copy_function=shutil.copy2)
    results = folder / "results" / "pt_co_irmn" / "tiny"
    derive(results)
    for path, spoil in ((results / "ahe.nc", flip_a_bit), (first_chunk(results), cut_short)):
        before = path.stat()
        spoil(path)
        # As damage by a disk, which leaves the date.
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return folder


def digests_of(folder):
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (folder / "results").rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("options", READS, ids=" ".join)
def test_call_that_should_not_write_changes_no_file(spoilt, options):
    before = digests_of(spoilt)
    snakemake(spoilt, *options, "--config", "experiment=tiny")
    assert digests_of(spoilt) == before


def test_damaged_input_is_named_with_the_command_that_computes_it_again(spoilt):
    results = spoilt / "results" / "pt_co_irmn" / "tiny"
    chunk = first_chunk(results).relative_to(spoilt)
    (results / "failed.csv").unlink()
    before = digests_of(spoilt)
    run = snakemake(spoilt, "--cores", "1", "--config", "experiment=tiny")
    assert run.returncode == 1
    said = [line.partition(": ")[2] for line in run.stderr.splitlines() if str(chunk) in line]
    assert any(line.startswith(f"{chunk}: damaged or cut short (") for line in said)
    (line,) = {line for line in said if line.startswith("to compute it again: ")}
    assert line == (
        f"to compute it again: snakemake --cores 2 --config experiment=tiny --forcerun {chunk}"
    )
    after = digests_of(spoilt)
    assert {path: after[path] for path in before if path.suffix == ".nc"} == {
        path: digest for path, digest in before.items() if path.suffix == ".nc"
    }
    command = line.removeprefix("to compute it again: snakemake ").split()
    run = snakemake(spoilt, *command)
    assert run.returncode == 0, run.stderr[-3000:]
    # Chunk and sweep are whole again, and the files of the user are where they were.
    datasets.read(spoilt / chunk)
    datasets.read(results / "ahe.nc")
    for name in ("my_mean.nc", "notes.nc"):
        path = (results / name).relative_to(spoilt)
        assert digests_of(spoilt)[path] == before[path]


@pytest.fixture
def aged(finished, tmp_path):
    """Copy of the results in which all datasets are older than any card and any line of code."""
    shutil.copytree(finished / "results", tmp_path / "results")
    for file in (tmp_path / "results").rglob("*.nc"):
        os.utime(file, (1, 1))
    return tmp_path


def test_figures_are_drawn_anew_without_simulation(aged):
    results = aged / "results" / "pt_co_irmn" / "tiny"
    before = {file: file.stat().st_mtime_ns for file in results.rglob("*.*")}
    drawn = [file for file in before if file.parent == results / "figures"]
    assert len(drawn) == 24
    drawn[0].unlink()
    run = snakemake(aged, "figures", "--cores", "1", "--config", "experiment=tiny")
    assert run.returncode == 0, run.stderr[-3000:]
    after = {file: file.stat().st_mtime_ns for file in results.rglob("*.*")}
    assert {file for file in after if after[file] != before.get(file)} == {
        *drawn,
        results / "explore.html",
        results / "logs" / "figures" / "figures.log",
    }


def test_figures_say_in_one_line_which_dataset_is_missing(aged):
    results = aged / "results" / "pt_co_irmn" / "tiny"
    (results / "walk.nc").unlink()
    before = set(results.rglob("*"))
    run = snakemake(
        aged, "figures", "--cores", "1", "--quiet", "all", "--config", "experiment=tiny"
    )
    assert run.returncode == 2
    (line,) = [line for line in run.stderr.splitlines() if not line.startswith("Using workflow")]
    assert line == (
        "no figures: results/pt_co_irmn/tiny/walk.nc missing; snakemake --cores 2 --config "
        "device=pt_co_irmn experiment=tiny computes it"
    )
    assert set(results.rglob("*")) == before


def test_own_profile_loads_by_itself(finished):
    run = snakemake(finished, "--dry-run", "--config", "experiment=tiny")
    assert "Using workflow specific profile" in run.stdout + run.stderr
    profile = yaml.safe_load((ROOT / "profiles/default/profile.yaml").read_text())
    assert profile["rerun-incomplete"] is True
    # Two runs of the same files would remove each other's.
    assert "nolock" not in profile


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("device=../../etc/passwd", "config device: expected the name of a card"),
        ("device=no_such_device", "no_such_device.yaml"),
        ("experiment='$(touch x)'", "config experiment: expected the name of a card"),
        ("devcie=ptmn_copd", "config 'devcie': expected device, got an unknown key"),
        ("Device=ptmn_copd", "config 'Device': expected device, got an unknown key"),
        ("experiments=tiny", "config 'experiments': expected experiment, got an unknown key"),
        ("engin=oommf", "config 'engin': expected engine, got an unknown key"),
        ("colour=1", "config 'colour': expected one of device, experiment, engine, mnist, got"),
    ],
)
def test_bad_config_gives_one_message_and_exit_code_2(tmp_path, config, said):
    run = snakemake(tmp_path, "--cores", "1", "--config", config)
    assert run.returncode == 2
    assert said in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "results").exists()


def test_memory_cell_asks_for_its_trains_protocols_and_tables(tmp_path):
    run = snakemake(tmp_path, "--dry-run", "--config", "experiment=memory_cell")
    assert run.returncode == 0, run.stderr
    said = run.stdout + run.stderr
    counts = dict(re.findall(r"^(\w+) +(\d+)$", said, re.MULTILINE))
    # Two of training, two held out, four other films; a protocol a job.
    asked = {"neuron_trains": "8", "cell": "1", "protocol": "7", "protocols": "1", "energy": "1"}
    # Four waits and what knows none; without a file of MNIST no more.
    asked |= {"network": "5", "networks": "1"}
    assert {rule: counts[rule] for rule in asked} == asked
    assert counts["figure"] == "4"


def test_variants_have_a_table_of_their_own_beside_those_of_each(tmp_path):
    project = copied_project(tmp_path)
    card = project / "experiments/tiny.yaml"
    couplings = 'device.antiferromagnet.interface_coupling: ["0.06 mJ/m^2", "0.07 mJ/m^2"]'
    card.write_text(card.read_text() + f"\nvary:\n  grid:\n    {couplings}\n")
    run = snakemake(tmp_path, "--dry-run", "--config", "experiment=tiny", root=project)
    assert run.returncode == 0, run.stderr
    counts = dict(re.findall(r"^(\w+) +(\d+)$", run.stdout + run.stderr, re.MULTILINE))
    # Failed points, retention, trains and mechanisms of both.
    assert (counts["variants"], counts["table_page"]) == ("1", str(2 * 4 + 1))


def test_only_variants_that_are_compared_are_read_for_the_comparison(tmp_path):
    project = copied_project(tmp_path)
    card = project / "experiments/tiny.yaml"
    field = "device.ferromagnet.damping"
    varied = f"""
vary:
  rows: [{{{field}: 0.11}}]
  hypotheses: {{one: {{}}, two: {{{field}: 0.12}}}}
  conditions: {{warm: {{device.heat_path.ambient_temperature: "320 K"}}}}
"""
    card.write_text(card.read_text() + varied)
    run = snakemake(tmp_path, "--dry-run", "--config", "experiment=tiny", root=project)
    assert run.returncode == 0, run.stderr
    (inputs,) = re.findall(r"^rule deciding:\n +input: (.*)$", run.stdout, re.M)
    trains = [path for path in inputs.split(", ") if "/trains/" in path]
    assert len({path.split("/trains/")[0] for path in trains}) == 4
    assert len(re.findall(r"^rule calibration:$", run.stdout, re.M)) == 5


def test_wrong_card_stops_the_workflow_with_its_field(tmp_path):
    project = copied_project(tmp_path)
    card = project / "devices" / "pt_co_irmn.yaml"
    card.write_text(card.read_text().replace('value: "1.1 nm"', 'value: "1.1 mT"'))
    run = subprocess.run(
        [SNAKEMAKE, "--directory", project, "--snakefile", project / "Snakefile", "--cores", "1"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 2
    assert "pt_co_irmn.yaml: ferromagnet.thickness" in run.stderr
    assert "Traceback" not in run.stderr
