"""How many points a job gets: a job shall last long beside its start, and all cores have one."""

import math
import os

from afterpulse.cards.device import Device
from afterpulse.cards.experiment import Experiment
from afterpulse.timeline.nominal_cost import seconds
from afterpulse.timeline.protocol import Point

# Of one core (s). A job starts within seconds; one that is killed loses no more than this.
LONGEST_JOB, SHORTEST_JOB = 240.0, 20.0


def chosen_size(device: Device, experiment: Experiment, points: list[Point]) -> int:
    """Most points of a job, where the card does not say.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    points : list of Point
        All of one protocol that are to be computed.

    Returns
    -------
    int
        At least 1. It depends on the cores of the machine that plans, but no result does.
    """
    total = seconds(device, experiment, points)
    cores = os.cpu_count() or 1
    jobs = math.ceil(total / LONGEST_JOB)
    jobs = (
        math.ceil(jobs / cores) * cores
        if jobs >= cores
        else max(jobs, min(cores, math.floor(total / SHORTEST_JOB)))
    )
    return max(1, math.ceil(len(points) / jobs))
