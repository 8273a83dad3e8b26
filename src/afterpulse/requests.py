"""What each job of the workflow asks a cluster for: wall time and memory.

Times are those of one core of a server of 2026, measured on the demo's cards; a job asks for
`MARGIN` times as much. One that needs more all the same fails, and its next attempt asks for
more of both.
"""

from typing import NamedTuple

from afterpulse.cards.device import Device
from afterpulse.cards.experiment import Experiment
from afterpulse.timeline.protocol import Point

MARGIN = 4
"""Wall time that is asked for over the time expected."""

CELL_STEP = {"embedded": 1.7e-7, "oommf": 2e-6, "mumax3": 1.7e-7}
"""Time of one step of the stochastic LLG equation over the number of cells, by engine (s).

The film's relaxation before it is included. OOMMF's is 11.6 times that of the embedded one
(docs/calculator.md); that of mumax3 is not measured.
"""

GRAIN_PULSE = 5e-5
"""Time of a pulse and the wait after it by kinetics over the number of grains (s)."""

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
    "experiment_card": Request(10, 1000),
    "plan": Request(10, 1000),
    "sample": Request(15, 2000),
    "ground_state": Request(30, 2000),
    "calibration": Request(120, 2000),
    "blocking": Request(120, 2000),
    "reduce_sweep": Request(30, 4000),
    "reduce_train": Request(30, 4000),
    "fit": Request(60, 2000),
    "trains_table": Request(10, 1000),
    "traces": Request(10, 1000),
    "mechanisms": Request(60, 4000),
    "figure": Request(20, 2000),
    "figures": Request(30, 2000),
    "animation": Request(30, 2000),
    "explore": Request(20, 2000),
}
"""Of the rules whose jobs vary little with the cards."""


def by_rule(
    device: Device, experiment: Experiment, chunks: list[list[Point]]
) -> dict[str, Request]:
    """First request of every rule's jobs.

    All jobs of a rule ask for what the largest needs, since a job array has one request for all.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    chunks : list of list of Point
        The plan.

    Returns
    -------
    dict of str to Request
    """
    longest = max((chunk_seconds(device, experiment, chunk) for chunk in chunks), default=0.0)
    points = max((len(chunk) for chunk in chunks), default=0)
    memory = 1500 + round(CELL_MEMORY * cells(experiment) * points / 1e6)
    return FIXED | {
        "trajectories": Request(minutes(longest), memory),
        "bank": Request(minutes(bank_seconds(device, experiment)), 2000),
    }


def chunk_seconds(device: Device, experiment: Experiment, chunk: list[Point]) -> float:
    """Time in which one core is expected to compute a chunk of points.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    chunk : list of Point
        Of one protocol.

    Returns
    -------
    float
        s.
    """
    numerics = experiment.numerics
    edges = sum(
        (pulse.width if pulse.width <= numerics.llg_pulse_max else numerics.leading_edge)
        + numerics.trailing_edge
        for point in chunk
        if point.pulse_edges == "llg"
        for pulse in point.pulses
    )
    steps = edges / numerics.llg_time_step
    pulses = sum(len(point.pulses) for point in chunk)
    return (
        CELL_STEP[experiment.engine] * cells(experiment) * steps
        + GRAIN_PULSE * grains(device, experiment) * pulses
    )


def bank_seconds(device: Device, experiment: Experiment) -> float:
    """Time in which one core is expected to simulate a combination of mechanisms (s)."""
    inference = experiment.inference
    if inference is None:
        return 0.0
    pulses = len(inference.pulse_amplitude) * len(inference.pulse_width)
    films = inference.draws * inference.replicates
    return GRAIN_PULSE * grains(device, experiment) * films * pulses


def cells(experiment: Experiment) -> float:
    """Number of cells of a window."""
    return (experiment.numerics.window / experiment.numerics.cell) ** 2


def grains(device: Device, experiment: Experiment) -> float:
    """Number of grains of a window, about."""
    return (experiment.numerics.window / device.antiferromagnet.grain_diameter.value) ** 2


def minutes(expected: float) -> int:
    """Wall time to ask for (min) where a job is expected to take a time (s) once it has started."""
    return 5 + round(MARGIN * (STARTING + expected) / 60)
