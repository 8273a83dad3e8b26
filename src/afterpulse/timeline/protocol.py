"""Protocols: the points of an experiment, each a sequence of pulses, and their reduction."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import xarray as xr

from afterpulse.cards.experiment import (
    OWN_MECHANISMS,
    SWEEP_PROTOCOLS,
    Experiment,
    Mechanisms,
    Sweep,
)
from afterpulse.cards.numerics import Micromagnetics
from afterpulse.cards.quantity import PulseAmplitude
from afterpulse.device import Device
from afterpulse.timeline.reduction import sweep_dataset, train_dataset

WHOLE = "pulse", "throughout"
"""Values of `Numerics.micromagnetics` by which LLG computes whole pulses."""


class TimedPulse(NamedTuple):
    """A pulse and the wait after it.

    Attributes
    ----------
    amplitude : float
        Current through the bar (A).
    width : float
        s.
    wait : float
        From the end of the pulse (s).
    """

    amplitude: float
    width: float
    wait: float


class Sequence(NamedTuple):
    """Pulses of one trajectory.

    Attributes
    ----------
    pulses : tuple of TimedPulse
        From the start of the clock.
    marks : tuple of float
        Times after each pulse's end that are stored exactly (s).
    label : str
        Name in the plan, if not that of the protocol.
    """

    pulses: tuple[TimedPulse, ...]
    marks: tuple[float, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class Point:
    """One trajectory to compute.

    Attributes
    ----------
    protocol : str
        Name of a sweep protocol or the label of a train.
    mechanism_set : str
        `OWN_MECHANISMS` or a label of the card's comparison.
    sample, replicate : int
        Index of the random sample, and of the repeat on this sample.
    micromagnetics : str
        What LLG computes, as `Numerics.micromagnetics`.
    pulses, marks
        As in `Sequence`.
    """

    protocol: str
    mechanism_set: str
    sample: int
    replicate: int
    micromagnetics: Micromagnetics
    pulses: tuple[TimedPulse, ...]
    marks: tuple[float, ...]


@dataclass(frozen=True)
class Protocol:
    """A kind of experiment.

    Attributes
    ----------
    name : str
        In the plan; trains are planned by their labels instead.
    dataset : str
        Name of the reduced dataset.
    present : callable
        True if an experiment has the protocol.
    sequences : callable
        Returns its pulse sequences in the order of the plan; only called if present.
    reduce : callable
        Turns its chunks and the cards into the reduced dataset.
    compared : bool
        With each set of mechanisms of the card; otherwise with the card's own.
    llg_edges : bool
        Edges of pulses by LLG if the card says so; otherwise by the kinetics.
    """

    name: str
    dataset: str
    present: Callable[[Experiment], bool]
    sequences: Callable[[Device, Experiment], list[Sequence]]
    reduce: Callable[[Iterable[xr.Dataset], Device, Experiment], xr.Dataset]
    compared: bool = False
    llg_edges: bool = False


def sample_files(index: int) -> tuple[str, str]:
    """Return the names of the files of a sample and of its ground state."""
    suffix = f"_{index}" if index else ""
    return f"sample{suffix}.nc", f"ground_state{suffix}.nc"


def in_ampere(device: Device, experiment: Experiment, amplitude: PulseAmplitude) -> float:
    """Return an amplitude of a card as a current (A)."""
    unit = device.critical_current if amplitude.unit == "I_c" else 1.0
    return amplitude.value * unit


def mechanism_sets(experiment: Experiment) -> dict[str, Mechanisms]:
    """Return the sets of mechanisms by label, the card's own first."""
    return {OWN_MECHANISMS: experiment.mechanisms, **experiment.compare}


def required_sweep(experiment: Experiment) -> Sweep:
    """Return the sweep of an experiment that has one."""
    if experiment.sweep is None:
        raise ValueError(f"{experiment.name} has no sweep")
    return experiment.sweep


def probe_marks(sweep: Sweep) -> tuple[float, ...]:
    """Return the delays of a sweep that are stored exactly: the probe and a later one (s)."""
    return tuple(sorted({sweep.probe_delay, later_delay(sweep)}))


def later_delay(sweep: Sweep) -> float:
    """Return the delay of the fraction retained: 10 s, or the last one if it is earlier (s)."""
    return min(10.0, sweep.duration)


def single_pulses(
    experiment: Experiment, amplitudes: Iterable[float], widths: Iterable[float]
) -> list[Sequence]:
    """Return single pulses of the sweep at all amplitudes (A) and widths (s)."""
    sweep = required_sweep(experiment)
    marks = probe_marks(sweep)
    return [
        Sequence((TimedPulse(amplitude, width, sweep.duration),), marks)
        for amplitude in amplitudes
        for width in widths
    ]


def sweep_amplitudes(device: Device, experiment: Experiment) -> list[float]:
    """Return the amplitudes of the sweep (A)."""
    sweep = required_sweep(experiment)
    return [in_ampere(device, experiment, amplitude) for amplitude in sweep.pulse_amplitude]


