"""Snakemake takes every profile, and the rules it names exist."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
PROFILES = {path.parent.name: path.parent for path in ROOT.glob("profiles/*/profile.yaml")}


def snakemake(folder, *arguments):
    return subprocess.run(
        [
            *(SNAKEMAKE, "--snakefile", ROOT / "Snakefile", "--directory", folder),
            *("--config", "experiment=tiny"),
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def profile_of(name):
    return yaml.safe_load((PROFILES[name] / "profile.yaml").read_text())


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    run = snakemake(tmp_path_factory.mktemp("rules"), "--list-rules")
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_snakemake_takes_it(name, tmp_path):
    executor = profile_of(name).get("executor", "local").replace("-", "_")
    if (
        executor != "local"
        and importlib.util.find_spec(f"snakemake_executor_plugin_{executor}") is None
    ):
        pytest.skip(f"no snakemake_executor_plugin_{executor} here")
    run = snakemake(tmp_path, "--profile", PROFILES[name], "--dry-run", "--quiet", "all")
    assert run.returncode == 0, run.stderr[-3000:]
    assert "This was a dry-run" in run.stdout + run.stderr


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_its_rules_exist(name, rules):
    profile = profile_of(name)
    named = {*profile.get("set-threads", {}), *profile.get("set-resources", {})}
    named |= {rule for rule in profile.get("slurm-array-jobs", "").split(",") if rule}
    assert named <= rules


def test_graphics_processors_are_all_that_differs_on_slurm():
    gpu = profile_of("slurm-gpu")
    assert {request["gpu"] for request in gpu.pop("set-resources").values()} == {1}
    assert gpu == profile_of("slurm")
