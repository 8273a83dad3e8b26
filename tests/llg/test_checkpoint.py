import subprocess
import sys

import discretisedfield as df
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg
from afterpulse.llg import checkpoint, evolution


class Killed(Exception):
    """Stands for a signal."""


def film(temperature):
    mesh = df.Mesh(p1=(0, 0, 0), p2=(24e-9, 24e-9, 2e-9), n=(8, 8, 1))
    system = mm.System(name="film", T=temperature)
    system.m = df.Field(mesh, nvdim=3, value=lambda p: (1, p[0] * 1e8, 0.2), norm=8e5)
    system.energy = mm.Exchange(A=1.3e-11) + mm.Demag()
    system.dynamics = mm.Precession(gamma0=2.211e5) + mm.Damping(alpha=0.05)
    return system


def drive(temperature, folder=None, seed=5):
    return llg.drive_batch(
        [film(temperature)],
        t=6e-11,
        n=3,
        seeds=[seed],
        time_step=2e-14 if temperature else 1e-13,
        checkpoint=folder,
    )


@pytest.mark.parametrize("temperature", [0.0, 300.0])
@pytest.mark.parametrize("saves", [1, 4, 7])
def test_interrupted_drive_goes_on_with_the_same_numbers(temperature, saves, tmp_path, monkeypatch):
    monkeypatch.setattr(evolution, "CHECKPOINT_SPACING", 0.0)
    monkeypatch.setattr(evolution, "STEPS", 20)
    expected = drive(temperature)
    done = 0

    def interrupt(*arguments):
        nonlocal done
        checkpoint.save(*arguments)
        done += 1
        if done == saves:
            raise Killed

    folder = tmp_path / "checkpoint"
    monkeypatch.setattr(evolution, "save", interrupt)
    with pytest.raises(Killed):
        drive(temperature, folder)
    assert (folder / "0" / checkpoint.STATE).exists()
    actual = drive(temperature, folder)
    np.testing.assert_array_equal(actual.m, expected.m)
    np.testing.assert_array_equal(actual.mean_m, expected.mean_m)
    assert not folder.exists()


def test_another_drive_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(evolution, "CHECKPOINT_SPACING", 0.0)
    monkeypatch.setattr(evolution, "STEPS", 20)

    def interrupt(*arguments):
        checkpoint.save(*arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(evolution, "save", interrupt)
        with pytest.raises(Killed):
            drive(300.0, tmp_path / "here")
    with pytest.raises(ValueError, match="another drive"):
        drive(300.0, tmp_path / "here", seed=6)


def test_state_survives_a_kill_while_the_next_one_is_written(tmp_path):
    state = {"m": jnp.arange(6.0)}
    checkpoint.save(tmp_path, "drive", 2, state)
    # The write is killed half way.
    script = (
        "import sys, os, signal, pathlib, numpy as np, jax.numpy as jnp\n"
        "from afterpulse.llg import checkpoint\n"
        "os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)\n"
        "checkpoint.save(pathlib.Path(sys.argv[1]), 'drive', 3, {'m': jnp.zeros(6)})\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert killed.returncode == -9
    outputs, actual = checkpoint.load(tmp_path, "drive", state)
    assert outputs == 2
    np.testing.assert_array_equal(actual["m"], state["m"])


def test_time_driver_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(evolution, "CHECKPOINT_SPACING", 0.0)
    monkeypatch.setattr(evolution, "STEPS", 10)
    expected, system = film(0.0), film(0.0)
    driver, drive_arguments = llg.TimeDriver(), {"t": 4e-11, "n": 4, "verbose": 0}
    driver.drive(expected, dirname=str(tmp_path / "whole"), **drive_arguments)
    done = 0

    def interrupt(*arguments):
        nonlocal done
        checkpoint.save(*arguments)
        done += 1
        if done == 5:
            raise Killed

    arguments = {**drive_arguments, "checkpoint": tmp_path / "here", "dirname": str(tmp_path)}
    with monkeypatch.context() as patch:
        patch.setattr(evolution, "save", interrupt)
        with pytest.raises(Killed):
            driver.drive(system, **arguments)
    driver.drive(system, **arguments)
    np.testing.assert_array_equal(system.m.array, expected.m.array)
    assert len(system.table.data) == 4
    assert not (tmp_path / "here").exists()
