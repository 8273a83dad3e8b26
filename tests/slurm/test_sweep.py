"""Two hundred points through a real Slurm, on which things go wrong: the same numbers as here."""

import importlib.util
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from statistics import median

import pandas as pd
import pytest
import xarray as xr
import yaml

from afterpulse import datasets
from tests.stored import stored_data

ROOT = Path(__file__).parents[2]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(
        importlib.util.find_spec("snakemake_executor_plugin_slurm") is None,
        reason="no snakemake-executor-plugin-slurm: pip install -r requirements-slurm.txt",
    ),
]
RESULTS = "results/pt_co_irmn/two_hundred"
POINTS, CHUNK = 200, 20
PATIENCE = 3600


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Copy of the workflow with a card of two hundred points, twenty a job."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("workflow", "devices", "experiments", "analysis", "profiles"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "Snakefile", folder)
    card = yaml.safe_load((ROOT / "experiments/tiny.yaml").read_text())
    for unused in ("compare", "trains", "inference", "blocking", "hysteresis"):
        del card[unused]
    # How many points it adds is not known beforehand.
    del card["sweep"]["refine"]
    card |= {"name": "two_hundred", "replicates": 5}
    card["sweep"] |= {
        "pulse_amplitude": [f"0.{number} I_c" for number in range(2, 10)] + ["1.0 I_c", "1.1 I_c"],
        "pulse_width": ["10 us", "100 us", "1 ms", "10 ms"],
        "initialise": ["each"],
    }
    card["numerics"] |= {"points_per_chunk": CHUNK, "micromagnetics": "none"}
    (folder / "experiments/two_hundred.yaml").write_text(yaml.safe_dump(card))
    return folder


def command(project, folder, *options):
    return [
        *(SNAKEMAKE, "--snakefile", project / "Snakefile", "--directory", folder),
        *("--config", "experiment=two_hundred"),
        *options,
        *("--", f"{RESULTS}/decay.nc"),
    ]


@pytest.fixture(scope="module")
def local(project, tmp_path_factory):
    """Results of this machine without Slurm."""
    folder = tmp_path_factory.mktemp("local")
    began = time.monotonic()
    run = subprocess.run(
        command(project, folder, "--cores", "2"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    print(f"without Slurm: {time.monotonic() - began:.0f} s")
    return folder / RESULTS


def chunks_of(results):
    return {path.name for path in results.glob("trajectories/*.nc")}


def overhead(results, tasks):
    """Times of the chunks' jobs on a node, and without what their scripts take of it (s)."""
    whole = median(
        (datetime.fromisoformat(task["end"]) - datetime.fromisoformat(task["start"])).seconds
        for task in tasks
        if task["state"] == "COMPLETED" and task["comment"].startswith("rule_trajectories")
    )
    scripts = median(
        float(pd.read_csv(path, sep="\t")["s"].iloc[0])
        for path in results.glob("benchmarks/trajectories/*.tsv")
    )
    return whole, whole - scripts


@pytest.fixture(scope="module")
def disturbed(project, cluster, tmp_path_factory):
    """Results of Slurm: one node is drained and one running job cancelled meanwhile."""
    folder = tmp_path_factory.mktemp("slurm")
    results = folder / RESULTS
    log = folder / "log"
    began = time.monotonic()
    run = subprocess.Popen(
        command(
            project,
            folder,
            *("--profile", project / "profiles/slurm"),
            *("--slurm-init-seconds-before-status-checks", "5", "--latency-wait", "10"),
        ),
        stdout=log.open("w"),
        stderr=subprocess.STDOUT,
        env=cluster.environment,
    )

    def running(node):
        return [
            task["id"]
            for task in cluster.tasks()
            if task["state"] == "RUNNING"
            and task["node"] == node
            and task["comment"].startswith("rule_trajectories")
        ]

    def wait_for(look, what):
        deadline = time.monotonic() + PATIENCE
        while not (found := look()):
            assert run.poll() is None, f"no {what}, Snakemake has ended: {log.read_text()[-3000:]}"
            assert time.monotonic() < deadline, f"no {what}: {log.read_text()[-3000:]}"
            time.sleep(0.5)
        return found

    try:
        wait_for(lambda: len(chunks_of(results)) >= 3, "first chunks")
        wait_for(lambda: running("second"), "job on the second node")
        cluster("scontrol", "update", "NodeName=second", "State=DRAIN", "Reason=test")
        drained_at, before = len(chunks_of(results)), running("first")
        (cancelled,) = wait_for(
            lambda: [task for task in running("first") if task not in before],
            "new job on the first node",
        )
        # It takes ten seconds at least, most of them to start.
        time.sleep(3)
        cluster("scancel", cancelled)
        run.wait(timeout=PATIENCE)
    finally:
        run.kill()
        run.wait()
    print(f"with Slurm: {time.monotonic() - began:.0f} s, {drained_at} chunks before the drain")
    said = log.read_text()
    assert run.returncode == 0, said[-3000:]
    tasks = cluster.tasks()
    whole, beside = overhead(results, tasks)
    print(f"{len(tasks)} jobs; a chunk's takes {whole:.0f} s, {beside:.0f} s beside its script")
    return {"results": results, "said": said, "cancelled": cancelled, "tasks": tasks}


def test_cancelled_job_ran_again(disturbed):
    states = {task["id"]: task["state"] for task in disturbed["tasks"]}
    assert states[disturbed["cancelled"]] == "CANCELLED"
    assert f"'{disturbed['cancelled']}' failed, SLURM status is: 'CANCELLED'" in disturbed["said"]
    assert "Trying to restart job" in disturbed["said"]


def test_drained_node_got_no_more_jobs(disturbed, cluster):
    state = cluster("sinfo", "--nodes=second", "--noheader", "--format=%T").strip()
    assert state == "drained"
    nodes = [task["node"] for task in sorted(disturbed["tasks"], key=lambda task: task["start"])]
    assert "second" in nodes
    last = len(nodes) - nodes[::-1].index("second")
    # Some of the chunks and all that follows from them came after it.
    assert len(nodes[last:]) >= 3
    assert set(nodes[last:]) == {"first"}


def test_chunks_were_a_job_array(disturbed):
    chunks = [task for task in disturbed["tasks"] if task["comment"].startswith("rule_traj")]
    arrays = {task["id"].split("_")[0] for task in chunks if "_" in task["id"]}
    assert len(arrays) == 1
    # The cancelled one ran again by itself.
    assert len(chunks) == POINTS // CHUNK + 1


def test_all_points_are_there(disturbed):
    results = disturbed["results"]
    counts = []
    for path in results.glob("trajectories/*.nc"):
        with xr.open_dataset(path) as chunk:
            counts.append(chunk.sizes["point"])
    assert counts == [CHUNK] * (POINTS // CHUNK)
    with xr.open_dataset(results / "ahe.nc") as ahe:
        voltage = ahe["anomalous_hall_voltage"]
        assert voltage.isel(delay=0).size == POINTS
        assert voltage.notnull().all()


def test_every_dataset_equals_that_without_slurm(disturbed, local):
    def names(results):
        return {path.relative_to(results) for path in results.rglob("*.nc")}

    assert names(disturbed["results"]) == names(local)
    for name in names(local):
        expected, found = datasets.read(local / name), datasets.read(disturbed["results"] / name)
        xr.testing.assert_identical(found.drop_attrs(), expected.drop_attrs())
        assert stored_data(found) == stored_data(expected)
