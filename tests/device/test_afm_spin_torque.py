import numpy as np
import pytest
from scipy.optimize import fsolve

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


@pytest.mark.parametrize("polarity", [1, -1])
def test_tilt_is_that_of_a_moment_at_rest(polarity):
    # The torque m x (m x p) acts as the field m x p, here over B_K; the LLG rests where the whole
    # field is along m.
    field, torque, p = np.array([0.02, 0.01, 0.0]), 0.06, np.array([0.0, polarity, 0.0])

    def unbalanced(in_plane, state):
        m = np.array([*in_plane, state * np.sqrt(1 - in_plane @ in_plane)])
        whole = field + torque / 2 * np.cross(m, p) + np.array([0.0, 0.0, m[2]])
        return np.cross(m, whole)[:2]

    for state in (1, -1):
        exact = fsolve(unbalanced, [0.0, 0.0], args=(state,))
        tilt = afm_spin_torque.moment_tilt(
            field[None, :2], np.array([torque]), np.cross(p, [0, 0, 1])[:2], np.array([state])
        )
        np.testing.assert_allclose(tilt[0], exact, rtol=0.02, atol=1e-4)
