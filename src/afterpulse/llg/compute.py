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
