"""The table against the columns of oommfc 0.66 with OOMMF 2.1a0, written down here."""

import discretisedfield as df
import micromagneticdata
import micromagneticmodel as mm
import numpy as np
import pytest
import ubermagtable

from afterpulse import llg

pytestmark = pytest.mark.usefixtures("in_empty_folder")

EDGE, MS, MU0 = 5e-9, 8e5, 4e-7 * np.pi
VOLUME = EDGE**3


def pair(energy, dynamics=None, name="pair"):
    """Two cells, each a subregion, with directions of their own."""
    halves = {
        key: df.Region(p1=(x, 0, 0), p2=(x + EDGE, EDGE, EDGE))
        for key, x in (("a", 0), ("b", EDGE))
    }
    mesh = df.Mesh(p1=(0, 0, 0), p2=(2 * EDGE, EDGE, EDGE), n=(2, 1, 1), subregions=halves)
    system = mm.System(name=name, energy=energy)
    directions = np.array([(1.0, 0.2, 0.3), (0.1, 1.0, 0.3)]).reshape(2, 1, 1, 3)
    system.m = df.Field(mesh, nvdim=3, value=directions, norm=MS)
    system.dynamics = mm.Precession(gamma0=2.211e5) + mm.Damping(alpha=0.1)
    for term in dynamics or ():
        system.dynamics += term
    return system


def field(value):
    mesh = pair(mm.Demag()).m.mesh
    return df.Field(mesh, nvdim=np.size(value), value=value)


REGIONAL = {"a": (1e4, 0, 0), "b": (0, 1e4, 0)}
SINE = {"func": "sin", "f": 1e9, "t0": 0}
SCRIPT = {
    "script": "proc Still { t } { return [list 1 0 0 0 1 0 0 0 1 0 0 0 0 0 0 0 0 0] }\n",
    "script_name": "Still",
    "script_args": "total_time",
    "type": "general",
    "energy": "Oxs_TransformZeeman",
}

DEFAULT_NAMES = [
    (mm.Exchange(A=1e-11), {"E_exchange": "J", "max_spin_ang_exchange": "deg"}),
    (mm.Demag(), {"E_demag": "J"}),
    (mm.Zeeman(H=(0, 0, 1e5)), {"E_zeeman": "J"}),
    (mm.UniaxialAnisotropy(K=1e5, u=(0, 0, 1)), {"E_uniaxialanisotropy": "J"}),
    (mm.CubicAnisotropy(K=1e4, u1=(1, 0, 0), u2=(0, 1, 0)), {"E_cubicanisotropy": "J"}),
    (mm.RKKY(sigma=1e-4, subregions=["a", "b"]), {"E_rkky": "J"}),
    (
        mm.MagnetoElastic(B1=1e6, B2=2e6, e_diag=(0, 0, 1e-3), e_offdiag=(0, 0, 1e-3)),
        {"MEL_E": "J"},
    ),
    (mm.DMI(D=1e-3, crystalclass="T"), {"E_dmi": "J"}),
]
OWN_NAMES = [
    (mm.Exchange(name="soft", A=1e-11), {"E_exchange_soft": "J", "max_spin_ang_soft": "deg"}),
    (
        mm.Exchange(name="byregion", A={"a": 1e-12, "a:b": 2e-12}),
        {
            "E_byregion": "J",
            "max_spin_ang_byregion": "deg",
        },
    ),
    (
        mm.Exchange(name="byfield", A=field(1e-12)),
        {
            "E_byfield": "J",
            "max_spin_ang_byfield": "deg",
        },
    ),
    (mm.Zeeman(name="bias", H=(0, 0, 1e5)), {"E_zeeman_bias": "J"}),
    (
        mm.Zeeman(name="regional", H={"a": (1e4, 0, 0), "b": (0, 1e4, 0)}),
        {"E_zeeman_regional": "J"},
    ),
    (mm.UniaxialAnisotropy(name="bulk", K=1e5, u=(0, 0, 1)), {"E_bulk": "J"}),
    (mm.UniaxialAnisotropy(name="fourth", K1=1e4, K2=1e3, u=(1, 0, 0)), {"E_fourth": "J"}),
    (mm.CubicAnisotropy(name="c1", K=1e4, u1=(1, 0, 0), u2=(0, 1, 0)), {"E_c1": "J"}),
    (mm.CubicAnisotropy(name="c2", K=2e4, u1=(1, 0, 0), u2=(0, 1, 0)), {"E_c2": "J"}),
    (
        mm.MagnetoElastic(name="strain", B1=1e6, B2=0, e_diag=(0, 0, 1e-3), e_offdiag=(0, 0, 0)),
        {"MEL_E_strain": "J"},
    ),
    (mm.RKKY(name="spacer", sigma=1e-4, subregions=["a", "b"]), {"E_spacer": "J"}),
    (mm.Demag(name="stray"), {"E_stray": "J"}),
    # ubermagtable knows no class of OOMMF's extensions for one axis.
    (mm.DMI(name="edge", D=1e-3, crystalclass="Cnv_z"), {"DMI_Cnv_z:edge:Energy": "J"}),
    (mm.DMI(name="d2d", D=1e-3, crystalclass="D2d_x"), {"DMI_D2d_x:d2d:Energy": "J"}),
    (mm.DMI(name="bulkdmi", D=1e-3, crystalclass="O"), {"E_bulkdmi": "J"}),
]
IN_TIME = [
    (
        mm.Zeeman(name="sine", H=(1e5, 2e4, 0), **SINE),
        {
            "E_sine": "J",
            **{f"B{axis}_sine": "mT" for axis in ("", "x", "y", "z")},
        },
    ),
    (
        mm.Zeeman(name="called", H=(1e5, 2e4, 0), func=np.cos, dt=1e-12),
        {
            "E_called": "J",
            **{f"B{axis}_called": "mT" for axis in ("", "x", "y", "z")},
        },
    ),
    (mm.Zeeman(name="uniform", H=field((1e5, 0, 0)), **SINE), {"E_uniform": "J"}),
    (mm.Zeeman(name="halves", H={"a": (1e5, 0, 0), "b": (1e5, 0, 0)}, **SINE), {"E_halves": "J"}),
]
TIME = {name: "" for name in ("stage", "mx", "my", "mz")} | {"E": "J", "t": "s"}
MINIMUM = {name: "" for name in ("iteration", "stage_iteration", "stage", "mx", "my", "mz")} | {
    "E": "J",
    "max_mxHxm": "A/m",
}
LOOP = MINIMUM | {"E_zeeman_hysteresis": "J"}
LOOP |= {f"B{axis}_hysteresis": "mT" for axis in ("", "x", "y", "z")}

