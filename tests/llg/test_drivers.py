import json

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg

UP, DOWN = (0, 0, 1e5), (0, 0, -1e5)


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
    driver = llg.TimeDriver(evolver=llg.ThermalEvolver(time_step=1e-13, seed=5))
    driver.drive(system, t=2e-12, n=3, dirname=tmp_path, verbose=0)
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
    assert (info["drive_number"], info["t"], info["n"]) == (0, 2e-12, 3)
    assert info["success"] is True
    # A drive is a batch of one.
    result = llg.drive_batch([batch], 2e-12, 3, [5], time_step=1e-13, dtype="float64")
    table = system.table.data
    np.testing.assert_allclose(table[["mx", "my", "mz"]], result.mean_m[0], rtol=1e-12)
    np.testing.assert_allclose(table["t"], result.time)
    assert system.table.x == "t"
    assert system.table.units["E_demag"] == "J"
    system.T = 0
    energy = llg.compute(system.energy.energy, system, dirname=tmp_path)
    assert table["E"].iloc[-1] == pytest.approx(energy, rel=1e-9)
    for term in system.energy:
        energy = llg.compute(term.energy, system, dirname=tmp_path)
        assert table[f"E_{term.name}"].iloc[-1] == pytest.approx(energy, rel=1e-9)
    lines = (directory / "film.odt").read_text().splitlines()
    rows = np.array([line.split() for line in lines if not line.startswith("#")], dtype=float)
    np.testing.assert_array_equal(rows, table.to_numpy())


def test_drives_are_numbered_and_deleted(system, tmp_path):
    llg.RelaxDriver().drive(system, dirname=tmp_path, verbose=0)
    system.T = 0
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
    assert system.table.data["E"].item() == pytest.approx(-field, rel=1e-6)
    assert "RelaxDriver" in capsys.readouterr().out


def test_failed_drive_says_so_and_changes_nothing(system, tmp_path):
    before = system.m
    driver = llg.TimeDriver(evolver=llg.ThermalEvolver(time_step=5e-12))
    with pytest.raises(llg.IntegrationError, match="film"):
        driver.drive(system, t=1e-10, n=2, dirname=tmp_path, verbose=0)
    info = json.loads((tmp_path / "film" / "drive-0" / "info.json").read_text())
    assert info["success"] is False
    assert system.m is before


