"""Hall voltage of a film, its read noise and its non-magnetic drift."""

from __future__ import annotations

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
    r"""Hall voltage of a magnetisation field on the grid.

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
        Sensitivity of the Hall cross, in any unit: it is normalised to a sum of one.
        Uniform where it is not given.

    Returns
    -------
    ndarray, shape (...)
        Hall voltage in V.

    Raises
    ------
    ValueError
        Where `m` has no last axis of three, or `weight` does not fit the grid, is negative
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
    """Hall voltage from averages that are already taken over the Hall cross.

    Parameters
    ----------
    average_z : array_like
        Average of ``m_z``.
    average_xy : array_like, broadcastable with `average_z`
        Average of the product ``m_x m_y`` (not the product of the averages); zero for a film
        of perpendicular units.
    read_current : float
        Read current, in A.
    anomalous_hall_resistance, planar_hall_resistance : float
        See `hall_voltage`, in ohm.
    offset_resistance : array_like
        Resistance of no magnetic origin, in ohm.

    Returns
    -------
    ndarray
        Hall voltage in V, of the shape the arguments broadcast to.
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
    """Hall voltage of stored states of perpendicular units, for electrodes of any sensitivity.

    It is lazy where `unit_state` is, so that the states need not fit in memory.

    Parameters
    ----------
    unit_state : xarray.DataArray, dims (..., unit)
        -1 or 1, as `afterpulse.datasets.opened` gives it.
    weight : array_like, shape (units,)
        Share of each unit in the voltage, in any unit: its area, or the sum over its cells of
        `afterpulse.timeline.hall_cross.sensitivity`.
    read_current : float
        Read current, in A.
    anomalous_hall_resistance : float
        See `hall_voltage`, in ohm.
    offset_resistance : float or DataArray, dims (...)
        Resistance of no magnetic origin, in ohm.

    Returns
    -------
    xarray.DataArray, dims (...)
        Hall voltage in V, without read noise.

    Raises
    ------
    ValueError
        Where `weight` does not fit the units, is negative or sums to zero.
    """
    shares = _normalised_weight(weight, (unit_state.sizes["unit"],))

    def voltage(states: NDArray[np.int8], offset: ArrayLike) -> NDArray[np.float64]:
        # This einsum turns a few states at a time into float64; a matrix product, all of them.
        average_z = np.einsum("...u,u->...", states, shares)
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
    """Offset resistance that follows the temperature and no magnetisation.

    Parameters
    ----------
    offset_resistance : float
        Offset at the ambient temperature, in ohm.
    offset_drift : float
        Change of the offset with temperature, in ohm/K.
    temperature : array_like
        Temperature of the film, in K.
    ambient_temperature : float
        Ambient temperature, in K.

    Returns
    -------
    ndarray
        Offset resistance in ohm, of the shape of `temperature`.
    """
    rise = np.asarray(temperature, dtype=np.float64) - ambient_temperature
    return np.asarray(offset_resistance + offset_drift * rise, dtype=np.float64)


def read_noise(seed: Seed, shape: int | tuple[int, ...], rms: float) -> NDArray[np.float64]:
    """White normal noise of the voltmeter.

    Parameters
    ----------
    seed : int, SeedSequence or Generator
        Where the random stream starts.
    shape : int or tuple of int
        Shape of the result.
    rms : float
        Root mean square of the noise, in V.

    Returns
    -------
    ndarray, shape `shape`
        Noise in V.

    Raises
    ------
    ValueError
        Where `rms` is negative or not finite.
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
