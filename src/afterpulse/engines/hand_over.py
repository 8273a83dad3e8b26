"""Hand-over between the states of FM units and a magnetisation field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.numerics import Numerics
from afterpulse.engines import Engine
from afterpulse.film.sample import Sample

if TYPE_CHECKING:
    import micromagneticmodel as mm

# Walls between units take their shape within it at RELAXING_DAMPING; no unit reverses.
RELAXATION = 0.1e-9
RELAXING_DAMPING = 1.0


def to_field(
    sample: Sample, unit_state: NDArray[np.int8], ground_state: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the unit magnetisation of a film whose units have given signs of m_z.

    The in-plane components and the magnitude of m_z are those of the relaxed film, shape
    (nx, ny, 3).
    """
    field = ground_state.copy()
    field[..., 2] = np.abs(field[..., 2]) * unit_state[sample.unit_index]
    return field


def relaxed(
    engine: Engine, systems: list[mm.System], numerics: Numerics, duration: float = RELAXATION
) -> list[NDArray[np.float64]]:
    """Let systems without current settle by a short LLG; return their unit magnetisation.

    Their damping is set to `RELAXING_DAMPING` and their temperature to 0, so that no thermal field
    acts.
    """
    for system in systems:
        system.T = 0
        system.dynamics.damping.alpha = RELAXING_DAMPING
    settled = engine(systems, duration, 1, [0] * len(systems), numerics)
    return [driven.m for driven in settled]


def thermalised(
    engine: Engine, systems: list[mm.System], numerics: Numerics, seeds: list[int]
) -> list[NDArray[np.float64]]:
    """Let systems without current reach thermal equilibrium; return their unit magnetisation.

    Walls between units take their shape as in `relaxed`, and the spin waves of the mesh are excited
    when the current sets in. `seeds` are those of the thermal field of each system.
    """
    for system in systems:
        system.dynamics.damping.alpha = RELAXING_DAMPING
    return [driven.m for driven in engine(systems, RELAXATION, 1, seeds, numerics)]


def to_units(sample: Sample, m: NDArray[np.floating]) -> NDArray[np.int8]:
    """Return the state of each unit, -1 or 1: the sign of its mean m_z."""
    total = np.bincount(sample.unit_index.ravel(), m[..., 2].ravel().astype(float))
    return np.where(total < 0, -1, 1).astype(np.int8)
