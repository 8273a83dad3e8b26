"""Killed runs, edited cards and runs side by side: the last card alone decides the results."""

import os
import random
import shutil
import signal
import time
import uuid

import pytest
import xarray as xr
import yaml

from afterpulse import datasets

pytestmark = pytest.mark.faults
PATIENCE = 1800
SEED = 11
ROUNDS = 8
DAMPING = ("0.1", "0.2")


@pytest.fixture
def own_project(project, tmp_path):
    """Copy of the project whose cards may be edited."""
    return shutil.copytree(project, tmp_path / "project")


def edit(project, damping):
    card = project / "devices/pt_co_irmn.yaml"
    content = yaml.safe_load(card.read_text())
    content["ferromagnet"]["damping"]["value"] = float(damping)
    card.write_text(yaml.safe_dump(content, allow_unicode=True))


def differing(folder, expected):
    """Datasets of two runs that are not equal, by name."""
    found = {path.relative_to(folder): path for path in folder.rglob("*.nc")}
    names = {path.relative_to(expected) for path in expected.rglob("*.nc")}
    # Chunks of earlier cards stay, and nothing reads them.
    return [
        str(name)
        for name in names
        if name not in found
        or not xr.Dataset.identical(
            datasets.read(found[name]).drop_attrs(), datasets.read(expected / name).drop_attrs()
        )
    ]


def kill(kind, run, processes):
    """Kill Snakemake alone, the script of a job, or all processes of a run."""
    victims = {
        "snakemake": [run.pid],
        "script": [number for number, words in processes.items() if "/scripts/tmp" in words][:1],
        "all": list(processes),
    }[kind]
    for victim in victims:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue


def test_last_card_decides_after_any_order_of_kill_edit_and_rerun(
    own_project, start, marked, tmp_path
):
    rng, mark = random.Random(SEED), uuid.uuid4().hex
    disturbed, calm = tmp_path / "disturbed", tmp_path / "calm"
    disturbed.mkdir()
    calm.mkdir()
    edit(own_project, DAMPING[0])
    for number in range(ROUNDS):
        run = start(disturbed, mark, project=own_project)
        # Also while the calibration runs, which all later jobs read.
        time.sleep(rng.uniform(4, 30))
        kill(rng.choice(("snakemake", "snakemake", "script", "all")), run, marked(mark))
        edit(own_project, DAMPING[(number + 1) % 2])
        if rng.random() < 0.5:
            time.sleep(rng.uniform(0, 3))
        if run.poll() is None:
            # Its card was edited under it, and nothing was killed but a script.
            os.kill(run.pid, signal.SIGKILL)
        run.wait(timeout=PATIENCE)
    last = start(disturbed, mark, project=own_project)
    assert last.wait(timeout=PATIENCE) == 0, (disturbed / "stderr").read_text()[-3000:]
    run = start(calm, mark, project=own_project)
    assert run.wait(timeout=PATIENCE) == 0, (calm / "stderr").read_text()[-3000:]
    assert differing(disturbed, calm) == []


def test_jobs_end_with_snakemake(own_project, start, marked, tmp_path):
    mark, deadline = uuid.uuid4().hex, time.monotonic() + PATIENCE
    run = start(tmp_path, mark, project=own_project)
    while not any("/scripts/tmp" in words for words in marked(mark).values()):
        assert time.monotonic() < deadline
        assert run.poll() is None
        time.sleep(0.1)
    time.sleep(2)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    killed = time.monotonic()
    while marked(mark):
        assert time.monotonic() < killed + 30
        time.sleep(0.1)


def test_second_run_of_the_same_files_is_refused(own_project, start, tmp_path):
    first = start(tmp_path, project=own_project)
    while not list((tmp_path / ".snakemake/locks").glob("*.lock")):
        assert first.poll() is None
        time.sleep(0.2)
    second = start(tmp_path, project=own_project)
    assert second.wait(timeout=PATIENCE) == 1
    assert "Directory cannot be locked" in (tmp_path / "stderr").read_text()
    assert first.wait(timeout=PATIENCE) == 0, (tmp_path / "stderr").read_text()[-3000:]
