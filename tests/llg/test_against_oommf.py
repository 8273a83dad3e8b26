"""Fields and a drive against OOMMF, where it is installed."""

import shutil
import subprocess

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg

oommfc = pytest.importorskip("oommfc", reason="oommfc is not installed (see environment.yml)")
pytestmark = [
    pytest.mark.skipif(shutil.which("oommf") is None, reason="there is no oommf command"),
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


@pytest.mark.parametrize("term", TERMS.values(), ids=list(TERMS))
def test_field_of_each_term(term, runner):
    halves = {
        "a": df.Region(p1=(0, 0, 0), p2=(8e-9, 9e-9, 3e-9)),
        "b": df.Region(p1=(0, 0, 3e-9), p2=(8e-9, 9e-9, 6e-9)),
    }
    mesh = df.Mesh(p1=(0, 0, 0), p2=(8e-9, 9e-9, 6e-9), n=(4, 3, 4), subregions=halves)
    random = np.random.default_rng(3).normal(size=(4, 3, 4, 3))
    system = mm.System(name="block", energy=term)
    system.m = df.Field(mesh, nvdim=3, value=random, norm=8e5)
    theirs = oommfc.compute(term.effective_field, system, runner=runner, verbose=0).array
    ours = llg.compute(term.effective_field, system, dirname="ours").array
    np.testing.assert_allclose(ours, theirs, atol=1e-12 * abs(theirs).max())


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
    found, expected = (system.table.data[columns].to_numpy() for system in (ours, theirs))
    assert np.ptp(expected[:, 2]) > 0.2
    np.testing.assert_allclose(found, expected, atol=1e-3)