DRIVERS = {
    "time": (llg.TimeDriver, {"t": 2e-13, "n": 2}, TIME | {"max_mxHxm": "A/m"}, "t", 2),
    "minimum": (llg.MinDriver, {}, MINIMUM, "iteration", 1),
    "relaxation": (llg.RelaxDriver, {}, MINIMUM, "iteration", 1),
    "loop": (
        llg.HysteresisDriver,
        {"Hmin": (0, 2e4, -1e5), "Hmax": (0, 2e4, 1e5), "n": 2},
        LOOP,
        "B_hysteresis",
        3,
    ),
}


def joined(terms):
    """Return the terms as one energy, and their columns."""
    columns = {}
    for _, part in terms:
        columns |= part
    return mm.Energy(terms=[term for term, _ in terms]), columns


@pytest.mark.parametrize("terms", [DEFAULT_NAMES, OWN_NAMES], ids=["default names", "own names"])
@pytest.mark.parametrize("driver", DRIVERS)
def test_columns_and_units_are_those_of_oommfc(driver, terms):
    kind, arguments, others, x, lines = DRIVERS[driver]
    energy, columns = joined(terms)
    system = pair(energy)
    kind().drive(system, verbose=0, **arguments)
    assert system.table.units == columns | others
    assert set(system.table.data) == set(columns | others)
    assert (system.table.x, len(system.table.data)) == (x, lines)
    read = ubermagtable.Table.fromfile("pair/drive-0/pair.odt", x=x)
    assert read.units == system.table.units
    assert list(read.data) == list(system.table.data)
    np.testing.assert_array_equal(read.data.to_numpy(), system.table.data.to_numpy())


def test_columns_of_terms_in_time():
    energy, columns = joined(IN_TIME)
    system = pair(energy)
    llg.TimeDriver().drive(system, t=2e-13, n=1, verbose=0)
    assert system.table.units == columns | TIME | {"max_mxHxm": "A/m"}


