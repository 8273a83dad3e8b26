"""Fields and a drive against OOMMF, where it is installed."""

import os
import shutil
import subprocess

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg
from afterpulse.calibration.energy_barrier import energy_barrier
from afterpulse.calibration.isolated_unit import disc, isolated_system

oommfc = pytest.importorskip("oommfc", reason="oommfc is not installed (see environment.yml)")
pytestmark = [
    pytest.mark.skipif(
        shutil.which("oommf") is None or os.geteuid() == 0,
        reason="no oommf command, or root, whom OOMMF refuses",
    ),
    pytest.mark.usefixtures("in_empty_folder"),
]

if shutil.which("oommf"):

    class Runner(oommfc.oommf.oommf.ExeOOMMFRunner):
        """Ends OOMMF's servers without Tk, which fails where there is no display."""

        def _kill(self, targets=("all",), dry_run=False):
            command = ["oommf", "killoommf", "-tk", "0", "-q", *targets]
            if not dry_run:
                subprocess.run(command, capture_output=True, check=False)
            return " ".join(command)


@pytest.fixture(scope="module")
def runner():
    return Runner()


TERMS = {
    "exchange": mm.Exchange(A=1e-11),
    "exchange by region": mm.Exchange(A={"a": 1e-11, "b": 3e-12, "a:b": -1e-12}),
    "uniaxial anisotropy": mm.UniaxialAnisotropy(K=1e5, u=(0, 1, 1)),
    "cubic anisotropy": mm.CubicAnisotropy(K=1e5, u1=(1, 1, 0), u2=(-1, 1, 0)),
    "demag": mm.Demag(),
    **{
        f"DMI {name}": mm.DMI(D=2e-3, crystalclass=name)
        for name in ("T", "Cnv_x", "Cnv_y", "Cnv_z", "D2d_x", "D2d_y", "D2d_z")
    },
}


def block(term):
    """Two layers of random directions on a block of 4 x 3 x 4 cells."""
    halves = {
        "a": df.Region(p1=(0, 0, 0), p2=(8e-9, 9e-9, 3e-9)),
        "b": df.Region(p1=(0, 0, 3e-9), p2=(8e-9, 9e-9, 6e-9)),
    }
    mesh = df.Mesh(p1=(0, 0, 0), p2=(8e-9, 9e-9, 6e-9), n=(4, 3, 4), subregions=halves)
    random = np.random.default_rng(3).normal(size=(4, 3, 4, 3))
    system = mm.System(name="block", energy=term)
    system.m = df.Field(mesh, nvdim=3, value=random, norm=8e5)
    return system


@pytest.mark.parametrize("term", TERMS.values(), ids=list(TERMS))
def test_field_of_each_term(term, runner):
    system = block(term)
    theirs = oommfc.compute(term.effective_field, system, runner=runner, verbose=0).array
    ours = llg.compute(term.effective_field, system, dirname="ours").array
    np.testing.assert_allclose(ours, theirs, atol=1e-12 * abs(theirs).max())


# oommfc cannot compute the fields of these, so a drive shows them.
DRIVEN = {
    "RKKY": mm.RKKY(sigma=-1e-3, sigma2=3e-4, subregions=["a", "b"]),
    "magnetoelastic": mm.MagnetoElastic(
        B1=7e6, B2=5e6, e_diag=(1e-3, -2e-3, 3e-3), e_offdiag=(2e-3, 1e-3, -1e-3)
    ),
}


@pytest.mark.parametrize("term", DRIVEN.values(), ids=list(DRIVEN))
def test_drive_with_a_term_alone(term, runner):
    ends = []
    for calculator, arguments in ((oommfc, {"runner": runner}), (llg, {})):
        system = block(term)
        start = system.m.orientation.array
        system.dynamics = mm.Precession(gamma0=mm.consts.gamma0) + mm.Damping(alpha=0.1)
        calculator.TimeDriver().drive(system, t=2e-11, n=1, verbose=0, **arguments)
        ends.append(system.m.orientation.array)
    assert np.abs(ends[0] - start).max() > 0.1
    np.testing.assert_allclose(*ends, atol=1e-3)


