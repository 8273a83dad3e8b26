"""The table of a drive: one line for each output, in OOMMF's file format."""

from pathlib import Path

import jax
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
import pandas as pd
import ubermagtable
from micromagneticmodel.consts import mu0

from .cross_product import cross
from .equation import effective_field, energy_densities
from .system import Parameters
from .time_dependence import factor

UNITS = {"t": "s", "iteration": "", "E": "J", "mx": "", "my": "", "mz": "", "max_mxHxm": "A/m"}


@jax.jit
def measure(m: jax.Array, time: jax.Array, parameters: Parameters) -> dict[str, jax.Array]:
    """Everything of a table's line that follows from the magnetisation.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    time : jax.Array
        In s, float64.
    parameters : Parameters
        From `system_parameters`, in the precision of m.

    Returns
    -------
    dict of str to jax.Array
        Means of m weighted by M_s, energies over the volume of a cell in J/m^3, and the largest
        |m x H| of a cell that moves in A/m; float64 scalars.
    """
    magnetisation = parameters.saturation_magnetisation.astype(jnp.float64)
    weight = jnp.broadcast_to(magnetisation, m.shape[1:])
    mean = jnp.sum(m * weight, axis=(1, 2, 3)) / jnp.sum(weight)
    energies = {
        f"E_{name}": jnp.sum(density, dtype=jnp.float64)
        for name, density in energy_densities(m, time, parameters).items()
    }
    turning = cross(m, effective_field(m, time, parameters))
    if parameters.free is not None:
        turning = parameters.free * turning
    largest = jnp.sqrt(jnp.max(jnp.sum(turning**2, axis=0)))
    return {
        "E": sum(energies.values(), start=jnp.zeros(())),
        **energies,
        "mx": mean[0],
        "my": mean[1],
        "mz": mean[2],
        "max_mxHxm": largest,
    }


def line(m: jax.Array, time: float, parameters: Parameters, system: mm.System) -> dict[str, float]:
    """One line of a table, without its independent variable.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    time : float
        In s.
    parameters : Parameters
        From `system_parameters`, in the precision of m.
    system : micromagneticmodel.System
        For the volume of a cell and the applied fields.

    Returns
    -------
    dict of str to float
        Energies in J, means of m, max_mxHxm in A/m, and components of uniform fields that
        depend on time in T.
    """
    measured = measure(m, jnp.asarray(time, jnp.float64), parameters)
    volume = float(system.m.mesh.dV)
    values = {
        name: float(value) * (volume if name.startswith("E") else 1.0)
        for name, value in measured.items()
    }
    driven = [term for term in system.energy if isinstance(term, mm.Zeeman) and depends(term)]
    for term, zeeman in zip(driven, parameters.driven, strict=True):
        by = np.asarray(factor(zeeman.dependence, jnp.asarray(time, jnp.float64)))
        corner = np.asarray(zeeman.applied, dtype=float)[:, 0, 0, 0]
        if not np.all(np.asarray(zeeman.applied) == corner.reshape(3, 1, 1, 1).astype(m.dtype)):
            continue
        field = mu0 * (by @ corner if by.ndim == 2 else by * corner)
        for component, value in zip("xyz", field, strict=True):
            values[f"B{component}_{term.name}"] = float(value)
    return values


def depends(term: mm.Zeeman) -> bool:
    """Whether an applied field depends on time."""
    given = vars(term)
    return any(given.get(name) is not None for name in ("func", "wave", "tcl_strings"))


def make_table(rows: list[dict[str, float]], x: str) -> ubermagtable.Table:
    """Table of lines.

    Parameters
    ----------
    rows : list of dict
        Lines with the same keys.
    x : str
        Independent variable.

    Returns
    -------
    ubermagtable.Table
        With units.
    """
    data = pd.DataFrame(rows, dtype=float)
    return ubermagtable.Table(data=data, units={str(name): unit(str(name)) for name in data}, x=x)


def unit(name: str) -> str:
    """Unit of a column."""
    if name in UNITS:
        return UNITS[name]
    return "J" if name.startswith("E") else "T" if name.startswith("B") else ""


def write_table(table: ubermagtable.Table, path: Path, title: str) -> None:
    """Write a table in OOMMF's ODT format.

    Parameters
    ----------
    table : ubermagtable.Table
        The table.
    path : pathlib.Path
        File to write.
    title : str
        Title of the table.
    """
    columns = list(table.data.columns)
    lines = [
        "# ODT 1.0",
        "# Table Start",
        f"# Title: {title}",
        "# Columns: " + " ".join(f"{{{name}}}" for name in columns),
        "# Units: " + " ".join(f"{{{table.units[name]}}}" for name in columns),
    ]
    lines += [" ".join(f"{value:.17g}" for value in row) for row in table.data.to_numpy()]
    lines += ["# Table End"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
