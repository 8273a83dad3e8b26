"""Energies and effective fields of a system as it stands."""

from collections.abc import Callable, Sequence
from typing import Any

import discretisedfield as df
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from .equation import effective_field
from .system import as_dtype, orientation, system_parameters


def compute(func: Callable[..., Any], system: mm.System) -> float | df.Field:
    """Evaluate an energy, an energy density or an effective field.

    Parameters
    ----------
    func : method
        `energy`, `density` or `effective_field` of ``system.energy`` or of one of its terms,
        for example ``system.energy.demag.effective_field``.
    system : micromagneticmodel.System
        System with m set.

    Returns
    -------
    float or discretisedfield.Field
        Energy in J, density in J/m^3, or field in A/m.

    Raises
    ------
    ValueError
        If func is none of these.
    UnsupportedSystem
        If the term is not supported.
    """
    owner = getattr(func, "__self__", None)
    if isinstance(owner, mm.Energy):
        terms: list[mm.EnergyTerm] = list(owner)
    elif isinstance(owner, mm.EnergyTerm):
        terms = [owner]
    else:
        raise ValueError(f"{func!r} is not a method of an energy term")
    mesh = system.m.mesh
    if func.__name__ == "effective_field":
        total = sum((_field(system, [term]) for term in terms), np.zeros(orientation(system).shape))
        value = np.moveaxis(total, 0, -1)[:, :, None, :]
        return df.Field(mesh, nvdim=3, value=value, unit="A/m")
    if func.__name__ == "density":
        return df.Field(
            mesh, nvdim=1, value=energy_density(system, terms)[:, :, None, None], unit="J/m3"
        )
    if func.__name__ == "energy":
        return float(energy_density(system, terms).sum() * mesh.dV)
    raise ValueError(f"{func.__name__} is not energy, density or effective_field")


def energy_density(system: mm.System, terms: Sequence[mm.EnergyTerm]) -> NDArray[np.float64]:
    """Sum of the energy densities of terms.

    Every term but Zeeman's is quadratic in m, so w = -mu0 M_s m . H / 2; Zeeman's has no 1/2.
    The anisotropy is counted as -K (m . u)^2.

    Parameters
    ----------
    system : micromagneticmodel.System
        System with m set.
    terms : sequence of micromagneticmodel.EnergyTerm
        Terms to add up.

    Returns
    -------
    ndarray
        In J/m^3, shape (nx, ny).
    """
    m = orientation(system)
    magnetisation = system.m.norm.array[:, :, 0, 0]
    total = np.zeros(magnetisation.shape)
    for term in terms:
        share = 1.0 if isinstance(term, mm.Zeeman) else 0.5
        total -= share * mu0 * magnetisation * np.sum(m * _field(system, [term]), axis=0)
    return total


def _field(system: mm.System, terms: Sequence[mm.EnergyTerm]) -> NDArray[np.float64]:
    parameters = as_dtype(system_parameters(system, terms), "float64")
    return np.asarray(effective_field(jnp.asarray(orientation(system)), parameters))
