"""The decay after each pulse of a measured trace."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import Pulse
from afterpulse.measured.samples import LEAST_SAMPLES
from afterpulse.measured.sweep import around, to_sweep
from afterpulse.store import label

SMALLEST_CHANGE = 1e-30
"""V; the squares of smaller ones are lost in the fits."""
MOST_SAMPLES = 100_000
"""Of a window; the bootstrap holds two thousand times as many numbers in memory."""


def fit_pulses(
    trace: xr.Dataset, pulses: Sequence[Pulse], probe: float, at: float
) -> tuple[list[xr.Dataset], xr.Dataset]:
    """Analyse the decay after each pulse as that of a simulated sweep.

    Parameters
    ----------
    trace : Dataset
        From `read_trace`.
    pulses : sequence of Pulse
        One after the other.
    probe : float
        Delay of the probe in s; the first sample that is not earlier is taken.
    at : float
        Delay of the share retained in s; the first sample that is not earlier is taken, or the
        last one.

    Returns
    -------
    sweeps : list of Dataset
        One a pulse, see `to_sweep`.
    fits : Dataset
        What `afterpulse.decay.fit_decays` gives, with a dimension ``pulse``, and ``retained_at``.
        The delay of the probe that was taken is ``window_start``.

    Raises
    ------
    TraceError
        Where a pulse does not suit the trace, or the probe and `at` do not.
    """
    sweeps = [to_sweep(around(trace, pulses, number), one) for number, one in enumerate(pulses)]
    taken = []
    for number, sweep in enumerate(sweeps, 1):
        place = f"{trace.attrs['file']}: pulse {number}"
        first, later = delays_taken(sweep["delay"].values, probe, at, place)
        window = sweep["anomalous_hall_voltage"].sel(delay=slice(first, None))
        if np.ptp(window.values) < SMALLEST_CHANGE:
            expected = f"a voltage that changes from the probe on, {first:g} s after the pulse"
            raise TraceError(place, expected, f"{float(window[0, 0]):g} V in all samples")
        taken.append((first, later))
    # lmfit and SciPy's statistics take seconds to import, which bad input should not pay.
    from afterpulse import decay

    fits = []
    for number, (sweep, (first, later)) in enumerate(zip(sweeps, taken, strict=True), 1):
        point = xr.Variable("pulse", [number])
        # The pulse's coordinates get the new dimension, too.
        one = xr.concat([sweep], point, data_vars="all", coords="all")
        found = decay.fit_decays(one, first, later).assign(retained_at=later)
        # These are dropped: each pulse has its own, as a variable.
        found.attrs = {k: v for k, v in found.attrs.items() if k not in found.data_vars}
        fits.append(found)
    scalars = [str(name) for name, found in fits[0].data_vars.items() if not found.dims]
    joined = xr.concat(
        fits, "pulse", data_vars=scalars, coords="minimal", compat="equals", join="exact"
    )
    joined.attrs.pop("probe_delay", None)
    return sweeps, label(joined)


def delays_taken(
    delay: NDArray[np.float64], probe: float, at: float, place: str
) -> tuple[float, float]:
    """Delays of the samples that stand for the probe and for the share retained."""
    window = delay[delay >= probe]
    after = f"samples from the probe on, {probe:g} s after the pulse"
    if window.size < LEAST_SAMPLES:
        raise TraceError(place, f"at least {LEAST_SAMPLES} {after}", window.size)
    if window.size > MOST_SAMPLES:
        raise TraceError(place, f"at most {MOST_SAMPLES} {after} (average them)", window.size)
    later = float(np.append(window[window >= at], window[-1])[0])
    if later <= window[0]:
        expected = f"a share retained later than the probe, taken {window[0]:g} s after the pulse"
        raise TraceError(place, expected, f"one at {at:g} s")
    return float(window[0]), later
