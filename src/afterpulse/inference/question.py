"""Inputs of an inference from a measured trace."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from afterpulse.cards import Experiment
from afterpulse.device import Device
from afterpulse.inference.circumstances import circumstances
from afterpulse.inference.measured_cards import card_of_pulse, load_cards
from afterpulse.inference.measured_traces import traces_of
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import Pulse
from afterpulse.measured.units import VOLTAGE, signal_unit


class Question(NamedTuple):
    """Inputs of an inference: cards, traces of `traces_of` and lines of `circumstances`."""

    device: Device
    experiment: Experiment
    traces: xr.Dataset
    words: list[str]


def question_of(
    trace: xr.Dataset,
    pulses: Sequence[Pulse],
    device_card: str | Path,
    experiment_card: str | Path | None,
) -> Question:
    """Load the cards and select the samples for `infer_support`.

    Arguments as for `traces_of` and `load_cards`. Raises CardError or TraceError if cards, trace
    and pulse do not allow an inference.
    """
    if signal_unit(trace) != VOLTAGE.unit:
        expected = "a trace in V, so --read-current with a resistance, to infer mechanisms"
        raise TraceError("--device", expected, f"a signal in {signal_unit(trace)}")
    device, experiment = load_cards(device_card, experiment_card)
    traces = traces_of(trace, pulses, device, experiment)
    pulse_card = card_of_pulse(device, experiment, pulses[0], float(traces["delay"][-1]))
    words = circumstances(traces, len(pulses), device, pulse_card)
    return Question(device, pulse_card, traces, words)
