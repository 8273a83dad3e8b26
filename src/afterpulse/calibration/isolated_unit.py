"""A unit without neighbours, whose exchange and stray field the kinetics count."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.constants import mu_0

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.engines import Driven, engine_of
from afterpulse.engines.hand_over import RELAXATION, relaxed
from afterpulse.engines.magnet_system import Conditions, MagneticCells, magnet_system
from afterpulse.film import fields
from afterpulse.film.sample import Sample
from afterpulse.film.stray_field import dipolar_volumes

if TYPE_CHECKING:
    import micromagneticmodel as mm


@dataclass(frozen=True)
class IsolatedUnit:
    """A unit on cells; arrays of shape (nx, ny), the field (nx, ny, 3)."""

    cell: float
    """Edge of a cell (m)."""
    inside: NDArray[np.bool_]
    """Cells of the unit."""
    anisotropy_factor: NDArray[np.float64]
    """K_eff over the card's."""
    field: NDArray[np.float64]
    """Exchange bias and applied field (T)."""

    def volume(self, device: Device) -> float:
        """Return the volume (m³) in the device's ferromagnet."""
        return float(self.inside.sum() * self.cell**2 * device.ferromagnet.thickness.value)


@dataclass(frozen=True)
class UnitDriver:
    """LLG of isolated units of a device by the engine of an experiment."""

    device: Device
    experiment: Experiment

    def drive(
        self,
        units: list[IsolatedUnit],
        starts: list[NDArray[np.float64]],
        current_densities: NDArray[np.float64],
        damping: float,
        duration: float,
        outputs: int = 1,
    ) -> list[Driven]:
        """Drive each unit, on meshes of one size, under each of its current densities.

        Parameters
        ----------
        units, starts : list
            Units and their magnetisation at the start, shape (nx, ny, 3).
        current_densities : ndarray, shape (units, sections)
            In the spin-Hall layer (A/m²).
        damping, duration, outputs : float, float, int
            Gilbert damping (1), time (s) and number of stored times.

        Returns
        -------
        list of Driven
            All sections of the first unit, then those of the next.
        """
        systems = [
            isolated_system(self.device, unit, start, current_density)
            for unit, start, lane in zip(units, starts, current_densities, strict=True)
            for current_density in lane
        ]
        for system in systems:
            system.dynamics.damping.alpha = damping
        engine = engine_of(self.experiment.engine)
        return engine(systems, duration, outputs, [0] * len(systems), self.experiment.numerics)

    def relaxed(self, units: list[IsolatedUnit]) -> list[NDArray[np.float64]]:
        """Return the units' magnetisation in the initial state, settled without current."""
        upright = np.array([0.0, 0.0, float(self.experiment.initial_sign)])
        systems = [isolated_system(self.device, unit, upright, 0.0) for unit in units]
        engine = engine_of(self.experiment.engine)
        return relaxed(engine, systems, self.experiment.numerics, 10 * RELAXATION)


def in_plane_field(device: Device, experiment: Experiment) -> NDArray[np.float64]:
    """Return the field on a unit without its grains (T), shape (3,).

    It breaks the symmetry. Nothing acts along z.
    """
    return np.array([device.in_plane_bias(experiment), experiment.applied_field[1], 0.0])


def disc(
    device: Device, experiment: Experiment, diameter: float, cell: float, cells: int
) -> IsolatedUnit:
    """Make a round unit with the card's anisotropy in the middle of its mesh.

    Diameter and edge of a cell are in m; `cells` is the number along each edge of the mesh.
    """
    offset = (np.arange(cells) - (cells - 1) / 2) * cell
    inside = offset[:, None] ** 2 + offset[None, :] ** 2 <= (diameter / 2) ** 2
    return IsolatedUnit(
        cell,
        inside,
        np.ones(inside.shape),
        np.tile(in_plane_field(device, experiment), (*inside.shape, 1)),
    )


def without_field(unit: IsolatedUnit) -> IsolatedUnit:
    """Return the unit without exchange bias and applied field."""
    return replace(unit, field=np.zeros_like(unit.field))


def unit_of_sample(
    sample: Sample, unit: int, cells: int, field: NDArray[np.float64]
) -> IsolatedUnit:
    """Cut the unit of an index out of a film, at the corner of its mesh.

    The mesh has `cells` along each edge, enough for the unit. `field` is that on the film's cells
    (T), shape (nx, ny, 3).
    """
    rows, columns = np.nonzero(sample.unit_index == unit)
    row, column = rows.min(), columns.min()

    def cut(values: NDArray[np.float64]) -> NDArray[np.float64]:
        result = np.zeros((cells, cells, *values.shape[2:]))
        patch = values[row : row + cells, column : column + cells]
        result[: patch.shape[0], : patch.shape[1]] = patch
        return result

    inside = cut((sample.unit_index == unit).astype(float)) > 0
    return IsolatedUnit(sample.cell, inside, cut(sample.anisotropy_factor), cut(field))


def coherent_barrier(device: Device, unit: IsolatedUnit) -> float:
    """Return the barrier (J) of a unit that turns as a whole, as in the kinetics.

    K_eff V + 3 mu_0 M_s² (1 - N) V / 4 at the ambient temperature, without any field.
    """
    ambient, thickness = device.ambient_temperature, device.ferromagnet.thickness.value
    volume = unit.volume(device)
    outside = np.where(unit.inside, 0, 1)
    own = dipolar_volumes(outside, unit.cell, thickness, np.array([0]), np.array([0]))[0]
    stray_field = mu_0 * device.saturation_magnetisation(ambient) ** 2
    factor = unit.anisotropy_factor[unit.inside].mean()
    anisotropy_energy = device.effective_anisotropy(ambient) * factor * volume
    return float(anisotropy_energy + stray_field * 0.75 * (volume + own))


def anisotropy_field(device: Device, unit: IsolatedUnit) -> float:
    """Return the field (T) at which a unit that turns as a whole reverses."""
    magnetisation = device.saturation_magnetisation(device.ambient_temperature)
    return float(2 * coherent_barrier(device, unit) / (magnetisation * unit.volume(device)))


def macrospin_threshold(device: Device, unit: IsolatedUnit) -> float:
    """Return the critical current density (A/m²) of a unit that turns as a whole, field-free."""
    magnetisation = device.saturation_magnetisation(device.ambient_temperature)
    return float(device.macrospin_threshold(anisotropy_field(device, unit) * magnetisation / 2))


def isolated_system(
    device: Device, unit: IsolatedUnit, m: NDArray[np.float64], current_density: float
) -> mm.System:
    """Build the system of a unit at T = 0 with the parameters of the ambient temperature.

    It starts from the unit magnetisation `m`, shape (nx, ny, 3) or (3,), under a current density in
    the spin-Hall layer (A/m²).
    """
    ambient, shape = device.ambient_temperature, unit.inside.shape
    cells = MagneticCells(
        unit.cell,
        np.where(unit.inside, device.saturation_magnetisation(ambient), 0.0),
        np.full(shape, device.exchange_factor(ambient)),
        fields.uniaxial_anisotropy(device, unit.anisotropy_factor, ambient),
        unit.field,
        np.ones(shape),
    )
    start = np.broadcast_to(m, (*shape, 3))
    return magnet_system(device, cells, start, Conditions(0.0, current_density))
