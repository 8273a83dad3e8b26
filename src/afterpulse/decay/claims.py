"""Verdicts on the paper's claims (`afterpulse.cards.claims`) from the datasets of an experiment.

All judge the Hall voltage over twice its initial value, such that a film in its opposite state has
changed by 1: an experiment that starts from either state, and a device of any size, gives the same
numbers. Errors are standard errors over the replicates, or over the samples if there are several.
"""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy import stats

from afterpulse.cards.claims import (
    CLAIMS,
    COMPATIBLE,
    HALF_LEFT,
    LARGEST_STEP,
    LEAST_CHANGE,
    LEAST_LOSS,
    LEVELS,
    MOST_LEFT,
    RANK_CORRELATION,
    SIGNIFICANT,
    SWITCHED,
)
from afterpulse.cards.experiment import OWN_MECHANISMS, Experiment
from afterpulse.datasets import sample_means
from afterpulse.decay.window import delay_index
from afterpulse.timeline.protocol import later_delay, required_sweep
from afterpulse.timeline.readings import (
    BURST_READING,
    READING,
    before_next,
    first_of_burst,
    fraction_changed,
    reading_times,
)
from afterpulse.timeline.reduction import CLOCK_ROUNDING

Array = NDArray[np.float64]

RANKS = REPRODUCED, IN_PART, NOT = "reproduced", "in part", "not reproduced"


class Verdict(NamedTuple):
    """Verdict on a claim.

    Attributes
    ----------
    verdict : str
        `REPRODUCED`, `IN_PART` or `NOT`.
    value, error : float
        The quantity of the claim and its standard error (1).
    """

    verdict: str
    value: float
    error: float


class Level(NamedTuple):
    """Mean and standard error."""

    mean: float
    error: float

    @property
    def significant(self) -> bool:
        """Whether the mean is `SIGNIFICANT` standard errors above 0."""
        return self.mean > 0 and self.mean >= SIGNIFICANT * self.error

    @property
    def counts(self) -> bool:
        """Whether the mean is a significant change of at least `LEAST_CHANGE`."""
        return self.significant and self.mean >= LEAST_CHANGE


def level(values: Array) -> Level:
    """Return the mean of the valid repeats and its standard error, 0 for a single one."""
    valid = values[np.isfinite(values)]
    if not valid.size:
        return Level(np.nan, np.nan)
    error = valid.std(ddof=1) / np.sqrt(valid.size) if valid.size > 1 else 0.0
    return Level(float(valid.mean()), float(error))


def ratio(numerator: Array, denominator: Array) -> Level:
    """Return the ratio of two means of paired repeats, with its linearised error."""
    both = np.isfinite(numerator) & np.isfinite(denominator)
    top, bottom = numerator[both], denominator[both]
    if not top.size or bottom.mean() == 0:
        return Level(np.nan, np.nan)
    value = float(top.mean() / bottom.mean())
    return Level(value, level(top - value * bottom).error / abs(float(bottom.mean())))


def verdicts(tested: Mapping[str, Mapping[str, xr.Dataset]]) -> pd.DataFrame:
    """Return a table of verdicts, one row a claim and set of mechanisms.

    Parameters
    ----------
    tested : mapping of str to mapping of str to Dataset
        By claim and set of mechanisms, a train or a sweep at two delays, the probe and a later one.
    """
    rows = [
        {"claim": name, "mechanism_set": mechanism_set}
        | JUDGES[name](dataset)._asdict()
        | {key: getattr(CLAIMS[name], key) for key in ("quantity", "words", "criterion")}
        for name, datasets in tested.items()
        for mechanism_set, dataset in datasets.items()
    ]
    return pd.DataFrame(rows)


def markdown(verdicts: pd.DataFrame) -> str:
    """Return a table in Markdown of the verdicts on the card's own mechanisms.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        From `verdicts`. The last column has the other sets of mechanisms of which less is
        reproduced.
    """
    lines = ["| claim | verdict | quantity | not with |", "|---|---|---|---|"]
    for name, rows in verdicts.groupby("claim", sort=False):
        by_set = rows.set_index("mechanism_set")
        own = by_set.loc[OWN_MECHANISMS]
        rank = by_set["verdict"].map(RANKS.index)
        less = ", ".join(f"`{label}`" for label in rank.index[rank > rank[OWN_MECHANISMS]])
        quantity = f"{own['quantity']}: {own['value']:.2f} ± {own['error']:.2f}"
        lines.append(f"| {name}: {own['words']} | {own['verdict']} | {quantity} | {less} |")
    return "\n".join(lines) + "\n"


