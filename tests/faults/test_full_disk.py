"""A disk that fills: named in one line, nothing half-written, and done when there is space."""

import re
import subprocess

import pytest

pytestmark = pytest.mark.faults
# Sample, ground state and calibration fit, not all chunks.
SMALL, LARGE = "400k", "200m"


def mount(*arguments):
    return subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def disk(tmp_path):
    """Folder of a run whose results lie on a disk of a few hundred kilobytes."""
    results = tmp_path / "results"
    results.mkdir()
    done = mount("-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(results))
    if done.returncode:
        pytest.skip(f"no disk can be mounted: {done.stderr.strip()}")
    yield tmp_path
    subprocess.run(["umount", "--lazy", results], check=True)


def test_full_disk_is_named_and_the_run_goes_on_with_space(disk, finish, undisturbed, content):
    code, said = finish(disk)
    assert code == 1
    (line, *_) = re.findall(
        r"^\d\d:\d\d:\d\d .*: results/\S+: cannot be written \(No space left on device\)$",
        said,
        re.MULTILINE,
    )
    expected, found = content(undisturbed), content(disk)
    datasets = {name: data for name, data in found.items() if name.endswith(".nc")}
    assert 0 < len(datasets) < sum(name.endswith(".nc") for name in expected)
    assert datasets.items() <= expected.items()
    assert mount("-o", f"remount,size={LARGE}", str(disk / "results")).returncode == 0
    code, said = finish(disk)
    assert code == 0, said[-3000:]
    assert content(disk) == expected
