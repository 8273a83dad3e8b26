"""A job of whole pulses that is stopped goes on where it was, with the same numbers."""

import errno
import logging
import multiprocessing
import os
import signal
import zipfile
from pathlib import Path

import numpy as np
import pytest

from afterpulse import datasets
from afterpulse.cards import Experiment, resolved
from afterpulse.cards.sections import Sections
from afterpulse.device import Device
from afterpulse.engines import engine_of
from afterpulse.timeline import checkpoint_file, llg_stage, rules
from afterpulse.timeline.checkpoint_file import CheckpointFile
from afterpulse.workflow.run import readable_cards
from tests.stored import stored_data

# Two widths, so two batches a stage, and two pulses each; grains reverse, the film warms.
WALK = {
    "numerics.fields": {"keep": "all", "interval": "100 ps"},
    "numerics.points_per_chunk": 2,
    "sweep.pulse_amplitude": ["1.5 I_c", "2 I_c"],
    "sweep.pulse_width": ["100 ps", "200 ps"],
    "sweep.probe_delay": "50 ps",
    "sweep.duration": "100 ps",
    "sweep.initialise": ["once"],
    "mechanisms": ["afm_viscosity", "fm_aftereffect", "thermal_spin_torque"],
}


class Stopped(Exception):
    """Raised by an engine in place of a kill."""


class CountedEngine:
    """The embedded engine, which counts its calls and does something before the n-th."""

    def __init__(self, stop=None, before=None):
        self.calls, self.stop, self.before = 0, stop, before

    def __call__(self, *arguments):
        self.calls += 1
        if self.calls == self.stop:
            self.before()
        return engine_of("embedded")(*arguments)


def raise_stopped():
    raise Stopped


@pytest.fixture
def always_due(monkeypatch):
    """Checkpoints after each call of the engine."""
    monkeypatch.setattr(checkpoint_file, "INTERVAL", 0.0)
    monkeypatch.setattr(checkpoint_file, "LARGEST_LOAD", np.inf)


@pytest.fixture
def run(monkeypatch):
    """Function that runs a job, or stops it, and returns the calls of the engine and the data."""

    def run(job, folder, stop=None):
        engine = CountedEngine(stop, raise_stopped)
        monkeypatch.setattr(llg_stage, "engine_of", lambda name: engine)
        if stop is not None:
            with pytest.raises(Stopped):
                job(folder)
            return engine.calls, None
        data = [stored_data(datasets.read(path)) for path in job(folder)]
        return engine.calls, data

    return run


def hidden(folder):
    return [path.name for path in folder.rglob(".*")]


