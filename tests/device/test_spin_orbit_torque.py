import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg
from afterpulse.device import spin_orbit_torque

MAGNETISATION, THICKNESS, ANISOTROPY = 1e6, 1e-9, 2.5e5


def test_damping_like_field():
    field = spin_orbit_torque.damping_like_field(1e11, 0.1, 1e6, 1e-9)
    assert field * 1e3 == pytest.approx(3.29, abs=0.005)


def test_macrospin_threshold():
    # B_K = 0.5 T, B_x = 0.05 T.
    threshold = spin_orbit_torque.macrospin_threshold(2.5e5, 1e6, 1e-9, 0.1, 0.05)
    assert threshold == pytest.approx(6.52e12, rel=1e-3)
    mirrored = spin_orbit_torque.macrospin_threshold(2.5e5, 1e6, 1e-9, -0.1, -0.05)
    assert mirrored == threshold


def macrospin(current_density, angle, field, start):
    mesh = df.Mesh(p1=(0, 0, 0), p2=(5e-9, 5e-9, THICKNESS), n=(1, 1, 1))
    system = mm.System(name="macrospin")
    system.energy = mm.UniaxialAnisotropy(K=ANISOTROPY, u=(0, 0, 1)) + mm.Zeeman(
        H=(field / mm.consts.mu0, 0, 0)
    )
    system.dynamics = (
        mm.Precession(gamma0=mm.consts.gamma0)
        + mm.Damping(alpha=0.5)
        + mm.Slonczewski(
            J=abs(current_density),
            mp=(0, np.sign(angle * current_density), 0),
            P=abs(angle),
            Lambda=1,
            eps_prime=0,
        )
    )
    system.m = df.Field(mesh, nvdim=3, value=(0.01, 0, start), norm=MAGNETISATION)
    return system


def test_macrospins_follow_the_favoured_polarity():
    signs = [
        (current, angle, field, start)
        for current in (-1, 1)
        for angle in (-1, 1)
        for field in (-1, 1)
        for start in (-1, 1)
    ]
    threshold = spin_orbit_torque.macrospin_threshold(
        ANISOTROPY, MAGNETISATION, THICKNESS, 0.1, 0.05
    )
    # Below 0.8 of the threshold both states survive, above it only the favoured one.
    for factor in (0.8, 1.1):
        systems = [
            macrospin(factor * threshold * current, 0.1 * angle, 0.05 * field, start)
            for current, angle, field, start in signs
        ]
        m = llg.drive_batch(systems, 2e-9, 1, [0] * len(signs), dtype="float64").m
        for (current, angle, field, start), final in zip(signs, m[:, 0, 0, 0, 2], strict=True):
            favoured = spin_orbit_torque.favoured_polarity(current, angle, field)
            assert np.sign(final) == (favoured if factor > 1 else start)


def test_no_polarity_without_a_field():
    assert spin_orbit_torque.favoured_polarity(1e12, 0.1, 0.0) == 0