# oommfc's columns that say how OOMMF stepped.
STEPPING = {
    *("E_calc_count", "max_dm/dt", "max_dmdt", "dE/dt", "delta_E", "last_time_step"),
    *("bracket_count", "line_min_count", "conjugate_cycle_count", "cycle_count"),
    *("cycle_sub_count", "energy_calc_count", "iteration", "stage_iteration"),
}

NAMED = {
    "two of a class": mm.Exchange(A=1e-11)
    + mm.Exchange(name="weak", A={"a": 1e-12, "b": 2e-12})
    + mm.Zeeman(H=(0, 0, 1e5))
    + mm.Zeeman(name="bias", H={"a": (1e4, 0, 0), "b": (0, 1e4, 0)})
    + mm.CubicAnisotropy(name="c1", K=1e4, u1=(1, 0, 0), u2=(0, 1, 0))
    + mm.CubicAnisotropy(name="c2", K=2e4, u1=(1, 1, 0), u2=(-1, 1, 0))
    + mm.Demag(name="stray"),
    "DMI": mm.DMI(D=1e-3, crystalclass="T")
    + mm.DMI(name="edge", D=1e-3, crystalclass="Cnv_z")
    + mm.DMI(name="d2d", D=1e-3, crystalclass="D2d_x"),
    "in time": mm.Zeeman(name="sine", H=(1e5, 2e4, 0), func="sin", f=1e9, t0=0)
    + mm.Zeeman(name="still", H=(0, 1e5, 3e4), func=lambda t: 1.0, dt=1e-12)
    + mm.Zeeman(name="half", H={"a": (0, 1e5, 0)}, func="sinc", f=1e9, t0=0),
}


@pytest.mark.parametrize("driver", ["TimeDriver", "MinDriver", "HysteresisDriver"])
@pytest.mark.parametrize("energy", NAMED.values(), ids=list(NAMED))
def test_table_of_named_terms(energy, driver, runner):
    if driver != "TimeDriver" and energy is NAMED["in time"]:
        pytest.skip("terms in time need a time drive")
    arguments = {
        "TimeDriver": {"t": 2e-12, "n": 2},
        "HysteresisDriver": {"Hmin": (0, 2e5, -1e6), "Hmax": (0, 2e5, 1e6), "n": 2},
    }.get(driver, {})
    tables = []
    for calculator, others in ((oommfc, {"runner": runner}), (llg, {})):
        system = block(energy)
        system.m = df.Field(system.m.mesh, nvdim=3, value=lambda p: (1, 3e8 * p[0], 1), norm=8e5)
        system.dynamics = mm.Precession(gamma0=mm.consts.gamma0) + mm.Damping(alpha=0.1)
        getattr(calculator, driver)().drive(system, verbose=0, **arguments, **others)
        tables.append(system.table)
    theirs, ours = tables
    maxima = {name for name in theirs.data if name.startswith(("stage_max", "run_max"))}
    shared = set(theirs.data) - STEPPING - maxima
    assert shared <= set(ours.data)
    assert set(ours.data) - shared <= STEPPING | {"max_mxHxm"}
    assert ours.x == theirs.x
    for name in shared - {"max_mxHxm"}:
        assert ours.units[name] == theirs.units[name]
        expected = theirs.data[name].to_numpy()
        # A minimum is as good as OOMMF's stopping_mxHxm of 0.1 A/m.
        atol = 1e-3 * max(abs(expected).max(), 1e-24 if "E" in name else 1e-3)
        np.testing.assert_allclose(ours.data[name], expected, rtol=1e-3, atol=atol, err_msg=name)


