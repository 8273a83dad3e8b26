"""Rates at which a perpendicular macrospin leaves its wells under spin-orbit torque.

They are those of the LLG equation with the thermal field, without any energy: the torque has none.
The density of m on the sphere obeys a Fokker-Planck equation (Brown, Phys. Rev. 130, 1677 (1963)),
which is expanded in spherical harmonics. Its slowest mode decays at the sum of the two rates; the
stationary populations of the hemispheres give their ratio.

Everything is in units of the anisotropy field B_K = 2K/M_s, of gamma B_K and of KV/k_BT.
"""

from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.constants import mu_0

GYROMAGNETIC_RATIO = 2.211e5 / mu_0
"""rad/(s T), as the LLG of ubermag has it."""
LEAST_POPULATION = 1e-11
"""Populations below this are lost in rounding; the smaller one is not taken to be less."""

# Degree of the harmonics: 26 resolves wells of 12 k_BT.
DEGREE = 26


class Torque(NamedTuple):
    """Fields on a macrospin, in units of B_K.

    Attributes
    ----------
    relative_current : float
        Damping-like torque towards +y, 2 B_DL/B_K: 1 is the threshold at T = 0 without a field.
    in_plane : float
        Field along x.
    along_z : float
        Field along z.
    field_like : float
        Field along y over B_DL.
    """

    relative_current: float
    in_plane: float = 0.0
    along_z: float = 0.0
    field_like: float = 0.0


class Macrospin:
    """Fokker-Planck equation of a perpendicular macrospin.

    Parameters
    ----------
    damping : float
        Gilbert damping.
    degree : int
        Largest degree of the harmonics.
    """

    def __init__(self, damping: float, degree: int = DEGREE) -> None:
        x, y, z, turn, laplacian, to_real = _operators(degree + 2)
        one, kept = scipy.sparse.identity(z.shape[0]), (degree + 1) ** 2

        def gradient(potential: Any, its_laplacian: Any) -> Any:
            """Return P -> -div(P grad f) by 2 grad f.grad P = lap(fP) - f lap P - P lap f."""
            return -(laplacian @ potential - potential @ laplacian + its_laplacian) / 2

        def cut(precession: Any, damped: Any) -> Any:
            whole = (precession + damping * damped) / (1 + damping**2)
            return (to_real @ whole @ to_real.conj().T).real.tocsc()[:kept, :kept]

        # A field grad f turns m about itself and pulls it along its tangential part.
        anisotropy = cut(-(z @ turn[2]), gradient(z @ z / 2, one - 3 * z @ z))
        diffusion = laplacian.tocsc()[:kept, :kept] * (damping / (2 * (1 + damping**2)))
        # The field m x y of the torque does the same the other way round.
        torque = cut(gradient(y, -2 * y), turn[1])
        fields = [cut(-turn[axis], gradient(r, -2 * r)) for axis, r in enumerate((x, y, z))]
        # Probability is conserved: the row of the constant harmonic is 0, its column drives the
        # others. All terms are stored on one sparsity pattern, which makes their sum fast.
        terms = [anisotropy, diffusion, torque, *fields]
        self._constant = np.stack([term[1:, [0]].toarray().ravel() for term in terms])
        self._pattern = sum(abs(term[1:, 1:]) for term in terms).tocsc()
        row, column = self._pattern.indices, np.diff(self._pattern.indptr)
        column = np.repeat(np.arange(kept - 1), column)
        self._terms = np.stack([np.asarray(term[1:, 1:][row, column]).ravel() for term in terms])
        self._upper = _upper_hemisphere(degree)

    def rates(self, barrier: float, torque: Torque) -> tuple[float, float]:
        """Return the rates out of the wells m_z > 0 and m_z < 0, over gamma B_K.

        `barrier` is KV/k_BT, up to 12. Where a torque leaves no well the rates are those at which
        m_z changes sign.
        """
        half = torque.relative_current / 2
        along_y = torque.field_like * half
        weight = np.array([1, 1 / barrier, half, torque.in_plane, along_y, torque.along_z])
        pattern = self._pattern
        drift = scipy.sparse.csc_matrix((weight @ self._terms, pattern.indices, pattern.indptr))
        factors = scipy.sparse.linalg.splu(
            drift, "MMD_AT_PLUS_A", 0.1, options={"SymmetricMode": True}
        )
        density = factors.solve(-(weight @ self._constant))
        up = 0.5 + float(self._upper[1:] @ density) / np.sqrt(4 * np.pi)
        total = _slowest(factors, self._upper[1:])
        up = min(max(up, LEAST_POPULATION), 1 - LEAST_POPULATION)
        return total * (1 - up), total * up


