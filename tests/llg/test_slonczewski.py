import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from afterpulse import llg

MU0, HBAR, CHARGE = 4e-7 * np.pi, 1.054571817e-34, 1.602176634e-19
GAMMA0, ALPHA, MS, THICKNESS = 2.2128e5, 0.1, 1e6, 1e-9


def macrospin(start, terms, applied, anisotropy):
    mesh = df.Mesh(p1=(0, 0, 0), p2=(2e-9, 2e-9, THICKNESS), n=(1, 1, 1))
    system = mm.System(name="macrospin")
    system.m = df.Field(mesh, nvdim=3, value=start, norm=MS)
    system.energy = mm.Zeeman(H=applied) + mm.UniaxialAnisotropy(K=anisotropy, u=(0, 0, 1))
    system.dynamics = mm.Precession(gamma0=GAMMA0) + mm.Damping(alpha=ALPHA)
    for index, term in enumerate(terms):
        system.dynamics += mm.Slonczewski(name=f"slonczewski{index}", **term)
    return system


def reference(start, terms, applied, anisotropy, t):
    """OOMMF's equation with the implicit damping solved as a 3 x 3 system."""

    def slope(_, m):
        m = m / np.linalg.norm(m)
        field = np.array(applied) + [0, 0, 2 * anisotropy / (MU0 * MS) * m[2]]
        explicit = -GAMMA0 * np.cross(m, field)
        for term in terms:
            mp = np.array(term["mp"]) / np.linalg.norm(term["mp"])
            square = term["Lambda"] ** 2
            epsilon = term["P"] * square / ((square + 1) + (square - 1) * (m @ mp))
            beta = HBAR * term["J"] / (MU0 * CHARGE * MS * THICKNESS)
            explicit += GAMMA0 * beta * epsilon * np.cross(m, np.cross(mp, m))
            explicit -= GAMMA0 * beta * term["eps_prime"] * np.cross(m, mp)
        matrix = np.array([[0, -m[2], m[1]], [m[2], 0, -m[0]], [-m[1], m[0], 0]])
        return np.linalg.solve(np.eye(3) - ALPHA * matrix, explicit)

    start = np.array(start) / np.linalg.norm(start)
    return solve_ivp(slope, (0, t), start, rtol=1e-10, atol=1e-12).y[:, -1]


@pytest.mark.parametrize("field_like", [0.05, -0.05])
@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("current", [4e11, -4e11])
def test_two_terms_against_an_independent_solution(current, side, field_like):
    start, applied, anisotropy = (0.3, 0.2, 1.0), (4e4, 0.0, -1e4), 2e5
    mp = (0, side, 0.2 * side)
    terms = [
        {"J": current, "mp": mp, "P": 0.3, "Lambda": 1.0, "eps_prime": field_like},
        {"J": 2e11, "mp": (1, 0, 0), "P": 0.4, "Lambda": 1.8, "eps_prime": -0.02},
    ]
    system = macrospin(start, terms, applied, anisotropy)
    result = llg.drive_batch([system], t=3e-10, n=3, seeds=[0], dtype="float64")
    expected = reference(start, terms, applied, anisotropy, 3e-10)
    np.testing.assert_allclose(result.mean_m[0, -1], expected, atol=1e-5)


def drive_from(mz, current, field_x):
    """Perpendicular film, B_K 0.5 T, theta 0.1, current along x: mp = z x x = y."""
    term = {"J": current, "mp": (0, 1, 0), "P": 0.1, "Lambda": 1.0, "eps_prime": 0.0}
    system = macrospin((0.0, 0.0, mz), [term], (field_x / MU0, 0, 0), 0.25e6)
    # Switching takes some tenths of a nanosecond; 3 ns settles at alpha = 0.1.
    llg.drive_batch([system], t=3e-9, n=1, seeds=[0], dtype="float64")
    system.dynamics -= system.dynamics.slonczewski0
    llg.drive_batch([system], t=3e-9, n=1, seeds=[0], dtype="float64")
    return float(system.m.orientation.mean()[2])


def test_positive_current_and_field_favour_up():
    # H_DL ~ m x mp: at m = x the field m x y = z lifts m.
    assert drive_from(-1, 9e12, 0.05) > 0.9
    assert drive_from(1, 9e12, 0.05) > 0.9
    assert drive_from(1, -9e12, 0.05) < -0.9
    assert drive_from(1, 9e12, -0.05) < -0.9


def test_switching_threshold():
    # J = (2 e / hbar) (M_s t / theta) (B_K / 2 - B_x / sqrt 2); the formula is of first order in
    # B_x / B_K, here 0.1, so a few per cent are its own error.
    threshold = 2 * CHARGE / HBAR * MS * THICKNESS / 0.1 * (0.25 - 0.05 / np.sqrt(2))
    assert threshold == pytest.approx(6.52e12, rel=1e-3)
    assert drive_from(-1, 0.96 * threshold, 0.05) < -0.9
    assert drive_from(-1, 1.04 * threshold, 0.05) > 0.9


def test_current_through_one_region_only():
    # Without a current m along its field rests; under the current it follows `reference`.
    term = {"J": 2e12, "mp": (0, 0, 1), "P": 0.4, "Lambda": 2.0, "eps_prime": 0.0}
    regions = {
        name: df.Region(p1=(start, 0, 0), p2=(start + 4e-9, 2e-9, THICKNESS))
        for name, start in (("left", 0), ("right", 4e-9))
    }
    mesh = df.Mesh(p1=(0, 0, 0), p2=(8e-9, 2e-9, THICKNESS), n=(4, 1, 1), subregions=regions)
    for start in ((0, 0, 1), (0.6, 0, 0.8)):
        system = macrospin((0, 0, 1), [], (0, 0, 1e5), 0.0)
        system.m = df.Field(mesh, nvdim=3, value=start, norm=MS)
        by_region = {name: {"left": term[name]} for name in ("J", "P", "Lambda")}
        system.dynamics += mm.Slonczewski(mp=term["mp"], eps_prime=0, **by_region)
        m = llg.drive_batch([system], t=2e-11, n=1, seeds=[0], dtype="float64").m[0, :, 0, 0]
        left = reference(start, [term], (0, 0, 1e5), 0.0, 2e-11)
        right = reference(start, [], (0, 0, 1e5), 0.0, 2e-11)
        np.testing.assert_allclose(m, [left, left, right, right], atol=1e-5)
