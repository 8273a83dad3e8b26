"""Nominal computing times of points on one core of a server of 2026, from benchmarks.

They hold within a factor of a few and are the same everywhere; `afterpulse plan` times the machine
at hand.
"""

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.timeline.llg_schedule import llg_time
from afterpulse.timeline.protocol import Point

CELL_STEP = {"embedded": 1.7e-7, "oommf": 2e-6, "mumax3": 1.7e-7}
"""Time of one step of the stochastic LLG equation over the number of cells, by engine (s).

It includes the film's relaxation before. OOMMF's is 11.6 times that of the embedded engine
(docs/calculator.md); that of mumax3 is not measured.
"""

GRAIN_PULSE = 1.3e-5
"""Time of a pulse and the wait after it by kinetics over the number of grains (s).

It is from before the law of the torque: 3e-5 to 6e-4 are measured now, the most near the critical
current (docs/kinetics.md), so that a chunk takes longer than planned.
"""


def seconds(device: Device, experiment: Experiment, points: list[Point]) -> float:
    """Return the expected time in which one core computes some points (s)."""
    numerics = experiment.numerics
    steps = sum(llg_time(point, numerics) for point in points) / numerics.llg_time_step
    cells = (numerics.window / numerics.cell) ** 2
    pulses = sum(len(point.pulses) for point in points)
    return (
        CELL_STEP[experiment.engine] * cells * steps
        + GRAIN_PULSE * grains(device, experiment) * pulses
    )


def grains(device: Device, experiment: Experiment) -> float:
    """Return the approximate number of grains of a window."""
    return (experiment.numerics.window / device.antiferromagnet.grain_diameter.value) ** 2
