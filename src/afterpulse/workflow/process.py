"""The process of a workflow job: its log, its errors, its inputs and its end."""

import atexit
import errno
import json
import logging
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import BrokenExecutor
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import h5py

from afterpulse import datasets
from afterpulse.cards import CardError, load_experiment
from afterpulse.cards.content import content, stored_content
from afterpulse.device import load_device

logger = logging.getLogger("afterpulse")

CONFIG_KEYS = ("device", "experiment", "engine", "mnist")
"""Keys that the workflow reads after ``--config``."""

PARENT = "AFTERPULSE_PARENT"
"""Environment variable with the process number of the Snakemake that starts the jobs."""

PARENT_INTERVAL = 0.2
"""Seconds between two looks whether the parent lives."""

RAISED = {
    "afterpulse.kinetics.segment": "KineticsError",
    "afterpulse.llg": "IntegrationError",
    "afterpulse.engines": "EngineError",
}
"""Errors that a user can mend, by the modules that raise them."""

CONTENT_OF = {
    "sample.nc": "sample",
    "ground_state.nc": "ground_state",
    "calibration.nc": "calibration",
    "trajectories": "trajectories",
    "neuron": "trajectories",
}
"""Part of the cards (`afterpulse.cards.content`) that the datasets of a rule depend on, by the name
of the file or its folder; other datasets depend on whole cards."""


def start(snakemake: Any, job: str) -> None:
    """Prepare the process of a job: log, end with Snakemake, and a check of its inputs.

    Parameters
    ----------
    snakemake : object
        The object that Snakemake gives to scripts. Its params ``device`` and ``experiment``, if
        there are any, are the cards that all input datasets must have been computed from.
    job : str
        Name of the job in its log.

    Raises
    ------
    afterpulse.datasets.OutdatedError
        If an input dataset is damaged, of another file name, or was computed from other cards.
    """
    start_log(snakemake.log[0], job, snakemake.config)
    end_with_parent()
    cards = [snakemake.params.get(kind) for kind in ("device", "experiment")]
    if None not in cards:
        check_inputs(snakemake.input, *cards)


def start_log(path: str, job: str, config: Mapping[str, Any] | None = None) -> None:
    """Send progress to a log file and to the terminal, each line with the job's name.

    Parameters
    ----------
    path : str
        The log file.
    job : str
        Name of the job.
    config : mapping, optional
        Configuration of the workflow, for the command that computes a damaged input again.
    """
    form = logging.Formatter(f"%(asctime)s {job}: %(message)s", datefmt="%H:%M:%S")
    for handler in (logging.StreamHandler(), logging.FileHandler(path, mode="w")):
        handler.setFormatter(form)
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    # A log on a full disk must not hide what a job says of it.
    logging.raiseExceptions = False
    sys.excepthook = partial(report_end, config=config or {})
    say_if_killed(path, job)
    # A scheduler ends a job by these signals at a limit of time.
    for number in (signal.SIGTERM, signal.SIGXCPU):
        signal.signal(number, report_signal)


def report_signal(number: int, frame: FrameType | None) -> None:
    """Log the signal that ends a job, and end it."""
    # A limit of processor time sends its signal every second.
    signal.signal(number, signal.SIG_IGN)
    name = signal.Signals(number).name
    logger.error("ended by %s: by a user, or at a limit of time", name)
    sys.exit(128 + number)


def report_end(
    kind: type[BaseException],
    error: BaseException,
    traceback: TracebackType | None,
    config: Mapping[str, Any],
) -> None:
    """Log the error that ends a job: one line where a user can mend it, otherwise all of it."""
    lines = mendable(error)
    for line in lines:
        logger.error("%s", line)
    if isinstance(error, datasets.OutdatedError):
        logger.error("to compute it again: %s", command_for(error.path, config))
    if not lines:
        logger.error("this should not happen", exc_info=(kind, error, traceback))


