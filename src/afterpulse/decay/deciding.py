"""Which observation tells two hypotheses about a device apart."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.variants import Role
from afterpulse.timeline.readings import READING

Array = NDArray[np.float64]
Trains = Mapping[Role, Mapping[str, xr.Dataset]]


def table(trains: Trains) -> pd.DataFrame:
    """Return how far apart hypotheses are in what one can observe, the most different first.

    An observation is another train than the first on the cards as they are, or the first one under
    a condition. Its change is that of the Hall voltage since the start of the train over twice the
    voltage there, so that 1 is the opposite state; less that of the first train on the cards as
    they are, the reference, by repeats. The scatter of a change is its standard deviation between
    repeats, as one measured device has it, with the read noise of the card. The separation is the
    difference between two hypotheses over the scatter of both.

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
        end of the train.
    """
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
                changes(trains[Role(each, condition)][label])
                - changes(trains[Role(each, "")][reference])
                for each in (first, other)
            )
            named = {"observation": condition or label, "hypothesis": first, "other": other}
            rows += [named | row for row in compared(one, two, trains[Role(first, "")][label])]
    found = pd.DataFrame(rows)
    largest = found.groupby("observation")["separation"].transform("max")
    order = found.assign(largest=largest).sort_values(
        ["largest", "observation", "other", "reading"], ascending=[False, True, True, True]
    )
    return order.drop(columns="largest").reset_index(drop=True)


def compared(one: Array, two: Array, train: xr.Dataset) -> list[dict[str, Any]]:
    """Return a row per reading for the changes under two hypotheses, shape (repeats, 2)."""
    last = float(train["time"].values[-1] - train["pulse_end"].values[-1])
    rows = []
    for index, delay in enumerate((READING, last)):
        means = [float(each[:, index].mean()) for each in (one, two)]
        scatters = [float(each[:, index].std(ddof=1)) for each in (one, two)]
        both = float(np.hypot(scatters[0], scatters[1]))
        rows.append(
            {
                "reading": delay,
                "change": means[0],
                "scatter": scatters[0],
                "other_change": means[1],
                "other_scatter": scatters[1],
                "separation": abs(means[1] - means[0]) / both if both > 0 else np.nan,
            }
        )
    return rows


def changes(train: xr.Dataset) -> Array:
    """Return the change of the voltage at both readings after the last pulse, (repeats, 2)."""
    voltage = train["anomalous_hall_voltage"].transpose("replicate", "time").values
    times = np.array([train["pulse_end"].values[-1] + READING, train["time"].values[-1]])
    at = np.searchsorted(train["time"].values, times, "right") - 1
    initial = voltage[:, :1]
    return np.asarray((initial - voltage[:, at]) / (2 * initial))
