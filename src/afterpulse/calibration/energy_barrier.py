"""Energy barrier of a unit by the string method, on the calculator of this package."""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.calibration.isolated_unit import IsolatedUnit, isolated_system
from afterpulse.device import Device

IMAGES = 15


class Barrier(NamedTuple):
    """Path of lowest energy from one state of a unit to the other."""

    height: float
    """Energy of the saddle above the first state (J)."""
    position: NDArray[np.float64]
    """Length along the path over its whole length, shape (IMAGES,)."""
    energy: NDArray[np.float64]
    """Above that of the first state (J), shape (IMAGES,)."""
    start: NDArray[np.float64]
    """Unit magnetisation of the first state, shape (nx, ny, 3)."""
    saddle: NDArray[np.float64]
    """Unit magnetisation of the saddle, shape (nx, ny, 3)."""


def energy_barrier(device: Device, unit: IsolatedUnit) -> Barrier:
    """Find the lowest of three paths from m_z = 1 to -1 at the ambient temperature's parameters.

    One search begins with a turn of the whole unit, the others with a wall of either chirality that
    goes through it; in small units all end in the same path.

    Raises
    ------
    IntegrationError
        If a path does not come to rest.
    """
    import discretisedfield as df

    from afterpulse import llg

    system = isolated_system(device, unit, np.array([0.0, 0.0, 1.0]), 0.0)
    barriers = []
    for corners in paths(unit):
        path = llg.minimum_energy_path(
            system,
            [df.Field(system.m.mesh, nvdim=3, value=m, norm=system.m.norm) for m in corners],
            images=IMAGES,
        )
        start, saddle = (path.m[n].orientation.array[:, :, 0] for n in (0, path.saddle))
        barriers.append(
            Barrier(
                path.barrier,
                path.distance / path.distance[-1],
                path.energy - path.energy[0],
                start,
                saddle,
            )
        )
    return min(barriers, key=lambda barrier: barrier.height)


def energy_barriers(device: Device, units: list[IsolatedUnit]) -> list[Barrier]:
    """Find the barriers of units on meshes of one size, several at a time: `energy_barrier`."""
    from afterpulse.llg.batch import side_by_side

    return side_by_side(partial(energy_barrier, device), units)


def paths(unit: IsolatedUnit) -> list[list[NDArray[np.float64]]]:
    """Return the states at which the searches begin: all cells in the plane; a wall in the middle.

    In the plane m lies along the field there, or along x without one. A search that began against
    the field, or with a wall of the wrong chirality, would rest on a higher path: by symmetry
    nothing turns it round.
    """
    shape = unit.inside.shape
    field = unit.field[unit.inside].mean(axis=0)[:2]
    size = float(np.hypot(*field))
    axis = field / size if size > 0 else np.array([1.0, 0.0])
    along = np.array([*axis, 0.0])
    cells = np.argwhere(unit.inside)
    distance = (np.indices(shape).transpose(1, 2, 0) - cells.mean(axis=0)) @ axis
    across = distance / (np.ptp(cells @ axis) / 8)
    up = np.array([0.0, 0.0, 1.0])
    walls = [
        np.outer(1 / np.cosh(across), along).reshape(*shape, 3)
        + side * np.tanh(across)[..., None] * up
        for side in (-1.0, 1.0)
    ]
    ends = np.tile(up, (*shape, 1)), np.tile(-up, (*shape, 1))
    middles = [np.tile(along, (*shape, 1)), *walls]
    return [[each[:, :, None] for each in (ends[0], middle, ends[1])] for middle in middles]