def command_for(path: str, config: Mapping[str, Any]) -> str:
    """Return the command that computes a file of the workflow again, and what depends on it."""
    words = [f"{key}={config[key]}" for key in CONFIG_KEYS if key in config]
    command = ["snakemake", "--cores", "2", *(["--config", *words] if words else [])]
    return shlex.join([*command, "--forcerun", path])


def mendable(error: BaseException) -> list[str]:
    """Return lines that tell a user what to mend; none where an error should not happen."""
    if isinstance(error, CardError):
        return error.faults
    # An error can only be of a module that is imported; importing takes time, and memory that there
    # may not be.
    raised = [
        getattr(sys.modules[name], kind) for name, kind in RAISED.items() if name in sys.modules
    ]
    if isinstance(error, (datasets.DatasetError, *raised)):
        return [str(error)]
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        # NumPy and JAX say how much they asked for.
        said = " ".join(str(error).split())[:300]
        return [f"out of memory ({said})" if said else "out of memory"]
    if isinstance(error, BrokenExecutor):
        return ["a process of the simulation was killed: for memory (fewer cores need less)?"]
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
        return [str(error)]
    return []


def say_if_killed(path: str, job: str) -> None:
    """Have a shell say so, in the log and on the terminal, if this process is killed or crashes.

    It waits for a word, which a process that comes to its end gives; a killed one only hangs up.
    """
    said = (
        f"{job}: killed or crashed: by a user, for memory (fewer --cores need less), "
        "or at a limit of time"
    )
    shell = subprocess.Popen(
        ["sh", "-c", 'read -r word || echo "$0" | tee -a "$1" >&2', said, path],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    atexit.register(shell.communicate, b"ended\n")


def end_with_parent() -> None:
    """End this process soon after the Snakemake that started it has ended.

    A job that outlives a killed Snakemake could write over results that a later run computes from
    changed cards. Each Snakemake names itself by `become_parent`; without a name nothing is done.
    """
    parent = int(os.environ.get(PARENT, 0))
    if not parent:
        return

    def watch() -> None:
        while datasets.is_alive(parent):
            time.sleep(PARENT_INTERVAL)
        # Without any clean-up, which might reach files of a run that has started meanwhile.
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def become_parent() -> None:
    """Let the jobs that this process starts end with it."""
    os.environ[PARENT] = str(os.getpid())


def check_inputs(paths: Iterable[str], device_card: str, experiment_card: str) -> None:
    """Check that datasets are what their file names say and were computed from these cards.

    Parameters
    ----------
    paths : iterable of str
        Inputs of a job; files other than datasets are not checked.
    device_card, experiment_card : str
        Paths of the cards.

    Raises
    ------
    afterpulse.datasets.OutdatedError
        For the first dataset that is damaged or does not belong there.
    """
    cards = load_device(device_card), load_experiment(experiment_card)
    expected: dict[str, str] = {}
    for path in map(Path, paths):
        if path.suffix != ".nc":
            continue
        with datasets.reading(path), h5py.File(path, "r") as file:
            stored = {
                name: file.attrs.get(name)
                for name in ("device_card", "experiment_card", "afterpulse_version", "file")
            }
        if None in stored.values():
            raise datasets.OutdatedError(path, "not a dataset of this workflow")
        if stored["file"] != path.name:
            raise datasets.OutdatedError(path, f"holds the data of {stored['file']}")
        part = CONTENT_OF.get(path.name, CONTENT_OF.get(path.parent.name, "all"))
        if part not in expected:
            expected[part] = content(*cards, part)
        try:
            found = stored_content(
                json.loads(stored["device_card"]),
                json.loads(stored["experiment_card"]),
                stored["afterpulse_version"],
                part,
            )
        except KeyError:
            # Cards of another version have other fields.
            found = None
        if found != expected[part]:
            raise datasets.OutdatedError(
                path, f"computed from other cards than {device_card} and {experiment_card}"
            )
