"""The part of a measured trace by which mechanisms are told."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards import Experiment
from afterpulse.datasets import label
from afterpulse.device import Device
from afterpulse.inference import comparison_delays
from afterpulse.inference.measured_cards import amplitude_of
from afterpulse.inference.observed import FIRST_DELAY
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import Pulse
from afterpulse.measured.samples import LEAST_SAMPLES
from afterpulse.measured.sweep import around, clock_of, to_sweep

LEAST_RATIO = 10.0
"""Of the last delay to the first one; decays differ by what they do over decades."""


def traces_of(
    trace: xr.Dataset, pulses: Sequence[Pulse], device: Device, experiment: Experiment
) -> xr.Dataset:
    """Take the samples after the first pulse that mechanisms are told by.

    Only the first pulse: the simulated devices are fresh before theirs, and what a later one finds
    is what the earlier ones left.

    Parameters
    ----------
    trace : Dataset
        From `read_trace`.
    pulses : sequence of Pulse
        One after the other.
    device, experiment : Device, Experiment
        From `load_cards`.

    Returns
    -------
    Dataset
        As `afterpulse.inference.rules.traces` stores it: ``anomalous_hall_voltage`` and
        ``initial_voltage`` of one amplitude and width, at three delays a decade, and
        ``change_noise``. The attribute ``samples_before`` counts the samples before the pulse.

    Raises
    ------
    TraceError
        Where the samples after the pulse span less than a decade, or those before it are too few
        to tell the read noise.
    """
    first = pulses[0]
    part = around(trace, pulses, 0)
    sweep = to_sweep(part, first)
    delay = compared(sweep["delay"].values, first)
    before, _ = clock_of(part, first)
    noise = change_noise(part["anomalous_hall_voltage"].values[:, before], first)
    amplitude = amplitude_of(device, first)
    voltages = sweep[["anomalous_hall_voltage", "initial_voltage"]].sel(delay=delay)
    single = {"pulse_amplitude": [amplitude], "pulse_width": [first.width]}
    placed = voltages.drop_vars(
        ["pulse_start", "pulse_width", "pulse_amplitude", "pulse_current_density"], errors="ignore"
    ).expand_dims(single)
    relative = amplitude / device.critical_current(experiment)
    return label(
        placed.assign(change_noise=noise)
        .assign_coords(relative_amplitude=("pulse_amplitude", [relative]))
        .assign_attrs(samples_before=int(before.sum()))
    )


def compared(delay: NDArray[np.float64], pulse: Pulse) -> NDArray[np.float64]:
    """Delays of a trace that are compared, or say that they do not suffice."""
    late = delay[delay >= FIRST_DELAY * (1 - 1e-9)]
    if late.size < LEAST_SAMPLES or late[-1] < LEAST_RATIO * late[0]:
        expected = (
            f"at least {LEAST_SAMPLES} samples over a decade of delays from {FIRST_DELAY:g} s on, "
            "up to the next pulse, to tell mechanisms"
        )
        got = f"{late.size} from {late[0]:g} s to {late[-1]:g} s" if late.size else "none"
        raise TraceError(pulse.place, expected, got)
    return comparison_delays(late)


def change_noise(before: NDArray[np.float64], pulse: Pulse) -> float:
    """Standard deviation of a change by read noise (V), from the samples before a pulse.

    Parameters
    ----------
    before : ndarray, shape (replicates, n)
        Voltages before the pulse (V). What the film does meanwhile counts as noise, too.
    pulse : Pulse
        For the message.

    Returns
    -------
    float
        That of one sample less the mean of those before.

    Raises
    ------
    TraceError
        Where they are too few.
    """
    count = before.shape[1]
    if count < LEAST_SAMPLES:
        expected = f"at least {LEAST_SAMPLES} samples before the pulse, which tell the read noise"
        raise TraceError(pulse.place, expected, count)
    variance = float(before.var(axis=1, ddof=1).mean())
    return float(np.sqrt(variance * (1 + 1 / count)))
