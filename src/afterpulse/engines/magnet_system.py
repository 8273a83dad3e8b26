"""Magnetic cells in one layer under torque as a micromagneticmodel.System."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.constants import mu_0

from afterpulse.device import Device

if TYPE_CHECKING:
    import discretisedfield as df
    import micromagneticmodel as mm


@dataclass(frozen=True)
class Conditions:
    """Conditions that are constant over an LLG segment."""

    temperature: float
    """Of the material parameters and of the thermal field (K)."""
    current_density: float = 0.0
    """In the spin-Hall layer, along x (A/m²)."""
    thermal_current_density: float = 0.0
    """Thermal spin current in charge units (A/m²), of either sign."""
    quiet: NDArray[np.float64] | None = None
    """Mean magnetisation of each cell under the thermal field, from `QuietFilm`, shape (nx, ny):
    the parameters are scaled to it. None: they are those of the temperature as they are."""


@dataclass(frozen=True)
class MagneticCells:
    """Cells of one layer and what acts on each; arrays of shape (nx, ny), the field (nx, ny, 3)."""

    cell: float
    """Edge of a cell (m)."""
    saturation_magnetisation: NDArray[np.float64]
    """A/m, 0 where there is no magnet."""
    exchange_factor: NDArray[np.float64]
    """Exchange stiffness and DMI over those at T = 0."""
    anisotropy: NDArray[np.float64]
    """Perpendicular, without the shape term (J/m³)."""
    field: NDArray[np.float64]
    """Exchange bias and applied field (T)."""
    torque_factor: NDArray[np.float64]
    """Spin-orbit torque over that of the card's angles."""


def magnet_system(
    device: Device, cells: MagneticCells, m: NDArray[np.float64], conditions: Conditions
) -> mm.System:
    """Build the system that an LLG engine drives.

    It has all terms, whatever their size, so that the systems of a batch are alike.

    Parameters
    ----------
    device, cells : Device, MagneticCells
        Materials and mesh.
    m : ndarray, shape (nx, ny, 3)
        Unit magnetisation at the start.
    conditions : Conditions
        Temperature of the thermal field and currents.
    """
    # Both take seconds to import, which a job without micromagnetics should not pay.
    import discretisedfield as df
    import micromagneticmodel as mm

    magnet, layer = device.ferromagnet, device.spin_hall_layer
    (nx, ny), edge = cells.saturation_magnetisation.shape, cells.cell
    mesh = df.Mesh(p1=(0, 0, 0), p2=(nx * edge, ny * edge, magnet.thickness.value), n=(nx, ny, 1))

    def scalar(values: NDArray[np.float64]) -> df.Field:
        return df.Field(mesh, nvdim=1, value=values[:, :, None, None])

    def vector(values: NDArray[np.float64]) -> df.Field:
        return df.Field(mesh, nvdim=3, value=values[:, :, None, :])

    stiffness = cells.exchange_factor * device.exchange_stiffness(0.0)
    dmi = cells.exchange_factor * device.interfacial_dmi(0.0)
    system = mm.System(name=device.name)
    system.energy = (
        mm.Exchange(A=scalar(stiffness))
        + mm.DMI(D=scalar(dmi), crystalclass="Cnv_z")
        + mm.UniaxialAnisotropy(K=scalar(cells.anisotropy), u=(0, 0, 1))
        + mm.Demag()
        + mm.Zeeman(H=vector(cells.field / mu_0))
    )
    angle, current = layer.spin_hall_angle.value, conditions.current_density
    system.dynamics = (
        mm.Precession(gamma0=mm.consts.gamma0)
        + mm.Damping(alpha=magnet.damping.value)
        + mm.Slonczewski(
            name="spin_orbit_torque",
            # The sign goes into the polarisation: not every engine keeps that of a per-cell J.
            J=scalar(abs(current) * cells.torque_factor),
            mp=(0, float(np.sign(angle * current) or 1.0), 0),
            P=abs(angle),
            Lambda=1,
            eps_prime=layer.field_like_spin_hall_angle.value * np.sign(angle) / 2,
        )
        + mm.Slonczewski(
            name="thermal_spin_torque",
            J=conditions.thermal_current_density,
            mp=tuple(device.thermal_spin_torque.polarisation.value),
            P=1,
            Lambda=1,
            eps_prime=0,
        )
    )
    system.T = conditions.temperature
    system.m = vector(cells.saturation_magnetisation[..., None] * m)
    return system