def _slowest(factors: Any, start: NDArray[np.float64]) -> float:
    """Return the decay rate of the slowest mode by inverse iteration."""
    mode, rate = start, 0.0
    for _ in range(60):
        solved = factors.solve(mode)
        last, rate = rate, -float(mode @ mode / (mode @ solved))
        mode = solved / np.linalg.norm(solved)
        if abs(rate - last) < 1e-5 * abs(rate):
            break
    return abs(rate)


def _upper_hemisphere(degree: int) -> NDArray[np.float64]:
    """Return the integral of each harmonic over m_z > 0; that of the constant one is for 1/2."""
    nodes, weights = np.polynomial.legendre.leggauss(2 * degree)
    result = np.zeros((degree + 1) ** 2)
    for n in range(degree + 1):
        integral = weights / 2 @ scipy.special.eval_legendre(n, (nodes + 1) / 2)
        result[n * (n + 1)] = np.sqrt(np.pi * (2 * n + 1)) * integral
    return result


def _operators(degree: int) -> tuple[Any, Any, Any, list[Any], Any, Any]:
    """Return operators on the harmonics Y_lm up to a degree, by l and then m.

    They are x, y, z, m x grad, the Laplacian and the change to real harmonics.
    """
    degrees = np.arange(degree + 1)
    m = np.concatenate([np.arange(-each, each + 1) for each in degrees])
    n = np.repeat(degrees, 2 * degrees + 1).astype(float)
    size, index = n.size, np.arange(n.size)

    def matrix(values: NDArray[Any], degree_step: int, order: NDArray[Any]) -> Any:
        to = n + degree_step
        fits = (to >= np.abs(order)) & (to <= degree)
        rows = (to * to + to + order)[fits].astype(int)
        return scipy.sparse.csc_matrix((values[fits], (rows, index[fits])), shape=(size, size))

    def root(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.sqrt(np.maximum(values, 0.0))

    up, down = (2 * n + 1) * (2 * n + 3), np.maximum((2 * n - 1) * (2 * n + 1), 1)
    z = matrix(root(((n + 1) ** 2 - m**2) / up), 1, m)
    z += matrix(root((n**2 - m**2) / down), -1, m)
    plus = matrix(-root((n + m + 1) * (n + m + 2) / up), 1, m + 1)
    plus += matrix(root((n - m) * (n - m - 1) / down), -1, m + 1)
    raised = matrix(root((n - m) * (n + m + 1)), 0, m + 1)
    turn = [0.5j * (raised + raised.T), 0.5 * (raised - raised.T), scipy.sparse.diags(1j * m)]
    sign = np.where(m % 2, -1.0, 1.0)
    # Real harmonics of m > 0 are the real parts, those of m < 0 the imaginary parts.
    same = np.where(m > 0, sign, np.where(m < 0, 1j, np.sqrt(2))) / np.sqrt(2)
    other = np.where(m > 0, 1.0, np.where(m < 0, -1j * sign, 0.0)) / np.sqrt(2)
    to_real = scipy.sparse.diags(same.conj()) + scipy.sparse.csc_matrix(
        (other.conj(), (index, index - 2 * m))
    )
    laplacian = scipy.sparse.diags(-n * (n + 1))
    return (plus + plus.T) / 2, (plus - plus.T) / 2j, z, turn, laplacian, to_real
