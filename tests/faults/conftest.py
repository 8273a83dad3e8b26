"""A small experiment of many jobs, run by Snakemake in a folder of its own."""

import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
import yaml

from afterpulse import datasets
from tests.stored import stored_data

ROOT = Path(__file__).parents[2]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
AFTERPULSE = Path(sys.executable).with_name("afterpulse")
MARK = "AFTERPULSE_TEST"
# Seconds; other work may go on on the same cores.
PATIENCE = 1800


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """Copy of the workflow with a card of fourteen chunks."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("workflow", "devices", "experiments", "analysis", "profiles"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "Snakefile", folder)
    card = yaml.safe_load((ROOT / "experiments/tiny.yaml").read_text())
    for unused in ("compare", "inference"):
        del card[unused]
    card["name"] = "faults"
    card["calibration"]["units"] = 1
    card["hysteresis"]["steps"] = 4
    card["numerics"] |= {"points_per_chunk": 1, "micromagnetics": "none"}
    card["sweep"]["initialise"] = ["each"]
    (folder / "experiments/faults.yaml").write_text(yaml.safe_dump(card))
    return folder


@pytest.fixture(scope="session")
def start(project):
    """Function that starts the workflow in a folder; all its processes carry a mark."""
    original = project

    def started(folder, mark="", *more, project=original):
        command = [SNAKEMAKE, "--snakefile", project / "Snakefile", "--directory", folder]
        # As `make run` does; a run that was killed leaves its lock.
        subprocess.run([AFTERPULSE, "unlock"], cwd=folder, capture_output=True, check=False)
        with (folder / "stderr").open("a") as said:
            return subprocess.Popen(
                [*command, "--cores", "2", "--config", "experiment=faults", *more],
                stdout=subprocess.DEVNULL,
                stderr=said,
                env={**os.environ, MARK: mark or uuid.uuid4().hex},
                start_new_session=True,
            )

    return started


@pytest.fixture(scope="session")
def finish(start):
    """Function that runs the workflow in a folder to its end and returns its code and words."""

    def finished(folder, *more):
        before = (folder / "stderr").stat().st_size if (folder / "stderr").exists() else 0
        code = start(folder, "", *more).wait(timeout=PATIENCE)
        return code, (folder / "stderr").read_text()[before:]

    return finished


@pytest.fixture(scope="session")
def marked():
    """Function that finds the command lines of all living processes with a mark, by number."""

    def found(mark):
        lines = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    if f"{MARK}={mark}".encode() in (entry / "environ").read_bytes():
                        words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                        lines[int(entry.name)] = words
                except OSError:
                    continue
        return {number: words for number, words in lines.items() if words}

    return found


@pytest.fixture(scope="session")
def undisturbed(finish, tmp_path_factory):
    """Folder in which the experiment ran to its end; not to be changed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    code, said = finish(folder)
    assert code == 0, said[-3000:]
    return folder


@pytest.fixture(scope="session")
def content():
    """Function that gives all files of a run, datasets as their data and tables as bytes."""

    def of(folder):
        found = {}
        for path in sorted((folder / "results").rglob("*")):
            if path.suffix == ".nc":
                found[path.relative_to(folder).as_posix()] = stored_data(datasets.read(path))
            elif path.is_file():
                found[path.relative_to(folder).as_posix()] = (
                    path.read_bytes() if path.suffix == ".csv" else None
                )
        return found

    return of
