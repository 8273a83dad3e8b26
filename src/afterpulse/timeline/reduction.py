"""Reduction of chunks of trajectories to datasets of sweeps and trains."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse import datasets
from afterpulse.datasets import DatasetError, repeat_coordinates, sample_means
from afterpulse.timeline.records import LOOPS, OF_FIELDS

SHORTEST_DELAY = 1e-6
# Enough to distinguish the steps of any grid, few enough to hide the rounding of sums.
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
# Of whole pulses by LLG as well.
OF_LLG = ("magnetisation_x", "magnetisation_y", "current", *OF_FIELDS)
# Trajectories that are read at a time, without their units: some megabytes.
READ_TOGETHER = 128

Trajectory = Mapping[str, Any]
"""Arrays of one trajectory by the names of the variables, those of a point without its axis."""


class Response(NamedTuple):
    """Response to one pulse of one trajectory, as a sweep stores it.

    Attributes
    ----------
    key : tuple
        Mechanism set, amplitude (A), width (s), and indices of sample and replicate.
    delay : ndarray, shape (delays,)
        s.
    values : dict
        Variables of `LOOPED`, if any, of shape (loops,); those of `MEASURED`, of shape (delays,);
        voltage and <m_z> before the pulse, current density and seed.
    """

    key: tuple[str, float, float, tuple[int, int]]
    delay: NDArray[np.float64]
    values: dict[str, Any]


def after_pulse(trajectory: Trajectory, pulse: int) -> tuple[NDArray[np.intp], int]:
    """Return the steps after a pulse, and the last before it.

    They are those of the wait from `SHORTEST_DELAY` on, of whole pulses by LLG all.
    `trajectory` is one of `trajectories`, `pulse` the index of the pulse.
    """
    stage, index = trajectory["stage"], trajectory["pulse"]
    if by_llg(trajectory):
        waits = np.isin(stage, ["trailing_edge", "wait"])
    else:
        late = trajectory["delay"] >= SHORTEST_DELAY * (1 - 1e-9)
        waits = (stage == "wait") & late
    after = np.flatnonzero(waits & (index == pulse))
    before = np.flatnonzero(np.isin(stage, ["wait", "start"]) & (index == pulse - 1))
    return after, int(before[-1])


def by_llg(trajectory: Trajectory) -> bool:
    """Return whether LLG has computed whole pulses of a trajectory."""
    return OF_FIELDS[0] in trajectory


def measured(trajectory: Trajectory) -> tuple[str, ...]:
    """Return the names of the variables of a trajectory that are reduced."""
    return MEASURED + (OF_LLG if by_llg(trajectory) else ())


def trajectories(chunks: Iterable[xr.Dataset]) -> Iterator[Trajectory]:
    """Yield the trajectories of chunks one after the other, without the states of their units.

    Parameters
    ----------
    chunks : iterable of xarray.Dataset
        Lazy ones save memory; each is left before the next one is requested.

    Yields
    ------
    mapping
        Arrays of shape (step,), (pulse_number,), (loop,) or (); views of those of several
        trajectories.
    """
    for chunk in chunks:
        needed = chunk.drop_dims(["unit", "loop_step"], errors="ignore")
        for start in range(0, chunk.sizes["point"], READ_TOGETHER):
            group = needed.isel(point=slice(start, start + READ_TOGETHER))
            with datasets.reading(chunk.encoding.get("source", "chunk")):
                arrays = {str(name): variable.values for name, variable in group.variables.items()}
            shared = {name for name in arrays if "point" not in group[name].dims}
            for point in range(group.sizes["point"]):
                yield {
                    name: values if name in shared else values[point]
                    for name, values in arrays.items()
                }


def pulse_responses(trajectory: Trajectory) -> Iterator[Response]:
    """Yield the response to each pulse of a trajectory.

    Its arrays are copies, so that the trajectory need not stay in memory.
    """
    pulses = trajectory["pulse_amplitude"].size
    looped = "loop" in trajectory and pulses == 1
    for pulse in range(pulses):
        after, before = after_pulse(trajectory, pulse)
        yield Response(
            key=(
                str(trajectory["mechanism_set"]),
                float(trajectory["pulse_amplitude"][pulse]),
                float(trajectory["pulse_width"][pulse]),
                (int(trajectory["sample"]), int(trajectory["replicate"])),
            ),
            delay=trajectory["delay"][after],
            values={
                **{name: trajectory[name].copy() for name in LOOPED if looped},
                **{name: trajectory[name][after] for name in measured(trajectory)},
                "initial_voltage": trajectory["anomalous_hall_voltage"][before],
                "initial_magnetisation_z": trajectory["magnetisation_z"][before],
                "current_density": trajectory["pulse_current_density"][pulse],
                "seed": int(trajectory["seed"]),
            },
        )


def sweep_dataset(chunks: Iterable[xr.Dataset], critical_current: float) -> xr.Dataset:
    """Return the Hall voltage after single pulses, or after each pulse of a walk over amplitudes.

    Parameters
    ----------
    chunks : iterable of xarray.Dataset
        All chunks of one protocol. In memory are a few trajectories of one chunk, and the result
        twice.
    critical_current : float
        Of the device (A).

    Returns
    -------
    xarray.Dataset
        Dims (mechanism_set, pulse_amplitude, pulse_width, replicate, delay); NaN, and 0 as seed,
        for missing points.

    Raises
    ------
    afterpulse.datasets.DatasetError
        If there is no trajectory at all.
    """
    responses = [
        response for trajectory in trajectories(chunks) for response in pulse_responses(trajectory)
    ]
    if not responses:
        raise DatasetError("expected trajectories, got none: failed.csv says why each point failed")
    # Sets stay in the order of the plan, everything else is sorted.
    keys = list(zip(*(response.key for response in responses), strict=True))
    axes: list[list[Any]] = [list(dict.fromkeys(keys[0]))]
    axes += [sorted(set(values)) for values in keys[1:]]
    delay = [float(f"{d:.{DELAY_DIGITS}g}") for d in responses[0].delay]
    shape = tuple(len(axis) for axis in axes)
    values = {
        name: np.full((*shape, *np.shape(value)), 0 if name == "seed" else np.nan)
        for name, value in responses[0].values.items()
    }
    for response in responses:
        index = tuple(axis.index(at) for axis, at in zip(axes, response.key, strict=True))
        for name, value in response.values.items():
            values[name][index] = value
    # Some points of an amplitude may be missing, and all that are there agree.
    density = np.nanmax(values["current_density"], axis=(0, 2, 3))
    dims = ("mechanism_set", "pulse_amplitude", "pulse_width", "replicate")
    own_dims = dict.fromkeys(LOOPED, ("loop",)) | dict.fromkeys(MEASURED + OF_LLG, ("delay",))
    looped = LOOPED[0] in values
    return xr.Dataset(
        {name: ((*dims, *own_dims.get(name, ())), array) for name, array in values.items()}
        | {"current_density": ("pulse_amplitude", density)},
        coords={
            **dict(zip(dims[:3], axes[:3], strict=True)),
            **repeat_coordinates(axes[3]),
            "delay": delay,
            "relative_amplitude": ("pulse_amplitude", np.array(axes[1]) / critical_current),
            **({"loop": list(LOOPS)} if looped else {}),
        },
    )


def train_dataset(chunks: Iterable[xr.Dataset]) -> xr.Dataset:
    """Return the Hall voltage along a pulse train.

    Parameters and errors as in `sweep_dataset`.

    Returns
    -------
    xarray.Dataset
        Dims (mechanism_set, replicate, time), and pulse_start, pulse_end over (pulse); NaN for
        missing points.
    """
    series_of: dict[tuple[str, tuple[int, int]], dict[str, NDArray[np.float64]]] = {}
    first = None
    for trajectory in trajectories(chunks):
        if first is None:
            first = trajectory
        repeat = int(trajectory["sample"]), int(trajectory["replicate"])
        series_of[str(trajectory["mechanism_set"]), repeat] = {
            name: trajectory[name].copy() for name in measured(trajectory)
        }
    if first is None:
        raise DatasetError("expected trajectories, got none: failed.csv says why each point failed")
    sets = list(dict.fromkeys(mechanism_set for mechanism_set, _ in series_of))
    repeats = sorted({repeat for _, repeat in series_of})
    shape = (len(sets), len(repeats), first["time"].size)
    names = [name for name in measured(first) if name != "current"]
    series = {name: np.full(shape, np.nan) for name in names}
    for (mechanism_set, repeat), values in series_of.items():
        for name in names:
            series[name][sets.index(mechanism_set), repeats.index(repeat)] = values[name]
    dims = ("mechanism_set", "replicate", "time")
    combined = xr.Dataset(
        {name: (dims, values) for name, values in series.items()},
        coords={
            "mechanism_set": sets,
            **repeat_coordinates(repeats),
            "time": first["time"],
        },
    )
    # All replicates see the same current.
    combined["current"] = ("time", first["current"])
    in_plateau = first["stage"] == "plateau"
    ends = np.array(
        [
            first["time"][in_plateau & (first["pulse"] == pulse)][-1]
            for pulse in range(first["pulse_width"].size)
        ]
    )
    combined["pulse_end"] = ("pulse", ends)
    combined["pulse_start"] = ("pulse", ends - first["pulse_width"])
    return combined


def train_rows(train: xr.Dataset, label: str) -> list[dict[str, str | float]]:
    """Return a row of the trains table for each mechanism set of a train.

    Each row has <m_z> before the first pulse, right before the next pulse after the first and
    after the last one (or its rest's first second), and at the end, each as mean and standard
    error over the replicates (`sample_means`).
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
            m_z = sample_means(train["magnetisation_z"].sel(mechanism_set=mechanism_set))
            values = m_z.sel(time=time, method="ffill").dropna("replicate").values
            row[f"m_z_{name}"] = float(values.mean())
            row[f"m_z_{name}_error"] = (
                float(values.std(ddof=1) / np.sqrt(values.size)) if (values.size > 1) else np.nan
            )
        rows.append(row)
    return rows
