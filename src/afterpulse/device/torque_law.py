"""Change of the rate at which an element leaves its well by spin-orbit torque, as a table.

Without a current the barrier is that of `barriers.barrier`, with the KV (1 - |b|)² that a field b
in the plane leaves. A current changes ln(rate) by p - (KV/k_BT) u, where p and u depend on the
current, the field in the plane and the bias. They are those of a macrospin (`macrospin_rates`)
between two temperatures each, below and above the middle one of `BARRIERS`.
"""

from functools import cache
from typing import Any, NamedTuple, Self

import numpy as np
import scipy
from numpy.typing import NDArray

from afterpulse.device.barriers import barrier
from afterpulse.device.compiled import compiled
from afterpulse.device.macrospin_rates import Macrospin, Torque

# KV/k_BT of the macrospins and the degrees of the harmonics that resolve their wells.
BARRIERS, DEGREES = (4.5, 10.0, 18.0), (26, 32, 44)
LOWEST, MIDDLE, HIGHEST = BARRIERS
# Rates at the highest barrier are lost in rounding below this population of a well, which is
# expected from this ln(rate/f_0) at the middle one. There the lower barriers are extrapolated.
RESOLVED, TOO_LOW = 1e-9, -17.0
# Where the macrospin is solved: current over the threshold, field in the plane and e/2KV.
CURRENTS = np.array([0.0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.1, 1.4, 2.0])
IN_PLANE = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6])
MIRRORED = np.concatenate([-IN_PLANE[:0:-1], IN_PLANE])
BIASES = np.linspace(-1.25, 1.25, 11)
# Steps between the points of the table, by interpolation.
STEPS = (0.05, 0.05, 0.0625)
# Time step over 1/(gamma B_K) and steps in which a macrospin at T = 0 comes to rest, and the m_z
# below which it has left its well, which it loses at about 45 degrees.
STEP_TO_REST, STEPS_TO_REST, LOST = 0.2, 600, 0.2
# Below this current p and u go to 0 with it, so that a small current changes little.
SMALL_CURRENT = 0.2


class TorqueLaw(NamedTuple):
    """Table of the changes p and u on a regular grid, for the well m_z > 0.

    Attributes
    ----------
    changes : ndarray, shape (currents, in_plane, biases, 2, 2)
        p and u (1) in the last dimension, before it for KV/k_BT below and above the middle one of
        `BARRIERS`. What one rate needs lies side by side.
    lost : ndarray of bool, shape (currents, in_plane, biases)
        Where no well is left at T = 0.
    steps : tuple of 3 floats
        Of the axes (1). The first axis starts at 0, the others are centred on 0.
    """

    changes: Any
    lost: Any
    steps: tuple[float, float, float]

    @classmethod
    def of_tables(
        cls,
        prefactor: NDArray[np.float64],
        barrier: NDArray[np.float64],
        lost: NDArray[np.bool_],
        steps: tuple[float, float, float],
    ) -> Self:
        """Return a law from p and u, each of the shape (2, currents, in_plane, biases)."""
        changes = np.moveaxis(np.stack([prefactor, barrier]), (0, 1), (-1, -2))
        return cls(np.ascontiguousarray(changes), lost, steps)

    @property
    def prefactor(self) -> NDArray[np.float64]:
        """The change p, shape (2, currents, in_plane, biases)."""
        return np.moveaxis(self.changes[..., 0], -1, 0)

    @property
    def barrier(self) -> NDArray[np.float64]:
        """The change u, shape (2, currents, in_plane, biases)."""
        return np.moveaxis(self.changes[..., 1], -1, 0)

    @property
    def axes(self) -> list[NDArray[np.float64]]:
        """The axes of the table (1)."""
        return _regular_axes(self.lost.shape, self.steps)