def at_both_delays(sweep: xr.Dataset) -> xr.Dataset:
    """Return a stored sweep at its probe delay and at the later one."""
    card = Experiment.model_validate(json.loads(sweep.attrs["experiment_card"]))
    delays = required_sweep(card).probe_delay, later_delay(required_sweep(card))
    return sweep.isel(delay=[delay_index(sweep["delay"].values, each) for each in delays])


def changes(sweep: xr.Dataset) -> xr.DataArray:
    """Return the change of the Hall voltage over twice the initial one, repeats averaged.

    Dims (pulse_amplitude, pulse_width, replicate, delay), amplitudes sorted by size; 1 is the
    opposite state. Of two polarities the one that changes it more counts.
    """
    initial = sweep["initial_voltage"]
    change = sample_means(fraction_changed(initial, sweep["anomalous_hall_voltage"]))
    change = change.transpose("pulse_amplitude", "pulse_width", "replicate", "delay")
    amplitude = change["pulse_amplitude"].values
    largest = change.mean("replicate").max(["pulse_width", "delay"]).fillna(0.0).values
    same = np.flatnonzero(np.sign(amplitude) == np.sign(amplitude[np.argmax(largest)]))
    return change.isel(pulse_amplitude=same[np.argsort(abs(amplitude[same]))])


def judge_switching(sweep: xr.Dataset) -> Verdict:
    """Judge the reading against amplitude, at the width with the largest range."""
    at_probe = changes(sweep).isel(delay=0)
    means = at_probe.mean("replicate").values
    width = int(np.nanargmax(np.nanmax(means, axis=0) - np.nanmin(means, axis=0)))
    curve = [level(values) for values in at_probe.values[:, width]]
    curve = [Level(0.0, 0.0)] + [each for each in curve if np.isfinite(each.mean)]
    span = max(each.mean for each in curve) - min(each.mean for each in curve)
    steps = np.abs(np.diff([each.mean for each in curve]))
    fully = max(curve)
    smooth = span > 0 and float(steps.max()) <= LARGEST_STEP * span
    if not smooth or distinct(curve) < LEVELS:
        return Verdict(NOT, *fully)
    return Verdict(REPRODUCED if fully.mean >= SWITCHED else IN_PART, *fully)


def distinct(levels: list[Level]) -> int:
    """Return how many levels there are of which neighbours differ.

    They do by `LEAST_CHANGE` and `SIGNIFICANT` standard errors.
    """
    ordered = sorted(levels)
    count, last = 1, ordered[0]
    for each in ordered[1:]:
        error = np.hypot(each.error, last.error)
        if error > 0 and each.mean - last.mean >= max(LEAST_CHANGE, SIGNIFICANT * error):
            count, last = count + 1, each
    return count


def judge_decay(sweep: xr.Dataset) -> Verdict:
    """Judge how much the intermediate state that changes most loses after the probe delay."""
    change = changes(sweep)
    means = change.mean("replicate").values
    first, last = means[..., 0], means[..., 1]
    top = np.nanmax(first)
    between = (first >= 0.1 * top) & (first <= 0.9 * top)
    if not between.any():
        return Verdict(NOT, np.nan, np.nan)
    at = np.unravel_index(np.nanargmax(np.where(between, first - last, -np.inf)), first.shape)
    probe, later = change.values[at][:, 0], change.values[at][:, 1]
    lost = ratio(probe - later, probe)
    if not lost.counts or not level(probe).counts:
        return Verdict(NOT, *lost)
    return Verdict(REPRODUCED if lost.mean >= LEAST_LOSS else IN_PART, *lost)


