"""Search for critical currents at T = 0 by micromagnetics."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from afterpulse.calibration.isolated_unit import IsolatedUnit, UnitDriver
from afterpulse.engines.hand_over import RELAXING_DAMPING

# Current densities tried at a time between the bounds, and how often: each round leaves a fifth.
SECTIONS = 4
ROUNDS = 4
# m_z over its initial value below which a unit has left its well. A macrospin whose well vanishes
# is at 45 degrees, where m_z is 0.71.
LOST = 0.5
# After this time a unit that a pulse has tipped over is well on its way to the other state.
DECISION = 1.5e-9

Criterion = Callable[[NDArray[np.float64]], NDArray[np.bool_]]
"""Tells of each current density, shape (units, sections), if a unit switches."""


def search(
    switches: Criterion, low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Find the lowest current density at which each of several units switches.

    Parameters
    ----------
    switches : callable
        For current densities of shape (units, SECTIONS), rising along the second axis.
    low, high : ndarray, shape (units,)
        Bounds of the search.

    Returns
    -------
    ndarray, shape (units,)
        Within (high - low) / (2 * 5**ROUNDS); NaN for a unit that did not switch below `high`.
    """
    low, high = low.copy(), high.copy()
    switched = np.zeros(low.size, dtype=bool)
    units = np.arange(low.size)
    for _ in range(ROUNDS):
        edges = np.linspace(low, high, SECTIONS + 2, axis=1)
        answers = switches(edges[:, 1:-1])
        switched |= answers.any(axis=1)
        # If no tried value suffices, the threshold lies in the last section.
        first = np.where(answers.any(axis=1), answers.argmax(axis=1), SECTIONS)
        low, high = edges[units, first], edges[units, first + 1]
    return np.where(switched, (low + high) / 2, np.nan)


def mean_along_z(unit: IsolatedUnit, m: NDArray[np.float64]) -> float:
    """Return the mean m_z of a unit."""
    return float(m[unit.inside, 2].mean())


def leaves_its_well(
    driver: UnitDriver,
    units: list[IsolatedUnit],
    starts: list[NDArray[np.float64]],
    polarity: NDArray[np.float64],
    duration: float,
) -> Criterion:
    """Return the criterion that units have left their well at the end of a long pulse.

    The damping is strong, so that a unit follows the current without overshoot: the threshold is
    that of a plateau. That of a pulse with a steep edge, from `reverses`, is lower.

    Parameters
    ----------
    driver : UnitDriver
        Device and engine.
    units : list of IsolatedUnit
        On meshes of one size.
    starts : list of ndarray, shape (nx, ny, 3)
        Relaxed without current.
    polarity : ndarray, shape (units,)
        Sign of the current.
    duration : float
        Of the pulse (s).
    """
    before = np.array([mean_along_z(*pair) for pair in zip(units, starts, strict=True)])

    def switches(densities: NDArray[np.float64]) -> NDArray[np.bool_]:
        signed = polarity[:, None] * densities
        driven = driver.drive(units, starts, signed, RELAXING_DAMPING, duration)
        lanes = [unit for unit in units for _ in range(densities.shape[1])]
        ends = [mean_along_z(unit, end.m) for unit, end in zip(lanes, driven, strict=True)]
        return np.asarray(np.reshape(ends, densities.shape) / before[:, None] < LOST)

    return switches


def reverses(
    driver: UnitDriver,
    unit: IsolatedUnit,
    start: NDArray[np.float64],
    polarity: float,
    width: float,
) -> Criterion:
    """Return the criterion that a unit goes to the other state after a pulse of a width (s).

    Parameters are those of `leaves_its_well` for one unit.
    """
    damping = driver.device.ferromagnet.damping.value

    def switches(densities: NDArray[np.float64]) -> NDArray[np.bool_]:
        count = densities.size
        pulsed = driver.drive([unit], [start], polarity * densities, damping, width)
        ends = [driven.m for driven in pulsed]
        after = driver.drive([unit] * count, ends, np.zeros((count, 1)), damping, DECISION)
        final = np.array([mean_along_z(unit, driven.m) for driven in after])
        return (final * mean_along_z(unit, start) < 0).reshape(densities.shape)

    return switches