@cache
def macrospin_law(damping: float, field_like: float = 0.0) -> TorqueLaw:
    """Compute the law of a macrospin.

    Parameters
    ----------
    damping : float
        Gilbert damping.
    field_like : float
        Field-like over damping-like torque.
    """
    axes = CURRENTS, MIRRORED, BIASES
    logarithm = _log_rates(damping, field_like)
    width = np.diff(BARRIERS)[:, None, None, None]
    height = -np.diff(logarithm, axis=0) / width
    prefactor = logarithm[:2] + np.array(BARRIERS[:2])[:, None, None, None] * height
    prefactor, height = (
        np.stack([_refined(part, axes) for part in values]) for values in (prefactor, height)
    )
    regular = _regular_axes(height.shape[1:], STEPS)
    current, across, bias = np.meshgrid(*regular, indexing="ij")
    without = np.vectorize(barrier_without_current)(across, bias)
    grown = np.clip(current / SMALL_CURRENT, 0.0, 1.0)
    lost = well_is_lost(current, across, bias, field_like)
    return TorqueLaw.of_tables(prefactor * grown, (height - without) * grown, lost, STEPS)


def _regular_axes(
    shape: tuple[int, ...], steps: tuple[float, float, float]
) -> list[NDArray[np.float64]]:
    """Return the axes of a table of a shape, as in `TorqueLaw`."""
    counts = [np.arange(size) for size in shape]
    starts = 0.0, counts[1][-1] / 2, counts[2][-1] / 2
    return [
        (count - start) * step for count, start, step in zip(counts, starts, steps, strict=True)
    ]


def _log_rates(damping: float, field_like: float) -> NDArray[np.float64]:
    """Return ln(rate/f_0) for all `BARRIERS` on `CURRENTS`, `MIRRORED` and `BIASES`."""
    macrospins = [Macrospin(damping, degree) for degree in DEGREES]
    attempts = np.log(list(map(attempt_frequency, macrospins, BARRIERS)))
    current, across, bias = np.meshgrid(CURRENTS, MIRRORED, BIASES, indexing="ij")
    lost = well_is_lost(current, across, bias, field_like)
    result = np.empty((len(BARRIERS), *lost.shape))
    none = IN_PLANE.size - 1
    for i, j, k in np.ndindex(CURRENTS.size, IN_PLANE.size, BIASES.size):
        torque = Torque(float(CURRENTS[i]), float(IN_PLANE[j]), float(BIASES[k]), field_like)
        # Turned by pi about y, the lower well is the upper one with both fields reversed.
        wells = (i, none + j, k), (i, none - j, -1 - k)
        low, middle = (
            np.log(macrospins[n].rates(BARRIERS[n], torque)) - attempts[n] for n in range(2)
        )
        high = middle + (middle - low) / (MIDDLE - LOWEST) * (HIGHEST - MIDDLE)
        wanted = np.array([not lost[well] for well in wells]) & (middle > TOO_LOW)
        if wanted.any():
            rates = np.array(macrospins[2].rates(HIGHEST, torque))
            resolved = wanted & (rates > RESOLVED * rates.sum())
            high = np.where(resolved, np.log(rates) - attempts[2], high)
        for one, well in enumerate(wells):
            result[:, *well] = low[one], middle[one], high[one]
    return result


def well_is_lost(
    current: NDArray[np.float64],
    in_plane: NDArray[np.float64],
    along_z: NDArray[np.float64],
    field_like: float = 0.0,
) -> NDArray[np.bool_]:
    """Return where a macrospin at T = 0 leaves the well m_z > 0; arguments as in `Torque`.

    The arrays have one shape. The damping is 1, which leaves the points of rest as they are.
    """
    pull = current / 2
    m = np.stack([0 * pull, 0 * pull, np.ones_like(pull)])
    for _ in range(STEPS_TO_REST):
        x, _, z = m
        field = np.stack([in_plane - pull * z, field_like * pull, along_z + z + pull * x])
        turn = np.cross(m, field, axis=0)
        m = m - STEP_TO_REST * (turn + np.cross(m, turn, axis=0))
        m /= np.linalg.norm(m, axis=0)
    return np.asarray(m[2] < LOST)