def judge_retention(sweep: xr.Dataset) -> Verdict:
    """Judge whether fractions retained differ between amplitudes and between widths."""
    change = changes(sweep).values
    kept = np.full((*change.shape[:2], 2), np.nan)
    for at in np.ndindex(*change.shape[:2]):
        probe, later = change[at][:, 0], change[at][:, 1]
        if level(probe).counts:
            kept[at] = ratio(later, probe)
    by_amplitude = any(differ(kept[:, width]) for width in range(kept.shape[1]))
    by_width = any(differ(kept[row]) for row in range(kept.shape[0]))
    if np.isnan(kept[..., 0]).all():
        return Verdict(NOT, np.nan, np.nan)
    high = np.unravel_index(np.nanargmax(kept[..., 0]), kept.shape[:2])
    low = np.unravel_index(np.nanargmin(kept[..., 0]), kept.shape[:2])
    difference = float(kept[high][0] - kept[low][0]), float(np.hypot(kept[high][1], kept[low][1]))
    return Verdict((NOT, IN_PART, REPRODUCED)[by_amplitude + by_width], *difference)


def differ(levels: Array) -> bool:
    """Return whether any two levels, shape (n, 2), differ by `SIGNIFICANT` standard errors.

    Differences below `LEAST_CHANGE` are none.
    """
    valid = levels[np.isfinite(levels).all(axis=1)]
    gap = np.abs(valid[:, None, 0] - valid[None, :, 0])
    error = np.hypot(valid[:, None, 1], valid[None, :, 1])
    return bool(np.any((gap >= LEAST_CHANGE) & (gap >= SIGNIFICANT * error)))


def readings(train: xr.Dataset, times: Array) -> Array:
    """Return the change since the start of a train at times (s), shape (repeats, times)."""
    voltage = train["anomalous_hall_voltage"]
    initial = voltage.isel(time=0)
    change = sample_means(fraction_changed(initial, voltage)).transpose("replicate", "time")
    index = np.clip(np.searchsorted(train["time"].values, times, "right") - 1, 0, None)
    return np.asarray(change.values[:, index])


def judge_ltp(train: xr.Dataset) -> Verdict:
    """Judge the readings after the pulses of a train."""
    each = readings(train, reading_times(train))
    grown = level(each[:, -1] - each[:, 0])
    total = ratio(each[:, -1], each[:, 0])
    if not grown.counts:
        return Verdict(NOT, *total)
    rank = float(stats.spearmanr(np.arange(each.shape[1]), np.nanmean(each, axis=0)).statistic)
    return Verdict(REPRODUCED if rank >= RANK_CORRELATION else IN_PART, *total)


def judge_ltd(train: xr.Dataset) -> Verdict:
    """Judge how much is lost between the pulses of a train."""
    after = readings(train, train["pulse_end"].values + READING)
    later = readings(train, before_next(train))
    lost = ratio((after - later).mean(axis=1), after.mean(axis=1))
    if not lost.counts or not level(after.mean(axis=1)).counts:
        return Verdict(NOT, *lost)
    return Verdict(REPRODUCED if lost.mean >= LEAST_LOSS else IN_PART, *lost)


def judge_stp(train: xr.Dataset) -> Verdict:
    """Judge a burst away from the initial state: the pulses after the longest wait."""
    return judge_burst(train, away=1.0)


def judge_std(train: xr.Dataset) -> Verdict:
    """Judge a burst towards the initial state."""
    return judge_burst(train, away=-1.0)


def judge_burst(train: xr.Dataset, away: float) -> Verdict:
    """Judge what is left of the change by the burst, with its sign, 1 away from the start."""
    starts, ends = train["pulse_start"].values, train["pulse_end"].values
    first = first_of_burst(train)
    # Before the burst, right after it, at the end.
    times = np.array(
        [starts[first] + CLOCK_ROUNDING, ends[-1] + BURST_READING, train["time"].values[-1]]
    )
    before, after, end = away * readings(train, times).T
    made, left = level(after - before), level(end - before)
    share = ratio(end - before, after - before)
    if not made.counts:
        return Verdict(NOT, *share)
    if abs(share.mean) <= MOST_LEFT and abs(left.mean) <= COMPATIBLE * left.error:
        return Verdict(REPRODUCED, *share)
    return Verdict(IN_PART if abs(share.mean) <= HALF_LEFT else NOT, *share)


JUDGES: dict[str, Callable[[xr.Dataset], Verdict]] = {
    "switching": judge_switching,
    "decay": judge_decay,
    "retention": judge_retention,
    "ltp": judge_ltp,
    "ltd": judge_ltd,
    "stp": judge_stp,
    "std": judge_std,
}
"""What judges each claim, by its name."""
