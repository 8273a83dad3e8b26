"""How many points a job gets: a job shall last long beside its start, and all cores have one."""

import math
import os

from afterpulse.cards.experiment import Experiment
from afterpulse.timeline.protocol import Point

# Of one core (s). A job starts within seconds; one that is killed loses no more than this.
LONGEST_JOB, SHORTEST_JOB = 120.0, 20.0
# Nominal, for grouping alone (docs/kinetics.md, docs/calculator.md): of a pulse with its wait on
# a film of 400 nm, of a step of LLG on one cell, and how much slower another engine is.
SECONDS_PER_PULSE, NOMINAL_WINDOW = 0.2, 400e-9
SECONDS_PER_CELL_STEP = 1.1e-7
OTHER_ENGINE = 4.0


def nominal_cost(experiment: Experiment, point: Point) -> float:
    """Time that a point takes on one core of a usual machine.

    Parameters
    ----------
    experiment : Experiment
        Grid, time step and engine.
    point : Point
        Its pulses and their edges.

    Returns
    -------
    float
        s; good to a factor of a few.
    """
    numerics = experiment.numerics
    kinetics = SECONDS_PER_PULSE * (numerics.window / NOMINAL_WINDOW) ** 2 * len(point.pulses)
    if point.pulse_edges == "kinetics":
        return kinetics
    edges = sum(
        (p.width if p.width <= numerics.llg_pulse_max else numerics.leading_edge)
        + numerics.trailing_edge
        for p in point.pulses
    )
    cells = (numerics.window / numerics.cell) ** 2
    llg = edges / numerics.llg_time_step * cells * SECONDS_PER_CELL_STEP
    return kinetics + llg * (1.0 if experiment.engine == "embedded" else OTHER_ENGINE)


def chosen_size(experiment: Experiment, points: list[Point]) -> int:
    """Most points of a job, where the card does not say.

    Parameters
    ----------
    experiment : Experiment
        The card.
    points : list of Point
        All of one protocol that are to be computed.

    Returns
    -------
    int
        At least 1. It depends on the cores of the machine that plans, but no result does.
    """
    total = sum(nominal_cost(experiment, point) for point in points)
    cores = os.cpu_count() or 1
    jobs = math.ceil(total / LONGEST_JOB)
    jobs = (
        math.ceil(jobs / cores) * cores
        if jobs >= cores
        else max(jobs, min(cores, math.floor(total / SHORTEST_JOB)))
    )
    return max(1, math.ceil(len(points) / jobs))
