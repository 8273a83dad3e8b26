"""Which observation tells two hypotheses about a device apart."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.variants import Role
from afterpulse.timeline.readings import READING, fraction_changed
from afterpulse.timeline.reduction import CLOCK_ROUNDING

Array = NDArray[np.float64]
Trains = Mapping[Role, Mapping[str, xr.Dataset]]


def table(trains: Trains) -> pd.DataFrame:
    """Return how far apart hypotheses are in what one can observe, the most different first.

    An observation is another train than the first on the cards as they are, or the first one under
    a condition. What counts is the change of the Hall voltage since the start of the train over
    that of the reference, the first train on the cards as they are, at the same reading: 1 is the
    change of the reference, 0 none. So hypotheses that differ in the size of all changes alike are
    not told apart. The scatter is the standard deviation between repeats of one measured device,
    with the read noise of the card. The separation is the difference between two hypotheses over
    the scatter of both.

    Parameters
    ----------
    trains : mapping of Role to mapping of str to Dataset
        Trains by label, with dims (replicate, time) and (pulse), the reference first; of each
        hypothesis under each condition, where the empty condition is the cards as they are. The
        first hypothesis is compared with all others.

    Returns
    -------
    DataFrame
        One row per observation, other hypothesis and reading: after `READING` seconds, and at the
        end of the shortest train. Several samples count as repeats.
    """
    delays = common_delays(each for of_one in trains.values() for each in of_one.values())
    hypotheses = list(dict.fromkeys(role.hypothesis for role in trains))
    conditions = list(dict.fromkeys(role.condition for role in trains))
    reference, *others = next(iter(trains.values()))
    observed = [("", label) for label in others]
    observed += [(condition, reference) for condition in conditions if condition]
    rows: list[dict[str, Any]] = []
    first, *rest = hypotheses
    for other in rest:
        for condition, label in observed:
            one, two = (
                relative_changes(
                    changes(trains[Role(each, condition)][label], delays),
                    changes(trains[Role(each, "")][reference], delays),
                )
                for each in (first, other)
            )
            named = {"observation": condition or label, "hypothesis": first, "other": other}
            rows += [named | row for row in compared(one, two, delays)]
    found = pd.DataFrame(rows)
    largest = found.groupby("observation")["separation"].transform("max")
    order = found.assign(largest=largest).sort_values(
        ["largest", "observation", "other", "reading"], ascending=[False, True, True, True]
    )
    return order.drop(columns="largest").reset_index(drop=True)


def relative_changes(change: Array, reference: Array) -> Array:
    """Return mean and scatter of changes over those of the reference, shape (2, readings).

    Both are of shape (repeats, readings). The scatter is linearised and has that of the reference.
    Without a change of the reference both are NaN.
    """
    scale = reference.mean(axis=0)
    scale = np.where(scale == 0, np.nan, scale)
    mean = change.mean(axis=0) / scale
    scatter = (change - mean * reference).std(axis=0, ddof=1) / np.abs(scale)
    return np.array([mean, scatter])


def common_delays(trains: Iterable[xr.Dataset]) -> list[float]:
    """Return the times of the readings after the last pulse, which all trains have (s)."""
    last = min(float(each["time"].values[-1] - each["pulse_end"].values[-1]) for each in trains)
    return sorted({min(READING, last), last})


def compared(one: Array, two: Array, delays: list[float]) -> list[dict[str, Any]]:
    """Return a row per reading for the `relative_changes` under two hypotheses."""
    rows = []
    for index, delay in enumerate(delays):
        (change, scatter), (other_change, other_scatter) = one[:, index], two[:, index]
        both = float(np.hypot(scatter, other_scatter))
        rows.append(
            {
                "reading": delay,
                "change": float(change),
                "scatter": float(scatter),
                "other_change": float(other_change),
                "other_scatter": float(other_scatter),
                "separation": abs(float(other_change - change)) / both if both > 0 else np.nan,
            }
        )
    return rows


def changes(train: xr.Dataset, delays: list[float]) -> Array:
    """Return the change of the voltage at times after the last pulse, (repeats, readings)."""
    voltage = train["anomalous_hall_voltage"].transpose("replicate", "time").values
    times = float(train["pulse_end"][-1]) + np.array(delays) + CLOCK_ROUNDING
    at = np.searchsorted(train["time"].values, times, "right") - 1
    return np.asarray(fraction_changed(voltage[:, :1], voltage[:, at]))
