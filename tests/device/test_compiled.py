"""Compiled functions where nothing can be kept between processes."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KINETICS = (
    "from afterpulse.device.barriers import barrier\n"
    "from afterpulse.kinetics import monte_carlo\n"
    "print(barrier(2.0, 1.0))\n"
)


@pytest.fixture
def folder():
    """Folder that other accounts may enter."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def package(folder):
    """Copy of the package that other accounts may read."""
    unused = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src/afterpulse", folder / "package/afterpulse", ignore=unused)
    return folder / "package"


def run_without_home(package, temporary, code=KINETICS):
    """Run as an account without a home folder that may not write to the package."""
    environment = {
        "PYTHONPATH": str(package),
        "HOME": "/nonexistent",
        "TMPDIR": str(temporary),
        "PATH": os.environ["PATH"],
    }
    account = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **account,
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="another account is needed")
def test_read_only_package_without_a_home(package, folder):
    temporary = folder / "temporary"
    temporary.mkdir()
    temporary.chmod(0o777)
    try:
        run = run_without_home(package, temporary)
    except PermissionError:
        pytest.skip("other accounts may not run this Python")
    assert (run.returncode, run.stdout) == (0, "3.125\n"), run.stderr[-2000:]
    assert list(temporary.glob("afterpulse-65534/**/*.nbi"))
    # Without a folder for temporary files either: one warning.
    without = "import tempfile\ntempfile.gettempdir = lambda: '/nonexistent'\n"
    run = run_without_home(package, temporary, without + KINETICS)
    assert (run.returncode, run.stdout) == (0, "3.125\n"), run.stderr[-2000:]
    assert run.stderr.count("compiled functions are not kept between processes") == 1


def test_full_disk_of_the_cache_is_named_and_the_function_runs(tmp_path):
    code = (
        "import errno, warnings\n"
        "from numba.core import caching\n"
        "def full(*_):\n"
        "    raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "caching.IndexDataCacheFile.save = full\n"
        "from afterpulse.device.compiled import compiled\n"
        "with warnings.catch_warnings(record=True) as said:\n"
        "    warnings.simplefilter('always')\n"
        "    from afterpulse.device.barriers import barrier\n"
        "    print(barrier(2.0, 1.0))\n"
        "print(*[one.message for one in said], sep='\\n')\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    value, warning = run.stdout.splitlines()
    assert value == "3.125"
    assert warning.startswith("compiled functions are not kept between processes (")
    assert str(tmp_path / "cache") in warning
    assert warning.endswith("No space left on device)")


def test_folder_that_others_may_write_to_is_no_cache(tmp_path, monkeypatch):
    from afterpulse.device import compiled

    monkeypatch.setattr(compiled.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = compiled.private_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    assert compiled.private_folder() is None
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    assert compiled.private_folder() is None
