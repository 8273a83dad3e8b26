"""A unit by itself, without neighbours: their exchange and stray field are the kinetics' part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.constants import mu_0

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device, temperature_scaling
from afterpulse.device.critical_current import in_plane_bias
from afterpulse.engines.magnet_system import magnet_system
from afterpulse.film import fields
from afterpulse.film.sample import Sample
from afterpulse.film.stray_field import dipolar_volumes

if TYPE_CHECKING:
    import micromagneticmodel as mm


@dataclass(frozen=True)
class IsolatedUnit:
    """A unit on cells.

    Attributes
    ----------
    cell : float
        Edge of a cell (m).
    inside : ndarray of bool, shape (nx, ny)
        Where the magnet is.
    anisotropy_factor : ndarray, shape (nx, ny)
        K_eff over the card's.
    field : ndarray, shape (nx, ny, 3)
        Exchange bias and applied field (T).
    """

    cell: float
    inside: NDArray[np.bool_]
    anisotropy_factor: NDArray[np.float64]
    field: NDArray[np.float64]


def in_plane_field(device: Device, experiment: Experiment) -> NDArray[np.float64]:
    """Field on a unit without its grains (T): what breaks the symmetry, nothing along z."""
    return np.array([in_plane_bias(device, experiment), experiment.applied_field[1], 0.0])


def disc(
    device: Device, experiment: Experiment, diameter: float, cell: float, cells: int
) -> IsolatedUnit:
    """Make a round unit with the card's anisotropy.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    diameter, cell : float
        m.
    cells : int
        Along each edge of the mesh.

    Returns
    -------
    IsolatedUnit
        In the middle of its mesh.
    """
    place = (np.arange(cells) - (cells - 1) / 2) * cell
    inside = place[:, None] ** 2 + place[None, :] ** 2 <= (diameter / 2) ** 2
    return IsolatedUnit(
        cell,
        inside,
        np.ones(inside.shape),
        np.tile(in_plane_field(device, experiment), (*inside.shape, 1)),
    )


def unit_of_sample(
    sample: Sample, number: int, cells: int, field: NDArray[np.float64]
) -> IsolatedUnit:
    """Cut a unit out of a film.

    Parameters
    ----------
    sample : Sample
        The film.
    number : int
        Of the unit.
    cells : int
        Along each edge of the mesh, not fewer than the unit needs.
    field : ndarray, shape (nx, ny, 3)
        On the film's cells (T).

    Returns
    -------
    IsolatedUnit
        At the corner of its mesh.
    """
    rows, columns = np.nonzero(sample.unit_index == number)
    first = rows.min(), columns.min()

    def cut(values: NDArray[np.float64]) -> NDArray[np.float64]:
        result = np.zeros((cells, cells, *values.shape[2:]))
        patch = values[first[0] : first[0] + cells, first[1] : first[1] + cells]
        result[: patch.shape[0], : patch.shape[1]] = patch
        return result

    inside = cut((sample.unit_index == number).astype(float)) > 0
    return IsolatedUnit(sample.cell, inside, cut(sample.anisotropy_factor), cut(field))


def coherent_barrier(device: Device, unit: IsolatedUnit) -> float:
    """Barrier of a unit that turns as one, as the kinetics take it at the ambient temperature.

    Parameters
    ----------
    device : Device
        The materials.
    unit : IsolatedUnit
        Its own stray field counts; a field does not.

    Returns
    -------
    float
        K_eff V + 3 mu_0 M_s² (1 - N) V / 4 (J).
    """
    magnet, ambient = device.ferromagnet, device.heat_path.ambient_temperature.value
    thickness = magnet.thickness.value
    volume = unit.inside.sum() * unit.cell**2 * thickness
    anisotropy = magnet.effective_anisotropy.value * temperature_scaling.anisotropy(
        ambient, magnet.curie_temperature.value, magnet.anisotropy_exponent.value
    )
    outside = np.where(unit.inside, 0, 1)
    own = dipolar_volumes(outside, unit.cell, thickness, np.array([0]), np.array([0]))[0]
    stray_field = mu_0 * fields.saturation_magnetisation(device, ambient) ** 2
    factor = unit.anisotropy_factor[unit.inside].mean()
    return float(anisotropy * factor * volume + stray_field * 0.75 * (volume + own))


def isolated_system(
    device: Device, unit: IsolatedUnit, m: NDArray[np.float64], current_density: float
) -> mm.System:
    """Build the system of a unit at T = 0 with the parameters of the ambient temperature.

    Parameters
    ----------
    device : Device
        The materials.
    unit : IsolatedUnit
        Geometry and field.
    m : ndarray, shape (nx, ny, 3) or (3,)
        Unit magnetisation to start from.
    current_density : float
        In the spin-Hall layer (A/m²).

    Returns
    -------
    micromagneticmodel.System
        Without a thermal field.
    """
    ambient = device.heat_path.ambient_temperature.value
    shape = unit.inside.shape
    return magnet_system(
        device,
        unit.cell,
        np.where(unit.inside, fields.saturation_magnetisation(device, ambient), 0.0),
        np.full(shape, fields.exchange_factor(device, ambient)),
        fields.uniaxial_anisotropy(device, unit.anisotropy_factor, ambient),
        unit.field,
        np.broadcast_to(m, (*shape, 3)),
        0.0,
        current_density,
        np.ones(shape),
        0.0,
    )
