import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg

pytestmark = pytest.mark.usefixtures("in_empty_folder")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_stoner_wohlfarth(dtype):
    # Field across the easy axis: sin(theta) = H / H_K.
    mesh = df.Mesh(p1=(0, 0, 0), p2=(4e-9, 4e-9, 1e-9), n=(2, 2, 1))
    system = mm.System(name="grain", m=df.Field(mesh, nvdim=3, value=(0, 0.1, 1), norm=1e6))
    anisotropy_field = 2 * 4e5 / (mm.consts.mu0 * 1e6)
    system.energy = mm.UniaxialAnisotropy(K=4e5, u=(0, 0, 1)) + mm.Zeeman(
        H=(0.6 * anisotropy_field, 0, 0)
    )
    m = llg.relax_batch([system], dtype=dtype)
    np.testing.assert_allclose(
        m[0, 0, 0, 0], (0.6, 0, 0.8), atol=2e-4 if dtype == "float32" else 1e-5
    )
    np.testing.assert_allclose(system.m.orientation.array[0, 0, 0], m[0, 0, 0, 0], atol=1e-7)


@pytest.mark.parametrize(("dmi", "direction"), [(0.0, 0), (8e-4, 1), (-8e-4, -1)])
def test_domain_wall_energy(dmi, direction):
    # sigma = 4 sqrt(A K) - pi |D|. From m_z = cos(theta) = 1 to -1 with m_x = c sin(theta),
    # w = D (m_x dm_z/dx - m_z dm_x/dx) = -c D dtheta/dx, so c has the sign of D.
    a, k, cells, d = 1e-11, 5e5, 200, 0.5e-9
    mesh = df.Mesh(p1=(0, 0, 0), p2=(cells * d, 1e-9, 1e-9), n=(cells, 1, 1))

    def start(point):
        x = point[0] - cells * d / 2
        return (np.exp(-((x / 5e-9) ** 2)) * (direction or 1), 0.01, -np.tanh(x / 5e-9))

    system = mm.System(name="wall", m=df.Field(mesh, nvdim=3, value=start, norm=8e5))
    system.energy = mm.Exchange(A=a) + mm.UniaxialAnisotropy(K=k, u=(0, 0, 1))
    system.energy += mm.DMI(D=dmi, crystalclass="Cnv_z")
    llg.relax_batch([system])
    wall = llg.compute(system.energy.energy, system)
    up = mm.System(name="up", m=df.Field(mesh, nvdim=3, value=(0, 0, 1), norm=8e5))
    up.energy = system.energy
    llg.relax_batch([up])
    # The up film with the same canted edges is the zero of energy.
    sigma = (wall - llg.compute(up.energy.energy, up)) / 1e-18
    assert sigma == pytest.approx(4 * np.sqrt(a * k) - np.pi * abs(dmi), rel=3e-3)
    if dmi:
        assert np.sign(system.m.orientation.array[cells // 2, 0, 0, 0]) == direction


def test_spin_torque_is_refused():
    mesh = df.Mesh(p1=(0, 0, 0), p2=(4e-9, 4e-9, 1e-9), n=(2, 2, 1))
    system = mm.System(name="driven", m=df.Field(mesh, nvdim=3, value=(0, 0, 1), norm=1e6))
    system.energy = mm.Zeeman(H=(1e5, 0, 0))
    system.dynamics = mm.Slonczewski(J=1e11, mp=(0, 1, 0), P=0.1, Lambda=1)
    with pytest.raises(ValueError, match="driven"):
        llg.relax_batch([system])


def test_descent_that_does_not_end_names_the_system(monkeypatch):
    monkeypatch.setattr("afterpulse.llg.relaxation.MOST_STEPS", 2)
    mesh = df.Mesh(p1=(0, 0, 0), p2=(4e-9, 4e-9, 1e-9), n=(2, 2, 1))
    system = mm.System(name="stubborn", m=df.Field(mesh, nvdim=3, value=(0.5, 0.2, 1), norm=1e6))
    system.energy = mm.Zeeman(H=(1e5, 3e4, 0)) + mm.Demag()
    with pytest.raises(llg.IntegrationError, match="stubborn"):
        llg.relax_batch([system])


def test_tolerance_of_zero_ends_at_rounding():
    mesh = df.Mesh(p1=(0, 0, 0), p2=(4e-9, 4e-9, 1e-9), n=(2, 2, 1))
    system = mm.System(name="exact", m=df.Field(mesh, nvdim=3, value=(0.5, 0.2, 1), norm=1e6))
    system.energy = mm.Zeeman(H=(3e5, 0, 4e5))
    m = llg.relax_batch([system], tolerance=0.0)
    np.testing.assert_allclose(m, np.broadcast_to((0.6, 0, 0.8), m.shape), atol=1e-14)


def test_descent_stays_in_its_valley():
    # At 45 degrees from its axis the energy of a spin has no curvature, which invites long steps.
    mesh = df.Mesh(p1=(0, 0, 0), p2=(4e-9, 4e-9, 4e-9), n=(2, 2, 2))
    system = mm.System(name="valley", m=df.Field(mesh, nvdim=3, value=(1, 1, 0), norm=1e6))
    system.energy = mm.UniaxialAnisotropy(K=1e5, u=(1, 0, 0))
    m = llg.relax_batch([system])
    np.testing.assert_allclose(m, np.broadcast_to((1.0, 0, 0), m.shape), atol=1e-5)
