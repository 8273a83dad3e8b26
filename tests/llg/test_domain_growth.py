"""Growth of a reversed domain under spin-orbit torque, by LLG and by a rigid wall.

Both walls of a domain move alike as long as the field along the current is below that of the DMI,
and apart above it: Thiaville et al., Europhys. Lett. 100, 57002 (2012); Emori et al., Nat. Mater.
12, 611 (2013).
"""

from typing import NamedTuple

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest
from scipy.constants import e as elementary_charge
from scipy.constants import hbar, mu_0
from scipy.integrate import solve_ivp

from afterpulse import llg

GAMMA = mm.consts.gamma0 / mu_0
CELLS, CELL = 250, 4e-9
LENGTH = CELLS * CELL
WALLS = np.array([0.36, 0.64]) * LENGTH
SETTLE, DRIVE = 0.5e-9, 1e-9


class Film(NamedTuple):
    """Values of a card at its ambient temperature; no stray field but in the anisotropy."""

    magnetisation: float
    exchange: float
    dmi: float
    anisotropy: float
    thickness: float
    spin_hall_angle: float
    damping: float

    @property
    def width(self):
        return np.sqrt(self.exchange / self.anisotropy)

    @property
    def dmi_field(self):
        return self.dmi / (self.magnetisation * self.width)


class Drive(NamedTuple):
    """Damping-like field (T) of the current, field along it and along z (T)."""

    torque: float
    along_x: float
    along_z: float = 0.0


@pytest.fixture(scope="module")
def film(device_card):
    device = device_card()
    kelvin, magnet = device.ambient_temperature, device.ferromagnet
    return Film(
        float(device.saturation_magnetisation(kelvin)),
        float(device.exchange_stiffness(kelvin)),
        float(device.interfacial_dmi(kelvin)),
        float(device.effective_anisotropy(kelvin)),
        magnet.thickness.value,
        device.spin_hall_layer.spin_hall_angle.value,
        magnet.damping.value,
    )


def wall_angles(film, drive):
    """Direction of m in the plane in both walls of the domain at rest: 0 is along x."""
    if film.dmi_field > abs(drive.along_x):
        return [0.0, np.pi]
    return [0.0 if drive.along_x > 0 else np.pi] * 2


def system(film, drive):
    """Strip with a domain that points down between two Neel walls."""
    mesh = df.Mesh(p1=(0, 0, 0), p2=(LENGTH, CELL, film.thickness), n=(CELLS, 1, 1))
    left, right = np.cos(wall_angles(film, drive))

    def domain(point):
        first, second = (point[0] - WALLS) / film.width
        along_x = left / np.cosh(first) + right / np.cosh(second)
        return (along_x, 0, 1 - np.tanh(first) + np.tanh(second))

    strip = mm.System(
        name="domain", m=df.Field(mesh, nvdim=3, value=domain, norm=film.magnetisation)
    )
    strip.energy = (
        mm.Exchange(A=film.exchange)
        + mm.UniaxialAnisotropy(K=film.anisotropy, u=(0, 0, 1))
        + mm.DMI(D=film.dmi, crystalclass="Cnv_z")
        + mm.Zeeman(H=(drive.along_x / mu_0, 0, drive.along_z / mu_0))
    )
    moment = film.magnetisation * film.thickness
    current = 2 * elementary_charge * moment * drive.torque / (hbar * film.spin_hall_angle)
    strip.dynamics = (
        mm.Precession(gamma0=mm.consts.gamma0)
        + mm.Damping(alpha=film.damping)
        + mm.Slonczewski(
            J=abs(current),
            mp=(0, np.sign(current) or 1, 0),
            P=film.spin_hall_angle,
            Lambda=1,
            eps_prime=0,
        )
    )
    return strip


def zeros(m):
    """Where m_z passes through zero (m)."""
    z = m[:, 0, 0, 2]
    before = np.flatnonzero(np.diff(np.sign(z)))
    return (before + 0.5 + z[before] / (z[before] - z[before + 1])) * CELL


def speeds_by_llg(film, drives):
    """Speed of the left and of the right wall along x (m/s), shape (drives, 2)."""
    systems = [system(film, drive) for drive in drives]
    seeds = list(range(len(systems)))
    positions = []
    for duration in (SETTLE, DRIVE):
        m = llg.drive_batch(systems, t=duration, n=1, seeds=seeds, dtype="float64").m
        positions.append([zeros(each) for each in m])
        for strip, each in zip(systems, m, strict=True):
            strip.m = df.Field(strip.m.mesh, nvdim=3, value=each, norm=film.magnetisation)
    return np.diff(positions, axis=0)[0] / DRIVE


