import discretisedfield as df
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg
from afterpulse.llg import checkpoint, evolution
from afterpulse.llg.fields.thermal import seed_key, standard_normal

BOLTZMANN, MU0 = 1.380649e-23, 4e-7 * np.pi
MS, T, EDGE = 8e5, 300.0, 3e-9
STEP = 2e-13

pytestmark = pytest.mark.usefixtures("in_empty_folder")


def spins(name="spins", field=0.0, cells=16):
    """Spins that do not interact."""
    mesh = df.Mesh(p1=(0, 0, 0), p2=(cells * EDGE, cells * EDGE, EDGE), n=(cells, cells, 1))
    system = mm.System(name=name, T=T)
    system.m = df.Field(mesh, nvdim=3, value=(0, 0, 1), norm=MS)
    system.energy = mm.Zeeman(H=(0, 0, field))
    system.dynamics = mm.Precession(gamma0=2.211e5) + mm.Damping(alpha=0.5)
    return system


def evolver(seed=7):
    return llg.ThermalEvolver(time_step=STEP, seed=seed)


def one_driver():
    driver = llg.TimeDriver(evolver=evolver())
    return lambda system, **time: driver.drive(system, verbose=0, **time)


def one_evolver():
    used = evolver()
    return lambda system, **time: llg.TimeDriver(evolver=used).drive(system, verbose=0, **time)


def new_evolver():
    return lambda system, **time: llg.TimeDriver(evolver=evolver()).drive(system, verbose=0, **time)


def batch():
    return lambda system, **time: llg.drive_batch([system], seeds=[7], time_step=STEP, **time)


WAYS = [one_driver, one_evolver, new_evolver, batch]


def unit(system):
    return system.m.orientation.array


@pytest.mark.parametrize("way", WAYS)
def test_many_drives_reach_thermal_equilibrium(way):
    # Langevin's function of mu0 M_s V H / k_B T = 1 is coth 1 - 1 = 0.3130. With the same noise
    # in each drive the mean is 0.55.
    system, drive = spins(field=BOLTZMANN * T / (MU0 * MS * EDGE**3)), way()
    means = []
    for _ in range(60):
        drive(system, t=2e-11, n=1)
        means.append(unit(system)[..., 2].mean())
    # 256 spins, correlated over about 5 drives: 0.54 / sqrt(256 * 45 / 5) = 0.012.
    assert np.mean(means[15:]) == pytest.approx(1 / np.tanh(1) - 1, abs=0.04)


@pytest.mark.parametrize("way", WAYS)
def test_two_drives_see_the_noise_of_one(way):
    # Without a field the thermal field alone turns the spins.
    whole, parts = spins("whole"), spins("parts")
    way()(whole, t=3e-12, n=3)
    drive = way()
    drive(parts, t=1e-12, n=1)
    drive(parts, t=2e-12, n=2)
    np.testing.assert_allclose(unit(parts), unit(whole), atol=1e-12)


def test_another_time_step_does_not_repeat_the_noise():
    system, driver = spins(), llg.TimeDriver(evolver=evolver())
    driver.drive(system, t=STEP, n=1, verbose=0)
    first = unit(system)
    system.m = df.Field(system.m.mesh, nvdim=3, value=(0, 0, 1), norm=MS)
    driver.evolver.time_step = STEP / 2
    driver.drive(system, t=STEP / 2, n=1, verbose=0)
    assert abs(np.corrcoef(first[..., 0].ravel(), unit(system)[..., 0].ravel())[0, 1]) < 0.2


@pytest.mark.parametrize("way", WAYS)
def test_a_script_that_runs_again_gives_the_same_numbers(way):
    def script(name):
        system, drive = spins(name, field=1e5), way()
        for _ in range(3):
            drive(system, t=1e-12, n=1)
        return unit(system)

    # The directory of the first run does not matter.
    np.testing.assert_array_equal(script("film"), script("film"))


def test_systems_of_one_seed_share_the_noise_but_those_of_one_evolver_do_not():
    alike = [spins("a"), spins("b")]
    for system in alike:
        new_evolver()(system, t=1e-12, n=1)
    np.testing.assert_array_equal(unit(alike[0]), unit(alike[1]))
    other = [spins("c"), spins("d")]
    drive = one_evolver()
    for system in other:
        drive(system, t=1e-12, n=1)
    np.testing.assert_array_equal(unit(other[0]), unit(alike[0]))
    assert abs(unit(other[1]) - unit(other[0])).max() > 0.1