def test_script_that_transforms_a_field_has_an_energy_only():
    pytest.importorskip("tkinter", reason="this Python has no Tcl")
    system = pair(mm.Zeeman(name="script", H=(0, 0, 1e5), tcl_strings=SCRIPT))
    llg.TimeDriver().drive(system, t=2e-13, n=1, verbose=0)
    assert set(system.table.data) - set(TIME) == {"E_script", "max_mxHxm"}


def test_columns_of_currents():
    spin = {"mp": (0, 1, 0), "P": 0.4, "Lambda": 2}
    half = {"func": lambda t: 0.5, "dt": 1e-13}
    for dynamics, expected in (
        # OOMMF's Oxs_SpinXferEvolve: the mean over all cells times the profile.
        ([mm.Slonczewski(J={"a": 1e12, "b": 2e12}, **spin, **half)], {"average_J": 7.5e11}),
        ([mm.ZhangLi(u=100.0, beta=0.1)], {"average_u": 100.0}),
        (
            [mm.ZhangLi(u=(30.0, 40.0, 0), beta=0.1, **half)],
            {
                f"SpinTEvolve_3d:evolver:average u{axis}": value
                for axis, value in {"": 25.0, "x": 15.0, "y": 20.0, "z": 0.0}.items()
            },
        ),
        # OOMMF has no second current.
        (
            [mm.Slonczewski(name=name, J=J, **spin) for name, J in (("up", 1e12), ("on", -2e12))],
            {"SpinXferEvolve:up:average J": 1e12, "SpinXferEvolve:on:average J": -2e12},
        ),
    ):
        system = pair(mm.Zeeman(H=(0, 0, 1e5)), dynamics)
        llg.TimeDriver().drive(system, t=2e-13, n=1, verbose=0)
        data = system.table.data
        assert {name for name in data if "average" in name} == set(expected)
        for name, value in expected.items():
            assert data[name].item() == pytest.approx(value, rel=1e-12)
            assert system.table.units[name] == ("A/m^2" if "J" in name else "m/s")


def test_temperature_is_a_column_above_zero():
    system = pair(mm.Zeeman(H=(0, 0, 1e5)))
    system.T = 100
    evolver = llg.ThermalEvolver(time_step=1e-13, seed=1)
    twice = {"temperature_in_time": lambda t: 2.0}
    llg.TimeDriver(evolver=evolver).drive(system, t=2e-13, n=1, verbose=0, **twice)
    assert system.table.data["T"].item() == 200
    assert system.table.units["T"] == "K"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_energies_of_named_terms_follow_from_m(dtype):
    # Densities of micromagneticmodel's reference; exchange as 2 A (1 - m_1 . m_2) / d^2 a pair.
    energy, _ = joined(OWN_NAMES + IN_TIME)
    system = pair(energy)
    llg.TimeDriver(dtype=dtype).drive(system, t=2e-13, n=1, verbose=0)
    first, second = m = system.m.orientation.array[:, 0, 0]
    line, cosine = system.table.data.iloc[-1], first @ second
    per_field = -MU0 * MS * VOLUME
    sine = np.sin(2 * np.pi * 1e9 * 2e-13)
    called = np.cos(2e-13)
    expected = {
        "E_exchange_soft": 2 * 1e-11 * (1 - cosine) / EDGE**2 * VOLUME,
        "E_byregion": 2 * 2e-12 * (1 - cosine) / EDGE**2 * VOLUME,
        "E_byfield": 2 * 1e-12 * (1 - cosine) / EDGE**2 * VOLUME,
        "E_zeeman_bias": per_field * 1e5 * m[:, 2].sum(),
        "E_zeeman_regional": per_field * 1e4 * (first[0] + second[1]),
        "E_bulk": -1e5 * VOLUME * (m[:, 2] ** 2).sum(),
        "E_fourth": -VOLUME * (1e4 * m[:, 0] ** 2 + 1e3 * m[:, 0] ** 4).sum(),
        "MEL_E_strain": 1e6 * 1e-3 * VOLUME * (m[:, 2] ** 2).sum(),
        "E_spacer": -2 * 1e-4 * EDGE**2 * cosine,
        "E_sine": per_field * sine * (1e5 * m[:, 0] + 2e4 * m[:, 1]).sum(),
        "E_called": per_field * called * (1e5 * m[:, 0] + 2e4 * m[:, 1]).sum(),
        "E_uniform": per_field * sine * 1e5 * m[:, 0].sum(),
        "E_halves": per_field * sine * 1e5 * m[:, 0].sum(),
        "Bx_sine": 1e3 * MU0 * 1e5 * sine,
        "By_sine": 1e3 * MU0 * 2e4 * sine,
        "B_sine": 1e3 * MU0 * np.hypot(1e5, 2e4) * sine,
        "max_spin_ang_soft": np.degrees(np.arccos(cosine)),
        "max_spin_ang_byregion": np.degrees(np.arccos(cosine)),
    }
    square = m**2
    cubic = (square[:, 0] * square[:, 1] + square[:, 2] * (1 - square[:, 2])).sum()
    expected |= {"E_c1": 1e4 * VOLUME * cubic, "E_c2": 2e4 * VOLUME * cubic}
    rel = 1e-9 if dtype == "float64" else 1e-4
    for name, value in expected.items():
        assert line[name] == pytest.approx(value, rel=rel), name
    parts = [line[name] for name in line.index if "E_" in name or ":Energy" in name]
    assert sum(parts) == pytest.approx(line["E"], rel=rel)


