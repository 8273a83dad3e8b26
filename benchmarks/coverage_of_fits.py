"""How often the intervals of decay fits hold the truth, and the right model is chosen.

Usage: python benchmarks/coverage_of_fits.py ROWS.csv FIRST LAST [--models NAME ...] [--cores N]
       python benchmarks/coverage_of_fits.py ROWS.csv --by COLUMN ...

The first call fits the traces of the seeds from FIRST to LAST - 1 of each model and adds a row for
each to the file; rows that are there already are not computed again. Both print a table, with a row
for each model or each value of other columns: drift, shape, noise, probe. The seed determines all
of a trace. Seeds run through the 168 combinations of these columns.

A trace is drawn by the definition of its model, from the end of the pulse on, with time constants
within a factor of two. `tells` states whether AICc can tell the model: without noise, each other
model with no more parameters is worse by `TELLS`. `given` states whether all parameters are
determined, and `scipy` whether `scipy.optimize.curve_fit` on the mean trace has a finite
covariance.
"""

import argparse
import itertools
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy import optimize

from afterpulse.decay import MODELS, PARAMETERS, fraction_retained, retained, retention_time, sweep
from afterpulse.decay.bins import MOST_DELAYS, binned
from afterpulse.decay.fit import MeanTrace, criteria, fit_model
from afterpulse.decay.intervals import describe
from afterpulse.decay.models import parameters_of

Array = NDArray[np.float64]

LAST_DELAY, AT = 20.0, 10.0
UNIT = 1e-6
"""Unit of the signal below, in V."""
TRUTH = {
    "no_decay": {"offset": -5.0},
    "single_exponential": {"amplitude": -4.5, "time_constant": 4.0, "offset": -0.5},
    "stretched_exponential": {
        "amplitude": -5.0,
        "time_constant": 3.0,
        "exponent": 0.5,
        "offset": -0.5,
    },
    "double_exponential": {
        "amplitude": -3.0,
        "time_constant": 0.6,
        "slow_amplitude": -3.0,
        "slow_time_constant": 8.0,
        "offset": -0.5,
    },
    "logarithmic": {"level": -5.0, "slope": -1.4},
    "power_law": {"amplitude": -4.0, "exponent": 1.0, "offset": -0.5},
    "fatuzzo_labrune": {"amplitude": -4.5, "time_constant": 8.0, "growth": 6.0, "offset": -0.5},
}
"""Most of these decays fall to 1/e of the change at the probe within the window."""
DRIFT = 0.0125
"""5 % of the change within the window, per s."""
WHITE = 0.03
SHAPES = ((15, 1), (60, 1), (400, 1), (60, 2), (60, 3), (60, 4), (60, 8))
"""Samples from the probe on, and replicates."""
NOISES = ("white", "1/f", "telegraph", "outliers")
PROBES = (0.1, 0.5, 2.0)
CONDITIONS = list(itertools.product((False, True), SHAPES, NOISES, PROBES))
LEVELS = {"68": 0.683, "95": 0.95}
TELLS = 30.0
"""AICc of noisy traces then differs by less than the margin of the choice in one of 100."""
CHUNK = 25
"""Traces that are computed before their rows are written."""
INTERVALS = ("fraction", "time", "parameters")
COLUMNS = ["right", "given", *(f"{each}_{level}" for each in INTERVALS for level in LEVELS)]


class Trace(NamedTuple):
    """Trace of a known decay, in V and s."""

    delay: Array  # (n,)
    change: Array  # over the mean before the pulse (replicates, n)
    early: Array  # times before the end of the pulse (m,)
    before: Array  # voltages before the pulse over their mean (replicates, m)
    truth: dict[str, float]  # parameters
    drift: bool


def noise(kind: str, shape: tuple[int, int], generator: np.random.Generator) -> Array:
    """Return noise (replicates, samples) at equal distances in time."""
    white = WHITE * generator.standard_normal(shape)
    if kind == "1/f":
        size = 8 * shape[1]
        frequency = np.fft.rfftfreq(size)[1:]
        parts = generator.standard_normal((2, shape[0], frequency.size)) / np.sqrt(frequency)
        spectrum = np.pad(parts[0] + 1j * parts[1], ((0, 0), (1, 0)))
        return white + WHITE * np.fft.irfft(spectrum, size)[:, : shape[1]] * np.sqrt(size / 4)
    if kind == "telegraph":
        # The level changes at one of ten samples.
        changes = np.cumsum(generator.random(shape) < 0.1, axis=1)
        return white + WHITE * (2 * (changes % 2) - 1)
    if kind == "outliers":
        return np.where(generator.random(shape) < 0.02, 10 * white, white)
    return white


