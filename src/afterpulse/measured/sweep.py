"""Conversion of a measured trace to the dataset of the decay analysis."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.datasets import label
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import Pulse
from afterpulse.measured.samples import LEAST_SAMPLES

AT_THE_END = 0.1
"""Fraction of the samples from which the voltage is counted if none comes before the pulse."""
NO_BASELINE = "no samples before the pulse"
"""Reason for no fraction retained, although the models are fitted."""
BEFORE = 0.1
"""Fraction of the time since the previous pulse that counts as right before the next pulse."""


def to_sweep(trace: xr.Dataset, pulse: Pulse) -> xr.Dataset:
    """Change the clock of a trace to the delay after a pulse.

    Parameters
    ----------
    trace : Dataset
        From `read_trace` or `around`, with this pulse only.
    pulse : Pulse
        The pulse.

    Returns
    -------
    Dataset
        ``anomalous_hall_voltage`` (replicate, delay) of the samples after the pulse,
        ``initial_voltage`` (replicate), the mean of those before it, and the pulse as coordinates.
        Without samples before the pulse, the attribute ``no_baseline`` is 1 and
        ``initial_voltage`` is the mean of the last `AT_THE_END` of the samples.

    Raises
    ------
    TraceError
        If there are fewer than `LEAST_SAMPLES` samples after the pulse.
    """
    time = trace["time"].values
    before, delay = pulse_clock(trace, pulse)
    after = delay > 0
    samples = f"the trace {trace.attrs['file']} from {time[0]:.12g} s to {time[-1]:.12g} s"
    if after.sum() < LEAST_SAMPLES:
        expected = (
            f"at least {LEAST_SAMPLES} samples after the pulse, which ends at {pulse.end:.12g} s"
        )
        raise TraceError(pulse.place, expected, f"{after.sum()} in {samples}")
    voltage = trace["anomalous_hall_voltage"].transpose("replicate", "time").values
    no_baseline = not before.any()
    if no_baseline:
        before = np.arange(delay.size) >= delay.size - max(1, int(AT_THE_END * after.sum()))
    variables = {
        "anomalous_hall_voltage": (("replicate", "delay"), voltage[:, after]),
        "initial_voltage": ("replicate", voltage[:, before].mean(axis=1)),
    }
    attributes = {"no_baseline": int(no_baseline)}
    return _labelled(trace, pulse, variables, delay[after]).assign_attrs(attributes)


def empty_sweep(trace: xr.Dataset, pulse: Pulse, delay: float) -> xr.Dataset:
    """Return the dataset of `to_sweep` for a pulse without samples: NaN at one delay (s)."""
    missing = np.full(trace.sizes["replicate"], np.nan)
    variables = {
        "anomalous_hall_voltage": (("replicate", "delay"), missing[:, None]),
        "initial_voltage": ("replicate", missing),
    }
    return _labelled(trace, pulse, variables, np.array([delay])).assign_attrs(no_baseline=0)


def _labelled(
    trace: xr.Dataset, pulse: Pulse, variables: dict, delay: NDArray[np.float64]
) -> xr.Dataset:
    amplitude = "pulse_amplitude" if pulse.unit == "A" else "pulse_current_density"
    coordinates = {
        "replicate": trace["replicate"].values,
        "delay": delay,
        "pulse_start": pulse.start,
        "pulse_width": pulse.width,
        amplitude: pulse.amplitude,
    }
    return label(xr.Dataset(variables, coords=coordinates, attrs=trace.attrs))


def pulse_clock(trace: xr.Dataset, pulse: Pulse) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return which samples come before a pulse, and the delay of each after its end (s)."""
    time = trace["time"].values
    # Rounding to the resolution of the clock gives a sample at the end of the pulse no delay.
    digits = -int(np.floor(np.log10(np.spacing(abs(time).max())))) - 1
    return np.round(time - pulse.start, digits) < 0, np.round(time - pulse.end, digits)


def around(trace: xr.Dataset, pulses: Sequence[Pulse], index: int) -> xr.Dataset:
    """Select the samples of the pulse at an index, up to the start of the next pulse.

    After an earlier pulse the voltage still decays, so only the last part, `BEFORE`, of the time
    between the two is included. Raises TraceError if no sample is left.
    """
    time, pulse = trace["time"].values, pulses[index]
    begin, end = -np.inf, np.inf
    if index > 0:
        begin = pulse.start - BEFORE * (pulse.start - pulses[index - 1].end)
    if index < len(pulses) - 1:
        end = pulses[index + 1].start
    selected = trace.isel(time=(time > begin) & (time < end))
    if not selected.sizes["time"]:
        expected = f"samples between {begin:.12g} s and {end:.12g} s, before and after the pulse"
        raise TraceError(pulse.place, expected, f"none in {trace.attrs['file']}")
    return selected
