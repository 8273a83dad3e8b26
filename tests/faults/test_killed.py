"""Killed at fifty moments, of workers, of Snakemake and of both: the same command goes on."""

import itertools
import os
import random
import shutil
import signal
import time
import uuid

import pytest

pytestmark = pytest.mark.faults
MOMENTS = 50
SEED = 7
# Seconds after the file of a moment has appeared.
LATER = 6.0
PATIENCE = 1800
# A worker, which runs the script of a job; Snakemake alone; all there is.
VICTIMS = ("worker", "snakemake", "all")


def victims_of(kind, run, processes):
    """Numbers of the processes to kill; none where there is no such process now."""
    if kind == "snakemake":
        return [run.pid] if run.pid in processes else []
    if kind == "worker":
        return [number for number, words in processes.items() if "/scripts/tmp" in words][:1]
    return list(processes)


def test_killing_at_fifty_moments_changes_no_number(
    start, marked, undisturbed, content, tmp_path, record_testsuite_property
):
    mark, rng = uuid.uuid4().hex, random.Random(SEED)
    expected, results = content(undisturbed), tmp_path / "results"
    # A moment is a number of files that are done, and some seconds after the last of them.
    moments = sorted(rng.randrange(len(expected) - 2) for _ in range(MOMENTS))
    killed, rounds = [], 1
    run = start(tmp_path, mark)
    for wanted, kind in zip(moments, itertools.cycle(VICTIMS)):
        later, deadline = rng.uniform(0, LATER), time.monotonic() + PATIENCE
        while sum(path.is_file() for path in results.rglob("[!.]*")) < wanted:
            assert time.monotonic() < deadline
            if run.poll() is not None:
                run = start(tmp_path, mark)
            time.sleep(0.1)
        time.sleep(later)
        while not (victims := victims_of(kind, run, marked(mark))):
            assert time.monotonic() < deadline
            if run.poll() == 0:
                # Done before its time: once more from the start, since each moment is to count.
                assert content(tmp_path) == expected
                shutil.rmtree(results)
                rounds += 1
            if run.poll() is not None:
                run = start(tmp_path, mark)
            time.sleep(0.05)
        for victim in victims:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                continue
        killed.append((kind, wanted))
    assert len(killed) == MOMENTS
    run.wait(timeout=PATIENCE)
    # Jobs whose Snakemake was killed end by themselves.
    while marked(mark):
        time.sleep(0.2)
    assert start(tmp_path, mark).wait(timeout=PATIENCE) == 0, (tmp_path / "stderr").read_text()[
        -3000:
    ]
    assert not marked(mark)
    # Also no file that should not be there, hidden ones included.
    assert content(tmp_path) == expected
    record_testsuite_property("rounds", rounds)
