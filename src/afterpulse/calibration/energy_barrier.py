"""Energy barrier of a unit by the string method, on the calculator of this package."""

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
    """Find the lower of two paths from m_z = 1 to -1 at the ambient temperature's parameters.

    One search begins with a turn of the whole unit, the other with a wall that goes through it;
    in small units they end in the same path.

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


def paths(unit: IsolatedUnit) -> list[list[NDArray[np.float64]]]:
    """Return the states at which both searches begin: all cells along x; a wall in the middle."""
    shape = (*unit.inside.shape, 1)
    up, down, along = (
        np.tile(np.array(m, float), (*shape, 1)) for m in ((0, 0, 1), (0, 0, -1), (1, 0, 0))
    )
    rows = np.nonzero(unit.inside.any(axis=1))[0]
    across = (np.arange(shape[0]) - rows.mean()) / (rows.size / 8)
    wall = np.zeros((*shape, 3))
    wall[..., 0] = 1 / np.cosh(across)[:, None, None]
    wall[..., 2] = -np.tanh(across)[:, None, None]
    return [[up, along, down], [up, wall, down]]
