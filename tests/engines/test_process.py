"""What the runner does with an OOMMF that misbehaves: a script in its place."""

import os
import subprocess
import sys
import time

import pytest

from afterpulse.engines.engine import EngineError, EngineKilled
from afterpulse.engines.oommf import run_oommf
from afterpulse.engines.process import guarded_folder

LAUNCH = 'if [ "$1" = launchhost ]; then echo 15136; exit 0; fi\n'


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Put a shell script in the place of OOMMF."""

    def make(script):
        command = tmp_path / "oommf"
        command.write_text("#!/bin/sh\n" + script)
        command.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return make


def run(time_limit=20.0, kind=EngineError):
    """Run an empty problem; return what the error says, and whether all is gone after it."""
    with pytest.raises(kind) as caught, guarded_folder() as (folder, group):  # noqa: PT012
        (folder / "film.mif").write_text("")
        run_oommf(folder / "film.mif", group, time_limit)
    message = str(caught.value)
    assert "\n" not in message
    assert not folder.exists()
    # A process that was killed is gone once the machine has got round to it.
    deadline = time.monotonic() + 10
    while group_is_alive(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not group_is_alive(group)
    return message


def group_is_alive(group):
    """Tell whether a process of a group is left (a dead one may wait for its parent)."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pgid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in listed.splitlines()]
    return any(int(pgid) == group and not state.startswith("Z") for pgid, state in rows)


def test_missing(tmp_path, monkeypatch):
    for name in ("sh", "cat", "rm", "sleep"):
        (tmp_path / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="expected the command oommf on PATH") as caught:  # noqa: PT012, SIM117
        with guarded_folder() as (folder, group):
            run_oommf(folder / "film.mif", group, 1.0)
    assert "environment.yml" in str(caught.value)


def test_not_a_program(tmp_path, fake):
    fake("")
    (tmp_path / "oommf").write_bytes(b"\x00\x01")
    assert "does not start" in run()


def test_hangs(fake):
    fake(LAUNCH + "echo reading film.mif\nsleep 1000\n")
    started = time.monotonic()
    message = run(time_limit=0.5)
    assert "expected an end within 0.5 s, got none; its last lines: reading film.mif" in message
    assert time.monotonic() - started < 10


def test_ends_with_an_error(fake):
    fake(LAUNCH + "seq 10\necho 'Oxs_Ext ERROR in film.mif' >&2\nexit 1\n")
    assert run() == "OOMMF ended with exit code 1; its last lines: 9 | 10 | " + (
        "Oxs_Ext ERROR in film.mif"
    )


def test_dies(fake):
    fake(LAUNCH + "kill -SEGV $$\n")
    assert "OOMMF was killed by signal 11; it printed nothing" in run()


@pytest.mark.parametrize("ending", ["kill -KILL $$", "kill -TERM $$"])
def test_killed_from_outside(fake, ending):
    fake(LAUNCH + ending + "\n")
    assert "OOMMF was killed by signal" in run(kind=EngineKilled)


def test_its_child_is_killed_from_outside(fake):
    """The launcher of OOMMF is a Tcl shell that starts another one."""
    fake(LAUNCH + "echo 'panic:' >&2\necho 'child killed: kill signal' >&2\nexit 1\n")
    message = run(kind=EngineKilled)
    assert "killed by somebody or for memory; its last lines: panic: | child killed" in message


def test_refuses_root(fake):
    fake('echo "Don\'t run OOMMF as root." >&2\nexit 1\n')
    assert "OOMMF refuses to run as root: use an ordinary account" in run()


def test_host_server_without_a_port(fake):
    fake("echo '; rm -rf'\n")
    assert "expected the port of its host server, got '; rm -rf'" in run()


def test_prints_more_than_a_pipe_holds(fake):
    fake(LAUNCH + "head -c 3000000 /dev/zero | tr '\\0' x\necho end\n")
    with guarded_folder() as (folder, group):
        (folder / "film.mif").write_text("")
        run_oommf(folder / "film.mif", group, 20.0)
        assert (folder / "log").stat().st_size > 3_000_000


def test_servers_that_stay_behind_are_ended(fake):
    # They ignore what a terminal sends, and keep the output open.
    fake(f'{LAUNCH}(trap "" HUP TERM; sleep 1000) &\nexit 0\n')
    with guarded_folder() as (folder, group):
        (folder / "film.mif").write_text("")
        run_oommf(folder / "film.mif", group, 20.0)
        assert group_is_alive(group)
    # The kernel ends a killed process when it next runs, on a busy machine a moment later.
    end = time.monotonic() + 10
    while group_is_alive(group) and time.monotonic() < end:
        time.sleep(0.05)
    assert not group_is_alive(group)
    assert not folder.exists()


def test_each_run_gets_the_port_of_its_own_host_server(fake):
    fake(LAUNCH + 'echo "$OOMMF_HOSTPORT $*" > seen\n')
    with guarded_folder() as (folder, group):
        (folder / "film.mif").write_text("")
        run_oommf(folder / "film.mif", group, 20.0)
        assert (folder / "seen").read_text().split()[0] == "15136"
        assert (folder / "seen").read_text().split()[-1] == "film.mif"


def test_nothing_is_left_when_the_job_is_killed(fake, tmp_path):
    fake(f'{LAUNCH}echo $$ > "{tmp_path}/pid"\nsleep 1000\n')
    program = (
        "from afterpulse.engines.oommf import *\n"
        "with guarded_folder() as (folder, group):\n"
        "    print(folder, group, flush=True)\n"
        "    (folder / 'film.mif').write_text('')\n"
        "    run_oommf(folder / 'film.mif', group, 100.0)\n"
    )
    job = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert job.stdout is not None
    folder, group = job.stdout.readline().split()
    deadline = time.monotonic() + 30
    while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert group_is_alive(int(group))
    job.kill()
    job.wait()
    while (group_is_alive(int(group)) or os.path.exists(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not group_is_alive(int(group))
    assert not os.path.exists(folder)
