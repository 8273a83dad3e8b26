import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg

# Thiaville, Rohart, Jue, Cros and Fert, Europhys. Lett. 100, 57002 (2012): a Neel wall with
# DMI D under the damping-like torque of a current J moves at v_D / sqrt(1 + (J_D/J)^2),
# v_D = pi gamma D / (2 M_s) and J_D = 2 alpha e t D / (hbar theta Delta).
D, ALPHA, THETA, MS, T = 1.2e-3, 0.1, 0.1, 1e6, 1e-9
A, WIDTH = 1.5e-11, 7.30e-9
GAMMA = mm.consts.gamma0 / mm.consts.mu0
V_D = np.pi * GAMMA * D / (2 * MS)
J_D = 2 * ALPHA * mm.consts.e * T * D / (mm.consts.hbar * THETA * WIDTH)


def test_constants_are_those_of_the_literature():
    assert pytest.approx(332, abs=1) == V_D
    assert pytest.approx(4.99e11, rel=2e-3) == J_D


@pytest.mark.parametrize("current", [3e11, -1.2e12])
def test_neel_wall_under_a_spin_orbit_torque(current):
    cells, d = 500, 1.5e-9
    mesh = df.Mesh(p1=(0, 0, 0), p2=(cells * d, d, T), n=(cells, 1, 1))
    # From up to down: for D > 0 the wall's m_x is positive.
    start = (0.5 - 0.2 * np.sign(current)) * cells * d

    def wall(point):
        x = (point[0] - start) / WIDTH
        return (1 / np.cosh(x), 0, -np.tanh(x))

    system = mm.System(name="wall", m=df.Field(mesh, nvdim=3, value=wall, norm=MS))
    system.energy = (
        mm.Exchange(A=A)
        + mm.UniaxialAnisotropy(K=A / WIDTH**2, u=(0, 0, 1))
        + mm.DMI(D=D, crystalclass="Cnv_z")
    )
    system.dynamics = (
        mm.Precession(gamma0=mm.consts.gamma0)
        + mm.Damping(alpha=ALPHA)
        + mm.Slonczewski(
            J=abs(current), mp=(0, np.sign(current), 0), P=THETA, Lambda=1, eps_prime=0
        )
    )
    result = llg.drive_batch([system], t=1e-9, n=10, seeds=[0], dtype="float64")
    # The mean m_z follows the wall: it rises by 2 over the length of the strip.
    position = 0.5 * result.mean_m[0, :, 2] * cells * d
    speed = np.polyfit(result.time[4:], position[4:], 1)[0]
    expected = V_D / np.sqrt(1 + (J_D / current) ** 2)
    assert abs(speed) == pytest.approx(expected, rel=0.03)
    # In the wall m is along x, and the damping-like field m x mp along z for mp along y: it
    # widens the domain that points up, on the left.
    assert np.sign(speed) == np.sign(current)