TURN = 2 * np.pi * 5e9
COS, SIN = f"cos({TURN}*$t)", f"sin({TURN}*$t)"
COS_RATE, SIN_RATE = f"-{TURN}*{SIN}", f"{TURN}*{COS}"
# Type or energy, H, arguments, and the numbers that the procedure returns. OOMMF makes its steps
# shorter and shorter where the derivatives are wrong.
TCL = {
    "diagonal": ((1e5, 1e5, 5), "total_time", "t", [COS, SIN, 0, COS_RATE, SIN_RATE, 0]),
    "symmetric": (
        (2e4, 4e4, 6e4),
        "total_time",
        "t",
        [COS, SIN, 1, f"-{COS}", 2, COS, COS_RATE, SIN_RATE, 0, f"-({COS_RATE})", 0, COS_RATE],
    ),
    "general": (
        (1e5, 0, 0),
        "total_time",
        "t",
        [COS, 3, 4, SIN, 5, 6, 0, 7, 8, COS_RATE, 0, 0, SIN_RATE, 0, 0, 0, 0, 0],
    ),
    "by stage": (
        (0, 0, 0),
        "{stage stage_time total_time}",
        "k s t",
        [f"1e5*{COS}", "1e16*$s", "5e3*$k", f"1e5*{COS_RATE}", 1e16, 0],
    ),
}


@pytest.mark.parametrize("name", TCL)
def test_field_by_tcl(name, runner):
    applied, arguments, names, numbers = TCL[name]
    returned = " ".join(f"[expr {{{number}}}]" for number in numbers)
    strings = {
        "script": f"proc F {{{names}}} {{ return [list {returned}] }}\n",
        "script_name": "F",
        "script_args": arguments,
        "energy": "Oxs_ScriptUZeeman",
    }
    if name != "by stage":
        strings |= {"energy": "Oxs_TransformZeeman", "type": name}
    ends = []
    for calculator, settings in ((oommfc, {"runner": runner}), (llg, {})):
        mesh = df.Mesh(p1=(0, 0, 0), p2=(5e-9,) * 3, n=(1, 1, 1))
        system = mm.System(name="spin", energy=mm.Zeeman(H=applied, tcl_strings=strings))
        system.m = df.Field(mesh, nvdim=3, value=(0, 0, 1), norm=8e5)
        system.dynamics = mm.Precession(gamma0=mm.consts.gamma0) + mm.Damping(alpha=0.1)
        calculator.TimeDriver().drive(system, t=2e-10, n=20, verbose=0, **settings)
        ends.append(system.m.orientation.array[0, 0, 0])
    np.testing.assert_allclose(*ends, atol=1e-4)


def test_current_by_tcl(runner):
    strings = {
        "script": "proc F {k s} { return [expr {$k % 2 ? -1 : 2e11 * $s}] }\n",
        "script_name": "F",
        "script_args": "{stage stage_time}",
    }
    ends = []
    for calculator, settings in ((oommfc, {"runner": runner}), (llg, {})):
        mesh = df.Mesh(p1=(0, 0, 0), p2=(5e-9,) * 3, n=(1, 1, 1))
        system = mm.System(name="spin", energy=mm.Zeeman(H=(1e5, 0, 0)))
        system.m = df.Field(mesh, nvdim=3, value=(0, 0, 1), norm=8e5)
        system.dynamics = (
            mm.Precession(gamma0=mm.consts.gamma0)
            + mm.Damping(alpha=0.1)
            + mm.Slonczewski(
                J=1e12, mp=(0, 1, 0), P=0.5, Lambda=1, eps_prime=0, tcl_strings=strings
            )
        )
        calculator.TimeDriver().drive(system, t=2e-10, n=20, verbose=0, **settings)
        ends.append(system.m.orientation.array[0, 0, 0])
    np.testing.assert_allclose(*ends, atol=1e-4)


