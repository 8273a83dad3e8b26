import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest
from scipy.constants import e as elementary_charge
from scipy.constants import hbar, mu_0
from scipy.integrate import quad

from afterpulse import llg
from afterpulse.device import thermal_spin_torque
from afterpulse.device.barriers import barrier


def test_spin_current_follows_the_heat_flux():
    np.testing.assert_allclose(
        thermal_spin_torque.spin_current_density(0.05, [0.0, 2e8]), [0.0, 1e7]
    )


@pytest.mark.parametrize("at_end", [3e8, -3e8])
def test_spin_current_that_persists_falls_to_one_over_e(at_end):
    current = thermal_spin_torque.persisting_spin_current(at_end, [0.0, 2.0, 4.0], 2.0)
    np.testing.assert_allclose(current, at_end / np.e ** np.arange(3))


@pytest.mark.parametrize("duration", [1e-9, 0.3, 50.0])
def test_mean_of_a_spin_current_that_persists(duration):
    mean = thermal_spin_torque.mean_persisting_spin_current(-3e8, duration, 2.0)
    whole = quad(lambda time: -3e8 * np.exp(-time / 2.0), 0, duration, epsabs=0)[0]
    assert mean == pytest.approx(whole / duration, rel=1e-9)


def test_holding_spin_current_by_hand():
    # 3.03853e15 A/J times 0.15 times 0.07 mJ/m².
    assert thermal_spin_torque.holding_spin_current(0.15, 7e-5) == pytest.approx(
        3.1905e10, rel=1e-4
    )


def test_holding_spin_current_balances_the_bias_field():
    anisotropy, thickness, damping, magnetisation, coupling = 2e5, 1.1e-9, 0.15, 9e5, 5e-5
    holding = thermal_spin_torque.holding_spin_current(damping, coupling)
    threshold = thermal_spin_torque.collinear_threshold(anisotropy, thickness, damping)
    bias_field = coupling / (magnetisation * thickness)
    # J_c B_eb/B_K.
    assert holding == pytest.approx(threshold * bias_field / (2 * anisotropy / magnetisation))
    volume = 2e-24
    torque = thermal_spin_torque.well_bias(anisotropy * volume, holding, threshold, 1.0)
    assert torque == pytest.approx(magnetisation * volume * bias_field)


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


def test_torque_changes_m_z_as_a_field_over_the_damping():
    # Slonczewski, J. Magn. Magn. Mater. 159, L1 (1996): a_J = hbar J / (2 e M_s t). Solved for
    # dm/dt, the equation has alpha B + a_J in its damping term, so a_J along z is B = a_J/alpha.
    anisotropy, thickness, damping, magnetisation = 2e5, 1e-9, 0.2, 1e6
    current = 0.6 * float(thermal_spin_torque.collinear_threshold(anisotropy, thickness, damping))
    field = hbar * current / (2 * elementary_charge * magnetisation * thickness) / damping
    mesh = df.Mesh(p1=(0, 0, 0), p2=(5e-9, 5e-9, thickness), n=(1, 1, 1))
    # Either system has both terms, one of them zero.
    turned = []
    for j, b in ((current, 0.0), (0.0, field)):
        system = mm.System(name="macrospin")
        system.energy = mm.UniaxialAnisotropy(K=anisotropy, u=(0, 0, 1)) + mm.Zeeman(
            H=(0, 0, b / mu_0)
        )
        system.dynamics = (
            mm.Precession(gamma0=mm.consts.gamma0)
            + mm.Damping(alpha=damping)
            + mm.Slonczewski(J=j, mp=(0, 0, 1), P=1, Lambda=1, eps_prime=0)
        )
        system.m = df.Field(mesh, nvdim=3, value=(1, 0, -0.3), norm=magnetisation)
        found = [
            llg.drive_batch([system], time, 1, [0], dtype="float64").m[0, 0, 0, 0, 2]
            for time in (2e-11, 1e-10, 4e-10)
        ]
        turned.append(found)
    assert turned[0][0] < -0.1 < 0.3 < turned[0][-1]
    np.testing.assert_allclose(turned[0], turned[1], atol=1e-4)


def test_bias_is_the_energy_of_the_moment_in_that_field():
    # The same field a_J/alpha on the moment M_s V of a unit; M_s cancels.
    anisotropy, thickness, damping, volume, current = 5.5e4, 1.1e-9, 0.15, 1.9e-24, 3e9
    threshold = thermal_spin_torque.collinear_threshold(anisotropy, thickness, damping)
    bias = thermal_spin_torque.well_bias(anisotropy * volume, current, threshold, 1.0)
    expected = volume * hbar * current / (2 * elementary_charge * thickness) / damping
    assert bias == pytest.approx(expected)


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.9])
def test_barriers_go_as_the_square_of_the_distance_to_the_threshold(ratio):
    # KV (1 -+ I/I_c)² from the Fokker-Planck equation of a uniaxial magnet: Taniguchi and
    # Imamura, Phys. Rev. B 83, 054432 (2011), in place of the first power of earlier work.
    bias = float(thermal_spin_torque.well_bias(4e-20, ratio * 7e9, 7e9, 1.0))
    for state in (-1, 1):
        expected = 4e-20 * (1 + state * ratio) ** 2
        assert barrier(4e-20, bias * state) == pytest.approx(expected)
    # At the threshold the well against the torque is gone.
    assert barrier(4e-20, -float(thermal_spin_torque.well_bias(4e-20, 7e9, 7e9, 1.0))) == 0


@pytest.mark.parametrize(("barrier_over_thermal", "within"), [(5.0, 0.03), (40.0, 2e-3)])
def test_two_states_have_the_weights_of_the_fokker_planck_equation(barrier_over_thermal, within):
    # Stationary density of m_z, exp(sigma x² + 2 sigma (J/J_c) x) (Brown, Phys. Rev. 130, 1677
    # (1963), with the field a_J/alpha), by quadrature. Two states are its limit at high barriers:
    # at 5 k_BT and 0.2 J_c the integral gives 0.936, tanh(2) = 0.964.
    ratio = 1.0 / barrier_over_thermal
    x = np.linspace(-1, 1, 20001)
    weight = np.exp(barrier_over_thermal * (x**2 - 1) + 2 * barrier_over_thermal * ratio * x)
    exact = np.trapezoid(weight * np.sign(x), x) / np.trapezoid(weight, x)
    bias = thermal_spin_torque.well_bias(barrier_over_thermal, ratio, 1.0, 1.0)
    assert np.tanh(bias) == pytest.approx(np.tanh(2.0))
    assert np.tanh(bias) == pytest.approx(exact, abs=within)


def test_bias_follows_the_polarisation():
    assert thermal_spin_torque.well_bias(4e-20, 1e9, 7e9, -1.0) < 0
    assert thermal_spin_torque.well_bias(4e-20, 1e9, 7e9, 0.0) == 0
