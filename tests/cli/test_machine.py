import os
import shutil

import pytest
from typer.testing import CliRunner

from afterpulse.cli import app
from afterpulse.cli import machine as doctor


def by_name():
    return {finding.name: finding for finding in doctor.examine()}


def test_bare_machine(monkeypatch, tmp_path):
    for name in ("sh", "cat", "rm", "sleep"):
        (tmp_path / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = by_name()
    assert found["engine embedded"].available
    assert not found["engine oommf"].available
    assert "environment.yml" in found["engine oommf"].detail
    assert not found["Slurm"].available
    assert "sbatch" in found["Slurm"].detail


def put(folder, name, script):
    (folder / name).write_text("#!/bin/sh\n" + script)
    (folder / name).chmod(0o755)


def test_oommf_that_refuses_root(monkeypatch, tmp_path):
    put(tmp_path, "oommf", 'echo "Don\'t run OOMMF as root." >&2\nexit 1\n')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert "ordinary account" in by_name()["engine oommf"].detail


def test_oommf_that_ends_well_without_a_run(monkeypatch, tmp_path):
    put(tmp_path, "oommf", '[ "$1" = launchhost ] && echo 15136 || echo "permission denied"\n')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = by_name()["engine oommf"]
    assert not found.available
    assert "expected a table of 1 rows, got 0; its last lines: permission denied" in found.detail


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo slurm-wlm 22.05.8\n", (True, "slurm-wlm 22.05.8")),
        # Installed, and no cluster to be found.
        (
            "echo 'error: no host' >&2\necho 'fatal: no source' >&2\nexit 1\n",
            (False, "fatal: no source"),
        ),
        ("exit 1\n", (False, "no output of sbatch")),
    ],
)
def test_slurm_with_its_plugin(monkeypatch, tmp_path, script, expected):
    put(tmp_path, "sbatch", script)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    real = doctor.importlib.util.find_spec
    monkeypatch.setattr(
        doctor.importlib.util,
        "find_spec",
        lambda name: object() if "slurm" in name else real(name),
    )
    assert by_name()["Slurm"] == doctor.Finding("Slurm", *expected)


def test_command_prints_a_line_for_each_and_ends_well():
    run = CliRunner().invoke(app, ["doctor"])
    assert run.exit_code == 0
    assert len(run.output.splitlines()) == 6


@pytest.mark.skipif(
    shutil.which("oommf") is None or os.geteuid() == 0,
    reason="no oommf command, or root, whom OOMMF refuses",
)
def test_oommf_runs_a_spin():
    assert by_name()["engine oommf"].available
