"""More amplitudes where the Hall voltage changes fast: the switching threshold of a sweep."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.experiment import OWN_MECHANISMS, Experiment, Refine
from afterpulse.timeline.protocol import Point, TimedPulse, probe_marks


def midpoints(
    amplitude: NDArray[np.float64], voltage: NDArray[np.float64], change: float
) -> NDArray[np.float64]:
    """Middles of the intervals over which the voltage changes much.

    Parameters
    ----------
    amplitude : ndarray, shape (n,)
        Rising (A).
    voltage : ndarray, shape (n,)
        At these amplitudes (V).
    change : float
        Share of the whole span of voltages above which an interval is halved.

    Returns
    -------
    ndarray
        A.
    """
    steps = np.abs(np.diff(voltage))
    wide = steps > change * np.ptp(voltage)
    middles = (amplitude[:-1] + amplitude[1:]) / 2
    return np.asarray(middles[wide])


def refine(
    run: Callable[[list[Point]], xr.DataArray],
    experiment: Experiment,
    settings: Refine,
    width: float,
    voltage: xr.DataArray,
) -> list[Point]:
    """Halve intervals of amplitude again and again, by the mean over the replicates.

    Parameters
    ----------
    run : callable
        Computes points; gives their mean voltage at the probe, dim (pulse_amplitude).
    experiment : Experiment
        With a sweep.
    settings : Refine
        How often and where.
    width : float
        Of the pulses (s).
    voltage : xarray.DataArray
        What the sweep itself gives, dim (pulse_amplitude) (V).

    Returns
    -------
    list of Point
        All that were computed.
    """
    added: list[Point] = []
    for _ in range(settings.passes):
        voltage = voltage.sortby("pulse_amplitude").dropna("pulse_amplitude")
        new = midpoints(voltage["pulse_amplitude"].values, voltage.values, settings.change)
        if not new.size:
            break
        points = points_at(experiment, new.tolist(), width)
        added += points
        voltage = xr.concat([voltage, run(points)], "pulse_amplitude")
    return added


def points_at(experiment: Experiment, amplitudes: list[float], width: float) -> list[Point]:
    """Points of a sweep at other amplitudes (A) than the card's, for all replicates."""
    sweep = experiment.sweep
    if sweep is None:
        raise ValueError(f"{experiment.name} has no sweep to refine")
    return [
        Point(
            "sweep",
            OWN_MECHANISMS,
            replicate,
            experiment.numerics.pulse_edges,
            (TimedPulse(amplitude, width, sweep.duration),),
            probe_marks(sweep),
        )
        for replicate in range(experiment.replicates)
        for amplitude in amplitudes
    ]
