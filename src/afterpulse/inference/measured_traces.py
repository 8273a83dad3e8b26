"""Samples of a measured trace for the inference of mechanisms."""

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
from afterpulse.measured.sweep import around, pulse_clock, to_sweep

LEAST_RATIO = 10.0
"""Smallest ratio of the last delay to the first; decays differ over decades of time."""


def traces_of(
    trace: xr.Dataset, pulses: Sequence[Pulse], device: Device, experiment: Experiment
) -> xr.Dataset:
    """Select the samples after the first pulse of a measured trace, three per decade.

    Later pulses are not used: the simulated devices are fresh before their pulse. Returned are
    ``anomalous_hall_voltage``, ``initial_voltage`` and ``change_noise``, as stored by
    `afterpulse.inference.rules.traces`; the attribute ``samples_before`` is the number of samples
    before the pulse. Raises TraceError if the samples after the pulse span less than a decade, or
    those before the pulse are too few to estimate the read noise.
    """
    first = pulses[0]
    selected = around(trace, pulses, 0)
    sweep = to_sweep(selected, first)
    delay = compared_delays(sweep["delay"].values, first)
    before, _ = pulse_clock(selected, first)
    noise = change_noise(selected["anomalous_hall_voltage"].values[:, before], first)
    amplitude = amplitude_of(device, first)
    voltages = sweep[["anomalous_hall_voltage", "initial_voltage"]].sel(delay=delay)
    point = {"pulse_amplitude": [amplitude], "pulse_width": [first.width]}
    traces = voltages.reset_coords(drop=True).expand_dims(point)
    relative = amplitude / device.critical_current
    return label(
        traces.assign(change_noise=noise)
        .assign_coords(relative_amplitude=("pulse_amplitude", [relative]))
        .assign_attrs(samples_before=int(before.sum()))
    )


def compared_delays(delay: NDArray[np.float64], pulse: Pulse) -> NDArray[np.float64]:
    """Return `comparison_delays`, after a check that they span a decade."""
    late = delay[delay >= FIRST_DELAY * (1 - 1e-9)]
    if late.size < LEAST_SAMPLES or late[-1] < LEAST_RATIO * late[0]:
        expected = (
            f"at least {LEAST_SAMPLES} samples over a decade of delays from {FIRST_DELAY:g} s on, "
            "up to the next pulse, to infer mechanisms"
        )
        got = f"{late.size} from {late[0]:g} s to {late[-1]:g} s" if late.size else "none"
        raise TraceError(pulse.place, expected, got)
    return comparison_delays(late)


def change_noise(before: NDArray[np.float64], pulse: Pulse) -> float:
    """Return the standard deviation of a change by read noise (V).

    A change is a sample minus the mean of `before`, the voltages before the pulse (replicates, n).
    Fluctuations of the film count as noise. Raises TraceError if there are fewer than
    `LEAST_SAMPLES` samples.
    """
    count = before.shape[1]
    if count < LEAST_SAMPLES:
        expected = f"at least {LEAST_SAMPLES} samples before the pulse, for the read noise"
        raise TraceError(pulse.place, expected, count)
    variance = float(before.var(axis=1, ddof=1).mean())
    return float(np.sqrt(variance * (1 + 1 / count)))