def speeds_of_rigid_walls(film, drive, settle=SETTLE):
    """The same of two walls m_z = -+ s tanh((x - q)/width) with one angle phi each.

    s = 1 goes from up to down. By LLG with the wall's profile held,

        phi' + alpha s q'/width = gamma (B_z + (pi/2) B_DL cos phi)
        s q'/width - alpha phi' = gamma (pi/2) (B_x + s B_DMI) sin phi.
    """
    moved = []
    for side, angle in zip((1, -1), wall_angles(film, drive), strict=True):

        def motion(time, now, side=side):
            along_z = drive.along_z + np.pi / 2 * drive.torque * np.cos(now[1])
            in_plane = drive.along_x + side * film.dmi_field
            across = np.pi / 2 * in_plane * np.sin(now[1])
            matrix = [[side * film.damping / film.width, 1], [side / film.width, -film.damping]]
            return np.linalg.solve(matrix, GAMMA * np.array([along_z, across]))

        times = settle, settle + DRIVE
        path = solve_ivp(motion, (0, times[1]), [0, angle], t_eval=times, rtol=1e-8, atol=1e-12)
        moved.append(np.diff(path.y[0])[0])
    return np.array(moved) / DRIVE


def test_domain_in_a_field_along_z(film):
    drive = Drive(0.0, 0.0, 1e-3)
    # The steady speed is gamma width B_z/alpha, which the walls reach after nanoseconds.
    steady = GAMMA * film.width * drive.along_z / film.damping
    late = speeds_of_rigid_walls(film, drive, settle=20e-9)
    np.testing.assert_allclose(late, [steady, -steady], rtol=1e-3)
    found = speeds_by_llg(film, [drive])[0]
    np.testing.assert_allclose(found, speeds_of_rigid_walls(film, drive), rtol=0.03)


def test_walls_under_a_current_follow_the_rigid_wall(film):
    # The fields below lie on both sides of that of the DMI.
    assert 12e-3 < film.dmi_field < 25e-3
    small = [Drive(sign * 5e-3, along_x) for sign in (1, -1) for along_x in (-12e-3, -5e-3, 0.0)]
    large = [Drive(sign * 5e-3, -25e-3) for sign in (1, -1)]
    found = speeds_by_llg(film, small + large)
    expected = np.array([speeds_of_rigid_walls(film, drive) for drive in small + large])
    # The rigid wall knows no tilt of the domains, of order B_x/B_K = 0.05, 0.12 and 0.25.
    fastest = np.abs(expected).max(axis=1)
    error = np.abs(found - expected).max(axis=1) / fastest
    assert (error[: len(small)] < 0.04).all()
    assert (error[len(small) :] < 0.15).all()
    # Below the DMI's field both walls go with the current, above it the domain grows or shrinks.
    left, right = found[: len(small)].T
    assert (np.sign(left) == np.sign(right)).all()
    assert (np.sign(left) == [1, 1, 1, -1, -1, -1]).all()
    left, right = found[len(small) :].T
    np.testing.assert_array_equal(np.sign(left), [-1, 1])
    np.testing.assert_array_equal(np.sign(right), [1, -1])
    # Without a field nothing grows.
    growth = found[:, 1] - found[:, 0]
    assert np.abs(growth[[2, 5]]).max() < 0.01 * fastest[2]
    # The other polarity shrinks what the first lets grow; a larger field does more.
    np.testing.assert_allclose(growth[:2], -growth[3:5], rtol=0.01)
    assert (np.diff(growth[[2, 1, 0, 6]]) > 0).all()


def test_growth_without_dmi(film):
    plain = film._replace(dmi=0.0)
    drives = [Drive(sign * 5e-3, -5e-3) for sign in (1, -1)]
    found = speeds_by_llg(plain, drives)
    expected = np.array([speeds_of_rigid_walls(plain, drive) for drive in drives])
    np.testing.assert_allclose(found, expected, rtol=0.04)
    # Either wall moves outwards by as much under one polarity, inwards under the other.
    np.testing.assert_allclose(found[:, 0], -found[:, 1], rtol=0.01)
    assert found[0, 1] > 0 > found[1, 1]