def test_temperature_needs_an_evolver_that_has_one(system, tmp_path):
    with pytest.raises(RuntimeError, match=r"T = 100.* needs an evolver"):
        llg.TimeDriver().drive(system, t=1e-13, n=1, dirname=tmp_path)
    system.T = 0
    with pytest.raises(RuntimeError, match="T > 0"):
        llg.TimeDriver(evolver=llg.ThermalEvolver()).drive(system, t=1e-13, n=1, dirname=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("driver", "arguments", "error", "named"),
    [
        (llg.TimeDriver(), {"t": 1e-12}, TypeError, "needs t, .* and n"),
        (llg.TimeDriver(), {"t": -1e-12, "n": 1}, ValueError, "t must be positive"),
        (llg.TimeDriver(), {"t": 1e-12, "n": 0}, ValueError, "n must be"),
        (llg.TimeDriver(), {"n": 1}, TypeError, "needs t, .* and n"),
        (llg.TimeDriver(), {"t": "1e-12", "n": 1}, ValueError, "t must be a number, not '1e-12'"),
        (llg.TimeDriver(), {"t": True, "n": 1}, ValueError, "t must be a number, not True"),
        (llg.TimeDriver(), {"t": float("nan"), "n": 1}, ValueError, "t must be positive, not nan"),
        (llg.TimeDriver(), {"t": float("inf"), "n": 1}, ValueError, "t must be positive, not inf"),
        (llg.TimeDriver(), {"t": 1e-12, "n": 5.0}, ValueError, r"positive integer, not 5\.0"),
        (llg.TimeDriver(), {"t": 1e-12, "n": True}, ValueError, "positive integer, not True"),
        (llg.TimeDriver(), {"t": 1e-12, "n": np.int64(-1)}, ValueError, "positive integer"),
        (llg.TimeDriver(dtype="float16"), {"t": 1, "n": 1}, ValueError, "dtype .*'float16'"),
        (llg.TimeDriver(stopping_dm_dt="1"), {"t": 1, "n": 1}, ValueError, "stopping_dm_dt"),
        (llg.MinDriver(stopping_mxHxm=-1), {}, ValueError, "stopping_mxHxm must be positive"),
        (llg.MinDriver(), {"t": 1e-12}, TypeError, "MinDriver has no argument 't'"),
        (llg.MinDriver(), {"n_threads": True}, ValueError, "n_threads"),
        (llg.MinDriver(), {"fixed_subregions": "left"}, ValueError, r"a list .*\['left'\]"),
        (llg.TimeDriver(), {"t": 1e-12, "n": 1, "steps": 3}, TypeError, "'steps'"),
        (llg.MinDriver(), {"n_threads": 0}, ValueError, "n_threads"),
        (llg.MinDriver(), {"fixed_subregions": ["gone"]}, ValueError, "'gone'"),
        (llg.MinDriver(evolver=llg.ThermalEvolver()), {}, TypeError, "ThermalEvolver"),
        (llg.HysteresisDriver(), {"Hmin": (0, 0, 1)}, ValueError, "Hsteps"),
        (llg.HysteresisDriver(), {"Hsteps": [((0, 0), (0, 0, 1), 3)]}, ValueError, "Hsteps"),
        (llg.HysteresisDriver(), {}, ValueError, "or Hsteps, not nothing"),
        (llg.HysteresisDriver(), {"Hsteps": []}, ValueError, r"Hsteps .* not \[\]"),
        (llg.HysteresisDriver(), {"Hsteps": 3}, ValueError, "Hsteps .* not 3"),
        (llg.HysteresisDriver(), {"Hsteps": [3]}, ValueError, "Hsteps: expected .* not 3"),
        (
            llg.HysteresisDriver(),
            {"Hsteps": [(UP, DOWN, 3.0)]},
            ValueError,
            r"Hsteps: n .* 2 or more, not 3\.0",
        ),
        (
            llg.HysteresisDriver(),
            {"Hsteps": [(UP, DOWN, 3)], "n": 3},
            ValueError,
            "not n and Hsteps",
        ),
        (
            llg.HysteresisDriver(),
            {"Hmin": 1, "Hmax": UP, "n": 3},
            ValueError,
            "Hmin must be a vector of three numbers, not 1",
        ),
        (
            llg.HysteresisDriver(),
            {"Hmin": DOWN, "Hmax": (0, 0, float("nan")), "n": 3},
            ValueError,
            "Hmax, component z must be finite, not nan",
        ),
        *(
            (llg.HysteresisDriver(), {"Hmin": DOWN, "Hmax": UP, "n": n}, ValueError, "n must be")
            for n in (1, 2.0, True)
        ),
    ],
)
def test_wrong_arguments_are_named(driver, arguments, error, named, system, tmp_path):
    system.T = 0
    with pytest.raises(error, match=named):
        driver.drive(system, dirname=tmp_path, verbose=0, **arguments)


def test_numbers_of_numpy_are_numbers(system, tmp_path):
    system.T = 0
    same = mm.System(name="same", energy=system.energy, dynamics=system.dynamics, m=system.m)
    llg.TimeDriver().drive(system, t=2e-13, n=2, dirname=tmp_path, verbose=0)
    numpy = {"t": np.float64(2e-13), "n": np.int32(2), "n_threads": np.int64(1)}
    llg.TimeDriver().drive(same, dirname=tmp_path, verbose=0, **numpy)
    np.testing.assert_array_equal(same.m.array, system.m.array)
    info = json.loads((tmp_path / "same" / "drive-0" / "info.json").read_text())
    assert {name: info[name] for name in numpy} == {"t": 2e-13, "n": 2, "n_threads": 1}
    fields = {"Hmin": np.array(DOWN), "Hmax": np.array(UP), "n": np.int64(2)}
    llg.HysteresisDriver().drive(same, dirname=tmp_path, verbose=0, **fields)
    info = json.loads((tmp_path / "same" / "drive-1" / "info.json").read_text())
    assert (info["Hmin"], info["Hmax"], info["n"]) == ([*DOWN], [*UP], 2)


def test_ovf_formats(system, tmp_path):
    driver = llg.MinDriver()
    for number, (ovf_format, exact) in enumerate([("bin4", 1e-6), ("txt", 1e-12), ("bin8", 0)]):
        driver.drive(system, dirname=tmp_path, verbose=0, ovf_format=ovf_format)
        (file,) = (tmp_path / "film" / f"drive-{number}").glob("film-*.omf")
        read = df.Field.from_file(str(file))
        np.testing.assert_allclose(read.array, system.m.array, rtol=exact, atol=1e6 * exact)
    with pytest.raises(ValueError, match="ovf_format"):
        driver.drive(system, dirname=tmp_path, verbose=0, ovf_format="bin2")