def curve(model: str, truth: dict[str, float], delay: Array, drift: bool) -> Array:
    """Return the change by a model, with the drift (V)."""
    values = {name: value for name, value in truth.items() if name != "drift"}
    return MODELS[model](delay, **values) + truth["drift"] * delay * drift


def drawn(model: str, seed: int) -> Trace:
    """Return the trace of a seed."""
    drift, (samples, replicates), kind, probe = CONDITIONS[seed % len(CONDITIONS)]
    generator = np.random.default_rng([seed, list(MODELS).index(model)])
    factor = 2.0 ** generator.uniform(-1, 1)
    truth = {
        name: value * (factor if PARAMETERS[name] == "s" else 1.0)
        for name, value in (TRUTH[model] | {"drift": DRIFT}).items()
    }
    truth = {n: v * (UNIT if PARAMETERS[n].startswith("V") else 1.0) for n, v in truth.items()}
    delay = np.linspace(probe, LAST_DELAY, samples)
    count = 5 + samples // 5
    errors = UNIT * noise(kind, (replicates, count + samples), generator)
    base = errors[:, :count].mean(axis=1, keepdims=True)
    early = -(delay[1] - delay[0]) * np.arange(count, 0, -1)
    change = curve(model, truth, delay, drift) + errors[:, count:] - base
    return Trace(delay, change, early, errors[:, :count] - base, truth, drift)


def row(model: str, seed: int) -> dict[str, object]:
    """Return the choice and coverage of the trace of a seed, NaN where there is no interval."""
    trace = drawn(model, seed)
    drift, shape, kind, probe = CONDITIONS[seed % len(CONDITIONS)]
    entry = {"model": model, "seed": seed, "drift": drift, "noise": kind, "probe": probe}
    entry["shape"] = f"{shape[0]} samples, {shape[1]} repeats"
    try:
        result = sweep.fit_point(trace.delay, trace.change, (trace.early, trace.before), drift)
        own = result.models[list(MODELS).index(model)]
        entry |= {"chosen": result.chosen, "right": result.chosen == model, "error": ""}
        entry |= {"tells": tells(model, trace, result), "scipy": by_scipy(model, trace)}
        entry["given"] = own.fit is not None and "not determined" not in own.description.remark
        for name, level in LEVELS.items():
            held = covered(model, trace, result, level)
            entry |= {f"{each}_{name}": held[each] for each in INTERVALS}
    except Exception as error:  # noqa: BLE001
        # A fault of the fits is a result of the study.
        entry["error"] = f"{type(error).__name__}: {error}"
    return entry


def covered(model: str, trace: Trace, result: sweep.PointResult, level: float) -> dict[str, float]:
    """Return the fraction of the intervals of each kind that hold the truth.

    There is one interval of the fraction retained and one of the retention time. It is NaN without
    an interval or a truth.
    """
    own = result.models[list(MODELS).index(model)]
    held = dict.fromkeys(INTERVALS, np.nan)
    if own.fit is not None:
        ends = dict(zip(PARAMETERS, describe(own.fit, level).interval, strict=True))
        names = own.fit.parameters
        held["parameters"] = np.mean([holds(ends[name], trace.truth[name]) for name in names])
    if model == "no_decay":
        return held
    ahe = xr.Dataset(
        {
            "anomalous_hall_voltage": (("replicate", "delay"), trace.change),
            "initial_voltage": ("replicate", np.zeros(len(trace.change))),
        },
        coords={"delay": trace.delay},
    )
    at = float(trace.delay[trace.delay >= AT][0])
    probe = float(trace.delay[0])
    with patch.object(retained, "CONFIDENCE", level), patch.object(sweep, "CONFIDENCE", level):
        found, times = fraction_retained(ahe, at, probe), retention_time(ahe, probe)
        single = len(trace.change) == 1
        if single and result.best is not None and result.best.fit is not None:
            best = result.best._replace(description=describe(result.best.fit, level))
            models = [best if each is result.best else each for each in result.models]
            sweep.set_single(found, times, (), result._replace(models=models))
    # Fraction and time of replicates contain the drift.
    true_share, true_time = expected(model, trace, at, trace.drift and not single)
    if not found["refused"].item():
        held["fraction"] = holds(found["share_retained_interval"].values, true_share)
    if not times["retention_time_refused"].item() and np.isfinite(true_time):
        held["time"] = holds(times["retention_time_interval"].values, true_time)
    return held