@compiled
def barrier_without_current(in_plane: float, bias: float) -> float:
    """Return the barrier over KV in a field in the plane over B_K, with e s/2KV = `bias`."""
    left = max(1 - abs(in_plane), 0.0) ** 2
    return barrier(left, 2 * bias)


def attempt_frequency(macrospin: Macrospin, barrier: float) -> float:
    """Return f_0 over gamma B_K of a macrospin with KV/k_BT = `barrier` in no field.

    Above the middle one of `BARRIERS` it goes on as sqrt(sigma) (1 - 1/sigma): Brown, Phys. Rev.
    130, 1677 (1963).
    """
    solved = min(barrier, MIDDLE)
    limits = [np.sqrt(sigma) * (1 - 1 / sigma) for sigma in (barrier, MIDDLE)]
    factor = limits[0] / limits[1] if barrier > solved else 1.0
    return float(macrospin.rates(solved, Torque(0.0))[0] * np.exp(solved) * factor)


def _refined(
    values: NDArray[np.float64], axes: tuple[NDArray[np.float64], ...]
) -> NDArray[np.float64]:
    """Return values on the table's grid, without overshoot."""
    for number, (axis, step) in enumerate(zip(axes, STEPS, strict=True)):
        fine = np.linspace(axis[0], axis[-1], round((axis[-1] - axis[0]) / step) + 1)
        values = scipy.interpolate.PchipInterpolator(axis, values, axis=number)(fine)
    return np.ascontiguousarray(values)


@compiled
def log_rate(law: TorqueLaw, current: float, in_plane: float, bias: float, sigma: float) -> float:
    """Return ln(rate/f_0) under a current, for the barrier KV/k_BT = `sigma` without a field.

    Below the lowest of `BARRIERS` the change by the torque falls to 0 with sigma. Without a well
    the rate does not depend on temperature above the middle one.

    Parameters
    ----------
    law : TorqueLaw
        Tables, read by linear interpolation; beyond them their ends hold.
    current : float
        Over the threshold, >= 0.
    in_plane : float
        Field along (polarisation of the spin current) x z over B_K, times the state's sign.
    bias : float
        e s/2KV of the state.
    """
    well = not no_well(law, current, in_plane, bias)
    part = 1 if well and sigma > MIDDLE else 0
    changes = law.changes
    last_i, last_j, last_k = changes.shape[0] - 1, changes.shape[1] - 1, changes.shape[2] - 1
    x = min(current / law.steps[0], float(last_i))
    y = min(max(in_plane / law.steps[1] + last_j / 2, 0.0), float(last_j))
    z = min(max(bias / law.steps[2] + last_k / 2, 0.0), float(last_k))
    i, j, k = min(int(x), last_i - 1), min(int(y), last_j - 1), min(int(z), last_k - 1)
    x, y, z = x - i, y - j, z - k
    p = u = 0.0
    for a in range(2):
        for b in range(2):
            weight = (x if a else 1 - x) * (y if b else 1 - y)
            low, high = weight * (1 - z), weight * z
            m, n = i + a, j + b
            p += low * changes[m, n, k, part, 0] + high * changes[m, n, k + 1, part, 0]
            u += low * changes[m, n, k, part, 1] + high * changes[m, n, k + 1, part, 1]
    without = barrier_without_current(in_plane, bias)
    if sigma < LOWEST:
        return (p - LOWEST * u) * sigma / LOWEST - sigma * without
    if not well:
        sigma = min(sigma, MIDDLE)
    return p - sigma * max(without + u, 0.0)


@compiled
def no_well(law: TorqueLaw, current: float, in_plane: float, bias: float) -> bool:
    """Return whether no well is left at T = 0; parameters as in `log_rate`."""
    i, j, k = law.lost.shape
    x = min(int(current / law.steps[0] + 0.5), i - 1)
    y = min(max(int(in_plane / law.steps[1] + j / 2), 0), j - 1)
    z = min(max(int(bias / law.steps[2] + k / 2), 0), k - 1)
    return bool(law.lost[x, y, z])
