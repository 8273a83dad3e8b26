"""Magnetic cells in one layer under torque as a micromagneticmodel.System."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.constants import mu_0

from afterpulse.device import Device

if TYPE_CHECKING:
    import discretisedfield as df
    import micromagneticmodel as mm


def magnet_system(
    device: Device,
    cell: float,
    saturation_magnetisation: NDArray[np.float64],
    exchange_factor: NDArray[np.float64],
    anisotropy: NDArray[np.float64],
    field: NDArray[np.float64],
    m: NDArray[np.float64],
    temperature: float,
    current_density: float,
    torque_factor: NDArray[np.float64],
    thermal_current_density: float,
) -> mm.System:
    """Build the system that an LLG engine drives.

    Parameters
    ----------
    device : Device
        The materials.
    cell : float
        Edge of a cell (m).
    saturation_magnetisation : ndarray, shape (nx, ny)
        A/m, 0 where there is no magnet.
    exchange_factor : ndarray, shape (nx, ny)
        Exchange stiffness and DMI over the card's.
    anisotropy : ndarray, shape (nx, ny)
        Perpendicular, without the shape term (J/m³).
    field : ndarray, shape (nx, ny, 3)
        Exchange bias and applied field (T).
    m : ndarray, shape (nx, ny, 3)
        Unit magnetisation to start from.
    temperature : float
        Of the thermal field (K).
    current_density : float
        In the spin-Hall layer, along x (A/m²).
    torque_factor : ndarray, shape (nx, ny)
        Spin-orbit torque over that of the card's angles.
    thermal_current_density : float
        Spin current of the heat flux in charge units (A/m²).

    Returns
    -------
    micromagneticmodel.System
        With all terms, whatever their size, so that systems of a batch are alike.
    """
    # Both take seconds to import, which a job without micromagnetics should not pay.
    import discretisedfield as df
    import micromagneticmodel as mm

    magnet, layer = device.ferromagnet, device.spin_hall_layer
    nx, ny = saturation_magnetisation.shape
    mesh = df.Mesh(p1=(0, 0, 0), p2=(nx * cell, ny * cell, magnet.thickness.value), n=(nx, ny, 1))

    def scalar(values: NDArray[np.float64]) -> df.Field:
        return df.Field(mesh, nvdim=1, value=values[:, :, None, None])

    def vector(values: NDArray[np.float64]) -> df.Field:
        return df.Field(mesh, nvdim=3, value=values[:, :, None, :])

    system = mm.System(name=device.name)
    system.energy = (
        mm.Exchange(A=scalar(exchange_factor * magnet.exchange_stiffness.value))
        + mm.DMI(D=scalar(exchange_factor * magnet.interfacial_dmi.value), crystalclass="Cnv_z")
        + mm.UniaxialAnisotropy(K=scalar(anisotropy), u=(0, 0, 1))
        + mm.Demag()
        + mm.Zeeman(H=vector(field / mu_0))
    )
    angle = layer.spin_hall_angle.value
    system.dynamics = (
        mm.Precession(gamma0=mm.consts.gamma0)
        + mm.Damping(alpha=magnet.damping.value)
        + mm.Slonczewski(
            name="spin_orbit_torque",
            # The sign goes into the polarisation: not every engine keeps that of a per-cell J.
            J=scalar(abs(current_density) * torque_factor),
            mp=(0, float(np.sign(angle * current_density) or 1.0), 0),
            P=abs(angle),
            Lambda=1,
            eps_prime=layer.field_like_spin_hall_angle.value * np.sign(angle) / 2,
        )
        + mm.Slonczewski(
            name="thermal_spin_torque",
            J=thermal_current_density,
            mp=tuple(device.thermal_spin_torque.polarisation.value),
            P=1,
            Lambda=1,
            eps_prime=0,
        )
    )
    system.T = temperature
    system.m = vector(saturation_magnetisation[..., None] * m)
    return system
