"""Measured Hall voltages, from a file to the dataset of the decay analysis."""

from afterpulse.measured.decays import FitOptions, fit_pulses
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import Pulse, checked, on_clock, parse_pulse, read_pulses
from afterpulse.measured.selection import Selection
from afterpulse.measured.sweep import to_sweep
from afterpulse.measured.trace import read_trace

__all__ = [
    "FitOptions",
    "Pulse",
    "Selection",
    "TraceError",
    "checked",
    "fit_pulses",
    "on_clock",
    "parse_pulse",
    "read_pulses",
    "read_trace",
    "to_sweep",
]
