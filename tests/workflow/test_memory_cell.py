"""A memory cell read off the smallest film by the workflow; its figures mean nothing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from afterpulse import datasets
from afterpulse.neuron import dataset, protocols
from tests.workflow.test_workflow import documented, reword

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
SMALL = {
    "pulses": 3,
    "training_trains": 4,
    "training_replicates": 2,
    "held_out_trains": 2,
    "held_out_replicates": 2,
    "devices": 2,
    "device_trains": 2,
    "protocol_replicates": 2,
    "reservoir_inputs": 60,
}
NETWORK = {
    "neurons": 4,
    "epochs": 2,
    "seeds": 2,
    "pulse_width": "1 ms",
    "waits": ["100 ms"],
    "mnist_wait": "100 ms",
    "leak": "2 s",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("memory_cell")
    for name in ("workflow", "devices", "experiments"):
        shutil.copytree(ROOT / name, folder / name)
    # The figures are drawn beside the workflow.
    shutil.copytree(ROOT / "analysis", folder / "analysis")
    shutil.copy(ROOT / "Snakefile", folder)
    card = yaml.safe_load((ROOT / "experiments/tiny.yaml").read_text())
    for unused in ("sweep", "trains", "compare", "inference", "blocking", "hysteresis"):
        del card[unused]
    card |= {"memory_cell": SMALL, "network": NETWORK}
    # Two trains a job.
    card["numerics"]["points_per_chunk"] = 4
    (folder / "experiments/tiny.yaml").write_text(yaml.safe_dump(card))
    return folder


@pytest.fixture(scope="module")
def results(project):
    run = subprocess.run(
        [SNAKEMAKE, "--snakefile", project / "Snakefile", "--directory", project]
        + ["--cores", "2", "--config", "experiment=tiny"],
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return project / "results/pt_co_irmn/tiny"


def test_cell_figures_and_tables_are_there(results):
    for name in ("memory_cell", "protocols", "networks"):
        assert (results / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (results / "figures" / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    cell, _ = dataset.from_dataset(datasets.read(results / "cell.nc"))
    assert cell.grain_class.shape == (16, 4)
    errors = pd.read_csv(results / "cell.csv")
    assert len(errors) == 4
    assert np.all(errors["over_swing"] > 0)
    table = pd.read_csv(results / "protocols.csv")
    assert list(dict.fromkeys(table["protocol"])) == list(protocols.PROTOCOLS)
    assert set(pd.read_csv(results / "energy.csv")["kind"]) == {"input", "energy", "published"}
    assert len(list((results / "neuron").glob("*.nc"))) == 2 + 1 + 2
    accuracies = pd.read_csv(results / "networks.csv")
    assert set(accuracies["tested"]) == {
        *("device", "other_device", "surrogate"),
        *("leaky", "memoryless", "lstm"),
    }
    assert set(accuracies["seeds"]) == {2}
    assert accuracies["accuracy"].between(0, 1).all()


def test_document_lists_every_variable_with_its_dimensions(results):
    listed = documented((ROOT / "docs" / "data.md").read_text())
    for files, name in (
        ("neuron/*.nc", "neuron/<part>.nc"),
        ("protocols/*.nc", "protocols/<protocol>.nc"),
        ("networks/wait_*.nc", "networks/<part>.nc"),
    ):
        for file in results.glob(files):
            with xr.open_dataset(file) as found:
                rows = {
                    (str(variable), ", ".join(map(str, of.dims)))
                    for variable, of in found.variables.items()
                }
            assert rows == listed[name], file.name


def test_second_run_has_nothing_to_do(project, results):
    run = subprocess.run(
        [SNAKEMAKE, "--snakefile", project / "Snakefile", "--directory", project]
        + ["--cores", "1", "--dry-run", "--config", "experiment=tiny"],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "Nothing to be done" in run.stdout + run.stderr


def test_other_texts_compute_only_the_table_of_their_sources(project, results):
    reword(project)
    run = subprocess.run(
        [SNAKEMAKE, "--snakefile", project / "Snakefile", "--directory", project]
        + ["--dry-run", "--config", "experiment=tiny"],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    counts = dict(re.findall(r"^(\w+) +(\d+)$", run.stdout, re.MULTILINE))
    assert counts == {"energy": "1", "table_page": "1", "all": "1", "total": "3"}
