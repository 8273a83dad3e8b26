"""Stored variables of a trajectory, and the dataset of a chunk of trajectories."""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from afterpulse.cards.experiment import Mechanisms
from afterpulse.device import Device
from afterpulse.engines.observables import ENERGIES
from afterpulse.kinetics.hysteresis import shift_and_coercivity
from afterpulse.kinetics.state import Record
from afterpulse.timeline import hall

LOOPS = ("before", "after")
SERIES = (
    "time",
    "delay",
    "current",
    "temperature",
    "magnetisation_x",
    "magnetisation_y",
    "magnetisation_z",
    "anomalous_hall_voltage",
    "grain_order",
    "exchange_bias_field",
    "flicker_error",
    "stage",
    "engine",
    "pulse",
)
OF_UNITS = ("unit_state", "unit_grain_order")
OF_FIELDS = (
    *ENERGIES,
    "wall_length",
    "magnetisation_xy",
    "thermal_spin_current_density",
)
"""Variables of whole pulses by LLG; NaN where the kinetics compute."""


class Clock(NamedTuple):
    """Time at the start of a segment.

    Attributes
    ----------
    time : float
        Since the start of the first pulse (s).
    pulse : int
        Index of the last pulse that has begun, -1 before the first.
    pulse_end : float
        End of that pulse (s).
    """

    time: float
    pulse: int
    pulse_end: float


def rows(
    record: Record, clock: Clock, stage: str, current: ArrayLike, voltage: NDArray[np.float64]
) -> dict[str, NDArray[Any]]:
    """Return the stored arrays of a segment by the names of `SERIES` and `OF_UNITS`.

    `clock` is that at its start, `current` that through the bar (A), one or of shape (steps,);
    `voltage` of shape (steps,) is in V.
    """
    steps = record.time.size
    return {
        "time": clock.time + record.time,
        # Short times first: after a long train the clock has lost the digits of a nanosecond.
        "delay": record.time + (clock.time - clock.pulse_end),
        "current": np.broadcast_to(np.asarray(current, dtype=float), steps).copy(),
        "temperature": record.temperature,
        **{f"magnetisation_{axis}": record.mean_m[:, i] for i, axis in enumerate("xyz")},
        "anomalous_hall_voltage": voltage,
        "grain_order": record.grain_order,
        "exchange_bias_field": record.exchange_bias_field,
        "flicker_error": record.flicker_error,
        "stage": np.full(steps, stage),
        "engine": np.full(steps, record.engine),
        "pulse": np.full(steps, clock.pulse),
        "unit_state": record.unit_state,
        # For pictures: half the size of the file.
        "unit_grain_order": record.unit_grain_order.astype(np.float32),
    }


def voltage(
    device: Device,
    mechanisms: Mechanisms,
    temperature: NDArray[np.float64],
    mean_z: NDArray[np.float64],
    mean_xy: NDArray[np.float64],
    seed: int,
) -> NDArray[np.float64]:
    """Return the Hall voltage as the device's electrodes and the voltmeter give it.

    Arrays have the shape (steps,): temperature (K), mean of m_z and of m_x m_y over the Hall cross,
    and the result (V). `seed` is that of the read noise. The offset drifts with the temperature if
    resistance drift is one of the mechanisms.
    """
    bar = device.hall_bar
    ambient = device.ambient_temperature
    drift = bar.offset_drift.value if mechanisms.resistance_drift else 0.0
    ideal = hall.hall_voltage(
        mean_z,
        mean_xy,
        bar.read_current.value,
        device.anomalous_hall_resistance(temperature),
        bar.planar_hall_resistance.value,
        hall.drifted_offset(bar.offset_resistance.value, drift, temperature, ambient),
    )
    return ideal + hall.read_noise(seed, temperature.size, bar.read_noise.value)


def padding_value(dtype: np.dtype[Any]) -> float | str | int:
    """Return the value that pads variables of a type: NaN, an empty word or 0."""
    values: dict[str, float | str] = {"f": np.nan, "U": ""}
    return values.get(dtype.kind, 0)


def chunk_dataset(trajectories: list[list[dict[str, NDArray[Any]]]]) -> xr.Dataset:
    """Return the `rows` of each segment of each trajectory as one dataset.

    Its dims are (point, step) and (point, step, unit); shorter trajectories are padded with
    `padding_value`.
    """
    fields = any(OF_FIELDS[0] in segment for segments in trajectories for segment in segments)
    names = (*SERIES, *OF_UNITS, *(OF_FIELDS if fields else ()))
    joined = [
        {
            name: np.concatenate(
                [segment.get(name, np.full(segment["time"].size, np.nan)) for segment in segments]
            )
            for name in names
        }
        for segments in trajectories
    ]
    steps = max(rows["time"].size for rows in joined)
    variables = {}
    for name in names:
        padded = [
            np.pad(
                rows[name],
                [(0, steps - len(rows[name])), *[(0, 0)] * (rows[name].ndim - 1)],
                constant_values=padding_value(rows[name].dtype),
            )
            for rows in joined
        ]
        dims = ("point", "step", "unit")[: padded[0].ndim + 1]
        variables[name] = (dims, np.stack(padded))
    return xr.Dataset(variables)


def loop_dataset(fields: NDArray[np.float64], loops: NDArray[np.float64]) -> xr.Dataset:
    """Return hysteresis loops of a chunk with their exchange bias and coercivity.

    `fields` are `loop_fields` (T), `loops`, of shape (points, 2, fields), is <m_z> before the
    first pulse and at the end.
    """
    shifts = np.array([[shift_and_coercivity(fields, loop) for loop in pair] for pair in loops])
    return xr.Dataset(
        {
            "loop_field": ("loop_step", fields),
            "loop_magnetisation_z": (("point", "loop", "loop_step"), loops),
            "loop_exchange_bias": (("point", "loop"), shifts[..., 0]),
            "loop_coercivity": (("point", "loop"), shifts[..., 1]),
        },
        coords={"loop": list(LOOPS)},
    )