def test_drive_stops_once_nothing_turns(system, tmp_path):
    system.T = 0
    driver = llg.TimeDriver(stopping_dm_dt=1.0)
    driver.drive(system, t=1e-7, n=1000, dirname=tmp_path, verbose=0)
    assert len(system.table.data) < 200
    # The field at rest has no torque left: a degree a nanosecond is 1.7e7 rad/s.
    last = system.table.data["max_mxHxm"].iloc[-1]
    assert last < 1.7e7 / mm.consts.gamma0 * np.sqrt(1 + 0.2**2) / 0.2


def test_hysteresis_of_a_macrospin_along_its_axis(tmp_path):
    # Stoner and Wohlfarth: the field along the axis switches at 2 K / (mu0 M_s).
    mesh = df.Mesh(p1=(0, 0, 0), p2=(2e-9, 2e-9, 2e-9), n=(1, 1, 1))
    system = mm.System(name="grain", m=df.Field(mesh, nvdim=3, value=(0, 0.02, 1), norm=1e6))
    system.energy = mm.UniaxialAnisotropy(K=1e5, u=(0, 0, 1)) + mm.Zeeman(H=(0, 10, 0))
    switching = 2e5 / (mm.consts.mu0 * 1e6)
    fields = [fraction * switching for fraction in (1.5, -0.9, -0.99, -1.01, -1.5)]
    steps = [((0, 0, a), (0, 0, b), 2) for a, b in zip(fields, fields[1:], strict=False)]
    llg.HysteresisDriver().drive(system, Hsteps=steps, dirname=tmp_path, verbose=0)
    table = system.table.data
    inductions = 1e3 * mm.consts.mu0 * np.array(fields)
    np.testing.assert_allclose(table["Bz_hysteresis"], inductions, rtol=1e-12)
    np.testing.assert_allclose(table["B_hysteresis"], abs(table["Bz_hysteresis"]), rtol=1e-12)
    assert list(np.sign(table["mz"])) == [1, 1, 1, -1, -1]


def test_scheduled_drive_runs_on_its_own(system, tmp_path):
    system.T = 0
    fresh = mm.System(name="same", energy=system.energy, dynamics=system.dynamics, m=system.m)
    # A shell takes the place of the scheduler.
    llg.TimeDriver().schedule(
        system, "sh", "# no header", t=1e-12, n=2, dirname=tmp_path, verbose=0
    )
    directory = tmp_path / "film" / "drive-0"
    llg.TimeDriver().drive(fresh, t=1e-12, n=2, dirname=tmp_path, verbose=0)
    last = df.Field.from_file(str(directory / "film-0000001.omf"))
    np.testing.assert_array_equal(last.array, fresh.m.array)


def test_what_cannot_be_stored_is_not_scheduled(system, tmp_path):
    system.T = 0
    system.energy += mm.Zeeman(name="pulse", H=(1, 0, 0), func=lambda t: t, dt=1e-13)
    with pytest.raises(ValueError, match="cannot be scheduled"):
        llg.TimeDriver().schedule(system, "sh", "", t=1e-12, n=1, dirname=tmp_path, verbose=0)


def test_temperature_in_space_and_time_by_a_driver(tmp_path):
    mesh = df.Mesh(p1=(0, 0, 0), p2=(4e-8, 2e-8, 2e-9), n=(20, 10, 1))
    systems = []
    for name in ("driver", "batch"):
        system = mm.System(name=name, energy=mm.Exchange(A=1e-11), T=300)
        system.m = df.Field(mesh, nvdim=3, value=(0, 0, 1), norm=8e5)
        system.dynamics = mm.Precession(gamma0=mm.consts.gamma0) + mm.Damping(alpha=0.1)
        systems.append(system)
    cold_half = df.Field(mesh, nvdim=1, value=lambda point: float(point[0] > 2e-8))
    evolver = llg.ThermalEvolver(time_step=1e-13, seed=4)
    llg.TimeDriver(evolver=evolver).drive(
        systems[0],
        t=1e-12,
        n=1,
        temperature_in_space=cold_half,
        temperature_in_time=lambda time: 2.0,
        dirname=str(tmp_path),
        verbose=0,
    )
    llg.drive_batch(
        systems[1:],
        t=1e-12,
        n=1,
        seeds=[4],
        time_step=1e-13,
        dtype="float64",
        temperature_in_space=[cold_half],
        temperature_in_time=[lambda time: 2.0],
    )
    np.testing.assert_array_equal(systems[0].m.array, systems[1].m.array)
    assert "temperature_in_space" in (tmp_path / "driver/drive-0/info.json").read_text()


