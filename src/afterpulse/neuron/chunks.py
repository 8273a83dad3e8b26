"""Random trains of a memory cell, divided into jobs."""

from typing import NamedTuple

from afterpulse.cards.experiment import Experiment
from afterpulse.cards.memory_cell import MemoryCell
from afterpulse.device import Device
from afterpulse.timeline.nominal_cost import GRAIN_PULSE, grains

LONGEST_JOB = 240.0
"""Time of a job on one core (s)."""


class Role(NamedTuple):
    """Purpose of some trains.

    Each train has replicates of its own, so that no two trains start from the same aged films.
    """

    trains: int
    replicates: int  # of each train
    first_replicate: int  # number of the first replicate of the first train


def role(cell: MemoryCell, name: str) -> Role:
    """Return the trains of a role: "training", "held_out", or "device_" with an index."""
    if name == "held_out":
        return Role(cell.held_out_trains, cell.held_out_replicates, 1_000_000)
    trains = cell.training_trains if name == "training" else cell.device_trains
    return Role(trains, cell.training_replicates, 0)


def chunks(device: Device, experiment: Experiment) -> dict[str, tuple[str, int, int]]:
    """Divide the trains of a memory cell into jobs.

    A job has ``numerics.points_per_chunk`` trajectories, by default four minutes of one core; the
    trains of a device other than the first are one job. No number depends on the division.

    Returns
    -------
    dict of str to tuple of str, int and int
        Role, first train, and last train (excluded) by the name of the job's file; empty without a
        memory cell.
    """
    cell = experiment.memory_cell
    if cell is None:
        return {}
    jobs: dict[str, tuple[str, int, int]] = {}
    for name in ("training", "held_out"):
        trains = role(cell, name)
        points = experiment.numerics.points_per_chunk or round(
            LONGEST_JOB / (GRAIN_PULSE * grains(device, experiment) * cell.pulses)
        )
        size = max(1, points // trains.replicates)
        for index, first in enumerate(range(0, trains.trains, size)):
            jobs[f"{name}_{index}"] = (name, first, min(first + size, trains.trains))
    for index in range(cell.devices):
        jobs[f"device_{index}"] = (f"device_{index}", 0, cell.device_trains)
    return jobs
