import json

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg


@pytest.fixture
def system():
    mesh = df.Mesh(p1=(0, 0, 0), p2=(12e-9, 8e-9, 1e-9), n=(6, 4, 1))
    system = mm.System(name="film", T=100)
    system.m = df.Field(mesh, nvdim=3, value=(0.2, 0.1, 1), norm=1e6)
    system.energy = mm.Exchange(A=1e-11) + mm.Demag() + mm.Zeeman(H=(1e5, 0, 2e5))
    system.dynamics = mm.Precession(gamma0=mm.consts.gamma0) + mm.Damping(alpha=0.2)
    return system


def test_time_drive_leaves_a_directory(system, tmp_path):
    start = system.m
    batch = mm.System(
        name="same", energy=system.energy, dynamics=system.dynamics, m=start, T=system.T
    )
    driver = llg.TimeDriver()
    driver.drive(system, t=2e-12, n=3, dirname=tmp_path, seed=5, time_step=1e-13, verbose=0)
    directory = tmp_path / "film" / "drive-0"
    assert sorted(path.name for path in directory.iterdir()) == [
        "film-0000000.omf",
        "film-0000001.omf",
        "film-0000002.omf",
        "film.odt",
        "info.json",
        "m0.omf",
    ]
    assert df.Field.from_file(str(directory / "m0.omf")).allclose(start)
    assert df.Field.from_file(str(directory / "film-0000002.omf")).allclose(system.m)
    info = json.loads((directory / "info.json").read_text())
    assert info["driver"] == "TimeDriver"
    assert (info["drive_number"], info["seed"], info["t"], info["n"]) == (0, 5, 2e-12, 3)
    assert info["success"] is True
    # A drive is a batch of one.
    result = llg.drive_batch([batch], 2e-12, 3, [5], time_step=1e-13, dtype="float64")
    np.testing.assert_array_equal(system.table[["mx", "my", "mz"]].to_numpy(), result.mean_m[0])
    np.testing.assert_allclose(system.table["t"], result.time)
    energy = llg.compute(system.energy.energy, system)
    assert system.table["E"].iloc[-1] == pytest.approx(energy, rel=1e-9)
    lines = (directory / "film.odt").read_text().splitlines()
    rows = np.array([line.split() for line in lines if not line.startswith("#")], dtype=float)
    np.testing.assert_array_equal(rows, system.table.to_numpy())


def test_drives_are_numbered_and_deleted(system, tmp_path):
    llg.RelaxDriver().drive(system, dirname=tmp_path, verbose=0)
    llg.TimeDriver().drive(system, t=1e-13, n=1, dirname=tmp_path, verbose=0)
    assert sorted(path.name for path in (tmp_path / "film").iterdir()) == ["drive-0", "drive-1"]
    assert system.drive_number == 2
    llg.delete(system, dirname=tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert system.drive_number == 0


def test_relax_drive_reaches_the_field(system, tmp_path, capsys):
    system.energy = mm.Exchange(A=1e-11) + mm.Zeeman(H=(3e5, 0, 4e5))
    llg.RelaxDriver().drive(system, dirname=tmp_path)
    np.testing.assert_allclose(system.m.orientation.mean(), (0.6, 0, 0.8), atol=1e-5)
    field = 5e5 * mm.consts.mu0 * 1e6 * 96e-27
    assert system.table["E"].item() == pytest.approx(-field, rel=1e-6)
    assert "RelaxDriver" in capsys.readouterr().out


def test_failed_drive_leaves_nothing(system, tmp_path):
    before = system.m
    with pytest.raises(llg.IntegrationError, match="film"):
        llg.TimeDriver().drive(system, t=1e-10, n=2, dirname=tmp_path, time_step=5e-12, verbose=0)
    assert list((tmp_path / "film").iterdir()) == []
    assert system.m is before
