"""What is asked of a measured trace: which mechanisms act on this device after this pulse."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from afterpulse.cards import Experiment
from afterpulse.device import Device
from afterpulse.inference.circumstances import circumstances
from afterpulse.inference.measured_cards import card_of_pulse, load_cards
from afterpulse.inference.measured_traces import traces_of
from afterpulse.measured.pulses import Pulse


class Question(NamedTuple):
    """All that an inference starts from.

    Attributes
    ----------
    device, experiment : Device, Experiment
        The device's card and that of the measured pulse.
    traces : Dataset
        See `traces_of`.
    words : list of str
        See `circumstances`.
    """

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
    """Read the cards and take what is needed of a trace.

    Parameters
    ----------
    trace : Dataset
        From `read_trace`.
    pulses : sequence of Pulse
        One after the other.
    device_card, experiment_card
        See `load_cards`.

    Returns
    -------
    Question
        For `infer_support`.

    Raises
    ------
    CardError, TraceError
        Where cards, trace and pulse do not allow an inference.
    """
    device, experiment = load_cards(device_card, experiment_card)
    traces = traces_of(trace, pulses, device, experiment)
    of_pulse = card_of_pulse(device, experiment, pulses[0], float(traces["delay"][-1]))
    words = circumstances(traces, len(pulses), device, of_pulse)
    return Question(device, of_pulse, traces, words)