@pytest.mark.parametrize("kind", ["throughout", "pulse"])
def test_stopped_job_goes_on_with_the_same_numbers(chunk_job, run, always_due, tmp_path, kind):
    job = chunk_job(WALK | {"numerics.micromagnetics": kind, "numerics.trailing_edge": "50 ps"})
    total, expected = run(job, tmp_path / "undisturbed")
    for stop in (1, 2, 9, total // 2, total):
        folder = tmp_path / str(stop)
        run(job, folder, stop)
        assert len(hidden(folder)) == (stop > 2)
        calls, data = run(job, folder)
        # A film that has settled only is settled again.
        assert total - calls in (stop - 1, stop - 2)
        assert data == expected
        assert hidden(folder) == []


def test_job_that_is_stopped_again_and_again_ends(chunk_job, run, always_due, tmp_path):
    job = chunk_job(WALK)
    total, expected = run(job, tmp_path / "undisturbed")
    folder = tmp_path / "stopped"
    # Each run does at least five of these calls for good.
    for _ in range(total // 7 - 1):
        run(job, folder, 7)
    calls, data = run(job, folder)
    assert calls < total / 2
    assert data == expected


def killed_job(cards, files, stop):
    """Run a job in a process of its own and kill it before a call of the engine."""
    device, experiment = cards
    restricted = readable_cards(
        (Device.model_validate(device), Experiment.model_validate(experiment)),
        rules.trajectories,
        Sections(),
    )
    checkpoint_file.INTERVAL = 0.0
    engine = CountedEngine(stop, lambda: os.kill(os.getpid(), signal.SIGKILL))
    llg_stage.engine_of = lambda name: engine
    rules.trajectories(*restricted, *files)


def test_killed_process_leaves_a_checkpoint(chunk_job, run, tmp_path):
    job, folder = chunk_job(WALK), tmp_path / "killed"
    total, expected = run(job, tmp_path / "undisturbed")
    process = multiprocessing.get_context("spawn").Process(
        target=killed_job, args=([*map(resolved, job.cards)], job.files(folder), 20)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    calls, data = run(job, folder)
    assert calls < total
    assert data == expected
    assert hidden(folder) == []


def test_checkpoint_of_other_inputs_is_not_used(chunk_job, run, always_due, tmp_path, caplog):
    job, folder = chunk_job(WALK), tmp_path / "stopped"
    total, expected = run(job, tmp_path / "undisturbed")
    run(job, folder, total // 2)
    # The same data in a file with another attribute.
    calibration = job.inputs[-1]
    datasets.write(datasets.read(calibration), calibration, {"made": "again"})
    with caplog.at_level(logging.WARNING, "afterpulse"):
        calls, data = run(job, folder)
    assert "not used" in caplog.text
    assert calls == total
    assert data == expected


ARRAYS = {"m": np.random.default_rng(0).random((64, 64, 3)), "record engine": np.array(["llg"])}


@pytest.fixture
def path(tmp_path):
    """A checkpoint with a finished and a running batch."""
    clock = iter([0.0, *[100.0] * 3, *[200.0] * 3]).__next__
    file = CheckpointFile(tmp_path / ".c0.checkpoint", "me", clock)
    file.update("first", lambda: ARRAYS, True)
    file.update("second", lambda: {"done": np.array(3)}, False)
    return file.path


def test_file_gives_back_its_arrays(path):
    file = CheckpointFile(path, "me")
    for name, values in ARRAYS.items():
        found = file.saved("first")[name]
        np.testing.assert_array_equal(found, values)
        assert found.dtype == values.dtype
    assert file.saved("second")["done"] == 3
    assert file.saved("third") is None
    assert CheckpointFile(path, "another").saved("first") is None


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def with_objects(path):
    """Arrays that would have to be unpickled, which can run any program."""
    with path.open("wb") as file:
        np.savez(file, owner=np.array("me"), **{"first/m": np.array([{}], dtype=object)})


def one_array(path):
    with path.open("wb") as file:
        np.save(file, ARRAYS["m"])


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        flipped,
        with_objects,
        one_array,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("no archive"),
        lambda path: zipfile.ZipFile(path, "w").close(),
    ],
)
def test_damaged_file_is_not_used(path, damage, caplog):
    damage(path)
    with caplog.at_level(logging.WARNING, "afterpulse"):
        assert CheckpointFile(path, "me").saved("first") is None
    assert "damaged" in caplog.text
    # And is written anew.
    file = CheckpointFile(path, "me", iter(np.arange(0, 1e4, 100)).__next__)
    file.update("first", lambda: ARRAYS, True)
    assert CheckpointFile(path, "me").saved("first")["m"].shape == (64, 64, 3)


def test_file_is_written_when_it_is_due(tmp_path, monkeypatch):
    """Every ten seconds, but less often if that took more than a twentieth of the time."""
    now, written = 0.0, []
    file = CheckpointFile(tmp_path / "a.checkpoint", "me", lambda: now)

    def write(*arguments, **named):
        nonlocal now
        written.append(now)
        now += 2.0

    monkeypatch.setattr(np, "savez", write)
    monkeypatch.setattr(checkpoint_file, "whole", lambda path: Unwritten())
    for second in range(0, 100, 3):
        now = max(now, float(second))
        file.update("batch", dict, second == 6)
    assert written == [12.0, 54.0, 96.0]


class Unwritten:
    """A file that is not written."""

    def __enter__(self):
        return Path(os.devnull)

    def __exit__(self, *error):
        return False


def test_full_disk_stops_no_job(tmp_path, monkeypatch, caplog):
    def full(*arguments, **named):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    clock = iter(np.arange(0, 1e4, 100)).__next__
    file = CheckpointFile(tmp_path / ".c0.checkpoint", "me", clock)
    with caplog.at_level(logging.WARNING, "afterpulse"):
        file.update("first", lambda: ARRAYS, True)
    assert "no checkpoint" in caplog.text
    assert "No space left" in caplog.text
    assert list(tmp_path.iterdir()) == []
    file.remove()