def test_fields_and_energies_of_a_loop():
    # The loop's field is a uniform Zeeman term of its own, in the order of Oxs_UZeeman's Hrange.
    system = pair(mm.Zeeman(name="bias", H=(1e5, 0, 0)) + mm.Exchange(A=1e-11))
    steps = [((0, 0, -1e5), (0, 0, 1e5), 3), ((0, 0, 1e5), (0, 3e4, 4e4), 2)]
    llg.HysteresisDriver().drive(system, Hsteps=steps, verbose=0)
    table = system.table.data
    applied = np.array([(0, 0, -1e5), (0, 0, 0), (0, 0, 1e5), (0, 3e4, 4e4)])
    columns = [f"B{axis}_hysteresis" for axis in "xyz"]
    np.testing.assert_allclose(table[columns], 1e3 * MU0 * applied, rtol=1e-12)
    magnitude = 1e3 * MU0 * np.array([1e5, 0, 1e5, 5e4])
    np.testing.assert_allclose(table["B_hysteresis"], magnitude, rtol=1e-12)
    m = table[["mx", "my", "mz"]].to_numpy()
    scale = -MU0 * MS * 2 * VOLUME
    np.testing.assert_allclose(table["E_zeeman_bias"], scale * 1e5 * m[:, 0], rtol=1e-9)
    energies = scale * np.sum(applied * m, axis=1)
    np.testing.assert_allclose(table["E_zeeman_hysteresis"], energies, rtol=1e-9, atol=1e-32)
    assert list(table["stage"]) == [0, 1, 2, 3]
    np.testing.assert_array_equal(table["iteration"], np.cumsum(table["stage_iteration"]))


def test_micromagneticdata_reads_every_driver():
    system = pair(mm.Zeeman(H=(0, 1e5, 1e5)) + mm.Exchange(A=1e-11), name="read")
    fields = {"Hmin": (0, 0, -1e5), "Hmax": (0, 0, 1e5)}
    tables = []
    for driver, arguments in (
        (llg.TimeDriver(), {"t": 2e-12, "n": 2}),
        (llg.TimeDriver(), {"t": 2e-12, "n": 2}),
        (llg.MinDriver(), {"output_step": True}),
        (llg.RelaxDriver(), {}),
        (llg.HysteresisDriver(), fields | {"n": 3}),
    ):
        driver.drive(system, verbose=0, **arguments)
        tables.append(system.table)
    data = micromagneticdata.Data("read")
    assert data.n == 5
    for drive, table in zip(data, tables, strict=True):
        assert (drive.x, drive.n) == (table.x, len(table.data))
        np.testing.assert_array_equal(drive.table.data.to_numpy(), table.data.to_numpy())
        assert drive.table.units == table.units
        assert len(list(drive)) == drive.n
    np.testing.assert_array_equal(data[4][-1].array, system.m.array)
    both = data[0] << data[1]
    np.testing.assert_allclose(both.table.data["t"], [1e-12, 2e-12, 3e-12, 4e-12])
    assert data[0].to_xarray()["t"].attrs["units"] == "s"
    loop = data[4].to_xarray()
    assert loop["Bz_hysteresis"].attrs["units"] == "mT"
    crest = 1e3 * MU0 * 1e5
    np.testing.assert_allclose(loop["Bz_hysteresis"], crest * np.array([-1, 0, 1, 0, -1]))
    assert list(data.info["driver"]) == [
        *("TimeDriver", "TimeDriver", "MinDriver", "MinDriver", "HysteresisDriver")
    ]
