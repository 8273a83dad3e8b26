import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg
from afterpulse.physics import thermal_spin_torque
from afterpulse.physics.barriers import barrier


def test_spin_current_follows_the_heat_flux():
    np.testing.assert_allclose(
        thermal_spin_torque.spin_current_density(0.05, [0.0, 2e8]), [0.0, 1e7]
    )


def test_flux_that_persists_falls_to_one_over_e():
    flux = thermal_spin_torque.persisting_heat_flux(3e8, [0.0, 2.0, 4.0], 2.0)
    np.testing.assert_allclose(flux, 3e8 / np.e ** np.arange(3))


def test_threshold_by_hand():
    # 2e/hbar = 3.0385e15 A s/J... times 2 * 0.1 * 1e5 J/m³ * 1 nm.
    threshold = thermal_spin_torque.collinear_threshold(1e5, 1e-9, 0.1)
    assert threshold == pytest.approx(3.03853e15 * 2e-5, rel=1e-4)


@pytest.mark.parametrize(("factor", "final"), [(0.8, -1), (1.25, 1)])
def test_macrospin_turns_at_the_threshold(factor, final):
    # A spin current polarised along +z leaves m_z > 0 alone and overturns m_z < 0.
    anisotropy, thickness, damping = 2e5, 1e-9, 0.2
    current = factor * thermal_spin_torque.collinear_threshold(anisotropy, thickness, damping)
    mesh = df.Mesh(p1=(0, 0, 0), p2=(5e-9, 5e-9, thickness), n=(1, 1, 1))
    system = mm.System(name="macrospin")
    system.energy = mm.UniaxialAnisotropy(K=anisotropy, u=(0, 0, 1))
    system.dynamics = (
        mm.Precession(gamma0=mm.consts.gamma0)
        + mm.Damping(alpha=damping)
        + mm.Slonczewski(J=float(current), mp=(0, 0, 1), P=1, Lambda=1, eps_prime=0)
    )
    system.m = df.Field(mesh, nvdim=3, value=(0.1, 0, -1), norm=1e6)
    m = llg.drive_batch([system], 3e-9, 1, [0], dtype="float64").m
    assert np.sign(m[0, 0, 0, 0, 2]) == final


def test_bias_changes_the_barrier_as_one_minus_the_ratio_to_first_order():
    barrier_energy, ratio = 4e-20, 1e-4
    bias = thermal_spin_torque.well_bias(barrier_energy, ratio * 7e9, 7e9, 1.0)
    for state in (-1, 1):
        change = barrier(barrier_energy, float(bias) * state) / barrier_energy - 1
        assert change == pytest.approx(state * ratio, rel=1e-3)


def test_bias_follows_the_polarisation():
    assert thermal_spin_torque.well_bias(4e-20, 1e9, 7e9, -1.0) < 0
    assert thermal_spin_torque.well_bias(4e-20, 1e9, 7e9, 0.0) == 0
