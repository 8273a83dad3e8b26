"""Treatments of a device without current: field cooling, setting, thermal activation."""

from dataclasses import replace

import numpy as np

from afterpulse.cards.experiment import Treatment
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.segment import run_segment
from afterpulse.kinetics.state import SegmentConditions, State

# Steps of constant temperature. Cooled over 350 K, that is 6 K a step: the rate of an element
# that is just freezing changes by less than half within it.
STEPS = 60


def treat(
    film: Film,
    state: State,
    conditions: SegmentConditions,
    treatment: Treatment,
    random: np.random.Generator,
) -> None:
    """Advance a state over a treatment, in place.

    Parameters and errors as in `run_segment`; field and temperature are those of the treatment,
    whose temperature changes at a constant rate.
    """
    course = (np.arange(STEPS) + 0.5) / STEPS
    rise = treatment.end_temperature - treatment.start_temperature
    ends = np.array([treatment.duration / STEPS])
    for temperature in treatment.start_temperature + rise * course:
        treated = replace(
            conditions,
            applied_field=treatment.applied_field,
            ambient_temperature=float(temperature),
        )
        run_segment(film, state, treated, ends, random)
