"""Conversion of a measured trace to the dataset of the decay analysis."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.datasets import label
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import AMPLITUDES, Pulse
from afterpulse.measured.samples import LEAST_SAMPLES
from afterpulse.measured.units import in_unit, signal_unit

AT_THE_END = 0.1
"""Fraction of the samples from which the voltage is counted if none comes before the pulse."""
NO_BASELINE = "no samples before the pulse"
"""Reason for no fraction retained, although the models are fitted."""
BEFORE = 0.1
"""Fraction of the time since the previous pulse that counts as right before the next pulse."""


UNSTEADY = 10.0
"""Variance before a pulse over that of neighbouring samples.

White noise and 1/f noise of up to a hundred thousand samples stay below it.
"""


def to_sweep(
    trace: xr.Dataset,
    pulse: Pulse,
    baseline: tuple[float, float] | None = None,
    origin: float = 0.0,
) -> xr.Dataset:
    """Change the clock of a trace to the delay after a pulse.

    Parameters
    ----------
    trace : Dataset
        From `read_trace` or `around`, with this pulse only.
    pulse : Pulse
        The pulse.
    baseline : tuple of float, optional
        First and last time of the samples whose mean is the initial voltage, on the clock of the
        trace (s); by default all before the pulse.
    origin : float
        Time after the end of the pulse from which delays count (s).

    Returns
    -------
    Dataset
        ``anomalous_hall_voltage`` (replicate, delay) of the samples after the origin,
        ``voltage_before`` (replicate, delay_before) of those before it, ``initial_voltage``
        (replicate), the mean of the latter, and pulse and ``delay_origin`` as coordinates.
        Without samples before the pulse, the attribute ``no_baseline`` is 1 and
        ``initial_voltage`` is the mean of the last `AT_THE_END` of the samples.

    Raises
    ------
    TraceError
        If there are fewer than `LEAST_SAMPLES` samples after the pulse, or none in the window of
        the baseline.
    """
    time = trace["time"].values
    before, delay = pulse_clock(trace, pulse, origin)
    after = delay > 0
    if baseline is not None:
        before &= (time >= baseline[0]) & (time <= baseline[1])
    samples = f"the trace {trace.attrs['file']} from {time[0]:.12g} s to {time[-1]:.12g} s"
    if after.sum() < LEAST_SAMPLES:
        expected = (
            f"at least {LEAST_SAMPLES} samples after the pulse, which ends at {pulse.end:.12g} s"
            f"{f', and {origin:g} s more' if origin else ''}"
        )
        raise TraceError(pulse.place, expected, f"{after.sum()} in {samples}")
    voltage = trace["anomalous_hall_voltage"].transpose("replicate", "time").values
    no_baseline = not before.any()
    if no_baseline and baseline is not None:
        expected = f"samples before the pulse at {pulse.start:.12g} s"
        window = f"{baseline[0]:.12g} s to {baseline[1]:.12g} s"
        raise TraceError("--baseline", f"{expected} in {window}", f"none in {samples}")
    counted = before
    if no_baseline:
        counted = np.arange(delay.size) >= delay.size - max(1, int(AT_THE_END * after.sum()))
    variables = {
        "anomalous_hall_voltage": (("replicate", "delay"), voltage[:, after]),
        "initial_voltage": ("replicate", voltage[:, counted].mean(axis=1)),
        "voltage_before": (("replicate", "delay_before"), voltage[:, before]),
    }
    clock = {"delay": delay[after], "delay_before": delay[before], "delay_origin": origin}
    return _labelled(trace, pulse, variables, clock).assign_attrs(no_baseline=int(no_baseline))


def empty_sweep(trace: xr.Dataset, pulse: Pulse, delay: float, origin: float = 0.0) -> xr.Dataset:
    """Return the dataset of `to_sweep` for a pulse without samples: NaN at one delay (s)."""
    missing = np.full((trace.sizes["replicate"], 1), np.nan)
    variables = {
        "anomalous_hall_voltage": (("replicate", "delay"), missing),
        "initial_voltage": ("replicate", missing[:, 0]),
        "voltage_before": (("replicate", "delay_before"), missing[:, :0]),
    }
    clock = {"delay": np.array([delay]), "delay_before": np.zeros(0), "delay_origin": origin}
    return _labelled(trace, pulse, variables, clock).assign_attrs(no_baseline=0)


def _labelled(
    trace: xr.Dataset, pulse: Pulse, variables: dict, clock: dict[str, Any]
) -> xr.Dataset:
    coordinates = {
        "replicate": trace["replicate"].values,
        **clock,
        "pulse_start": pulse.start,
        "pulse_width": pulse.width,
        AMPLITUDES[pulse.unit]: pulse.amplitude,
    }
    sweep = label(xr.Dataset(variables, coords=coordinates, attrs=trace.attrs))
    return in_unit(sweep, signal_unit(trace))


def unsteady(sweep: xr.Dataset) -> str:
    """Return why the voltage before a pulse is no baseline; empty if it is steady.

    It is not if its variance is far above half the mean square difference of neighbouring samples
    (von Neumann, Ann. Math. Stat. 12, 367, 1941).
    """
    voltage = sweep["voltage_before"].transpose("replicate", "delay_before").values
    if voltage.shape[1] < LEAST_SAMPLES:
        return ""
    local = float((np.diff(voltage, axis=1) ** 2).mean() / 2)
    whole = float(voltage.var(axis=1, ddof=1).mean())
    if whole <= UNSTEADY * local:
        return ""
    unit = signal_unit(sweep)
    return (
        f"the voltage before the pulse is not steady: it varies by {np.sqrt(whole):.3g} {unit}, "
        f"neighbouring samples by {np.sqrt(local):.3g} {unit}; earlier pulses may lie in it, "
        "choose a window with --baseline"
    )


def pulse_clock(
    trace: xr.Dataset, pulse: Pulse, origin: float = 0.0
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return which samples come before a pulse, and the delay of each (s).

    The delay counts from `origin` (s) after the end of the pulse.
    """
    time = trace["time"].values
    # Rounding to the resolution of the clock gives a sample at the end of the pulse no delay.
    digits = -int(np.floor(np.log10(np.spacing(abs(time).max())))) - 1
    return np.round(time - pulse.start, digits) < 0, np.round(time - (pulse.end + origin), digits)


def around(
    trace: xr.Dataset, pulses: Sequence[Pulse], index: int, everything_before: bool = False
) -> xr.Dataset:
    """Select the samples of the pulse at an index, up to the start of the next pulse.

    After an earlier pulse the voltage still decays, so only the last part, `BEFORE`, of the time
    between the two is included, unless `everything_before` is true. Raises TraceError if no sample
    is left.
    """
    time, pulse = trace["time"].values, pulses[index]
    begin, end = -np.inf, np.inf
    if index > 0 and not everything_before:
        begin = pulse.start - BEFORE * (pulse.start - pulses[index - 1].end)
    if index < len(pulses) - 1:
        end = pulses[index + 1].start
    selected = trace.isel(time=(time > begin) & (time < end))
    if not selected.sizes["time"]:
        expected = f"samples between {begin:.12g} s and {end:.12g} s, before and after the pulse"
        raise TraceError(pulse.place, expected, f"none in {trace.attrs['file']}")
    return selected
