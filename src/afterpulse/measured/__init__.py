"""A measured Hall voltage, from a file to the dataset that the decay analysis takes."""

from afterpulse.measured.decays import fit_pulses
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import Pulse, pulse_of_texts, read_pulses
from afterpulse.measured.sweep import to_sweep
from afterpulse.measured.trace import read_trace

__all__ = [
    "Pulse",
    "TraceError",
    "fit_pulses",
    "pulse_of_texts",
    "read_pulses",
    "read_trace",
    "to_sweep",
]
