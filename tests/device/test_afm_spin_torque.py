import numpy as np
import pytest

from afterpulse.device import afm_spin_torque, spin_orbit_torque


def test_threshold_of_a_grain():
    # (2e/hbar) K t/theta with 2e/hbar = 3.03854e15 A/J, K = 0.5 MJ/m³, t = 6 nm, theta = 0.1.
    current = afm_spin_torque.relative_current(9.1156e13, 0.1, 0.5e6 * 6e-9)
    assert current == pytest.approx(1.0, rel=1e-4)
    # A ferromagnet of any M_s with this anisotropy has the same threshold.
    for magnetisation in (1e4, 1e6):
        threshold = spin_orbit_torque.macrospin_threshold(0.5e6, magnetisation, 6e-9, 0.1)
        assert threshold == pytest.approx(9.1156e13, rel=1e-4)


def test_sign_and_limits_of_the_current():
    relative = afm_spin_torque.relative_current
    assert relative(-1e12, 0.1, 3e-3) == relative(1e12, -0.1, 3e-3) == -relative(1e12, 0.1, 3e-3)
    assert relative(1e12, 0.1, 3e-3) > 0
    assert relative(1e12, 0.0, 3e-3) == 0
    np.testing.assert_array_equal(relative(1e12, 0.1, np.zeros(2)), [0.0, 0.0])
