"""What an experiment asks for: points, each a train of pulses."""

import math
from dataclasses import dataclass

from afterpulse.cards.experiment import OWN_MECHANISMS, Experiment, Mechanisms, Sweep
from afterpulse.cards.quantity import PulseAmplitude
from afterpulse.device import Device
from afterpulse.device.critical_current import critical_current_density


@dataclass(frozen=True)
class TimedPulse:
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


@dataclass(frozen=True)
class Point:
    """One trajectory to compute.

    Attributes
    ----------
    protocol : str
        "sweep", "walk", "compare" or the label of a train.
    mechanism_set : str
        `OWN_MECHANISMS` or a label of the card's comparison.
    replicate : int
        Which repeat.
    pulse_edges : str
        "llg" or "kinetics".
    pulses : tuple of TimedPulse
        From the start of the clock.
    marks : tuple of float
        Times after each pulse's end that are stored exactly (s).
    """

    protocol: str
    mechanism_set: str
    replicate: int
    pulse_edges: str
    pulses: tuple[TimedPulse, ...]
    marks: tuple[float, ...]


def critical_current(device: Device, experiment: Experiment) -> float:
    """Current through the bar at which the median unit's torque is critical (A)."""
    layer = device.spin_hall_layer
    cross_section = device.hall_bar.width.value * layer.thickness.value
    return (
        critical_current_density(device, experiment) * cross_section / layer.current_fraction.value
    )


def current_density(device: Device, current: float) -> float:
    """Current density in the spin-Hall layer (A/m²) of a current through the bar (A)."""
    layer = device.spin_hall_layer
    cross_section = device.hall_bar.width.value * layer.thickness.value
    return current * layer.current_fraction.value / cross_section


def in_ampere(device: Device, experiment: Experiment, amplitude: PulseAmplitude) -> float:
    """Amplitude of a card as a current (A)."""
    unit = critical_current(device, experiment) if amplitude.unit == "I_c" else 1.0
    return amplitude.value * unit


def mechanism_sets(experiment: Experiment) -> dict[str, Mechanisms]:
    """Sets of mechanisms by label, the card's own first."""
    return {OWN_MECHANISMS: experiment.mechanisms, **experiment.compare}


def probe_marks(sweep: Sweep) -> tuple[float, ...]:
    """Delays of a sweep that are stored exactly: the probe, and a later one (s)."""
    return tuple(sorted({sweep.probe_delay, min(10.0, sweep.duration)}))


def sweep_protocols(experiment: Experiment) -> tuple[str, ...]:
    """Return those of `SWEEP_PROTOCOLS` that an experiment has, in the order of the plan."""
    sweep = experiment.sweep
    if sweep is None:
        return ()
    present = {
        "sweep": "each" in sweep.initialise,
        "walk": "once" in sweep.initialise,
        "compare": bool(experiment.compare),
    }
    return tuple(protocol for protocol in present if present[protocol])


def points(device: Device, experiment: Experiment) -> list[Point]:
    """List all trajectories of an experiment in the order in which they are planned.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.

    Returns
    -------
    list of Point
        Points of one protocol stand together.
    """
    result = []
    sweep, protocols = experiment.sweep, sweep_protocols(experiment)
    if sweep is not None:
        amplitudes = [in_ampere(device, experiment, a) for a in sweep.pulse_amplitude]
        singles = [
            ((TimedPulse(amplitude, width, sweep.duration),), replicate)
            for replicate in range(experiment.replicates)
            for amplitude in amplitudes
            for width in sweep.pulse_width
        ]
        marks = probe_marks(sweep)
        if "sweep" in protocols:
            result += [
                Point(
                    "sweep",
                    OWN_MECHANISMS,
                    replicate,
                    experiment.numerics.pulse_edges,
                    pulses,
                    marks,
                )
                for pulses, replicate in singles
            ]
        if "walk" in protocols:
            result += [
                Point(
                    "walk",
                    OWN_MECHANISMS,
                    replicate,
                    "kinetics",
                    tuple(TimedPulse(a, width, sweep.duration) for a in amplitudes),
                    marks,
                )
                for replicate in range(experiment.replicates)
                for width in sweep.pulse_width
            ]
        if "compare" in protocols:
            result += [
                Point("compare", label, replicate, "kinetics", pulses, marks)
                for label in mechanism_sets(experiment)
                for pulses, replicate in singles
            ]
    for label, train in experiment.trains.items():
        pulses = []
        for pulse in train.pulses:
            amplitude = in_ampere(device, experiment, pulse.amplitude)
            wait = (pulse.interval or math.inf) - pulse.width
            pulses += [TimedPulse(amplitude, pulse.width, wait)] * pulse.count
        pulses[-1] = TimedPulse(pulses[-1].amplitude, pulses[-1].width, train.rest)
        result += [
            Point(label, mechanism_set, replicate, "kinetics", tuple(pulses), ())
            for mechanism_set in mechanism_sets(experiment)
            for replicate in range(experiment.replicates)
        ]
    return result
