"""What each job of the workflow asks a cluster for: wall time and memory.

A job asks for `MARGIN` times its nominal time. One that needs more all the same fails, and its
next attempt asks for more of both.
"""

from typing import NamedTuple

from afterpulse.cards.device import Device
from afterpulse.cards.experiment import Experiment
from afterpulse.neuron import chunks as neuron_chunks
from afterpulse.timeline.nominal_cost import GRAIN_PULSE, cells, grains, seconds
from afterpulse.timeline.protocol import Point
from afterpulse.timeline.refinement import points_at

MARGIN = 4
"""Wall time that is asked for over the time expected."""

STARTING = 60.0
"""Time in which a job starts, imports and compiles (s)."""

CELL_MEMORY = 2000
"""Of a point of a chunk, over the number of cells (bytes)."""


class Request(NamedTuple):
    """What a job asks for.

    Attributes
    ----------
    runtime : int
        Wall time (min).
    memory : int
        MB.
    """

    runtime: int
    memory: int


FIXED = {
    "variants": Request(10, 1000),
    "sample": Request(15, 2000),
    "ground_state": Request(30, 2000),
    "calibration": Request(120, 2000),
    "blocking": Request(120, 2000),
    "reduce_sweep": Request(30, 4000),
    "reduce_train": Request(30, 4000),
    "failed": Request(10, 1000),
    "fit": Request(60, 2000),
    "trains_table": Request(10, 1000),
    "traces": Request(10, 1000),
    "mechanisms": Request(60, 4000),
    "cell": Request(120, 4000),
    "protocol": Request(120, 2000),
    "protocols": Request(60, 4000),
    "energy": Request(10, 1000),
    "network": Request(240, 4000),
    "networks": Request(10, 1000),
    "figure": Request(20, 2000),
    "figures": Request(30, 2000),
    "animation": Request(30, 2000),
    "explore": Request(20, 2000),
    "table_page": Request(10, 1000),
}
"""Of the rules whose jobs vary little with the cards."""


def by_rule(
    device: Device, experiment: Experiment, chunks: dict[str, list[Point]]
) -> dict[str, Request]:
    """First request of every rule's jobs.

    All jobs of a rule ask for what the largest needs, since a job array has one request for all.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    chunks : dict of str to list of Point
        The plan.

    Returns
    -------
    dict of str to Request
    """
    longest = max((seconds(device, experiment, chunk) for chunk in chunks.values()), default=0.0)
    points = max((len(chunk) for chunk in chunks.values()), default=0)
    memory = 1500 + round(CELL_MEMORY * cells(experiment) * points / 1e6)
    return FIXED | {
        "trajectories": Request(minutes(longest), memory),
        "bank": Request(minutes(bank_seconds(device, experiment)), 2000),
        "refine": Request(minutes(refinement_seconds(device, experiment)), memory),
        "neuron_trains": Request(minutes(neuron_seconds(device, experiment)), 2000),
    }


def refinement_seconds(device: Device, experiment: Experiment) -> float:
    """Time in which one core is expected to refine a width, if each pass halves half of it (s)."""
    sweep = experiment.sweep
    if sweep is None or sweep.refine is None:
        return 0.0
    amplitudes = [1.0] * len(sweep.pulse_amplitude)
    once = seconds(device, experiment, points_at(experiment, amplitudes, max(sweep.pulse_width)))
    return 0.5 * sweep.refine.passes * once


def bank_seconds(device: Device, experiment: Experiment) -> float:
    """Time in which one core is expected to simulate a combination of mechanisms (s)."""
    inference = experiment.inference
    if inference is None:
        return 0.0
    pulses = len(inference.pulse_amplitude) * len(inference.pulse_width)
    films = inference.draws * inference.replicates
    return GRAIN_PULSE * grains(device, experiment) * films * pulses


def neuron_seconds(device: Device, experiment: Experiment) -> float:
    """Time in which one core is expected to simulate the longest job of random trains (s)."""
    cell = experiment.memory_cell
    if cell is None:
        return 0.0
    points = [
        (last - first) * neuron_chunks.role(cell, name).replicates
        for name, first, last in neuron_chunks.chunks(device, experiment).values()
    ]
    return neuron_chunks.seconds(device, experiment, max(points))


def minutes(expected: float) -> int:
    """Wall time to ask for (min) where a job is expected to take a time (s) once it has started."""
    return 5 + round(MARGIN * (STARTING + expected) / 60)