def grain(n=(1, 1, 1), transverse=0.0, edge=2e-9):
    """Spins with a common easy axis along z, and a constant field across it."""
    mesh = df.Mesh(p1=(0, 0, 0), p2=tuple(edge * k for k in n), n=n)
    system = mm.System(name="grain", m=df.Field(mesh, nvdim=3, value=(0, 0.02, 1), norm=1e6))
    system.energy = mm.UniaxialAnisotropy(K=1e5, u=(0, 0, 1)) + mm.Exchange(A=1e-11)
    system.energy += mm.Zeeman(H=(0, transverse, 0))
    return system


SWITCHING = 2e5 / (mm.consts.mu0 * 1e6)


def loop_along(system, angle, reach, tmp_path, driver=None):
    """Drive a loop at an angle to the easy axis, in steps of 2 %; its switching field."""
    direction = np.array([np.sin(angle), 0, np.cos(angle)])
    ends = {"Hmin": tuple(reach * direction), "Hmax": tuple(-reach * direction)}
    (driver or llg.HysteresisDriver()).drive(system, n=151, dirname=tmp_path, verbose=0, **ends)
    table = system.table.data.iloc[:151]
    columns = [f"B{axis}_hysteresis" for axis in "xyz"]
    along = table[columns].to_numpy() @ direction / (1e3 * mm.consts.mu0)
    reversed_ = (table[["mx", "my", "mz"]].to_numpy() @ direction) < 0
    return -along[reversed_.argmax()] if reversed_.any() else None


@pytest.mark.parametrize("n", [(1, 1, 1), (4, 1, 1)])
def test_loop_exactly_along_an_easy_axis_warns(n, tmp_path):
    # Stoner and Wohlfarth: (cos^2/3 + sin^2/3)^-3/2 of the anisotropy field at an angle.
    with pytest.warns(UserWarning, match="exactly along an axis of symmetry.* Tilt the") as caught:
        assert loop_along(grain(n), 0.0, 1.5 * SWITCHING, tmp_path) is None
    assert [warning.filename for warning in caught] == [__file__]
    for angle in np.radians([1, 5]):
        actual = loop_along(grain(n), angle, 1.5 * SWITCHING, tmp_path)
        expected = (np.cos(angle) ** (2 / 3) + np.sin(angle) ** (2 / 3)) ** -1.5
        assert 0 <= actual / SWITCHING - expected < 0.02


def test_what_breaks_the_symmetry_of_a_loop_needs_no_warning(tmp_path, recwarn):
    assert loop_along(grain(transverse=10), 0.0, 1.5 * SWITCHING, tmp_path) < 1.02 * SWITCHING
    # A loop that does not turn against m needs none either.
    llg.HysteresisDriver().drive(grain(), Hmin=(0, 0, 0), Hmax=UP, n=2, dirname=tmp_path, verbose=0)
    assert not recwarn.list
    # float32 stops at 100 A/m, so a field of 10 A/m across the axis is lost.
    single = llg.HysteresisDriver(dtype="float32")
    with pytest.warns(UserWarning, match="axis of symmetry"):
        assert loop_along(grain(transverse=10), 0.0, 1.5 * SWITCHING, tmp_path, single) is None


def test_loop_at_a_temperature_warns(tmp_path):
    system = grain(transverse=10)
    system.T = 300
    with pytest.warns(UserWarning, match="disregards T = 300 K") as caught:
        llg.HysteresisDriver().drive(system, Hmin=DOWN, Hmax=UP, n=2, dirname=tmp_path, verbose=0)
    assert [warning.filename for warning in caught] == [__file__]


def test_mesh_in_wrong_units_warns(tmp_path, recwarn):
    def relaxed():
        return llg.relax_batch([grain(n=(2, 1, 1), edge=1.0), grain(n=(2, 1, 1), edge=1.0)])

    def driven(driver, **arguments):
        system = grain(n=(2, 1, 1), edge=1.0)
        system.dynamics = mm.Precession(gamma0=mm.consts.gamma0) + mm.Damping(alpha=0.1)
        driver.drive(system, dirname=tmp_path, verbose=0, **arguments)

    loop = {"Hmin": (0, 1e5, 0), "Hmax": (0, 1e5, 1e5), "n": 2}
    for run in (
        relaxed,
        lambda: driven(llg.TimeDriver(), t=1e-13, n=1),
        lambda: driven(llg.MinDriver()),
        lambda: driven(llg.HysteresisDriver(), **loop),
    ):
        with pytest.warns(UserWarning, match="edge of 1 m; lengths are in metres") as caught:
            run()
        assert [warning.filename for warning in caught] == [__file__]
    llg.relax_batch([grain(n=(2, 1, 1), edge=1e-7)])
    assert not recwarn.list
