"""Blocking temperatures by thermal activation against a reversed ferromagnet (York protocol)."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.experiment import Blocking, Hysteresis, Treatment
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.grain_order import exchange_bias_at
from afterpulse.kinetics.hysteresis import hysteresis_loop
from afterpulse.kinetics.state import SegmentConditions, State
from afterpulse.kinetics.treatment import treat


def activated_loops(
    film: Film,
    prepared: State,
    conditions: SegmentConditions,
    blocking: Blocking,
    hysteresis: Hysteresis,
    random: Callable[[str], np.random.Generator],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take hysteresis loops at the ambient temperature after activation at each temperature.

    Each activation starts from a copy of the prepared state. `random` returns the generator of a
    name; other parameters and errors as in `run_segment`.

    Returns
    -------
    loops : ndarray, shape (temperatures, 2 hysteresis.steps)
        <m_z> at `hysteresis.loop_fields`.
    exchange_bias_field : ndarray, shape (temperatures,)
        Mean of the grains' field over the film before the loop (T).

    Notes
    -----
    O'Grady, Fernandez-Outon and Vallejo-Fernandez, J. Magn. Magn. Mater. 322, 883 (2010).
    """
    loops, bias = [], []
    ambient = conditions.ambient_temperature
    for kelvin in blocking.activation_temperature:
        state, name = deepcopy(prepared), f"activate {kelvin!r} K"
        for step, end, duration in (
            ("heated", kelvin, blocking.activation_time),
            ("cooled", ambient, blocking.cooling_time),
        ):
            treatment = Treatment.model_construct(
                start_temperature=kelvin,
                end_temperature=end,
                applied_field=(0.0, 0.0, blocking.activation_field),
                duration=duration,
            )
            treat(film, state, conditions, treatment, random(f"{name} {step}"))
        bias.append(exchange_bias_at(film, state.grain_state, ambient))
        stream = random(f"{name} hysteresis")
        loops.append(hysteresis_loop(film, state, conditions, hysteresis, stream))
    return np.array(loops), np.array(bias)
