"""What the scripts of profiles/kubernetes say to kubectl, and what they make of its answers."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

SCRIPTS = Path(__file__).parents[2] / "profiles/kubernetes"


def call(folder, kubectl, script, *arguments):
    """Run a script where kubectl is a few lines of shell; return what it prints."""
    command = folder / "kubectl"
    command.write_text(f"#!/bin/sh\n{kubectl}\n")
    command.chmod(0o755)
    return subprocess.run(
        [SCRIPTS / script, *arguments],
        env={"PATH": f"{folder}:{os.environ['PATH']}"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.strip()


def test_a_job_runs_the_script_in_this_folder_with_its_cores_and_memory(tmp_path):
    said = call(tmp_path, "cat > manifest; echo job.batch/one", "submit", "2", "1500", "/a/job.sh")
    assert said == "job.batch/one"
    job = yaml.safe_load((tmp_path / "manifest").read_text())
    assert job["spec"]["backoffLimit"] == 0
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["sh", "/a/job.sh"]
    assert container["workingDir"] == str(tmp_path)
    assert container["resources"]["requests"] == {"cpu": "2", "memory": "1500M"}
    (volume,) = job["spec"]["template"]["spec"]["volumes"]
    assert [mount["name"] for mount in container["volumeMounts"]] == [volume["name"]]


@pytest.mark.parametrize(
    ("kubectl", "expected"),
    [
        ("echo 'one '", "running"),
        ("echo 'one SuccessCriteriaMet'", "running"),
        ("echo 'one SuccessCriteriaMet Complete'", "success"),
        ("echo 'one FailureTarget'", "running"),
        ("echo 'one FailureTarget Failed'", "failed"),
        # It has been removed.
        ("true", "failed"),
        # The cluster does not answer.
        ("exit 1", "running"),
    ],
)
def test_status(tmp_path, kubectl, expected):
    assert call(tmp_path, kubectl, "status", "job.batch/one") == expected


def test_cancel_removes_all(tmp_path):
    call(tmp_path, 'echo "$@" > said', "cancel", "job.batch/one", "job.batch/two")
    said = (tmp_path / "said").read_text().split()
    assert said[0] == "delete"
    assert said[-2:] == ["job.batch/one", "job.batch/two"]
