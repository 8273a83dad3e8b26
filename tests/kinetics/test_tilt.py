import numpy as np
import pytest
from scipy.optimize import fsolve
from scipy.sparse import csr_array

from afterpulse.kinetics.monte_carlo import Links
from afterpulse.kinetics.tilt import tilt, tilt_together, torque_pull

BARRIER = np.array([0.5])  # so that fields are over the anisotropy field


@pytest.mark.parametrize("polarity", [1, -1])
@pytest.mark.parametrize("along_z", [0.0, 0.3, -0.2])
def test_tilt_is_that_of_a_moment_at_rest(polarity, along_z):
    # The torque m x (m x p) acts as the field m x p, here over B_K; the LLG rests where the whole
    # field is along m.
    field, torque, p = np.array([0.02, 0.01, along_z]), 0.06, np.array([0.0, polarity, 0.0])

    def unbalanced(in_plane, state):
        m = np.array([*in_plane, state * np.sqrt(1 - in_plane @ in_plane)])
        whole = field + torque / 2 * np.cross(m, p) + np.array([0.0, 0.0, m[2]])
        return np.cross(m, whole)[:2]

    for state in (1, -1):
        exact = fsolve(unbalanced, [0.0, 0.0], args=(state,))
        across = np.cross(p, [0, 0, 1])[:2].astype(float)
        pull = torque_pull(BARRIER, np.array([torque]), across, np.array([state], dtype=np.int8))
        found = tilt(pull + field[:2], 2 * BARRIER + state * along_z)
        np.testing.assert_allclose(found[0], exact, rtol=0.02, atol=1e-4)


def test_a_moment_that_nothing_holds_is_at_45_degrees():
    found = tilt(np.array([[0.3, -0.4], [0.0, 0.0]]), np.array([-0.1, -0.1]))
    np.testing.assert_allclose(found, [[0.6 * np.sqrt(0.5), -0.8 * np.sqrt(0.5)], [0.0, 0.0]])


def test_a_unit_without_a_threshold_feels_no_torque():
    across, state = np.array([1.0, 0.0]), np.array([1], dtype=np.int8)
    assert (torque_pull(np.zeros(1), np.array([np.inf]), across, state) == 0).all()


def test_coupled_units_tilt_as_the_linear_equations_say():
    random = np.random.default_rng(1)
    stiffness = 1 + random.random(30)
    coupling = random.random((30, 30)) * (random.random((30, 30)) < 0.2) * 0.05
    pull = 0.1 * random.standard_normal((30, 2))
    exact = np.linalg.solve(np.diag(stiffness) - coupling, pull)
    sparse = csr_array(coupling)
    links = Links(sparse.indptr, sparse.indices, sparse.data / 2, 2.0)
    found = tilt_together(pull, stiffness, (links,))
    np.testing.assert_allclose(found, exact, atol=1e-4)
