"""Energies and effective fields of a system as it stands."""

import datetime
import json
import os
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import discretisedfield as df
import jax
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray

from .equation import effective_field, energy_densities
from .mesh import components_last
from .parameters import Parameters, as_dtype
from .system import orientation, system_parameters


def compute(
    func: Callable[..., Any], system: mm.System, dirname: str | os.PathLike[str] = "."
) -> float | df.Field:
    """Evaluate an energy, an energy density or an effective field, in float64.

    The result is stored in ``<dirname>/<system.name>/compute-<n>``, with `info.json`.

    Parameters
    ----------
    func : method
        `energy`, `density` or `effective_field` of ``system.energy`` or of a term in it, for
        example ``system.energy.demag.effective_field``; ValueError otherwise.
    system : micromagneticmodel.System
        System with m set.
    dirname : path, optional
        Parent of the system's directory.

    Returns
    -------
    float or discretisedfield.Field
        Energy in J, density in J/m^3, or field in A/m.
    """
    owner = getattr(func, "__self__", None)
    if isinstance(owner, mm.Energy):
        terms: list[mm.EnergyTerm] = list(owner)
    elif isinstance(owner, mm.EnergyTerm):
        terms = [owner]
    else:
        raise ValueError(f"compute: expected a method of an energy term, not {func!r}")
    if func.__name__ not in ("energy", "density", "effective_field"):
        raise ValueError(
            f"compute: expected energy, density or effective_field, not {func.__name__}"
        )
    parameters = as_dtype(system_parameters(system, terms), "float64")
    field, density = _evaluate(jnp.asarray(orientation(system)), parameters)
    mesh = system.m.mesh
    result: float | df.Field
    if func.__name__ == "energy":
        result = float(density.sum() * mesh.dV)
    elif func.__name__ == "density":
        values = components_last(np.asarray(density)[None])
        result = df.Field(mesh, nvdim=1, value=values, unit="J/m3")
    else:
        values = components_last(np.asarray(field))
        result = df.Field(mesh, nvdim=3, value=values, unit="A/m")
    _store(result, func.__name__, getattr(owner, "name", "energy"), system, Path(dirname))
    return result


def snapshot_energies(
    system: mm.System, snapshots: NDArray[np.floating]
) -> dict[str, NDArray[np.float64]]:
    """Return the energies of a system at several magnetisations, in float64 (J).

    Parameters
    ----------
    system : micromagneticmodel.System
        Its energy terms and mesh; a kind of term with several terms gives their sum.
    snapshots : ndarray, shape (n, nx, ny, nz, 3)
        Unit magnetisation.

    Returns
    -------
    dict
        Energies of shape (n,) by the kind of the term, such as ``exchange``. No constant is added:
        parallel cells have the exchange energy 0, uniaxial anisotropy counts as -K (m . u)².
    """
    parameters = as_dtype(system_parameters(system, list(system.energy)), "float64")
    fields = np.transpose(np.asarray(snapshots, dtype=np.float64), (0, 4, 3, 1, 2))
    sums = _energy_sums(jnp.asarray(fields), parameters)
    return {kind: np.asarray(total) * system.m.mesh.dV for kind, total in sums.items()}


@jax.jit
def _energy_sums(fields: jax.Array, parameters: Parameters) -> dict[str, jax.Array]:
    def densities(m: jax.Array) -> dict[str, jax.Array]:
        total: dict[str, jax.Array] = {}
        each = energy_densities(m, jnp.zeros((), jnp.float64), parameters)
        for (kind, _), density in each.items():
            total[kind] = total.get(kind, jnp.zeros(())) + density.sum()
        return total

    # One after the other: a batch of transforms is no faster and takes the memory of all.
    return dict(jax.lax.map(densities, fields))


@jax.jit
def _evaluate(m: jax.Array, parameters: Parameters) -> tuple[jax.Array, jax.Array]:
    start = jnp.zeros((), jnp.float64)
    densities = energy_densities(m, start, parameters).values()
    return (
        effective_field(m, start, parameters),
        sum(densities, start=jnp.zeros(m.shape[1:], m.dtype)),
    )


def _store(
    result: float | df.Field, quantity: str, term: str, system: mm.System, dirname: Path
) -> None:
    directory = mm.ExternalDriver._setup_working_directory(system, dirname, mode="compute")
    now = datetime.datetime.now()
    info = {
        "compute_number": system.compute_number,
        "date": now.strftime("%Y-%m-%d"),
        "time": now.strftime("%H:%M:%S"),
        "adapter": "afterpulse",
        "adapter_version": metadata.version("afterpulse"),
        "term": term,
        "quantity": quantity,
    }
    if isinstance(result, df.Field):
        result.to_file(str(directory / f"{quantity}.ovf"))
    else:
        info["value"] = result
        info["unit"] = "J"
    (directory / "info.json").write_text(json.dumps(info), encoding="utf-8")
    system.compute_number += 1
