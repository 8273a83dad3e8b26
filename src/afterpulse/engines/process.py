"""Processes and folders of external engines, which never outlive this process.

OOMMF starts servers that outlive it and keep its output open. Here all processes of an engine are
one process group, whose leader waits for the end of a pipe that this process holds. When the pipe
closes, because the run is over or because this process was killed, the group is killed. Engines
write to files, never to a pipe that could fill up.
"""

import contextlib
import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from afterpulse.engines.engine import EngineError, EngineKilled, EngineMissing

# Also removes the folder, in case this process was killed.
GUARD = """
cat > /dev/null
trap '' TERM
kill -TERM 0
sleep 0.2
rm -rf -- "$1"
kill -KILL 0
"""
# Signals that come from outside, not from a crash.
KILLS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# Tcl reports a child that got one of the first two, then ends with an ordinary exit code.
CHILD_KILLED = re.compile("child killed: (kill signal|software termination signal)")
LOG_LINES, LINE_LENGTH = 3, 200

T = TypeVar("T")
logger = logging.getLogger("afterpulse")


@contextlib.contextmanager
def guarded_folder() -> Iterator[tuple[Path, int]]:
    """Yield an empty folder and a process group, removed at the end even if this process dies."""
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
    """Return the path of an engine's program; EngineMissing with the remedy if there is none."""
    path = shutil.which(name)
    if path is None:
        raise EngineMissing(
            f"engine {engine}: expected the command {name} on PATH, found none; {remedy}"
        )
    return path


def launch(
    engine: str,
    command: list[str],
    log: Path,
    group: int,
    time_limit: float,
    variables: dict[str, str],
) -> str:
    """Run a command in the folder of its log, which gets its output, and return the output.

    Parameters
    ----------
    engine : str
        Name for messages.
    command, log : list of str, pathlib.Path
        Program with arguments, file to write.
    group : int
        Process group of `guarded_folder`.
    time_limit : float
        s.
    variables : dict
        Added to the environment.

    Raises
    ------
    EngineMissing
        If the command cannot be started or refuses the account.
    EngineKilled
        If it or a child of it was killed from outside.
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


def logged(engine: str, systems: Iterable[T], count: int) -> Iterator[T]:
    """Yield the systems of a batch and log after each how many are done and how long it takes."""
    started = time.monotonic()
    for done, system in enumerate(systems, start=1):
        yield system
        elapsed = time.monotonic() - started
        left = elapsed / done * (count - done)
        logger.info(
            "%s: %d of %d films, %.0f s gone, %.0f s left", engine, done, count, elapsed, left
        )


def last_lines(log: Path) -> str:
    """Return the end of a log as part of one line."""
    lines = log.read_text(errors="replace").split("\n")
    shown = [shortened(line.strip()) for line in lines if line.strip()][-LOG_LINES:]
    return f"; its last lines: {' | '.join(shown)}" if shown else "; it printed nothing"


def shortened(line: str) -> str:
    """Return a line cut to `LINE_LENGTH`, unprintable characters replaced."""
    return "".join(c if c.isprintable() else "?" for c in line)[:LINE_LENGTH]
