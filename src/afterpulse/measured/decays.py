"""Decay after each pulse of a measured trace."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.datasets import label
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import Pulse
from afterpulse.measured.samples import LEAST_SAMPLES
from afterpulse.measured.sweep import NO_BASELINE, around, empty_sweep, to_sweep, unsteady
from afterpulse.measured.units import in_unit, signal_unit

SMALLEST_CHANGE = 1e-30
"""Smallest change in SI; the squares of smaller ones underflow in the fits."""
MOST_SAMPLES = 10_000
"""Beyond it, blocks of samples from the probe on are averaged."""


class FitOptions(NamedTuple):
    """Options of the fits.

    Attributes
    ----------
    until : float
        Last delay of the fits (s).
    baseline : tuple of float, optional
        First and last time of the samples before a pulse from which the change is counted, on the
        clock of the trace (s); by default all of them, see `around`.
    drift : bool
        Whether a voltage linear in the delay is added to each model.
    origin : float
        Time after the end of the pulse from which all delays count (s).
    """

    until: float = np.inf
    baseline: tuple[float, float] | None = None
    drift: bool = False
    origin: float = 0.0


def fit_pulses(
    trace: xr.Dataset,
    pulses: Sequence[Pulse],
    probe: float,
    at: float,
    options: FitOptions = FitOptions(),  # noqa: B008
) -> tuple[list[xr.Dataset], xr.Dataset]:
    """Fit the decay after each pulse like that of a simulated sweep.

    A pulse whose samples allow no fit is refused, and the other pulses are fitted. Without samples
    before the pulse the models are fitted, but fraction retained and retention time are not given.

    Parameters
    ----------
    trace : Dataset
        From `read_trace`.
    pulses : sequence of Pulse
        In order of time.
    probe, at : float
        Delays of the probe and of the fraction retained (s). The first sample that is not earlier
        is used; for `at` the last sample if all are earlier.
    options : FitOptions
        Window, baseline, drift and origin of the delays.

    Returns
    -------
    sweeps : list of Dataset
        One per pulse, see `to_sweep`. Blocks of samples are averaged beyond `MOST_SAMPLES`.
    fits : Dataset
        Results of `afterpulse.decay.fit_decays` with a dimension ``pulse``, ``retained_at`` and
        ``baseline_remark``, empty or why the voltage before the pulse is no baseline, and
        ``signal_unit``, V, ohm or a.u., of all changes.
        ``window_start`` is the delay of the probe that was used. For a refused pulse, ``refused``
        and ``fit_remark`` give the reason.

    Raises
    ------
    TraceError
        If all pulses are refused.
    """
    file = trace.attrs["file"]
    baseline = options.baseline
    drawn: list[xr.Dataset] = []
    fitted: list[xr.Dataset] = []
    windows: list[tuple[float, float] | TraceError] = []
    for index, pulse in enumerate(pulses):
        try:
            part = around(trace, pulses, index, baseline is not None)
            sweep = to_sweep(part, pulse, baseline, options.origin)
        except TraceError as error:
            drawn.append(empty_sweep(trace, pulse, probe, options.origin))
            fitted.append(drawn[-1])
            windows.append(error)
            continue
        drawn.append(averaged(sweep, probe))
        # The fits average a single trace themselves, with the number of samples as weights.
        whole = sweep if sweep.sizes["replicate"] == 1 else drawn[-1]
        fitted.append(whole.sel(delay=slice(None, options.until)))
        if not fitted[-1].sizes["delay"]:
            fitted[-1] = empty_sweep(trace, pulse, probe, options.origin)
        windows.append(_window(fitted[-1], probe, at, f"{file}: pulse {index + 1}"))
    refusals = [window for window in windows if isinstance(window, TraceError)]
    if len(refusals) == len(windows):
        raise refusals[0]
    # lmfit and SciPy's statistics take seconds to import, so faulty input is refused before.
    from afterpulse import decay

    fits = []
    for number, (sweep, window) in enumerate(zip(fitted, windows, strict=True), 1):
        # The coordinates of the pulse get the new dimension, too.
        point = xr.concat([sweep], xr.Variable("pulse", [number]), data_vars="all", coords="all")
        if isinstance(window, TraceError):
            fit = _refused(point, probe, window.reason)
        else:
            first, later = window
            try:
                fit = decay.fit_decays(point, first, later, options.drift)
                fit = fit.assign(retained_at=later)
            except (ArithmeticError, ValueError) as error:
                fit = _refused(point, probe, f"the fit failed: {' '.join(str(error).split())}")
            if sweep.attrs["no_baseline"]:
                fit = _without_baseline(fit)
        fit["signal_unit"] = ((), signal_unit(trace))
        fit["baseline_remark"] = ("pulse", np.array([unsteady(sweep)], dtype=object))
        # Attributes that differ from pulse to pulse are variables here.
        fit.attrs = {k: v for k, v in fit.attrs.items() if k not in fit.data_vars}
        fits.append(fit)
    scalars = [str(name) for name, variable in fits[0].data_vars.items() if not variable.dims]
    joined = xr.concat(
        fits, "pulse", data_vars=scalars, coords="minimal", compat="equals", join="exact"
    )
    joined.attrs.pop("probe_delay", None)
    return drawn, in_unit(label(joined), signal_unit(trace))


def averaged(sweep: xr.Dataset, probe: float) -> xr.Dataset:
    """Average blocks of equally many samples from the probe on, if there are too many.

    Earlier samples stay. A block spans at most a tenth of its delay, so that it is shorter than the
    bins of the fits; earlier samples are not averaged.
    """
    delay = sweep["delay"].values
    late = int((delay >= probe).sum())
    block = -(-late // MOST_SAMPLES)
    if block <= 1:
        return sweep
    last = np.append(delay[block:], np.full(block, np.inf))
    narrow = (delay >= probe) & (last - delay < 0.1 * delay)
    if not narrow.any():
        return sweep
    begin = int(np.argmax(narrow))
    begin += (delay.size - begin) % block
    averages = sweep.isel(delay=slice(begin, None)).coarsen(delay=block).mean()
    kept = sweep.isel(delay=slice(None, begin))
    return xr.concat(
        [kept, averages.assign(initial_voltage=sweep["initial_voltage"])],
        "delay",
        data_vars="minimal",
    ).assign_attrs(sweep.attrs | {"averaged": block})


def _window(
    sweep: xr.Dataset, probe: float, at: float, place: str
) -> tuple[float, float] | TraceError:
    """Return the delays used for the probe and for the fraction retained, or the refusal."""
    try:
        first, later = window_delays(sweep["delay"].values, probe, at, place)
    except TraceError as error:
        return error
    window = sweep["anomalous_hall_voltage"].sel(delay=slice(first, None))
    if np.ptp(window.values) < SMALLEST_CHANGE:
        expected = f"a voltage that changes from the probe on, {first:g} s after the pulse"
        level = f"{float(window[0, 0]):g} {signal_unit(sweep)}"
        return TraceError(place, expected, f"{level} in all samples")
    return first, later


def _without_baseline(fits: xr.Dataset) -> xr.Dataset:
    """Return the fits of a pulse without all that needs the voltage before the pulse."""
    relative = ("change_at_probe", "share_retained", "retention_time", "model_retention_time")
    unknown = [str(name) for name in fits.data_vars if str(name).startswith(relative)]
    numbers = {n: np.nan * fits[n] for n in unknown if fits[n].dtype.kind == "f"}
    reasons = {n: xr.full_like(fits[n], NO_BASELINE) for n in ("refused", "retention_time_refused")}
    return fits.assign(numbers).assign(reasons)


def _refused(sweep: xr.Dataset, probe: float, reason: str) -> xr.Dataset:
    """Return the fits of a refused pulse: NaN, with the reason.

    The window begins at the probe, or at the last sample if all samples are earlier.
    """
    from afterpulse import decay

    delay = sweep["delay"].values
    first, last = float(np.append(delay[delay >= probe], delay[-1])[0]), float(delay[-1])
    # No model is fitted to a trace of NaN.
    empty = sweep.assign(anomalous_hall_voltage=np.nan * sweep["anomalous_hall_voltage"])
    fits = decay.fit_decays(empty, first, last)
    remarks = {
        name: xr.full_like(fits[name], reason)
        for name in ("refused", "retention_time_refused", "fit_remark")
    }
    return fits.assign(remarks).assign(retained_at=last, points=0)


def window_delays(
    delay: NDArray[np.float64], probe: float, at: float, place: str
) -> tuple[float, float]:
    """Return the delays of the samples used for the probe and for the fraction retained.

    Raises TraceError if there are too few samples from the probe on, or if `at` is not later than
    the probe.
    """
    window = delay[delay >= probe]
    after = f"samples from the probe on, {probe:g} s after the pulse"
    if window.size < LEAST_SAMPLES:
        raise TraceError(place, f"at least {LEAST_SAMPLES} {after}", window.size)
    later = float(np.append(window[window >= at], window[-1])[0])
    if later <= window[0]:
        expected = f"a fraction retained later than the probe, at {window[0]:g} s after the pulse"
        raise TraceError(place, expected, f"{at:g} s")
    return float(window[0]), later
