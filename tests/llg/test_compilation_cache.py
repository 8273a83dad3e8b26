import os
import subprocess
import sys

import pytest

SCRIPT = """
import jax
import afterpulse.llg
print(jax.config.jax_compilation_cache_dir)
"""


def directory(**environment: str) -> str:
    kept = {k: v for k, v in os.environ.items() if k not in ("XDG_CACHE_HOME", "HOME")}
    kept.pop("JAX_COMPILATION_CACHE_DIR", None)
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=kept | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


@pytest.mark.parametrize("case", ["given", "writable", "file in the way"])
def test_cache_directory(case, tmp_path):
    if case == "given":
        actual = directory(JAX_COMPILATION_CACHE_DIR="/given", HOME=str(tmp_path))
        assert actual == "/given"
    elif case == "writable":
        actual = directory(XDG_CACHE_HOME=str(tmp_path), HOME=str(tmp_path))
        assert actual == str(tmp_path / "afterpulse" / "jax")
    else:
        blocked = tmp_path / "file"
        blocked.write_text("")
        assert directory(XDG_CACHE_HOME=str(blocked), HOME=str(tmp_path)) == "None"
