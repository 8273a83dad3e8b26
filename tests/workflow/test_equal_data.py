"""No number depends on the cores, on the size of the chunks or on the order of the card."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from afterpulse import datasets
from tests.stored import stored_data

ROOT = Path(__file__).parents[2]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
DATASETS = ("ahe.nc", "walk.nc", "compare.nc", "trains/ltp.nc", "decay.nc")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run the smallest experiment with other numerics; data of its datasets."""

    def data(cores, size, turned=False):
        folder = tmp_path_factory.mktemp("equal")
        for name in ("workflow", "devices", "experiments"):
            shutil.copytree(ROOT / name, folder / name)
        shutil.copy(ROOT / "Snakefile", folder)
        card = yaml.safe_load((ROOT / "experiments/tiny.yaml").read_text())
        for unused in ("inference", "blocking"):
            del card[unused]
        card["numerics"]["points_per_chunk"] = size
        # A walk goes over the amplitudes in the order of the card, so that they stay as they are.
        if turned:
            card["sweep"]["pulse_width"].reverse()
        (folder / "experiments/tiny.yaml").write_text(yaml.safe_dump(card))
        targets = [f"results/pt_co_irmn/tiny/{name}" for name in DATASETS]
        subprocess.run(
            [SNAKEMAKE, "--snakefile", folder / "Snakefile", "--directory", folder]
            + ["--cores", str(cores), "--config", "experiment=tiny", "--quiet", "all", "--"]
            + targets,
            check=True,
            timeout=3600,
        )
        made = len(list((folder / "results/pt_co_irmn/tiny/trajectories").glob("c*.nc")))
        found = {}
        for name, target in zip(DATASETS, targets, strict=True):
            found[name] = stored_data(datasets.read(folder / target))
        return made, found

    return data


@pytest.fixture(scope="module")
def expected(run):
    made, found = run(2, 7)
    # 12, 4, 24 and 4 points.
    assert made == 2 + 1 + 4 + 1
    return found


@pytest.mark.parametrize(
    ("cores", "size", "chunks"), [(1, 7, 8), (2, 1, 44), (1, 1, 44), (2, 64, 4), (1, 64, 4)]
)
def test_cores_and_chunks_change_no_bit(run, expected, cores, size, chunks):
    assert run(cores, size) == (chunks, expected)


def test_order_changes_no_bit(run, expected):
    assert run(2, 7, turned=True) == (8, expected)
