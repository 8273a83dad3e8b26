"""Readings along a pulse train, and the LTP and LTD curves that they form."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse import datasets
from afterpulse.datasets import label
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import AMPLITUDES, Pulse
from afterpulse.measured.sweep import BEFORE
from afterpulse.measured.units import VOLTAGE, signal_unit

Array = NDArray[np.float64]

ALIKE = 0.02
"""Largest relative difference of amplitude, width or interval of equal pulses."""
PAUSE = 2.0
"""A time between pulses is a pause if it exceeds the one before or after by this factor."""
OF_TRAIN = ("anomalous_hall_voltage", "current", "pulse_start", "pulse_end")
"""Variables by which the dataset of a simulated train is recognised."""


def read_simulated_train(
    path: str | Path, mechanism_set: str | None = None
) -> tuple[xr.Dataset, list[Pulse]]:
    """Read a simulated train (``trains/<label>.nc``) as a trace and its pulses.

    Parameters
    ----------
    path : str or Path
        Dataset of a train, see docs/data.md.
    mechanism_set : str, optional
        Active mechanisms, by default those of the card.

    Returns
    -------
    trace : Dataset
        As `afterpulse.measured.read_trace` returns. Means over replicates replace these if there
        are several samples.
    pulses : list of Pulse
        In order of time.

    Raises
    ------
    TraceError
        If the file is no such dataset or has no such set of mechanisms.
    DatasetError
        If the dataset is damaged.
    """
    # Importing Numba takes a second, which measured trains do not need.
    from afterpulse.timeline.reduction import CLOCK_ROUNDING

    expected = "a simulated train (results/.../trains/*.nc), or the pulses of a measured one"
    if Path(path).suffix != ".nc":
        raise TraceError(str(path), f"{expected}, --pulses", "neither")
    train = datasets.read(path)
    if not set(OF_TRAIN) <= set(train.data_vars) or "mechanism_set" not in train.dims:
        raise TraceError(str(path), expected, "another dataset")
    sets = [str(name) for name in train["mechanism_set"].values]
    if mechanism_set is not None and mechanism_set not in sets:
        raise TraceError("--mechanism-set", f"one of {', '.join(sets)}", mechanism_set)
    name = mechanism_set or sets[0]
    train = train.sel(mechanism_set=name)
    voltage = datasets.sample_means(train["anomalous_hall_voltage"]).dropna("replicate", how="all")
    time = train["time"].values
    pulses = []
    ends = zip(train["pulse_start"].values, train["pulse_end"].values, strict=True)
    for number, (start, end) in enumerate(ends, 1):
        during = train["current"].values[(time > start + CLOCK_ROUNDING) & (time <= end)]
        amplitude = float(during[np.argmax(abs(during))]) if during.size else 0.0
        # The state before a pulse is stored at its start.
        place = f"{path}: pulse {number}"
        pulses.append(Pulse(start + CLOCK_ROUNDING, end - start, amplitude, "A", place))
    trace = xr.Dataset(
        {"anomalous_hall_voltage": voltage.transpose("replicate", "time").reset_coords(drop=True)},
        attrs={"file": str(path), "columns": f"simulated train, mechanisms {name}"},
    )
    return label(trace), pulses


def train_readings(
    trace: xr.Dataset,
    pulses: Sequence[Pulse],
    probe: float | None = None,
    baseline: tuple[float, float] | None = None,
    resistance: float | None = None,
) -> xr.Dataset:
    """Read the Hall voltage before and after each pulse of a train.

    Parameters
    ----------
    trace : Dataset
        ``anomalous_hall_voltage`` (replicate, time) in V.
    pulses : sequence of Pulse
        In order of time.
    probe : float, optional
        Delay of the readings after the end of a pulse (s): the first sample that is not earlier.
        By default it is the shortest time between two pulses. The samples of its last tenth are
        averaged, or the last sample before it is taken.
    baseline : tuple of float, optional
        First and last time of the samples before the first pulse whose mean is the voltage before
        it, on the clock of the trace (s); by default all.
    resistance : float, optional
        Resistance between the contacts of the pulse (ohm), for ``pulse_energy``, I² R w in J.

    Returns
    -------
    Dataset
        ``reading`` and ``initial_voltage`` (replicate, pulse) in V, the latter right before the
        pulse, NaN where the trace has no such sample; ``reading_delay`` (s); start, width,
        amplitude, curve and cycle of each pulse.

    Raises
    ------
    TraceError
        If the signal is not in V, no pulse has a sample for its reading, no sample is in the window
        of the baseline, or there is a resistance and the amplitude is not a current.
    """
    if signal_unit(trace) != VOLTAGE.unit:
        expected = "the current of the readings, since the curves are in V"
        raise TraceError("--read-current", expected, f"a signal in {signal_unit(trace)}")
    time = trace["time"].values
    voltage = trace["anomalous_hall_voltage"].transpose("replicate", "time").values
    starts, ends = np.array([[pulse.start, pulse.end] for pulse in pulses]).T
    waits = starts[1:] - ends[:-1]
    tolerance = 5 * np.spacing(abs(time).max())
    # After a single pulse the last sample is taken.
    shortest = float(min(waits, default=time[-1] - ends[-1] + 2 * tolerance))
    delay = shortest if probe is None else probe
    # Samples of a wait: after the end of a pulse, before the start of the next.
    first = np.searchsorted(time, ends + tolerance, "right")
    last = np.append(np.searchsorted(time, starts[1:] - tolerance, "left"), time.size)
    readings, initial = np.full((2, len(voltage), len(pulses)), np.nan)
    before = time < starts[0] - tolerance
    if baseline is not None:
        before &= (time >= baseline[0]) & (time <= baseline[1])
        if not before.any():
            window = f"{baseline[0]:.12g} s to {baseline[1]:.12g} s"
            expected = f"samples before the first pulse at {starts[0]:.12g} s in {window}"
            raise TraceError("--baseline", expected, f"none in {trace.attrs['file']}")
    initial[:, 0] = _mean(voltage[:, before])
    for index in range(len(pulses)):
        wait = slice(first[index], last[index])
        since = time[wait] - ends[index]
        if probe is None:
            chosen = _latest(since[since < delay - tolerance], delay)
        else:
            chosen = np.flatnonzero(since >= probe - tolerance)[:1]
        readings[:, index] = _mean(voltage[:, wait][:, chosen])
        if index < waits.size:
            initial[:, index + 1] = _mean(voltage[:, wait][:, _latest(since, waits[index])])
    if np.isnan(readings).all():
        words = f"within {delay:.6g} s" if probe is None else f"from --probe, {delay:.6g} s, on"
        expected = f"samples {words} after the pulses and before the next ones"
        raise TraceError(pulses[0].place, expected, f"none in {trace.attrs['file']}")
    curves, cycles = curves_of(pulses)
    size = np.array([pulse.amplitude for pulse in pulses])
    width = np.array([pulse.width for pulse in pulses])
    variables = {
        "reading": (("replicate", "pulse"), readings),
        "initial_voltage": (("replicate", "pulse"), initial),
        "reading_delay": ((), delay),
        "pulse_start": ("pulse", starts),
        "pulse_width": ("pulse", width),
        AMPLITUDES[pulses[0].unit]: ("pulse", size),
        "pulse_curve": ("pulse", curves),
        "pulse_cycle": ("pulse", cycles),
    }
    if resistance is not None:
        if pulses[0].unit != "A":
            # The source's own resistance takes an unknown part of a voltage.
            got = "a voltage" if pulses[0].unit == "V" else "a current density"
            raise TraceError("--resistance", "pulses with a current", got)
        variables["pulse_energy"] = ("pulse", size**2 * resistance * width)
    coordinates = {
        "replicate": trace["replicate"].values,
        "pulse": np.arange(1, len(pulses) + 1),
    }
    return label(xr.Dataset(variables, coords=coordinates))


def curves_of(pulses: Sequence[Pulse]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the curve and the cycle of each pulse, counted from 1.

    Equal pulses one after the other, without a pause between, form a curve. Blocks of equally many
    pulses of one amplitude, width and interval are cycles of one curve.
    """
    starts, ends = np.array([[pulse.start, pulse.end] for pulse in pulses]).T
    waits = starts[1:] - ends[:-1]
    neighbours = np.minimum(
        np.append(np.inf, waits[:-1]),
        np.append(waits[1:], np.inf),
    )
    equal = [
        _alike((a.width, a.amplitude), (b.width, b.amplitude))
        for a, b in zip(pulses, pulses[1:], strict=False)
    ]
    begins = np.append(True, ~np.array(equal, dtype=bool) | (waits > PAUSE * neighbours))
    edges = np.append(np.flatnonzero(begins), len(pulses))
    kinds: list[tuple[float, ...]] = []
    counts: list[int] = []
    curves, cycles = np.empty(len(pulses), int), np.empty(len(pulses), int)
    for begin, end in zip(edges, edges[1:], strict=False):
        interval = float(np.median(waits[begin : end - 1])) if end - begin > 1 else np.inf
        kind = (pulses[begin].width, pulses[begin].amplitude, interval, float(end - begin))
        known = [index for index, other in enumerate(kinds) if _same(kind, other)]
        if not known:
            kinds.append(kind)
            counts.append(0)
        index = known[0] if known else len(kinds) - 1
        counts[index] += 1
        curves[begin:end], cycles[begin:end] = index + 1, counts[index]
    return curves, cycles


def _latest(since: Array, wait: float) -> NDArray[np.intp]:
    """Return the indices of the times in the last part, `BEFORE`, of a wait, or of the last one."""
    late = np.flatnonzero(since > (1 - BEFORE) * wait)
    return late if late.size else np.arange(since.size)[-1:]


def _mean(voltage: Array) -> Array:
    """Return the mean over the samples (replicate, sample), NaN if there is none."""
    return voltage.mean(axis=1) if voltage.size else np.full(len(voltage), np.nan)


def _same(kind: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return kind[-1] == other[-1] and _alike(kind[:-1], other[:-1])


def _alike(first: Sequence[float], second: Sequence[float]) -> bool:
    return bool(np.isclose(first, second, rtol=ALIKE, atol=0).all())
