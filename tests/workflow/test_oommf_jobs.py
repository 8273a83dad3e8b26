"""Fifty jobs with OOMMF: nothing is left of them, and killing at any moment changes no number."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
import xarray as xr
import yaml

ROOT = Path(__file__).parents[2]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
AFTERPULSE = SNAKEMAKE.with_name("afterpulse")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("oommf") is None or os.geteuid() == 0,
        reason="no oommf command, or root, whom OOMMF refuses",
    ),
]
MARK = "AFTERPULSE_TEST"
# OOMMF, the job, snakemake with what it starts jobs by.
KILLED = ("app/oxs/", "/scripts/tmp", "--snakefile")
MOMENTS = 10
# Seconds: the calibration comes before the first trajectory.
PATIENCE = 1800


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Copy of the workflow with a card of fifty points, a job each."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("workflow", "devices", "experiments", "analysis"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "Snakefile", folder)
    card = yaml.safe_load((ROOT / "experiments/tiny.yaml").read_text())
    for unused in ("compare", "trains", "inference", "blocking", "hysteresis"):
        del card[unused]
    card |= {"name": "fifty", "engine": "oommf", "replicates": 10}
    card["sweep"] |= {
        "pulse_amplitude": ["0.3 I_c", "0.5 I_c", "0.7 I_c", "0.9 I_c", "1.1 I_c"],
        "pulse_width": ["1 ms"],
        "initialise": ["each"],
    }
    card["numerics"] |= {
        "points_per_chunk": 1,
        "leading_edge": "20 ps",
        "trailing_edge": "20 ps",
    }
    (folder / "experiments/fifty.yaml").write_text(yaml.safe_dump(card))
    return folder


def start(project, folder, mark):
    """Start the workflow in a folder; all its processes carry the mark."""
    (folder / "tmp").mkdir(exist_ok=True)
    command = [SNAKEMAKE, "--snakefile", project / "Snakefile", "--directory", folder]
    # As `make run` does; a run that was killed leaves its lock.
    subprocess.run([AFTERPULSE, "unlock"], cwd=folder, capture_output=True, check=False)
    return subprocess.Popen(
        [*command, "--cores", "2", "--config", "experiment=fifty", "--quiet"],
        stdout=subprocess.DEVNULL,
        stderr=(folder / "stderr").open("w"),
        env={**os.environ, MARK: mark, "TMPDIR": str(folder / "tmp")},
        start_new_session=True,
    )


def marked(mark):
    """Command lines of all living processes with a mark, by number."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if f"{MARK}={mark}".encode() in (entry / "environ").read_bytes():
                    words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found[int(entry.name)] = words
            except OSError:
                continue
    return {number: words for number, words in found.items() if words}


def left_by_jobs(folder):
    """Temporary files, without the folders of snakemakes that were killed themselves."""
    return [path for path in (folder / "tmp").iterdir() if not path.name.startswith("snakemake")]


def assert_nothing_left(folder, mark, patience=60):
    deadline = time.monotonic() + patience
    while (marked(mark) or left_by_jobs(folder)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert marked(mark) == {}
    assert left_by_jobs(folder) == []
    assert not list(folder.rglob(".*.nc"))


@pytest.fixture(scope="module")
def undisturbed(project, tmp_path_factory):
    folder, mark = tmp_path_factory.mktemp("undisturbed"), uuid.uuid4().hex
    run = start(project, folder, mark)
    assert run.wait(timeout=3600) == 0, (folder / "stderr").read_text()[-3000:]
    assert_nothing_left(folder, mark, patience=2)
    return folder / "results/pt_co_irmn/fifty"


def test_fifty_jobs_leave_no_process_and_no_file(undisturbed):
    assert len(list((undisturbed / "trajectories").glob("c*.nc"))) == 50


def test_killing_at_ten_moments_changes_no_number(project, undisturbed, tmp_path):
    mark = uuid.uuid4().hex
    results = tmp_path / "results/pt_co_irmn/fifty"
    killed = []
    run = start(project, tmp_path, mark)
    for moment, pattern in zip(range(MOMENTS), itertools.cycle(KILLED)):
        # Some jobs after the last moment, and then a little later each time.
        wanted, deadline = 4 * (moment + 1), time.monotonic() + PATIENCE
        while len(list(results.glob("trajectories/c*.nc"))) < wanted:
            assert time.monotonic() < deadline
            if run.poll() is not None:
                run = start(project, tmp_path, mark)
            time.sleep(0.1)
        time.sleep(0.3 * moment)
        while not (victims := [n for n, words in marked(mark).items() if pattern in words]):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        killed.append(pattern)
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
    assert len(killed) == MOMENTS
    run.wait(timeout=PATIENCE)
    assert start(project, tmp_path, mark).wait(timeout=3600) == 0, (
        tmp_path / "stderr"
    ).read_text()[-3000:]
    assert_nothing_left(tmp_path, mark)
    with (
        xr.open_dataset(undisturbed / "ahe.nc") as expected,
        xr.open_dataset(results / "ahe.nc") as found,
    ):
        xr.testing.assert_equal(found, expected)
