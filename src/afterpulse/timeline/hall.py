"""Hall voltage of a film, its read noise and its non-magnetic drift."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

Seed = int | np.random.SeedSequence | np.random.Generator


def hall_voltage(
    m: ArrayLike,
    read_current: float,
    anomalous_hall_resistance: float,
    planar_hall_resistance: float,
    offset_resistance: ArrayLike = 0.0,
    weight: ArrayLike | None = None,
) -> NDArray[np.float64]:
    r"""Return the Hall voltage of a magnetisation field on the grid (V).

    :math:`V = I (R_{AHE} \langle m_z\rangle_w + R_{PHE} \langle m_x m_y\rangle_w + R_0)`,
    the anomalous and the planar Hall effect of a film magnetised along **m** (the transverse
    terms of the magnetoresistance tensor; McGuire and Potter, IEEE Trans. Magn. 11, 1018, 1975).

    Parameters
    ----------
    m : array_like, shape (..., nx, ny, 3)
        Unit magnetisation of each cell.
    read_current : float
        Read current along x, in A.
    anomalous_hall_resistance, planar_hall_resistance : float
        Hall voltage per read current at ``m_z = 1``, and at ``m_x m_y = 1``, in ohm.
    offset_resistance : array_like, shape broadcastable to (...)
        Resistance of no magnetic origin, in ohm.
    weight : array_like, shape (nx, ny), optional
        Sensitivity of the Hall cross in any unit, normalised to a sum of one; uniform by default.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ValueError
        If `m` has no last axis of three, or `weight` does not fit the grid, is negative
        or sums to zero.
    """
    field = np.asarray(m, dtype=np.float64)
    if field.ndim < 3 or field.shape[-1] != 3:
        raise ValueError(f"m must have the shape (..., nx, ny, 3), got {field.shape}")
    normalised = _normalised_weight(weight, field.shape[-3:-1])
    average_z = np.einsum("...xy,xy->...", field[..., 2], normalised)
    average_xy = np.einsum("...xy,...xy,xy->...", field[..., 0], field[..., 1], normalised)
    return hall_voltage_of_averages(
        average_z,
        average_xy,
        read_current,
        anomalous_hall_resistance,
        planar_hall_resistance,
        offset_resistance,
    )


def hall_voltage_of_averages(
    average_z: ArrayLike,
    average_xy: ArrayLike,
    read_current: float,
    anomalous_hall_resistance: float,
    planar_hall_resistance: float,
    offset_resistance: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Return the Hall voltage of averages over the Hall cross (V), of the broadcast shape.

    `average_z` is the average of ``m_z``; `average_xy` that of the product ``m_x m_y`` (not the
    product of the averages), zero for perpendicular units. Other parameters as in `hall_voltage`.
    """
    resistance = (
        anomalous_hall_resistance * np.asarray(average_z, dtype=np.float64)
        + planar_hall_resistance * np.asarray(average_xy, dtype=np.float64)
        + np.asarray(offset_resistance, dtype=np.float64)
    )
    return np.asarray(read_current * resistance, dtype=np.float64)


def hall_voltage_of_units(
    unit_state: xr.DataArray,
    weight: ArrayLike,
    read_current: float,
    anomalous_hall_resistance: float,
    offset_resistance: float | xr.DataArray = 0.0,
) -> xr.DataArray:
    """Return the Hall voltage of stored unit states for electrodes of any sensitivity.

    The result is lazy if `unit_state` is, so that the states need not fit in memory.

    Parameters
    ----------
    unit_state : xarray.DataArray, dims (..., unit)
        -1 or 1, as `afterpulse.datasets.opened` gives it.
    weight : array_like, shape (units,)
        Weight of each unit in the voltage, in any unit: its area, or the sum over its cells of
        `afterpulse.timeline.hall_cross.sensitivity`.
    read_current, anomalous_hall_resistance : float
        See `hall_voltage`.
    offset_resistance : float or DataArray, dims (...)
        Resistance of no magnetic origin, in ohm.

    Returns
    -------
    xarray.DataArray, dims (...)
        In V, without read noise.

    Raises
    ------
    ValueError
        If `weight` does not fit the units, is negative or sums to zero.
    """
    normalised = _normalised_weight(weight, (unit_state.sizes["unit"],))

    def voltage(states: NDArray[np.int8], offset: ArrayLike) -> NDArray[np.float64]:
        # This einsum turns a few states at a time into float64; a matrix product, all of them.
        average_z = np.einsum("...u,u->...", states, normalised)
        resistances = anomalous_hall_resistance, 0.0, offset
        return hall_voltage_of_averages(average_z, 0.0, read_current, *resistances)

    return xr.apply_ufunc(
        voltage,
        unit_state,
        offset_resistance,
        input_core_dims=[["unit"], []],
        dask="parallelized",
        output_dtypes=[np.float64],
    )


def drifted_offset(
    offset_resistance: float,
    offset_drift: float,
    temperature: ArrayLike,
    ambient_temperature: float,
) -> NDArray[np.float64]:
    """Return the offset resistance at temperatures of the film (K), which drifts by ohm/K."""
    rise = np.asarray(temperature, dtype=np.float64) - ambient_temperature
    return np.asarray(offset_resistance + offset_drift * rise, dtype=np.float64)


def read_noise(seed: Seed, shape: int | tuple[int, ...], rms: float) -> NDArray[np.float64]:
    """Return white normal noise of the voltmeter with a root mean square `rms` (V).

    Raises
    ------
    ValueError
        If `rms` is negative or not finite.
    """
    if not (np.isfinite(rms) and rms >= 0):
        raise ValueError(f"rms must be finite and at least 0 V, got {rms}")
    return np.asarray(rms * np.random.default_rng(seed).standard_normal(shape))


def _normalised_weight(weight: ArrayLike | None, grid: tuple[Any, ...]) -> NDArray[np.float64]:
    if weight is None:
        return np.full(grid, 1.0 / (grid[0] * grid[1]))
    values = np.asarray(weight, dtype=np.float64)
    if values.shape != grid:
        raise ValueError(f"weight must have the shape {grid}, got {values.shape}")
    total = values.sum()
    if not np.isfinite(total) or (values < 0).any() or total == 0:
        raise ValueError("weight must be finite, nowhere negative and not zero everywhere")
    return values / total
