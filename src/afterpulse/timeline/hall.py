"""Hall voltage of a film, its read noise and its non-magnetic drift."""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

Seed = int | np.random.SeedSequence | np.random.Generator


def hall_voltage(
    mean_z: ArrayLike,
    mean_xy: ArrayLike,
    read_current: float,
    anomalous_hall_resistance: ArrayLike,
    planar_hall_resistance: float,
    offset_resistance: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    r"""Return the Hall voltage of means over the Hall cross (V), of the broadcast shape.

    :math:`V = I (R_{AHE} \langle m_z\rangle_w + R_{PHE} \langle m_x m_y\rangle_w + R_0)`,
    the anomalous and the planar Hall effect of a film magnetised along **m** (the transverse
    terms of the magnetoresistance tensor; McGuire and Potter, IEEE Trans. Magn. 11, 1018, 1975).

    Parameters
    ----------
    mean_z, mean_xy : array_like
        Weighted means of ``m_z`` and of the product ``m_x m_y`` (not the product of the means).
        The latter is zero for perpendicular units.
    read_current : float
        Read current along x, in A.
    anomalous_hall_resistance : array_like
        Hall voltage per read current at ``m_z = 1``, in ohm: that of the device at the
        temperature of the film.
    planar_hall_resistance : float
        Hall voltage per read current at ``m_x m_y = 1``, in ohm.
    offset_resistance : array_like
        Resistance of no magnetic origin, in ohm.
    """
    resistance = (
        np.asarray(anomalous_hall_resistance) * np.asarray(mean_z, dtype=np.float64)
        + planar_hall_resistance * np.asarray(mean_xy, dtype=np.float64)
        + np.asarray(offset_resistance, dtype=np.float64)
    )
    return np.asarray(read_current * resistance, dtype=np.float64)


def hall_voltage_of_units(
    unit_state: xr.DataArray,
    weight: ArrayLike,
    read_current: float,
    anomalous_hall_resistance: float | xr.DataArray,
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
        `afterpulse.timeline.hall_cross.sensitivity`. With an arm width on the device card, the
        stored voltage has the latter.
    read_current : float
        In A.
    anomalous_hall_resistance : float or DataArray, dims (...)
        `Device.anomalous_hall_resistance` at the temperatures of the film, in ohm.
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
    units = (unit_state.sizes["unit"],)
    normalised = np.asarray(weight, dtype=np.float64)
    if normalised.shape != units:
        raise ValueError(f"weight must have the shape {units}, got {normalised.shape}")
    total = normalised.sum()
    if not np.isfinite(total) or (normalised < 0).any() or total == 0:
        raise ValueError("weight must be finite, nowhere negative and not zero everywhere")
    normalised = normalised / total

    def voltage(
        states: NDArray[np.int8], anomalous: ArrayLike, offset: ArrayLike
    ) -> NDArray[np.float64]:
        # This einsum turns a few states at a time into float64; a matrix product, all of them.
        mean_z = np.einsum("...u,u->...", states, normalised)
        return hall_voltage(mean_z, 0.0, read_current, anomalous, 0.0, offset)

    return xr.apply_ufunc(
        voltage,
        unit_state,
        anomalous_hall_resistance,
        offset_resistance,
        input_core_dims=[["unit"], [], []],
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