def sweep_sequences(device: Device, experiment: Experiment) -> list[Sequence]:
    """Return all pulses of the sweep, each on a fresh device."""
    widths = required_sweep(experiment).pulse_width
    return single_pulses(experiment, sweep_amplitudes(device, experiment), widths)


def walk_sequences(device: Device, experiment: Experiment) -> list[Sequence]:
    """Return a series over all amplitudes of the sweep for each width."""
    sweep, amplitudes = required_sweep(experiment), sweep_amplitudes(device, experiment)
    return [
        Sequence(
            tuple(TimedPulse(amplitude, width, sweep.duration) for amplitude in amplitudes),
            probe_marks(sweep),
        )
        for width in sweep.pulse_width
    ]


def train_sequences(device: Device, experiment: Experiment) -> list[Sequence]:
    """Return the pulse trains of the card."""
    sequences = []
    for label, train in experiment.trains.items():
        pulses: list[TimedPulse] = []
        for pulse in train.pulses:
            amplitude = in_ampere(device, experiment, pulse.amplitude)
            wait = (pulse.interval or math.inf) - pulse.width
            pulses += [TimedPulse(amplitude, pulse.width, wait)] * pulse.count
        pulses[-1] = pulses[-1]._replace(wait=train.rest)
        sequences.append(Sequence(tuple(pulses), label=label))
    return sequences


def reduce_to_sweep(
    chunks: Iterable[xr.Dataset], device: Device, experiment: Experiment
) -> xr.Dataset:
    """Return the sweep dataset of a protocol, without its mechanism sets if there is only one."""
    dataset = sweep_dataset(chunks, device.critical_current)
    if dataset.sizes["mechanism_set"] == 1:
        return dataset.squeeze("mechanism_set", drop=True)
    return dataset


SWEEP = Protocol(
    "sweep",
    "ahe",
    present=lambda card: card.sweep is not None and "each" in card.sweep.initialise,
    sequences=sweep_sequences,
    reduce=reduce_to_sweep,
    llg_edges=True,
)
WALK = Protocol(
    "walk",
    "walk",
    present=lambda card: card.sweep is not None and "once" in card.sweep.initialise,
    sequences=walk_sequences,
    reduce=reduce_to_sweep,
)
COMPARE = Protocol(
    "compare",
    "compare",
    present=lambda card: card.sweep is not None and bool(card.compare),
    sequences=sweep_sequences,
    reduce=reduce_to_sweep,
    compared=True,
)
TRAINS = Protocol(
    "train",
    "trains/{train}",
    present=lambda card: bool(card.trains),
    sequences=train_sequences,
    reduce=lambda chunks, device, experiment: train_dataset(chunks),
    compared=True,
)
PROTOCOLS = (SWEEP, WALK, COMPARE, TRAINS)
"""All protocols in the order of the plan."""

SWEEP_DATASETS = {each.name: each.dataset for each in PROTOCOLS if each.name in SWEEP_PROTOCOLS}
"""Names of the reduced datasets of protocols that are not trains, by protocol."""


def of_dataset(dataset: str) -> Protocol:
    """Return the protocol that is reduced to a dataset of a name."""
    return next(protocol for protocol in PROTOCOLS if protocol.dataset == dataset)


def sweep_protocols(experiment: Experiment) -> tuple[str, ...]:
    """Return those of `SWEEP_PROTOCOLS` that an experiment has, in the order of the plan."""
    return tuple(
        protocol.name
        for protocol in PROTOCOLS
        if protocol.name in SWEEP_PROTOCOLS and protocol.present(experiment)
    )


def points(device: Device, experiment: Experiment) -> list[Point]:
    """Return all trajectories of an experiment in the order of the plan.

    Points of one protocol or train stand together.
    """
    result = []
    for protocol in PROTOCOLS:
        if protocol.present(experiment):
            sequences = protocol.sequences(device, experiment)
            for label in dict.fromkeys(sequence.label for sequence in sequences):
                group = [sequence for sequence in sequences if sequence.label == label]
                result += protocol_points(protocol, experiment, group)
    return result


def protocol_points(
    protocol: Protocol, experiment: Experiment, sequences: list[Sequence]
) -> list[Point]:
    """Return the points: each set of mechanisms, sample, replicate and sequence.

    A comparison has the points of the sweep for the card's own mechanisms, unless those have edges
    by LLG.
    """
    sets = list(mechanism_sets(experiment)) if protocol.compared else [OWN_MECHANISMS]
    by_llg = experiment.numerics.micromagnetics
    if protocol is COMPARE and SWEEP.present(experiment) and by_llg != "edges":
        sets.remove(OWN_MECHANISMS)
    if by_llg == "edges" and not protocol.llg_edges:
        by_llg = "none"
    return [
        Point(label or protocol.name, mechanism_set, sample, replicate, by_llg, pulses, marks)
        for mechanism_set in sets
        for sample in range(experiment.samples)
        for replicate in range(experiment.replicates)
        for pulses, marks, label in sequences
    ]
