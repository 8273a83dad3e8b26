"""LTP and LTD curves of a train with their numbers, as a dataset and as tables."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from rich.box import SIMPLE_HEAD
from rich.table import Table

from afterpulse.datasets import label
from afterpulse.decay import weight_update
from afterpulse.decay.table import split_bounds
from afterpulse.decay.weight_update import Estimate, Law
from afterpulse.decay.window import CONFIDENCE, standard_error
from afterpulse.measured.pulses import AMPLITUDES
from afterpulse.measured.summary import interval, printed, spaced

Array = NDArray[np.float64]

ESTIMATES = (
    "voltage_range",
    "on_off_ratio",
    "nonlinearity",
    "nonlinearity_label",
    "cycle_variation",
    "paired_pulse_index",
    "asymmetry",
)
"""Results of a curve that have an interval, in the order of the tables."""
DIRECTIONS = {1: "potentiation", -1: "depression", 0: "none"}
PULSE = (*AMPLITUDES.values(), "pulse_width", "pulse_energy")
"""Properties of a pulse, equal for the pulses of a curve."""
NOTHING = Estimate(np.nan)


def with_curves(readings: xr.Dataset) -> xr.Dataset:
    """Add the curves of a train and their numbers to its readings.

    Repeats of a curve are its cycles in all replicates. A repeat that lacks the voltage before its
    first pulse or a reading is left out.

    Parameters
    ----------
    readings : Dataset
        From `afterpulse.measured.train.train_readings`.

    Returns
    -------
    Dataset
        With the mean curves (curve, pulses_applied) in V, `ESTIMATES` (curve) with intervals
        (curve, bound), and the reasons for missing results, ``curve_remark`` (curve).
    """
    every = [_repeats(readings, int(curve)) for curve in _numbers(readings)]
    curves = [repeats[np.isfinite(repeats).all(axis=1)] for repeats in every]
    signs = [weight_update.significant_direction(curve) if len(curve) else 0 for curve in curves]
    first = next((sign for sign in signs if sign), 1)
    directions = [DIRECTIONS[sign * first] for sign in signs]
    laws, estimates = [], []
    for index, curve in enumerate(curves):
        laws.append(weight_update.nonlinearity(curve) if len(curve) else Law(NOTHING))
        estimates.append(_estimates(curve, laws[-1], _potentiation(index, directions, curves)))
    size = max(curve.shape[1] for curve in curves)
    mean, stderr = np.full((2, len(curves), size), np.nan)
    for index, curve in enumerate(curves):
        if len(curve):
            mean[index, : curve.shape[1]] = curve.mean(axis=0)
            stderr[index, : curve.shape[1]] = standard_error(curve)
    results: dict[str, tuple] = {}
    for name in ESTIMATES:
        found = [of_curve.get(name, NOTHING) for of_curve in estimates]
        results[name] = "curve", [estimate.value for estimate in found]
        ends = [(estimate.lower, estimate.upper) for estimate in found]
        results[f"{name}_interval"] = ("curve", "bound"), ends
    remarks = []
    for repeats, curve, of_curve in zip(every, curves, estimates, strict=True):
        missing = len(repeats) - len(curve)
        lost = f"{missing} of {len(repeats)} repeats without all readings left out"
        reasons = [lost if missing else "", *(estimate.remark for estimate in of_curve.values())]
        remarks.append("; ".join(reason for reason in reasons if reason))
    curve_dims = ("curve", "pulses_applied")
    added = xr.Dataset(
        {
            "curve_voltage": (curve_dims, mean),
            "curve_voltage_stderr": (curve_dims, stderr),
            "curve_direction": ("curve", np.array(directions, dtype=object)),
            "curve_pulses": ("curve", [curve.shape[1] - 1 for curve in curves]),
            "curve_repeats": ("curve", [len(curve) for curve in curves]),
            "pulse_interval": ("curve", _intervals(readings)),
            **results,
            "nonlinearity_misfit": ("curve", [law.misfit for law in laws]),
            "fitted_initial_voltage": ("curve", [law.initial for law in laws]),
            "fitted_range": ("curve", [law.change for law in laws]),
            "curve_remark": ("curve", np.array(remarks, dtype=object)),
        },
        coords={
            "curve": _numbers(readings),
            "pulses_applied": np.arange(size),
            "bound": ["lower", "upper"],
        },
    )
    return label(readings.merge(added).assign_attrs(readings.attrs | {"confidence": CONFIDENCE}))


def _estimates(curve: Array, law: Law, potentiation: Array | None) -> dict[str, Estimate]:
    if not len(curve):
        return {}
    estimates = {
        "voltage_range": weight_update.voltage_range(curve),
        "on_off_ratio": weight_update.on_off_ratio(curve),
        "nonlinearity": law.factor,
        "nonlinearity_label": weight_update.neurosim_label(law.factor),
        "cycle_variation": weight_update.cycle_variation(curve),
    }
    if curve.shape[1] > 2:
        estimates["paired_pulse_index"] = weight_update.paired_pulse_index(curve)
    if potentiation is not None:
        estimates["asymmetry"] = weight_update.asymmetry(potentiation, curve)
    return estimates


def _numbers(readings: xr.Dataset) -> NDArray[np.int64]:
    return np.arange(1, int(readings["pulse_curve"].max()) + 1)


def _repeats(readings: xr.Dataset, curve: int) -> Array:
    """Return the voltages of a curve, shape (repeats, 1 + pulses), NaN where one is missing."""
    of_curve = readings.isel(pulse=readings["pulse_curve"].values == curve)
    cycles = []
    for _, cycle in of_curve.groupby("pulse_cycle"):
        initial = cycle["initial_voltage"].transpose("replicate", "pulse").values[:, :1]
        reading = cycle["reading"].transpose("replicate", "pulse").values
        cycles.append(np.concatenate([initial, reading], axis=1))
    return np.concatenate(cycles)


def _intervals(readings: xr.Dataset) -> list[float]:
    """Return the median time from a pulse to the next pulse of its cycle, for each curve (s)."""
    starts, curves = readings["pulse_start"].values, readings["pulse_curve"].values
    waits = starts[1:] - (starts + readings["pulse_width"].values)[:-1]
    cycles = readings["pulse_cycle"].values
    inside = (np.diff(curves) == 0) & (np.diff(cycles) == 0)
    of_curve = [waits[inside & (curves[1:] == curve)] for curve in _numbers(readings)]
    return [float(np.median(times)) if times.size else np.nan for times in of_curve]


def _potentiation(index: int, directions: Sequence[str], curves: Sequence[Array]) -> Array | None:
    """Return the nearest potentiation curve with as many pulses as a depression curve."""
    if directions[index] != "depression":
        return None
    partners = [
        other
        for other, direction in enumerate(directions)
        if direction == "potentiation" and curves[other].shape[1] == curves[index].shape[1]
    ]
    return curves[min(partners, key=lambda other: abs(other - index))] if partners else None


def pulse_table(train: xr.Dataset) -> pd.DataFrame:
    """Return a table with a row for each pulse and replicate: the readings in SI units."""
    of_pulses = train.drop_dims(["curve", "bound", "pulses_applied"])
    return of_pulses.to_dataframe(dim_order=["pulse", "replicate"]).reset_index()


def curve_table(train: xr.Dataset) -> pd.DataFrame:
    """Return a table with a row for each curve: its pulses and numbers in SI units."""
    first = [
        int(np.argmax(train["pulse_curve"].values == curve)) for curve in train["curve"].values
    ]
    pulses = train[[name for name in PULSE if name in train]].drop_vars("pulse")
    of_curve = train.drop_dims(["pulse", "replicate", "pulses_applied"])
    flat = pulses.isel(pulse=xr.DataArray(first, dims="curve")).merge(split_bounds(of_curve))
    return flat.to_dataframe().reset_index()


def printed_table(train: xr.Dataset) -> Table:
    """Return the numbers of all curves as a table for a terminal, one section per curve."""
    table = Table(box=SIMPLE_HEAD)
    for heading in ("curve", "quantity", "value"):
        table.add_column(heading, no_wrap=True)
    table.add_column(f"{100 * train.attrs['confidence']:g} % interval")
    for index in range(train.sizes["curve"]):
        rows = _rows(train.isel(curve=index))
        for number, row in enumerate(rows):
            table.add_row(*row, end_section=number == len(rows) - 1)
    return table


def _rows(curve: xr.Dataset) -> list[tuple[str, str, str, str]]:
    rows = [("pulses", f"{int(curve['curve_pulses'])}", "")]
    rows.append(("repeats", f"{int(curve['curve_repeats'])}", ""))
    if np.isfinite(curve["pulse_interval"]):
        rows.append(("pulse interval", printed(float(curve["pulse_interval"]), "s"), ""))
    for name in ESTIMATES:
        value, unit = float(curve[name]), curve[name].attrs["units"]
        if np.isfinite(value):
            ends = interval(curve[f"{name}_interval"].values, unit)
            rows.append((spaced(name), printed(value, unit), ends))
    if np.isfinite(curve["nonlinearity"]):
        misfit = printed(float(curve["nonlinearity_misfit"]), "1")
        rows.append(("nonlinearity misfit", misfit, ""))
    rows += [
        ("remark", "", remark) for remark in curve["curve_remark"].item().split("; ") if remark
    ]
    title = f"{int(curve['curve'])} {curve['curve_direction'].item()}"
    return [(title if not index else "", *row) for index, row in enumerate(rows)]
