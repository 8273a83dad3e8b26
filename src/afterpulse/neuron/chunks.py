"""Which random trains of a memory cell a job simulates."""

from typing import NamedTuple

from afterpulse.cards.experiment import Experiment, MemoryCell
from afterpulse.device import Device
from afterpulse.timeline.nominal_cost import GRAIN_PULSE, grains

# Of one core (s).
LONGEST_JOB = 240.0


class Role(NamedTuple):
    """What some trains are for.

    Attributes
    ----------
    trains, replicates : int
        How many, and how often each is repeated.
    first_replicate : int
        Number of the first repeat of the first train. Each train has repeats of its own, so that no
        two of them start from the same aged films.
    """

    trains: int
    replicates: int
    first_replicate: int


def role(cell: MemoryCell, name: str) -> Role:
    """Trains of a name: "training", "held_out", or "device_" with a number."""
    if name == "held_out":
        return Role(cell.held_out_trains, cell.held_out_replicates, 1_000_000)
    trains = cell.training_trains if name == "training" else cell.device_trains
    return Role(trains, cell.training_replicates, 0)


def chunks(device: Device, experiment: Experiment) -> dict[str, tuple[str, int, int]]:
    """Cut the trains of a memory cell into jobs.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards; ``numerics.points_per_chunk`` bounds a job's trajectories, and where it is null a
        job gets what takes up to four minutes of one core.

    Returns
    -------
    dict of str to tuple of str, int and int
        By the name of the job's file: the role, and its first and last train, the latter not
        included. No number depends on the cut. A device is one job. Empty without a memory cell.
    """
    cell = experiment.memory_cell
    if cell is None:
        return {}
    found: dict[str, tuple[str, int, int]] = {}
    for name in ("training", "held_out"):
        asked = role(cell, name)
        points = experiment.numerics.points_per_chunk or round(
            LONGEST_JOB / (seconds(device, experiment, 1))
        )
        size = max(1, points // asked.replicates)
        for number, first in enumerate(range(0, asked.trains, size)):
            found[f"{name}_{number}"] = (name, first, min(first + size, asked.trains))
    for number in range(cell.devices):
        found[f"device_{number}"] = (f"device_{number}", 0, cell.device_trains)
    return found


def seconds(device: Device, experiment: Experiment, points: int) -> float:
    """Time in which one core is expected to simulate some random trains once each (s)."""
    cell = experiment.memory_cell
    pulses = 0 if cell is None else cell.pulses
    return GRAIN_PULSE * grains(device, experiment) * pulses * points
