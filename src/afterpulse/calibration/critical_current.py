"""Critical currents at T = 0, searched for by micromagnetics."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from afterpulse.calibration.isolated_unit import IsolatedUnit, isolated_system
from afterpulse.cards.experiment import Numerics
from afterpulse.device import Device
from afterpulse.engines import Driven, Engine
from afterpulse.engines.hand_over import RELAXING_DAMPING

# Amplitudes that are tried at a time between two, and how often: each round leaves a fifth.
SECTIONS = 4
ROUNDS = 4
# Half way along z is lost: a macrospin whose well goes is at 45 degrees, where m_z is 0.71.
LOST = 0.5
# After this long a unit that a pulse has tipped over is well on its way to the other state.
DECISION = 1.5e-9

# Amplitudes, shape (lanes, sections), to whether each is enough.
Enough = Callable[[NDArray[np.float64]], NDArray[np.bool_]]


def search(
    enough: Enough, low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Lowest amplitude that is enough, several lanes at once.

    Parameters
    ----------
    enough : callable
        Takes amplitudes of shape (lanes, SECTIONS), rising along the second axis.
    low, high : ndarray, shape (lanes,)
        Between which to search.

    Returns
    -------
    ndarray, shape (lanes,)
        Within (high - low) / (2 * 5**ROUNDS); NaN where nothing below `high` was enough.
    """
    low, high = low.copy(), high.copy()
    found = np.zeros(low.size, dtype=bool)
    lanes = np.arange(low.size)
    for _ in range(ROUNDS):
        edges = np.linspace(low, high, SECTIONS + 2, axis=1)
        answers = enough(edges[:, 1:-1])
        found |= answers.any(axis=1)
        # Without an answer it lies in the last section.
        first = np.where(answers.any(axis=1), answers.argmax(axis=1), SECTIONS)
        low, high = edges[lanes, first], edges[lanes, first + 1]
    return np.where(found, (low + high) / 2, np.nan)


def mean_along_z(unit: IsolatedUnit, m: NDArray[np.float64]) -> float:
    """Mean m_z of a unit."""
    return float(m[unit.inside, 2].mean())


def drive_units(
    engine: Engine,
    device: Device,
    units: list[IsolatedUnit],
    starts: list[NDArray[np.float64]],
    amplitudes: NDArray[np.float64],
    damping: float,
    duration: float,
    outputs: int,
    numerics: Numerics,
) -> list[Driven]:
    """Drive each unit from its start under each of its amplitudes (A/m²), lanes first."""
    systems = [
        isolated_system(device, unit, start, amplitude)
        for unit, start, lane in zip(units, starts, amplitudes, strict=True)
        for amplitude in lane
    ]
    for system in systems:
        system.dynamics.damping.alpha = damping
    return engine(systems, duration, outputs, [0] * len(systems), numerics)


def leaves_its_well(
    engine: Engine,
    device: Device,
    units: list[IsolatedUnit],
    starts: list[NDArray[np.float64]],
    polarity: NDArray[np.float64],
    duration: float,
    numerics: Numerics,
) -> Enough:
    """Whether a unit is no longer where it began at the end of a long pulse.

    The damping is strong, so that the unit follows the current and does not overshoot: the
    threshold is that of a plateau. That of a pulse that rises at once, from `reverses`, is lower.

    Parameters
    ----------
    engine : Engine
        Of the experiment.
    device : Device
        The materials.
    units : list of IsolatedUnit
        One a lane, on meshes alike.
    starts : list of ndarray, shape (nx, ny, 3)
        Relaxed without current.
    polarity : ndarray, shape (lanes,)
        Sign of the current.
    duration : float
        Of the pulse (s).
    numerics : Numerics
        Of the card.

    Returns
    -------
    callable
        For `search`.
    """

    def enough(amplitudes: NDArray[np.float64]) -> NDArray[np.bool_]:
        driven = drive_units(
            engine,
            device,
            units,
            starts,
            polarity[:, None] * amplitudes,
            RELAXING_DAMPING,
            duration,
            1,
            numerics,
        )
        ends = np.array(
            [
                mean_along_z(unit, result.m)
                for unit, result in zip(
                    np.repeat(np.array(units, dtype=object), amplitudes.shape[1]),
                    driven,
                    strict=True,
                )
            ]
        ).reshape(amplitudes.shape)
        before = np.array([mean_along_z(*pair) for pair in zip(units, starts, strict=True)])
        return np.asarray(ends / before[:, None] < LOST)

    return enough


def reverses(
    engine: Engine,
    device: Device,
    unit: IsolatedUnit,
    start: NDArray[np.float64],
    polarity: float,
    width: float,
    numerics: Numerics,
) -> Enough:
    """Whether a unit goes to the other state after a pulse of a width; parameters as above.

    Returns
    -------
    callable
        For `search` with one lane.
    """
    damping = device.ferromagnet.damping.value

    def enough(amplitudes: NDArray[np.float64]) -> NDArray[np.bool_]:
        count = amplitudes.size
        pulsed = drive_units(
            engine, device, [unit], [start], polarity * amplitudes, damping, width, 1, numerics
        )
        after = drive_units(
            engine,
            device,
            [unit] * count,
            [driven.m for driven in pulsed],
            np.zeros((count, 1)),
            damping,
            DECISION,
            1,
            numerics,
        )
        before = mean_along_z(unit, start)
        ends = np.array([mean_along_z(unit, driven.m) for driven in after])
        return (ends * before < 0).reshape(amplitudes.shape)

    return enough
