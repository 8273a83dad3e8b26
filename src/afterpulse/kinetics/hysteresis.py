"""Hysteresis loops along z, with their exchange bias and coercivity."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.experiment import Hysteresis
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.segment import run_segment
from afterpulse.kinetics.state import SegmentConditions, State


def loop_fields(hysteresis: Hysteresis) -> NDArray[np.float64]:
    """Return the fields of a loop along z, shape (2 steps,): down from the largest, and up (T)."""
    down = hysteresis.largest_field * (
        1 - 2 * np.arange(1, hysteresis.steps + 1) / hysteresis.steps
    )
    return np.concatenate([down, -down])


def hysteresis_loop(
    film: Film,
    state: State,
    conditions: SegmentConditions,
    hysteresis: Hysteresis,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Return <m_z> at the end of the dwell at each of `loop_fields`.

    Parameters as in `run_segment`. The state stays as it is; a copy of it is saturated in the
    largest field first. The field's x and y components are those of the conditions.
    """
    state = deepcopy(state)
    ends = np.array([hysteresis.dwell])
    magnetisation = []
    for field in [hysteresis.largest_field, *loop_fields(hysteresis)]:
        applied_field = (*conditions.applied_field[:2], float(field))
        run_segment(film, state, replace(conditions, applied_field=applied_field), ends, random)
        magnetisation.append(state.unit_state @ film.unit_fraction)
    return np.array(magnetisation[1:])


def shift_and_coercivity(
    fields: NDArray[np.float64], magnetisation: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the exchange-bias field and the coercive field of a loop (T).

    The exchange bias, which adds to the applied field, is minus the middle between the fields
    (from `loop_fields`) at which the two branches pass through zero, the coercive field half their
    distance; NaN if a branch does not pass through zero.
    """
    half = fields.size // 2
    down = _zero(fields[:half], magnetisation[:half], -1)
    up = _zero(fields[half:], magnetisation[half:], 1)
    return -(down + up) / 2, (up - down) / 2


def _zero(fields: NDArray[np.float64], magnetisation: NDArray[np.float64], sign: int) -> float:
    """Return the field of the first zero of a branch in a direction; NaN without one."""
    signed = sign * magnetisation
    crossings = np.flatnonzero((signed[:-1] < 0) & (signed[1:] >= 0))
    if crossings.size == 0:
        return float("nan")
    before, after = crossings[0], crossings[0] + 1
    fraction = signed[before] / (signed[before] - signed[after])
    return float(fields[before] + fraction * (fields[after] - fields[before]))
