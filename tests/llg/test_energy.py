import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg

pytestmark = pytest.mark.usefixtures("in_empty_folder")


def energies(alpha):
    """Energy along a drive of a random block with all kinds of local energy terms and demag."""
    mesh = df.Mesh(p1=(0, 0, 0), p2=(15e-9, 12e-9, 6e-9), n=(5, 4, 2))
    rng = np.random.default_rng(2)
    system = mm.System(name="block")
    system.m = df.Field(mesh, nvdim=3, value=rng.normal(size=(5, 4, 2, 3)), norm=8e5)
    system.energy = (
        mm.Exchange(A=1e-11)
        + mm.DMI(D=1e-3, crystalclass="Cnv_z")
        + mm.UniaxialAnisotropy(K1=3e5, K2=1e5, u=(0, 1, 2))
        + mm.CubicAnisotropy(K=1e5, u1=(1, 0, 0), u2=(0, 1, 0))
        + mm.Demag()
        + mm.Zeeman(H=(1e5, -2e5, 5e4))
    )
    system.dynamics = mm.Precession(gamma0=mm.consts.gamma0) + mm.Damping(alpha=alpha)
    before = llg.compute(system.energy.energy, system)
    llg.TimeDriver().drive(system, t=5e-11, n=50, verbose=0)
    return np.array([before, *system.table.data["E"]])


def test_energy_is_conserved_without_damping():
    actual = energies(0.0)
    released = np.ptp(energies(0.5))
    assert np.ptp(actual) < 1e-4 * released


def test_energy_falls_with_damping():
    assert np.all(np.diff(energies(0.1)) < 0)
