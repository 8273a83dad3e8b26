"""Number of points in a job.

A job lasts long beside its start, all cores have one, and its states fit in memory.
"""

import math
import os

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.kinetics.segment import FIRST_STEP
from afterpulse.timeline.nominal_cost import seconds
from afterpulse.timeline.protocol import Point
from afterpulse.timeline.stored_fields import stored_bytes

# Of one core (s). A job starts within seconds; one that is killed loses no more than this.
LONGEST_JOB, SHORTEST_JOB = 600.0, 20.0
# Of the states and fields that a job keeps until it writes them, and of one unit at one step of
# time (B).
MOST_STATES, UNIT_STEP = 1e9, 5.0


def chunk_size(device: Device, experiment: Experiment, points: list[Point]) -> int:
    """Return the most points of a job where the card gives no number.

    `points` are all of one protocol that are to be computed. The size is at least 1. It depends
    on the cores of the machine that plans, but no result does.
    """
    total = seconds(device, experiment, points)
    cores = os.cpu_count() or 1
    memory = state_bytes(device, experiment, points)
    jobs = math.ceil(max(total / LONGEST_JOB, memory / MOST_STATES))
    jobs = (
        math.ceil(jobs / cores) * cores
        if jobs >= cores
        else max(jobs, min(cores, math.floor(total / SHORTEST_JOB)))
    )
    return max(1, math.ceil(len(points) / jobs))


def state_bytes(device: Device, experiment: Experiment, points: list[Point]) -> float:
    """Return the approximate memory of what a job keeps (B).

    These are unit states and grain orders at all steps, and stored fields.
    """
    units = (experiment.numerics.window / device.ferromagnet.unit_diameter.value) ** 2
    decades = sum(
        math.log10(max(span / FIRST_STEP, 1.0))
        for point in points
        for pulse in point.pulses
        for span in (pulse.width, pulse.wait)
    )
    states = UNIT_STEP * units * experiment.numerics.steps_per_decade * decades
    return states + stored_bytes(experiment, points)