def expected(model: str, trace: Trace, at: float, drift: bool) -> tuple[float, float]:
    """Return the true fraction retained and retention time (s), NaN if beyond the window."""
    delay = np.linspace(trace.delay[0], LAST_DELAY, 200_001)
    left = curve(model, trace.truth, delay, drift)
    left = left / left[0]
    below = np.flatnonzero(left <= np.exp(-1))
    time = delay[below[0]] - delay[0] if below.size else np.nan
    return float(np.interp(at, delay, left)), float(time)


def holds(ends: Array, value: float) -> bool:
    """Return whether a value lies in an interval."""
    return bool(ends[0] <= value <= ends[1])


def tells(model: str, trace: Trace, result: sweep.PointResult) -> bool:
    """Return whether AICc can tell the model from the trace, see the usage."""
    if result.scatter is None:
        return False
    delay, spread = trace.delay, None
    change = curve(model, trace.truth, delay, trace.drift)[None]
    if delay.size > MOST_DELAYS:
        delay, change, _, spread = binned(delay, change)
    exact = MeanTrace(delay, change[0], result.scatter, len(trace.change), spread)
    corrected = {}
    for name in MODELS:
        fit = fit_model(name, exact, trace.drift)
        if not isinstance(fit, str) and len(parameters_of(name)) <= len(parameters_of(model)):
            corrected[name] = criteria(fit)[0]
    own = corrected.pop(model, np.inf)
    return all(other > own + TELLS for other in corrected.values())


def by_scipy(model: str, trace: Trace) -> bool:
    """Return whether SciPy's fit of the true model to the mean trace has a finite covariance."""
    names = [*parameters_of(model), *(["drift"] if trace.drift else [])]

    def change(delay: Array, *values: float) -> Array:
        given = {"drift": 0.0} | dict(zip(names, values, strict=True))
        return curve(model, given, delay, trace.drift) / UNIT

    start = [trace.truth[name] for name in names]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = optimize.curve_fit(change, trace.delay, trace.change.mean(0) / UNIT, start)
        except (RuntimeError, TypeError, ValueError):
            return False
    return bool(np.isfinite(found[1]).all())


def table(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the means of `COLUMNS` over groups of rows, in per cent.

    `right` is over traces whose model AICc can tell, `given` over those with a covariance of SciPy.
    """
    rows = rows.assign(
        right=rows["right"].astype(float).where(rows["tells"].astype(bool)),
        given=rows["given"].astype(float).where(rows["scipy"].astype(bool)),
    )
    groups = rows.groupby(by, sort=False)
    means = 100 * groups[COLUMNS].agg(lambda values: values.astype(float).mean())
    errors = groups["error"].agg(lambda texts: int((texts.fillna("") != "").sum()))
    return means.assign(traces=groups.size(), errors=errors)


def main() -> None:
    """Fit the traces of some seeds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rows", type=Path)
    parser.add_argument("first", type=int, nargs="?", default=0)
    parser.add_argument("last", type=int, nargs="?", default=0)
    parser.add_argument("--models", nargs="+", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--by", nargs="+", default=["model"])
    parser.add_argument("--cores", type=int, default=1)
    given = parser.parse_args()
    rows = pd.read_csv(given.rows) if given.rows.exists() else pd.DataFrame()
    done = set(zip(rows["model"], rows["seed"], strict=True)) if len(rows) else set()
    # Independent from fork: threads of libraries may be alive in this process.
    with ProcessPoolExecutor(given.cores, mp_context=get_context("spawn")) as pool:
        for model in given.models:
            seeds = [s for s in range(given.first, given.last) if (model, s) not in done]
            # Rows are written in chunks, so that a killed study goes on.
            for begin in range(0, len(seeds), CHUNK):
                compute = map if given.cores == 1 else pool.map
                chunk = list(compute(partial(row, model), seeds[begin : begin + CHUNK]))
                rows = pd.concat([rows, pd.DataFrame(chunk)], ignore_index=True)
                rows.to_csv(given.rows, index=False)
    print(table(rows, given.by).round(1).to_string())


if __name__ == "__main__":
    main()
