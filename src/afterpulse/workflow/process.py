"""The process of a workflow job: its log, its errors, its inputs and its end."""

import atexit
import errno
import json
import logging
import os
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
from afterpulse.cards import CardError, Experiment
from afterpulse.cards.sections import Sections, content, stored_content
from afterpulse.device import Device
from afterpulse.workflow.configuration import command

logger = logging.getLogger("afterpulse")

PARENT = "AFTERPULSE_PARENT"
"""Environment variable with the process number of the Snakemake that starts the jobs."""

PARENT_INTERVAL = 0.2
"""Seconds between two checks that the parent lives."""

RAISED = {
    "afterpulse.kinetics.segment": "KineticsError",
    "afterpulse.llg": "IntegrationError",
    "afterpulse.engines": "EngineError",
}
"""Errors that a user can mend, by the modules that raise them."""


def start_log(path: str, job: str, config: Mapping[str, Any] | None = None) -> None:
    """Send progress to a log file and to the terminal, each line with the name of the job.

    The configuration of the workflow is for the command that computes a damaged input again.
    """
    form = logging.Formatter(f"%(asctime)s {job}: %(message)s", datefmt="%H:%M:%S")
    for handler in (logging.StreamHandler(), logging.FileHandler(path, mode="w")):
        handler.setFormatter(form)
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    # A log on a full disk must not hide the error that a job reports.
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
    """Log the error that ends a job: one line if a user can mend the cause, else the traceback."""
    lines = mendable(error)
    for line in lines:
        logger.error("%s", line)
    if isinstance(error, datasets.OutdatedError):
        logger.error("to compute it again: %s", command(config, "--forcerun", error.path))
    if not lines:
        logger.error("this should not happen", exc_info=(kind, error, traceback))


def mendable(error: BaseException) -> list[str]:
    """Return the lines of an error whose cause a user can mend, and none for other errors."""
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
        # NumPy and JAX report the memory that they requested.
        request = " ".join(str(error).split())[:300]
        return [f"out of memory ({request})" if request else "out of memory"]
    if isinstance(error, BrokenExecutor):
        return ["a process of the simulation was killed: for memory (fewer cores need less)?"]
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
        return [str(error)]
    return []


def say_if_killed(path: str, job: str) -> None:
    """Start a shell that reports in log and terminal if this process is killed or crashes.

    The shell waits for a word, which only a process that ends by itself sends.
    """
    message = (
        f"{job}: killed or crashed: by a user, for memory (fewer --cores need less), "
        "or at a limit of time"
    )
    shell = subprocess.Popen(
        ["sh", "-c", 'read -r word || echo "$0" | tee -a "$1" >&2', message, path],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    atexit.register(shell.communicate, b"ended\n")


def end_with_parent() -> None:
    """End this process soon after the Snakemake that called `become_parent` has ended.

    A job that outlives a killed Snakemake could overwrite results of a later run.
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


def check_inputs(paths: Iterable[str], device: Device, experiment: Experiment) -> Sections:
    """Check that the input datasets of a job belong to its cards; other files are not checked.

    The cards of a dataset may differ in sections that the dataset does not depend on.

    Returns
    -------
    Sections
        Sections of the cards that the inputs depend on.

    Raises
    ------
    afterpulse.datasets.OutdatedError
        For the first dataset that is damaged, has another file name or comes from other cards.
    """
    inherited = Sections()
    for path in map(Path, paths):
        if path.suffix != ".nc":
            continue
        names = ("device_card", "experiment_card", "card_sections", "afterpulse_version", "file")
        with datasets.reading(path), h5py.File(path, "r") as file:
            stored = {name: file.attrs.get(name) for name in names}
        if None in stored.values():
            raise datasets.OutdatedError(path, "not a dataset of this workflow")
        if stored["file"] != path.name:
            raise datasets.OutdatedError(path, f"holds the data of {stored['file']}")
        cards = json.loads(stored["device_card"]), json.loads(stored["experiment_card"])
        of_cards = json.loads(stored["card_sections"])
        sections = Sections(tuple(of_cards["device"]), tuple(of_cards["experiment"]))
        try:
            agree = stored_content(*cards, stored["afterpulse_version"], sections) == content(
                device, experiment, sections
            )
        except KeyError:
            # Cards of another version have other fields.
            agree = False
        if not agree:
            raise datasets.OutdatedError(
                path, f"computed from other cards than {device.name} and {experiment.name}"
            )
        inherited |= sections
    return inherited
