"""The decay after each pulse of a measured trace."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.datasets import label
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import Pulse
from afterpulse.measured.samples import LEAST_SAMPLES
from afterpulse.measured.sweep import around, to_sweep

SMALLEST_CHANGE = 1e-30
"""V; the squares of smaller ones are lost in the fits."""
MOST_SAMPLES = 100_000
"""Of a window; the bootstrap holds two thousand times as many numbers in memory."""


def fit_pulses(
    trace: xr.Dataset, pulses: Sequence[Pulse], probe: float, at: float
) -> tuple[list[xr.Dataset], xr.Dataset]:
    """Analyse the decay after each pulse as that of a simulated sweep.

    A pulse whose samples allow no fit is refused by itself, and the others are fitted.

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
        The delay of the probe that was taken is ``window_start``. Of a pulse that was refused
        ``refused`` and ``fit_remark`` give the reason.

    Raises
    ------
    TraceError
        Where a pulse does not lie within the trace, or the probe and `at` suit none of them.
    """
    sweeps = [to_sweep(around(trace, pulses, number), one) for number, one in enumerate(pulses)]
    windows: list[tuple[float, float] | TraceError] = []
    errors = []
    for number, sweep in enumerate(sweeps, 1):
        try:
            windows.append(window_taken(sweep, probe, at, f"{trace.attrs['file']}: pulse {number}"))
        except TraceError as error:
            windows.append(error)
            errors.append(error)
    if len(errors) == len(sweeps):
        raise errors[0]
    # lmfit and SciPy's statistics take seconds to import, which bad input should not pay.
    from afterpulse import decay

    fits = []
    for number, (sweep, window) in enumerate(zip(sweeps, windows, strict=True), 1):
        point = xr.Variable("pulse", [number])
        # The pulse's coordinates get the new dimension, too.
        one = xr.concat([sweep], point, data_vars="all", coords="all")
        if isinstance(window, TraceError):
            found = refused(one, probe, window.reason)
        else:
            first, later = window
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


def window_taken(sweep: xr.Dataset, probe: float, at: float, place: str) -> tuple[float, float]:
    """Return the delays of `delays_taken`, after a check that the voltage changes between them."""
    first, later = delays_taken(sweep["delay"].values, probe, at, place)
    window = sweep["anomalous_hall_voltage"].sel(delay=slice(first, None))
    if np.ptp(window.values) < SMALLEST_CHANGE:
        expected = f"a voltage that changes from the probe on, {first:g} s after the pulse"
        raise TraceError(place, expected, f"{float(window[0, 0]):g} V in all samples")
    return first, later


def refused(sweep: xr.Dataset, probe: float, reason: str) -> xr.Dataset:
    """Return what `fit_pulses` gives of a pulse that is not fitted, and why.

    Parameters
    ----------
    sweep : Dataset
        Of that pulse, with the dimension ``pulse``.
    probe : float
        Delay of the probe in s.
    reason : str
        Why there is no fit.

    Returns
    -------
    Dataset
        Without any number; the window begins at the last sample where none is after the probe.
    """
    from afterpulse import decay

    delay = sweep["delay"].values
    first, last = float(np.append(delay[delay >= probe], delay[-1])[0]), float(delay[-1])
    # A trace without numbers is one of which nothing is fitted.
    empty = sweep.assign(anomalous_hall_voltage=np.nan * sweep["anomalous_hall_voltage"])
    found = decay.fit_decays(empty, first, last)
    remarks = {
        name: xr.full_like(found[name], reason)
        for name in ("refused", "retention_time_refused", "fit_remark")
    }
    return found.assign(remarks).assign(retained_at=last, points=0)


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
