"""Run an external engine so that nothing of it stays behind, whatever happens to it or to us.

OOMMF starts servers that outlive it and keep its output open. Here all processes of an engine are
one process group, whose leader waits for the end of a pipe that this process holds: when it closes,
because the run is over or because this process was killed, the group is killed. Engines write to
files, never to a pipe that could fill up.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from afterpulse.engines.engine import EngineError, EngineKilled, EngineMissing

# Also removes the folder, in case nobody else is left to do so.
GUARD = """
cat > /dev/null
trap '' TERM
kill -TERM 0
sleep 0.2
rm -rf -- "$1"
kill -KILL 0
"""
# Signals that a program does not send itself when it crashes.
KILLS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# What Tcl says of a child that got one of the first two, and it then ends with an ordinary code.
CHILD_KILLED = re.compile("child killed: (kill signal|software termination signal)")
LOG_LINES, LINE_LENGTH = 3, 200


@contextlib.contextmanager
def guarded_folder() -> Iterator[tuple[Path, int]]:
    """Give an empty folder and a process group; both are gone at the end, even of this process.

    Yields
    ------
    folder : pathlib.Path
        Empty.
    group : int
        For the processes to be started in.
    """
    folder = Path(tempfile.mkdtemp(prefix="afterpulse-"))
    guard = subprocess.Popen(
        ["sh", "-c", GUARD, "sh", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        yield folder, guard.pid
    finally:
        os.killpg(guard.pid, signal.SIGKILL)
        guard.wait()
        if guard.stdin is not None:
            guard.stdin.close()
        shutil.rmtree(folder, ignore_errors=True)


def program(engine: str, name: str, remedy: str) -> str:
    """Find the program of an engine on PATH.

    Raises
    ------
    EngineMissing
        If it is not there, with what to do.
    """
    found = shutil.which(name)
    if found is None:
        raise EngineMissing(
            f"engine {engine}: expected the command {name} on PATH, found none; {remedy}"
        )
    return found


def launch(
    engine: str,
    command: list[str],
    log: Path,
    group: int,
    time_limit: float,
    variables: dict[str, str],
) -> str:
    """Run a command in the folder of its log, to which all that it prints goes.

    Parameters
    ----------
    engine : str
        Name for messages.
    command : list of str
        Program and arguments.
    log : pathlib.Path
        Written.
    group : int
        Process group.
    time_limit : float
        s.
    variables : dict
        Added to the environment.

    Returns
    -------
    str
        What the command printed, stripped.

    Raises
    ------
    EngineMissing
        If it cannot be started or refuses the account.
    EngineKilled
        If it, or what it had started to do the work, was killed from outside.
    EngineError
        If it fails or takes longer.
    """
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **variables},
                process_group=group,
            )
        except OSError as error:
            raise EngineMissing(
                f"{engine}: {command[0]} does not start: {error.strerror}"
            ) from error
        try:
            code = process.wait(timeout=time_limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise EngineError(
                f"{engine}: expected an end within {time_limit:g} s, got none{last_lines(log)}"
            ) from None
    printed = log.read_text(errors="replace").strip()
    if code != 0 and "as root" in printed:
        raise EngineMissing(
            f"{engine} refuses to run as root: use an ordinary account (docs/oommf.md says how)"
        )
    if code > 0 and CHILD_KILLED.search(printed):
        raise EngineKilled(f"{engine} was killed by somebody or for memory{last_lines(log)}")
    if -code in KILLS:
        raise EngineKilled(f"{engine} was killed by signal {-code}{last_lines(log)}")
    if code < 0:
        raise EngineError(f"{engine} was killed by signal {-code}{last_lines(log)}")
    if code > 0:
        raise EngineError(f"{engine} ended with exit code {code}{last_lines(log)}")
    return printed


def last_lines(log: Path) -> str:
    """Give the end of a log as part of one line."""
    lines = log.read_text(errors="replace").split("\n")
    shown = [shortened(line.strip()) for line in lines if line.strip()][-LOG_LINES:]
    return f"; its last lines: {' | '.join(shown)}" if shown else "; it printed nothing"


def shortened(line: str) -> str:
    """Give a line without unprintable characters and not too long."""
    return "".join(c if c.isprintable() else "?" for c in line)[:LINE_LENGTH]
