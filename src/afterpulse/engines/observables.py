"""What is stored of magnetisation fields beside their means: energies and length of walls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import micromagneticmodel as mm

ENERGIES = {
    "exchange_energy": "exchange",
    "dmi_energy": "dmi",
    "anisotropy_energy": "uniaxialanisotropy",
    "demagnetising_energy": "demag",
    "zeeman_energy": "zeeman",
}
"""Kinds of energy terms by the names of the stored variables."""


def observables(
    system: mm.System, snapshots: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return energies and the length of domain walls by the names of the stored variables.

    Parameters
    ----------
    system : micromagneticmodel.System
        From `magnet_system`; its parameters are those of all snapshots.
    snapshots : ndarray, shape (outputs, nx, ny, 3)
        Unit magnetisation.

    Returns
    -------
    dict
        Of shape (outputs,): `ENERGIES` (J), as `afterpulse.llg.snapshot_energies` gives them, and
        ``wall_length`` (m).
    """
    # JAX takes seconds to import.
    from afterpulse import llg

    energies = llg.snapshot_energies(system, snapshots[:, :, :, None])
    cell = float(system.m.mesh.cell[0])
    return {
        **{name: energies[kind] for name, kind in ENERGIES.items()},
        "wall_length": np.array([wall_length(m[..., 2], cell) for m in snapshots]),
    }


def wall_length(z: NDArray[np.float64], cell: float) -> float:
    """Return the length of the lines m_z = 0 (m) between the centres of square cells.

    `z` is m_z, shape (nx, ny), interpolated linearly; `cell` is the edge of a cell (m).
    """
    # A part of Matplotlib, which takes its time to import.
    from contourpy import contour_generator

    lines = contour_generator(z=z).lines(0.0)
    steps = [np.diff(np.asarray(line), axis=0) for line in lines]
    return cell * float(sum(np.hypot(*step.T).sum() for step in steps))
