"""Jobs that are killed, or run into a limit of memory or time, leave a line that says so."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
CARDS = (str(ROOT / "devices/pt_co_irmn.yaml"), str(ROOT / "experiments/tiny.yaml"))
PATIENCE = 900


def job(tmp_path, limit, window):
    """Draw a film of so wide a window as a job under a limit; return code, log and words."""
    card, log = tmp_path / "tiny.yaml", tmp_path / "log"
    card.write_text(Path(CARDS[1]).read_text().replace('"120 nm"', f'"{window}"'))
    program = (
        "import resource\n"
        "from afterpulse.cards import load_experiment\n"
        "from afterpulse.device import load_device\n"
        "from afterpulse.film.rules import sample\n"
        "from afterpulse.workflow import process as workflow_job\n"
        f"workflow_job.start_log({str(log)!r}, 'sample')\n"
        "held = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        f"resource.setrlimit({limit})\n"
        f"cards = load_device({CARDS[0]!r}), load_experiment({str(card)!r})\n"
        f"sample(*cards, {str(tmp_path / 'sample.nc')!r})\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "tiny.yaml"]
    return run.returncode, log.read_text(), run.stderr


def test_out_of_memory_is_one_line(tmp_path):
    # 200 MiB more than what is there; one array of 4,000 x 4,000 points takes 256 MiB.
    code, log, said = job(
        tmp_path, "resource.RLIMIT_AS, (held + 2**27 + 2**26, held + 2**30)", "30 um"
    )
    assert code == 1
    assert log == said
    (line,) = log.splitlines()
    assert " sample: out of memory (Unable to allocate" in line


def test_limit_of_processor_time_is_one_line(tmp_path):
    code, log, said = job(tmp_path, "resource.RLIMIT_CPU, (12, 120)", "3 um")
    assert code == 128 + signal.SIGXCPU
    assert log == said
    (line,) = log.splitlines()
    assert " sample: ended by SIGXCPU: by a user, or at a limit of time" in line


def test_job_killed_for_memory_is_named(start, marked, tmp_path):
    # The kernel ends by SIGKILL what takes too much.
    mark, deadline = uuid.uuid4().hex, time.monotonic() + PATIENCE
    made = tmp_path / "results/pt_co_irmn/faults"
    run = start(tmp_path, mark, "--quiet", "all", "--until", "ground_state")
    while not (made / "logs/ground_state.log").exists():
        assert time.monotonic() < deadline
        assert run.poll() is None
        time.sleep(0.05)
    # The log is opened right before; what the job does then takes seconds, in which the job before
    # is gone.
    time.sleep(0.5)
    found = [number for number, words in marked(mark).items() if "/scripts/tmp" in words]
    os.kill(found[0], signal.SIGKILL)
    assert run.wait(timeout=PATIENCE) == 1
    (line,) = [x for x in (tmp_path / "stderr").read_text().splitlines() if "killed" in x]
    assert line.startswith("ground_state: killed or crashed: by a user, for memory")
    assert line in (made / "logs/ground_state.log").read_text().splitlines()
    assert not (made / "ground_state.nc").exists()
