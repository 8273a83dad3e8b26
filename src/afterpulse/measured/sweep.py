"""A measured trace as the dataset that the decay analysis takes."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.datasets import label
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import Pulse
from afterpulse.measured.samples import LEAST_SAMPLES

BEFORE = 0.1
"""Share of the time since the pulse before that counts as right before the next one."""


def to_sweep(trace: xr.Dataset, pulse: Pulse) -> xr.Dataset:
    """Change the clock of a trace to the delay after a pulse.

    Parameters
    ----------
    trace : Dataset
        From `read_trace`, or a part of it from `around`.
    pulse : Pulse
        The only pulse in it.

    Returns
    -------
    Dataset
        ``anomalous_hall_voltage`` (replicate, delay) of the samples after the pulse,
        ``initial_voltage`` (replicate), the mean of those before it, and the pulse as coordinates.

    Raises
    ------
    TraceError
        Where there is no sample before the pulse, or fewer than `LEAST_SAMPLES` after it.
    """
    time, end = trace["time"].values, pulse.start + pulse.width
    before, delay = clock_of(trace, pulse)
    after = delay > 0
    samples = f"the trace {trace.attrs['file']} from {time[0]:.12g} s to {time[-1]:.12g} s"
    if not before.any():
        expected = f"samples before the pulse at {pulse.start:.12g} s"
        raise TraceError(pulse.place, expected, samples)
    if after.sum() < LEAST_SAMPLES:
        expected = f"at least {LEAST_SAMPLES} samples after the pulse, which ends at {end:.12g} s"
        raise TraceError(pulse.place, expected, f"{after.sum()} in {samples}")
    voltage = trace["anomalous_hall_voltage"].transpose("replicate", "time").values
    name = "pulse_amplitude" if pulse.unit == "A" else "pulse_current_density"
    return label(
        xr.Dataset(
            {
                "anomalous_hall_voltage": (("replicate", "delay"), voltage[:, after]),
                "initial_voltage": ("replicate", voltage[:, before].mean(axis=1)),
            },
            coords={
                "replicate": trace["replicate"].values,
                "delay": delay[after],
                "pulse_start": pulse.start,
                "pulse_width": pulse.width,
                name: pulse.amplitude,
            },
            attrs=trace.attrs,
        )
    )


def clock_of(trace: xr.Dataset, pulse: Pulse) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Tell which samples come before a pulse, and the delay (s) of all after its end."""
    time = trace["time"].values
    # What the clock cannot tell is rounding: a sample at the end of the pulse has a delay of zero.
    digits = -int(np.floor(np.log10(np.spacing(abs(time).max())))) - 1
    delay = np.round(time - (pulse.start + pulse.width), digits)
    return np.round(time - pulse.start, digits) < 0, delay


def around(trace: xr.Dataset, pulses: Sequence[Pulse], number: int) -> xr.Dataset:
    """Cut the part of a trace that belongs to one pulse, up to the start of the next one.

    Parameters
    ----------
    trace : Dataset
        From `read_trace`.
    pulses : sequence of Pulse
        One after the other.
    number : int
        Which pulse, from 0.

    Returns
    -------
    Dataset
        The same with fewer samples. Between the pulse before and this one the voltage still
        decays, so of that time only the last part, `BEFORE`, is kept.

    Raises
    ------
    TraceError
        Where no sample is left.
    """
    time = trace["time"].values
    begin, end = -np.inf, np.inf
    if number > 0:
        ended = pulses[number - 1].start + pulses[number - 1].width
        begin = pulses[number].start - BEFORE * (pulses[number].start - ended)
    if number < len(pulses) - 1:
        end = pulses[number + 1].start
    part = trace.isel(time=(time > begin) & (time < end))
    if not part.sizes["time"]:
        expected = f"samples between {begin:.12g} s and {end:.12g} s, before and after the pulse"
        raise TraceError(pulses[number].place, expected, f"none in {trace.attrs['file']}")
    return part
