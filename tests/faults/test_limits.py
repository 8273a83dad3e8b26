"""Jobs that are killed, or run into a limit of memory or time, leave a line that says so."""

import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from afterpulse import jobs

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
CARDS = (str(ROOT / "devices/pt_co_irmn.yaml"), str(ROOT / "experiments/tiny.yaml"))
PATIENCE = 900


def job(tmp_path, program, limit=lambda: None):
    """Run a program as a job; return its code, its log and its words."""
    begin = f"from afterpulse import jobs\njobs.start_log({str(tmp_path / 'log')!r}, 'sample')\n"
    run = subprocess.run(
        [sys.executable, "-c", begin + program],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        preexec_fn=limit,
        check=False,
    )
    return run.returncode, (tmp_path / "log").read_text(), run.stderr


def large_sample(tmp_path):
    """Program that draws a film of 4,000 x 4,000 cells."""
    text = Path(CARDS[1]).read_text().replace('"120 nm"', '"30 um"')
    card = tmp_path / "tiny.yaml"
    card.write_text(text)
    return f"jobs.make_sample({CARDS[0]!r}, {str(card)!r}, {str(tmp_path / 'sample.nc')!r})"


def test_out_of_memory_is_one_line(tmp_path):
    gigabytes = 4 * 2**30

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (gigabytes, gigabytes))

    code, log, said = job(tmp_path, large_sample(tmp_path), limit)
    assert code == 1
    assert log == said
    (line,) = log.splitlines()
    assert " sample: out of memory (Unable to allocate" in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "tiny.yaml"]


def test_limit_of_processor_time_is_one_line(tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (20, 60))

    code, log, said = job(tmp_path, large_sample(tmp_path), limit)
    assert code == 128 + signal.SIGXCPU
    assert log == said
    (line,) = log.splitlines()
    assert " sample: ended by SIGXCPU: by a user, or at a limit of time" in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "tiny.yaml"]


def test_job_killed_for_memory_is_named_by_its_rule(start, marked, tmp_path):
    # The kernel ends by SIGKILL what takes too much.
    mark, deadline = uuid.uuid4().hex, time.monotonic() + PATIENCE
    run = start(tmp_path, mark, "--quiet", "all")
    while not (found := [n for n, words in marked(mark).items() if ".ground_state.py" in words]):
        assert time.monotonic() < deadline
        assert run.poll() is None
        time.sleep(0.05)
    os.kill(found[0], signal.SIGKILL)
    assert run.wait(timeout=PATIENCE) == 1
    (line,) = [x for x in (tmp_path / "stderr").read_text().splitlines() if "SIGKILL:" in x]
    assert line.startswith("ground_state: killed by SIGKILL: by a user, for memory")
    assert line.endswith("its log is results/pt_co_irmn/faults/logs/ground_state.log")


def test_other_ends_are_no_kills(tmp_path):
    log = tmp_path / "log"
    log.write_text("Command 'x' returned non-zero exit status 1.\nError in rule fit:\n    log: a \n")
    assert jobs.killed([str(log)]) == []
