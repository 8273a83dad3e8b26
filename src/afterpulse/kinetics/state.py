"""State of a film, the conditions of a segment and the record of one."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.experiment import Experiment, Mechanisms
from afterpulse.device import Device
from afterpulse.kinetics.film import Film


@dataclass
class State:
    """State that a trajectory carries from segment to segment.

    Attributes
    ----------
    unit_state : ndarray of int8, shape (units,)
        Sign of m_z.
    grain_state : ndarray of int8, shape (grains,)
        Sign of the interface spin along the easy axis.
    rise : ndarray, shape (stages,)
        Temperature rise of the Foster stages (K).
    kept_spin_current : float
        Thermal spin current that persists from pulses, on a device with a persistence (A/m²).
    """

    unit_state: NDArray[np.int8]
    grain_state: NDArray[np.int8]
    rise: NDArray[np.float64]
    kept_spin_current: float


@dataclass(frozen=True)
class SegmentConditions:
    """Conditions of a segment.

    Attributes
    ----------
    mechanisms : Mechanisms
        Those that act.
    applied_field : tuple of float
        Along x (the current), y and z (T).
    ambient_temperature : float
        K.
    current_density : float
        In the spin-Hall layer (A/m²).
    """

    mechanisms: Mechanisms
    applied_field: tuple[float, float, float]
    ambient_temperature: float
    current_density: float = 0.0

    @classmethod
    def of_cards(
        cls,
        device: Device,
        experiment: Experiment,
        mechanisms: Mechanisms,
        current_density: float = 0.0,
    ) -> Self:
        """Return the field and the ambient temperature of the cards, with a current density."""
        return cls(
            mechanisms,
            experiment.applied_field,
            device.ambient_temperature,
            current_density,
        )


@dataclass(frozen=True)
class Record:
    """Results of a segment at the ends of its steps, from the kinetics or from LLG.

    Attributes
    ----------
    engine : str
        "kinetics" or the LLG engine.
    time : ndarray, shape (steps,)
        From the start of the segment (s).
    temperature : ndarray, shape (steps,)
        K.
    mean_m : ndarray, shape (steps, 3)
        Mean unit magnetisation.
    unit_state : ndarray of int8, shape (steps, units)
        Sign of m_z.
    grain_order : ndarray, shape (steps,)
        Mean of the grain states by area (1).
    unit_grain_order : ndarray, shape (steps, units)
        Order of the grains under each unit, see `grain_order.unit_grain_order` (1).
    exchange_bias_field : ndarray, shape (steps,)
        Mean over the film, along z (T).
    flicker_error : ndarray, shape (steps,)
        Estimated change of <m_z> or of the grain order by the flicker limit (1).
    flips : ndarray of int64, shape (steps,)
        Reversals in the step; LLG counts none.
    """

    engine: str
    time: NDArray[np.float64]
    temperature: NDArray[np.float64]
    mean_m: NDArray[np.float64]
    unit_state: NDArray[np.int8]
    grain_order: NDArray[np.float64]
    unit_grain_order: NDArray[np.float64]
    exchange_bias_field: NDArray[np.float64]
    flicker_error: NDArray[np.float64]
    flips: NDArray[np.int64]


def initial_state(film: Film, experiment: Experiment) -> State:
    """Return the set film: units and grains along the initial state, at the ambient temperature."""
    sign = experiment.initial_sign
    return State(
        unit_state=np.full(film.unit_fraction.size, sign, dtype=np.int8),
        grain_state=np.full(film.grain_fraction.size, sign, dtype=np.int8),
        rise=np.zeros(len(film.device.heat_path.stages)),
        kept_spin_current=0.0,
    )
