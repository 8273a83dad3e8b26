"""From chunks of trajectories to the datasets that people read."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

SHORTEST_DELAY = 1e-6
# Enough to tell the steps of any grid apart, few enough to hide the rounding of sums.
DELAY_DIGITS = 6
# A wait's last step and the next pulse's start are one time but for this (s); the first step of
# a pulse ends much later.
CLOCK_ROUNDING = 1e-10
# Of a single pulse, where the experiment takes hysteresis loops.
LOOPED = ("loop_exchange_bias", "loop_coercivity")

MEASURED = (
    "anomalous_hall_voltage",
    "magnetisation_z",
    "temperature",
    "grain_order",
    "exchange_bias_field",
    "flicker_error",
)


def after_pulse(point: xr.Dataset, pulse: int) -> tuple[NDArray[np.intp], int]:
    """Steps of a trajectory that follow a pulse, and the last one before it.

    Parameters
    ----------
    point : xarray.Dataset
        One trajectory of a chunk.
    pulse : int
        Number of the pulse.

    Returns
    -------
    after : ndarray of int
        Steps of the wait from `SHORTEST_DELAY` on.
    before : int
        Step right before the pulse.
    """
    stage, number = point["stage"].values, point["pulse"].values
    late = point["delay"].values >= SHORTEST_DELAY * (1 - 1e-9)
    after = np.flatnonzero((stage == "wait") & (number == pulse) & late)
    before = np.flatnonzero(np.isin(stage, ["wait", "start"]) & (number == pulse - 1))
    return after, int(before[-1])


def sweep_dataset(chunks: Iterable[xr.Dataset], critical_current: float) -> xr.Dataset:
    """Hall voltage after single pulses, or after each pulse of a walk over amplitudes.

    Parameters
    ----------
    chunks : iterable of xarray.Dataset
        All chunks of one protocol.
    critical_current : float
        Of the device (A).

    Returns
    -------
    xarray.Dataset
        Dims (mechanism_set, pulse_amplitude, pulse_width, replicate, delay).
    """
    points = [
        (point, pulse)
        for chunk in chunks
        for point in (chunk.isel(point=i) for i in range(chunk.sizes["point"]))
        for pulse in range(chunk.sizes["pulse_number"])
    ]
    places = [
        (
            str(point["mechanism_set"].values),
            float(point["pulse_amplitude"][pulse]),
            float(point["pulse_width"][pulse]),
            int(point["replicate"]),
        )
        for point, pulse in points
    ]
    # Sets stay in the order of the plan, everything else is sorted.
    axes: list[list[Any]] = [list(dict.fromkeys(place[0] for place in places))]
    axes += [sorted(set(values)) for values in list(zip(*places, strict=True))[1:]]
    first, pulse = points[0]
    after, _ = after_pulse(first, pulse)
    delay = [float(f"{d:.{DELAY_DIGITS}g}") for d in first["delay"].values[after]]
    shape = tuple(len(axis) for axis in axes)
    series = {name: np.full((*shape, len(delay)), np.nan) for name in MEASURED}
    initial_voltage, initial_z, density = (np.full(shape, np.nan) for _ in range(3))
    seed = np.zeros(shape, dtype=np.int64)
    for (point, pulse), place in zip(points, places, strict=True):
        index = tuple(axis.index(value) for axis, value in zip(axes, place, strict=True))
        after, before = after_pulse(point, pulse)
        for name in MEASURED:
            series[name][index] = point[name].values[after]
        initial_voltage[index] = point["anomalous_hall_voltage"].values[before]
        initial_z[index] = point["magnetisation_z"].values[before]
        density[index] = point["pulse_current_density"].values[pulse]
        seed[index] = int(point["seed"])
    dims = ("mechanism_set", "pulse_amplitude", "pulse_width", "replicate")
    loops = {}
    if "loop" in first.sizes and first.sizes["pulse_number"] == 1:
        for name in LOOPED:
            values = np.full((*shape, first.sizes["loop"]), np.nan)
            for (point, _), place in zip(points, places, strict=True):
                index = tuple(axis.index(value) for axis, value in zip(axes, place, strict=True))
                values[index] = point[name].values
            loops[name] = xr.DataArray(values, {"loop": first["loop"]}, (*dims, "loop"))
    return xr.Dataset(
        {
            **loops,
            **{name: ((*dims, "delay"), values) for name, values in series.items()},
            "initial_voltage": (dims, initial_voltage),
            "initial_magnetisation_z": (dims, initial_z),
            "current_density": ("pulse_amplitude", density[0, :, 0, 0]),
            "seed": (dims, seed),
        },
        coords={
            **dict(zip(dims, axes, strict=True)),
            "delay": delay,
            "relative_amplitude": (
                "pulse_amplitude",
                np.array(axes[1]) / critical_current,
            ),
        },
    )


def train_dataset(chunks: Iterable[xr.Dataset]) -> xr.Dataset:
    """Hall voltage along a pulse train.

    Parameters
    ----------
    chunks : iterable of xarray.Dataset
        All chunks of one train.

    Returns
    -------
    xarray.Dataset
        Dims (mechanism_set, replicate, time), and pulse_start, pulse_end over (pulse).
    """
    chunks = list(chunks)
    points = [chunk.isel(point=i) for chunk in chunks for i in range(chunk.sizes["point"])]
    first = points[0]
    sets = list(dict.fromkeys(str(point["mechanism_set"].values) for point in points))
    replicates = sorted({int(point["replicate"]) for point in points})
    shape = (len(sets), len(replicates), first.sizes["step"])
    series = {name: np.full(shape, np.nan) for name in MEASURED}
    for point in points:
        index = sets.index(str(point["mechanism_set"].values))
        for name in MEASURED:
            series[name][index, replicates.index(int(point["replicate"]))] = point[name].values
    dims = ("mechanism_set", "replicate", "time")
    combined = xr.Dataset(
        {name: (dims, values) for name, values in series.items()},
        coords={
            "mechanism_set": sets,
            "replicate": replicates,
            "time": first["time"].values,
        },
    )
    # All replicates see the same current.
    combined["current"] = ("time", first["current"].values)
    in_plateau = (first["stage"] == "plateau").values
    ends = np.array(
        [
            first["time"].values[in_plateau & (first["pulse"].values == pulse)][-1]
            for pulse in range(first.sizes["pulse_number"])
        ]
    )
    combined["pulse_end"] = ("pulse", ends)
    combined["pulse_start"] = ("pulse", ends - first["pulse_width"].values)
    return combined


def train_rows(train: xr.Dataset, label: str) -> list[dict[str, str | float]]:
    """Numbers of a train: where it starts, what its pulses leave and what is left of that.

    Parameters
    ----------
    train : xarray.Dataset
        From `train_dataset`.
    label : str
        Name of the train.

    Returns
    -------
    list of dict
        One a mechanism set: <m_z> before the first pulse, right before the next pulse after the
        first and after the last one (or its rest's first second), and at the end, each as mean
        and standard error over the replicates.
    """
    ends = train["pulse_end"].values
    starts = train["pulse_start"].values
    between = np.diff(starts).min() if starts.size > 1 else 1.0
    probes = {
        "before": train["time"].values[0],
        "after_first": starts[0] + between + CLOCK_ROUNDING,
        "after_last": starts[-1] + between + CLOCK_ROUNDING,
        "end": train["time"].values[-1],
    }
    rows = []
    for mechanism_set in train["mechanism_set"].values:
        row: dict[str, str | float] = {
            "train": label,
            "mechanism_set": str(mechanism_set),
            "pulses": int(ends.size),
            "rest_s": float(train["time"].values[-1] - ends[-1]),
        }
        for name, time in probes.items():
            m_z = train["magnetisation_z"].sel(mechanism_set=mechanism_set)
            values = m_z.sel(time=time, method="ffill").values
            row[f"m_z_{name}"] = float(values.mean())
            row[f"m_z_{name}_error"] = (
                float(values.std(ddof=1) / np.sqrt(values.size)) if (values.size > 1) else np.nan
            )
        rows.append(row)
    return rows
