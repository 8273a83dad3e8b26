"""The lock of a killed run, and of one that is alive."""

import subprocess
import sys
from pathlib import Path

from afterpulse import datasets


def test_lock_of_a_killed_run_is_removed_and_that_of_a_living_run_is_not(tmp_path):
    locks = tmp_path / ".snakemake/locks"
    records = tmp_path / ".snakemake/afterpulse_runs"
    for folder in (locks, records):
        folder.mkdir(parents=True)
    sleeper = subprocess.Popen(["sleep", "600"])
    unlock = [Path(sys.executable).with_name("afterpulse"), "unlock"]
    try:
        (locks / "0.input.lock").touch()
        (records / f"{datasets.host_name()}-{sleeper.pid}").touch()
        alive = subprocess.run(unlock, cwd=tmp_path, capture_output=True, text=True)
        assert (alive.returncode, "is alive" in alive.stderr) == (2, True)
        assert list(locks.iterdir())
    finally:
        sleeper.kill()
        sleeper.wait()
    (records / "elsewhere-1").touch()
    other = subprocess.run(unlock, cwd=tmp_path, capture_output=True, text=True)
    assert (other.returncode, "the machine elsewhere" in other.stderr) == (2, True)
    (records / "elsewhere-1").unlink()
    done = subprocess.run(unlock, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "removed the lock of a run that was killed\n")
    assert not list(locks.iterdir())
