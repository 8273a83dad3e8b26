"""Locks that a killed Snakemake leaves behind in a working directory.

Snakemake locks the files of a run and refuses a second run of them. A killed run cannot remove its
lock. Each run leaves a record of its process, so that a lock without a living process is known.
"""

from pathlib import Path

from afterpulse.datasets import host_name, is_alive

RECORDS = Path(".snakemake/afterpulse_runs")
LOCKS = Path(".snakemake/locks")


class LockedError(RuntimeError):
    """A lock that may belong to a living run."""


def record_run(process: int) -> Path:
    """Record that a process of this machine runs the workflow in the working directory.

    Returns the record, to be removed when the run has ended.
    """
    RECORDS.mkdir(parents=True, exist_ok=True)
    record = RECORDS / f"{host_name()}-{process}"
    record.touch()
    return record


def remove_stale_locks() -> bool:
    """Remove Snakemake's locks in the working directory if no recorded run is alive.

    Returns True if there were locks.

    Raises
    ------
    LockedError
        If a run is alive or on another machine, or the locks belong to no recorded run.
    """
    records = sorted(RECORDS.iterdir()) if RECORDS.is_dir() else []
    locks = list(LOCKS.glob("*.lock"))
    if not locks:
        return False
    if not records:
        raise LockedError("locked by an unknown run; snakemake --unlock if there is none")
    for record in records:
        host, _, process = record.name.rpartition("-")
        if host != host_name():
            raise LockedError(f"locked from the machine {host}; snakemake --unlock if it has ended")
        if is_alive(int(process)):
            raise LockedError(f"locked by a run that is alive: process {process}")
    for file in (*locks, *records):
        file.unlink(missing_ok=True)
    return True
