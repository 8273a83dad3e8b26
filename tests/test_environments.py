"""Both conda environments have the dependencies of pyproject.toml and nothing else."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
# The meta-package of ubermag brings its packages.
UBERMAG = {"discretisedfield", "micromagneticmodel", "mumax3c", "oommfc", "ubermagtable"}
CONDA_NAMES = {
    "dask": "dask-core",
    "matplotlib": "matplotlib-base",
    "snakemake": "snakemake-minimal",
}
NOT_FROM_PYPI = {"python=3.11", "oommf", "ubermag", "pip"}


@pytest.mark.parametrize("name", ["environment.yml", "workflow/envs/afterpulse.yaml"])
def test_environment_has_the_dependencies_of_the_package(name):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    expected = set(NOT_FROM_PYPI)
    for requirement in project["dependencies"]:
        package, bound = re.fullmatch(r"([a-z0-9-]+)(>=.*)", requirement).groups()
        if package not in UBERMAG:
            expected.add(CONDA_NAMES.get(package, package) + bound)
    content = yaml.safe_load((ROOT / name).read_text())
    listed = [entry for entry in content["dependencies"] if isinstance(entry, str)]
    assert len(listed) == len(set(listed))
    assert set(listed) == expected