def granular_film(name):
    """Exchange-biased film with grains, weak borders and a spin-orbit torque."""
    rng = np.random.default_rng(8)
    cells, d = 32, 4e-9
    mesh = df.Mesh(p1=(0, 0, 0), p2=(cells * d, cells * d, 1e-9), n=(cells, cells, 1))
    grain = np.kron(np.arange(64).reshape(8, 8), np.ones((4, 4), dtype=int))
    border = (np.arange(cells) % 4 == 3)[:, None] | (np.arange(cells) % 4 == 3)

    def scalar(values):
        return df.Field(mesh, nvdim=1, value=values[:, :, None, None])

    anisotropy = 6.8e5 * (1 + 0.05 * rng.normal(size=64))[grain]
    bias = np.zeros((cells, cells, 1, 3))
    bias[:, :, 0, 2] = rng.choice([-2e4, 3e4], 64)[grain]
    bias[:, :, 0, 0] = 2e4
    system = mm.System(name=name)
    system.energy = (
        mm.Exchange(A=scalar(np.where(border, 5e-12, 1.5e-11)))
        + mm.UniaxialAnisotropy(K=scalar(anisotropy), u=(0, 0, 1))
        + mm.DMI(D=5e-4, crystalclass="Cnv_z")
        + mm.Demag()
        + mm.Zeeman(H=df.Field(mesh, nvdim=3, value=bias))
    )
    system.dynamics = (
        mm.Precession(gamma0=mm.consts.gamma0)
        + mm.Damping(alpha=0.15)
        + mm.Slonczewski(J=8e11, mp=(0, -1, 0), P=0.2, Lambda=1, eps_prime=0.02)
    )
    system.m = df.Field(mesh, nvdim=3, value=(0.02, 0.05, 1), norm=1e6)
    return system


def test_granular_film_under_a_spin_orbit_torque(runner):
    theirs, ours = granular_film("theirs"), granular_film("ours")
    oommfc.TimeDriver().drive(theirs, t=0.5e-9, n=50, runner=runner, verbose=0)
    llg.TimeDriver().drive(ours, t=0.5e-9, n=50, verbose=0)
    columns = ["mx", "my", "mz"]
    actual, expected = (system.table.data[columns].to_numpy() for system in (ours, theirs))
    assert np.ptp(expected[:, 2]) > 0.2
    np.testing.assert_allclose(actual, expected, atol=1e-3)


def hot_film(name):
    system = granular_film(name)
    system.T = 300
    return system


@pytest.mark.slow
def test_ensemble_at_300_kelvin(runner):
    # The step of each: 0.1 ps, where gamma dt 16 A / (M_s d^2) is 0.26.
    films, t, n, step = 24, 0.2e-9, 10, 1e-13
    theirs = []
    for seed in range(films):
        system = hot_film("theirs")
        evolver = oommfc.Xf_ThermSpinXferEvolver(
            min_timestep=step, max_timestep=step, temperature=300, uniform_seed=seed + 1
        )
        oommfc.TimeDriver(evolver=evolver).drive(system, t=t, n=n, runner=runner, verbose=0)
        theirs.append(system.table.data[["mx", "my", "mz"]].to_numpy())
    systems = [hot_film(f"ours{seed}") for seed in range(films)]
    ours = llg.drive_batch(systems, t=t, n=n, seeds=list(range(films)), time_step=step).mean_m
    # The mean over the second half of the pulse.
    late = [np.asarray(values)[:, n // 2 :].mean(axis=1) for values in (ours, theirs)]
    difference = late[0].mean(axis=0) - late[1].mean(axis=0)
    error = np.sqrt(sum(values.var(axis=0, ddof=1) for values in late) / films)
    print(f"difference {difference}, standard error {error}")
    assert np.all(np.abs(difference) < 2 * error)
    assert np.all(error < 0.01)


def test_energy_at_the_saddle_of_a_unit(device_card, experiment_card, runner):
    device = device_card()
    unit = disc(device, experiment_card(), 47e-9, 4.7e-9, 11)
    actual = energy_barrier(device, unit)
    ours = isolated_system(device, unit, actual.start, 0.0)
    # oommfc cannot write a DMI that varies; here it does not.
    system = mm.System(name="unit")
    system.energy = (
        ours.energy.exchange
        + mm.DMI(D=float(ours.energy.dmi.D.array.max()), crystalclass="Cnv_z")
        + ours.energy.uniaxialanisotropy
        + ours.energy.demag
        + ours.energy.zeeman
    )

    def energy(m):
        system.m = df.Field(ours.m.mesh, nvdim=3, value=m[:, :, None, :], norm=ours.m.norm)
        return oommfc.compute(system.energy.energy, system, runner=runner, verbose=0)

    assert energy(actual.saddle) - energy(actual.start) == pytest.approx(actual.height, rel=1e-4)
