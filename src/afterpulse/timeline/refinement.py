"""Further amplitudes where the Hall voltage changes fast: the switching threshold of a sweep."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.experiment import Experiment, Refine
from afterpulse.timeline.protocol import SWEEP, Point, protocol_points, single_pulses


def midpoints(
    amplitude: NDArray[np.float64], voltage: NDArray[np.float64], change: float
) -> NDArray[np.float64]:
    """Return the middles of the intervals of rising amplitude over which the voltage changes much.

    `change` is the fraction of the span of all voltages above which an interval counts.
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
    """Halve intervals of amplitude repeatedly; return all points that were computed.

    Parameters
    ----------
    run : callable
        Computes points; returns their mean voltage at the probe, dim (pulse_amplitude).
    experiment, settings : Experiment, Refine
        With a sweep; number of passes and the change that counts.
    width : float
        Of the pulses (s).
    voltage : xarray.DataArray
        Mean over the replicates of the sweep itself, dim (pulse_amplitude) (V).
    """
    added: list[Point] = []
    for _ in range(settings.passes):
        voltage = voltage.sortby("pulse_amplitude").dropna("pulse_amplitude")
        new = midpoints(voltage["pulse_amplitude"].values, voltage.values, settings.change)
        if not new.size:
            break
        pulses = single_pulses(experiment, new.tolist(), (width,))
        points = protocol_points(SWEEP, experiment, pulses)
        added += points
        voltage = xr.concat([voltage, run(points)], "pulse_amplitude")
    return added
