"""What the profiles name is there, and every rule says what a cluster needs to know."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROFILES = sorted(path.parent.name for path in ROOT.glob("profiles/*/profile.yaml"))
# Draws alone.
IDLE = {"figures"}


def rules():
    text = "\n".join(path.read_text() for path in ROOT.glob("workflow/rules/*.smk"))
    _, *found = re.split(r"^ *rule (\w+):$", text, flags=re.MULTILINE)
    return dict(zip(found[::2], found[1::2], strict=True))


def profile(name):
    return yaml.safe_load((ROOT / "profiles" / name / "profile.yaml").read_text())


@pytest.mark.parametrize("rule", rules())
def test_rule_has_log_request_and_benchmark(rule):
    body = rules()[rule]
    assert re.search(r"^ *log:$", body, re.MULTILINE)
    assert f'**request("{rule}")' in body
    assert rule in IDLE or re.search(r"^ *benchmark:$", body, re.MULTILINE)


@pytest.mark.parametrize("name", PROFILES)
def test_profile_names_rules_of_the_workflow(name):
    options = profile(name)
    named = {*options.get("set-resources", {}), *options.get("set-threads", {})}
    named |= set(filter(None, options.get("slurm-array-jobs", "").split(",")))
    assert named <= set(rules())


@pytest.mark.parametrize("name", PROFILES)
def test_document_explains_profile(name):
    assert f"`{name}`" in (ROOT / "profiles/README.md").read_text()


def test_gpu_profile_differs_in_what_it_asks_for_alone():
    gpu = profile("slurm-gpu")
    asked = gpu.pop("set-resources")
    assert gpu == profile("slurm")
    assert all(of["gpu"] == 1 for of in asked.values())
