"""From chunks of trajectories to the datasets that people read."""

from collections.abc import Iterable

import numpy as np
import xarray as xr

SHORTEST_DELAY = 1e-6
# Enough to tell the steps of any grid apart, few enough to hide the rounding of sums.
DELAY_DIGITS = 6

MEASURED = (
    "anomalous_hall_voltage",
    "magnetisation_z",
    "temperature",
    "grain_order",
    "exchange_bias_field",
)


def pulse_datasets(chunk: xr.Dataset) -> Iterable[xr.Dataset]:
    """Yield what followed each pulse of each point, with the pulse's coordinates.

    Parameters
    ----------
    chunk : xarray.Dataset
        As a job of trajectories wrote it.

    Yields
    ------
    xarray.Dataset
        Dims (pulse_amplitude, pulse_width, replicate, mechanism_set), all of size 1, and delay.
    """
    for index in range(chunk.sizes["point"]):
        point = chunk.isel(point=index).load()
        waiting = (point["stage"] == "wait").values
        for pulse in range(chunk.sizes["pulse_number"]):
            after = np.flatnonzero(
                waiting
                & (point["pulse"].values == pulse)
                & (point["delay"].values >= SHORTEST_DELAY * (1 - 1e-9))
            )
            before = np.flatnonzero(
                np.isin(point["stage"].values, ["wait", "start"])
                & (point["pulse"].values == pulse - 1)
            )[-1]
            selected = point.isel(step=after)
            result = xr.Dataset(
                {name: ("delay", selected[name].values) for name in MEASURED},
                coords={
                    "delay": [float(f"{d:.{DELAY_DIGITS}g}") for d in selected["delay"].values],
                    "pulse_amplitude": float(point["pulse_amplitude"][pulse]),
                    "pulse_width": float(point["pulse_width"][pulse]),
                    "replicate": int(point["replicate"]),
                    "mechanism_set": str(point["mechanism_set"].values),
                },
            )
            for name in ("voltage", "magnetisation_z"):
                source = "anomalous_hall_voltage" if name == "voltage" else name
                result[f"initial_{name}"] = float(point[source][before])
            result["seed"] = int(point["seed"])
            result["current_density"] = float(point["pulse_current_density"][pulse])
            yield result.expand_dims(
                ["mechanism_set", "pulse_amplitude", "pulse_width", "replicate"]
            )


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
    parts = [part for chunk in chunks for part in pulse_datasets(chunk)]
    sets = list(dict.fromkeys(str(part["mechanism_set"].values[0]) for part in parts))
    combined = xr.combine_by_coords(parts, combine_attrs="drop", join="outer").sel(
        mechanism_set=sets
    )
    density = combined["current_density"].mean(["mechanism_set", "pulse_width", "replicate"])
    result = combined.assign(current_density=density)
    return result.assign_coords(
        relative_amplitude=result["pulse_amplitude"] / critical_current
    ).transpose("mechanism_set", "pulse_amplitude", "pulse_width", "replicate", "delay")


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
    parts = [
        xr.Dataset(
            {name: ("time", point[name].values) for name in (*MEASURED, "current")},
            coords={
                "time": first["time"].values,
                "replicate": int(point["replicate"]),
                "mechanism_set": str(point["mechanism_set"].values),
            },
        ).expand_dims(["mechanism_set", "replicate"])
        for point in points
    ]
    combined = xr.combine_by_coords(parts, combine_attrs="drop").sel(mechanism_set=sets)
    in_plateau = (first["stage"] == "plateau").values
    ends = np.array(
        [
            first["time"].values[in_plateau & (first["pulse"].values == pulse)][-1]
            for pulse in range(first.sizes["pulse_number"])
        ]
    )
    combined["pulse_end"] = ("pulse", ends)
    combined["pulse_start"] = ("pulse", ends - first["pulse_width"].values)
    # All replicates see the same current.
    combined["current"] = combined["current"].isel(mechanism_set=0, replicate=0)
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
        "after_first": starts[0] + between * (1 - 1e-9),
        "after_last": starts[-1] + between * (1 - 1e-9),
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
            row[f"m_z_{name}_error"] = float(values.std(ddof=1) / np.sqrt(values.size)) if (
                values.size > 1
            ) else np.nan
        rows.append(row)
    return rows