def test_a_seed_that_comes_back_goes_on():
    system, driver = spins(), llg.TimeDriver(evolver=evolver(1))
    turned = []
    for seed in (1, 2, 1):
        system.m = df.Field(system.m.mesh, nvdim=3, value=(0, 0, 1), norm=MS)
        driver.evolver.seed = seed
        driver.drive(system, t=1e-12, n=1, verbose=0)
        turned.append(unit(system)[..., 0].ravel())
    assert abs(np.corrcoef(turned) - np.eye(3)).max() < 0.2


def test_delete_begins_anew():
    system, ends = spins(), []
    for _ in range(2):
        system.m = df.Field(system.m.mesh, nvdim=3, value=(0, 0, 1), norm=MS)
        new_evolver()(system, t=1e-12, n=1)
        ends.append(unit(system))
        llg.delete(system)
    np.testing.assert_array_equal(*ends)


def test_a_drive_that_failed_uses_no_noise():
    whole, failed = spins("whole"), spins("failed")
    driver = llg.TimeDriver(evolver=evolver())
    driver.drive(whole, t=1e-12, n=1, verbose=0)
    retry = llg.TimeDriver(evolver=evolver())
    with pytest.raises(ValueError, match="ovf_format"):
        retry.drive(failed, t=1e-12, n=1, ovf_format="png", verbose=0)
    failed.energy += mm.Zeeman(name="huge", H=(1e9, 0, 0))
    with pytest.raises(llg.IntegrationError):
        retry.drive(failed, t=1e-12, n=1, verbose=0)
    failed.energy -= failed.energy.huge
    retry.drive(failed, t=1e-12, n=1, verbose=0)
    np.testing.assert_array_equal(unit(failed), unit(whole))


class Killed(Exception):
    """Stands for a signal."""


@pytest.mark.parametrize("another_process", [False, True])
def test_a_killed_drive_goes_on_and_so_does_the_next_one(another_process, tmp_path, monkeypatch):
    monkeypatch.setattr(evolution, "CHECKPOINT_SPACING", 0.0)
    monkeypatch.setattr(evolution, "STEPS", 2)

    def drives(system, driver, folder):
        driver.drive(system, t=2e-12, n=2, checkpoint=folder, verbose=0)
        driver.drive(system, t=1e-12, n=1, verbose=0)
        return unit(system)

    def first():
        system, driver = spins(), llg.TimeDriver(evolver=evolver())
        driver.drive(system, t=1e-12, n=1, verbose=0)
        return system, driver

    expected = drives(*first(), tmp_path / "whole")
    saved = 0

    def interrupt(*arguments):
        nonlocal saved
        checkpoint.save(*arguments)
        saved += 1
        if saved == 4:
            raise Killed

    system, driver = first()
    with monkeypatch.context() as patch:
        patch.setattr(evolution, "save", interrupt)
        with pytest.raises(Killed):
            drives(system, driver, tmp_path / "here")
    if another_process:
        # It reads the magnetisation that the first drive left, and knows nothing else of it.
        m = system.m
        system, driver = spins(), llg.TimeDriver(evolver=evolver())
        system.m = m
    np.testing.assert_array_equal(drives(system, driver, tmp_path / "here"), expected)


def test_scheduled_drives_differ():
    system, driver = spins(), llg.TimeDriver(evolver=evolver())
    for _ in range(2):
        driver.schedule(system, "sh", "# no header", t=1e-12, n=1, verbose=0)
    ends = [
        df.Field.from_file(f"spins/drive-{number}/spins-0000000.omf").orientation.array
        for number in range(2)
    ]
    assert abs(ends[0] - ends[1]).max() > 0.1
    driven = spins("driven")
    new_evolver()(driven, t=1e-12, n=1)
    np.testing.assert_allclose(ends[0], unit(driven), atol=1e-12)


def test_late_steps_have_noise_of_their_own():
    key = jnp.asarray(seed_key(3))
    early, late = (standard_normal(key, jnp.asarray(step), (500,)) for step in (5, 2**32 + 5))
    assert abs(np.corrcoef(early, late)[0, 1]) < 0.2
