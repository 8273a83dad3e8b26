"""What a trajectory stores, and a chunk of trajectories as one dataset."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.experiment import Mechanisms
from afterpulse.device import Device
from afterpulse.kinetics.hysteresis import shift_and_coercivity
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


def rows(
    time: NDArray[np.float64],
    delay: NDArray[np.float64],
    current: float,
    temperature: NDArray[np.float64],
    m: NDArray[np.float64],
    voltage: NDArray[np.float64],
    grain_order: NDArray[np.float64],
    exchange_bias_field: NDArray[np.float64],
    flicker_error: NDArray[np.float64],
    unit_state: NDArray[np.int8],
    unit_grain_order: NDArray[np.float64],
    stage: str,
    engine: str,
    pulse: int,
) -> dict[str, NDArray[Any]]:
    """Rows of one segment, arrays with a first axis of time.

    Parameters
    ----------
    time, delay : ndarray, shape (steps,)
        Since the start of the first pulse, and since the end of the last one (s).
    current : float
        Through the bar (A).
    temperature : ndarray, shape (steps,)
        K.
    m : ndarray, shape (steps, 3)
        Mean unit magnetisation.
    voltage : ndarray, shape (steps,)
        V.
    grain_order : ndarray, shape (steps,)
        1.
    exchange_bias_field : ndarray, shape (steps,)
        T.
    flicker_error : ndarray, shape (steps,)
        1.
    unit_state : ndarray of int8, shape (steps, units)
        -1 or 1.
    unit_grain_order : ndarray, shape (steps, units)
        Of the grains under each unit (1).
    stage, engine : str
        Part of the protocol, and what computed it.
    pulse : int
        Number of the last pulse that has begun, -1 before the first.

    Returns
    -------
    dict
        By the names of `SERIES` and `OF_UNITS`.
    """
    steps = time.size
    return {
        "time": time,
        "delay": delay,
        "current": np.full(steps, current),
        "temperature": temperature,
        "magnetisation_x": m[:, 0],
        "magnetisation_y": m[:, 1],
        "magnetisation_z": m[:, 2],
        "anomalous_hall_voltage": voltage,
        "grain_order": grain_order,
        "exchange_bias_field": exchange_bias_field,
        "flicker_error": flicker_error,
        "stage": np.full(steps, stage),
        "engine": np.full(steps, engine),
        "pulse": np.full(steps, pulse),
        "unit_state": unit_state,
        # For pictures: half the size of the file.
        "unit_grain_order": unit_grain_order.astype(np.float32),
    }


def voltage(
    device: Device,
    mechanisms: Mechanisms,
    temperature: NDArray[np.float64],
    mean_z: NDArray[np.float64],
    mean_xy: NDArray[np.float64],
    seed: int,
) -> NDArray[np.float64]:
    """Hall voltage of a film as the device's electrodes and the voltmeter give it.

    Parameters
    ----------
    device : Device
        Hall bar and heat path.
    mechanisms : Mechanisms
        Whether the offset drifts with the temperature.
    temperature, mean_z, mean_xy : ndarray, shape (steps,)
        T (K), mean of m_z and of m_x m_y.
    seed : int
        Of the read noise.

    Returns
    -------
    ndarray, shape (steps,)
        V.
    """
    bar = device.hall_bar
    ambient = device.heat_path.ambient_temperature.value
    drift = bar.offset_drift.value if mechanisms.resistance_drift else 0.0
    ideal = hall.hall_voltage_of_averages(
        mean_z,
        mean_xy,
        bar.read_current.value,
        bar.anomalous_hall_resistance.value,
        bar.planar_hall_resistance.value,
        hall.drifted_offset(bar.offset_resistance.value, drift, temperature, ambient),
    )
    return ideal + hall.read_noise(seed, temperature.size, bar.read_noise.value)


def chunk_dataset(trajectories: list[list[dict[str, NDArray[Any]]]]) -> xr.Dataset:
    """Trajectories of a chunk as one dataset.

    Parameters
    ----------
    trajectories : list of list of dict
        Rows of each segment of each trajectory.

    Returns
    -------
    xarray.Dataset
        Dims (point, step) and (point, step, unit); shorter trajectories are padded with NaN,
        empty words and zeros.
    """
    joined = [
        {name: np.concatenate([segment[name] for segment in segments]) for name in segments[0]}
        for segments in trajectories
    ]
    steps = max(rows["time"].size for rows in joined)
    variables = {}
    for name in (*SERIES, *OF_UNITS):
        parts = []
        for each in joined:
            values = each[name]
            missing: float | str | int = (
                np.nan if values.dtype.kind == "f" else "" if values.dtype.kind == "U" else 0
            )
            padding = [(0, steps - len(values)), *[(0, 0)] * (values.ndim - 1)]
            parts.append(np.pad(values, padding, constant_values=missing))
        dims = ("point", "step", "unit")[: parts[0].ndim + 1]
        variables[name] = (dims, np.stack(parts))
    return xr.Dataset(variables)


def loop_dataset(fields: NDArray[np.float64], loops: NDArray[np.float64]) -> xr.Dataset:
    """Hysteresis loops of a chunk, with the exchange bias and the coercivity that they show.

    Parameters
    ----------
    fields : ndarray, shape (fields,)
        From `loop_fields` (T).
    loops : ndarray, shape (points, 2, fields)
        <m_z>, before the first pulse and at the end.

    Returns
    -------
    xarray.Dataset
        Dims (point, loop) and (point, loop, loop_step).
    """
    found = np.array([[shift_and_coercivity(fields, one) for one in both] for both in loops])
    return xr.Dataset(
        {
            "loop_field": ("loop_step", fields),
            "loop_magnetisation_z": (("point", "loop", "loop_step"), loops),
            "loop_exchange_bias": (("point", "loop"), found[..., 0]),
            "loop_coercivity": (("point", "loop"), found[..., 1]),
        },
        coords={"loop": list(LOOPS)},
    )
