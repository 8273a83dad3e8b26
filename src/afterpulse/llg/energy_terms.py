"""Energy terms of a system as parameters of the equation of motion."""

import dataclasses
from typing import Any

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from .fields.cubic_anisotropy import CubicAnisotropy
from .fields.demagnetisation import Demagnetisation, cell_self_tensor, demagnetisation_kernel
from .fields.dmi import dmi_coefficients
from .fields.exchange import exchange_coefficients
from .fields.magnetoelastic import Magnetoelastic
from .fields.rkky import rkky_coefficients
from .fields.uniaxial_anisotropy import UniaxialAnisotropy
from .mesh import UnsupportedSystem, components_first, periodic_axes, quotient
from .parameters import DMI, AddedTerms, Parameters, Zeeman
from .term_dependence import applied_field, depends_on_time
from .term_values import attribute, direction, is_given, label, number, scalar, vector
from .term_values import scalar_or_pairs as by_pairs
from .time_dependence import Stages

Array = NDArray[np.float64]

# Largest cosine between perpendicular axes. Axes from a file in single precision are off by 1e-7.
PERPENDICULAR = 1e-6
SIGMAS = ("sigma", "sigma2")


def add_energy_term(
    parameters: Parameters, term: mm.EnergyTerm, mesh: df.Mesh, stages: Stages | None
) -> Parameters:
    """Return the parameters with an energy term added."""
    magnetisation = parameters.saturation_magnetisation
    replace = dataclasses.replace
    if isinstance(term, mm.Exchange):
        weights = exchange_coefficients(by_pairs(term, "A", mesh), magnetisation, mesh)
        if parameters.exchange is not None:
            weights = weights + np.stack(parameters.exchange)
        return replace(parameters, exchange=tuple(weights))
    if isinstance(term, mm.DMI):
        weights = dmi_coefficients(by_pairs(term, "D", mesh), magnetisation, mesh)
        dmi = DMI(tuple(weights), attribute(term, "crystalclass"))
        return replace(parameters, dmi=(*parameters.dmi, dmi))
    if isinstance(term, mm.UniaxialAnisotropy):
        uniaxial = _uniaxial_anisotropy(term, magnetisation, mesh)
        return replace(parameters, uniaxial_anisotropy=(*parameters.uniaxial_anisotropy, uniaxial))
    if isinstance(term, mm.CubicAnisotropy):
        cubic = _cubic_anisotropy(term, magnetisation, mesh)
        return replace(parameters, cubic_anisotropy=(*parameters.cubic_anisotropy, cubic))
    if isinstance(term, mm.MagnetoElastic):
        elastic = Magnetoelastic(
            _anisotropy_field(term, "B1", magnetisation, mesh),
            _anisotropy_field(term, "B2", magnetisation, mesh),
            vector(term, "e_diag", mesh),
            vector(term, "e_offdiag", mesh),
        )
        return replace(parameters, magnetoelastic=(*parameters.magnetoelastic, elastic))
    if isinstance(term, mm.RKKY):
        if not (is_given(term, "sigma") or is_given(term, "sigma2")):
            raise ValueError(f"{label(term)}: sigma is missing, and sigma2 as well")
        sigma, sigma2 = (number(term, s) if is_given(term, s) else 0.0 for s in SIGMAS)
        regions = list(attribute(term, "subregions"))
        coupling = rkky_coefficients(sigma, sigma2, regions, magnetisation, mesh)
        return replace(parameters, rkky=(*parameters.rkky, coupling))
    if isinstance(term, mm.Zeeman):
        applied, dependence = applied_field(term, mesh, stages)
        if dependence is not None:
            return replace(parameters, driven=(*parameters.driven, Zeeman(applied, dependence)))
        if parameters.applied is not None:
            applied = parameters.applied + applied
        return replace(parameters, applied=applied)
    if isinstance(term, mm.Demag):
        if parameters.demagnetisation is not None:
            raise ValueError(f"{label(term)}: a system can have only one demagnetising field")
        return replace(parameters, demagnetisation=_demagnetisation(mesh))
    raise UnsupportedSystem(f"energy term {type(term).__name__} is not supported")


def added_terms(system: mm.System, *, loop: bool) -> AddedTerms:
    """Return the exchange terms and the constant applied fields of a system one by one.

    With `loop`, the field of a hysteresis loop is another constant field.
    """
    mesh = system.m.mesh
    magnetisation = components_first(system.m.norm.array)[0].astype(float)
    exchange = [term for term in system.energy if isinstance(term, mm.Exchange)]
    constant = [
        term for term in system.energy if isinstance(term, mm.Zeeman) and not depends_on_time(term)
    ]
    weights = [
        exchange_coefficients(by_pairs(term, "A", mesh), magnetisation, mesh)
        for term in exchange
        if len(exchange) > 1
    ]
    applied = [vector(term, "H", mesh) for term in constant if len(constant) + loop > 1]
    return AddedTerms(tuple(map(tuple, weights)), tuple(applied))


def _anisotropy_field(term: Any, name: str, magnetisation: Array, mesh: df.Mesh) -> Array:
    """Return a constant in J/m^3 over mu0 M_s, in A/m; 0 in vacuum."""
    return quotient(scalar(term, name, mesh) / mu0, magnetisation)


def _uniaxial_anisotropy(
    term: mm.UniaxialAnisotropy, magnetisation: Array, mesh: df.Mesh
) -> UniaxialAnisotropy:
    fourth = is_given(term, "K1") or is_given(term, "K2")
    if is_given(term, "K") and fourth:
        raise ValueError(f"{label(term)}: either K, or K1 and K2, but not both")
    second_order = 2 * _anisotropy_field(term, "K1" if fourth else "K", magnetisation, mesh)
    acts = second_order != 0
    fourth_order: Array | None = None
    if is_given(term, "K2"):
        fourth_order = 4 * _anisotropy_field(term, "K2", magnetisation, mesh)
        acts = acts | (fourth_order != 0)
    return UniaxialAnisotropy(second_order, fourth_order, direction(term, "u", mesh, acts))


def _cubic_anisotropy(
    term: mm.CubicAnisotropy, magnetisation: Array, mesh: df.Mesh
) -> CubicAnisotropy:
    strength = _anisotropy_field(term, "K", magnetisation, mesh)
    first, second = (direction(term, name, mesh, strength != 0) for name in ("u1", "u2"))
    cosine = (np.abs(np.sum(first * second, axis=0)) * (strength != 0)).max()
    if cosine > PERPENDICULAR:
        angle = np.degrees(np.arccos(min(cosine, 1.0)))
        raise ValueError(
            f"{label(term)}: u1 and u2 must be perpendicular, but they are {angle:.6g} degrees "
            "apart"
        )
    return CubicAnisotropy(strength, first, second)


def _demagnetisation(mesh: df.Mesh) -> Demagnetisation:
    nx, ny, nz = (int(n) for n in mesh.n)
    dx, dy, dz = (float(edge) for edge in mesh.cell)
    periodic = periodic_axes(mesh)
    kernel = demagnetisation_kernel((nx, ny, nz), (dx, dy, dz), periodic)
    return Demagnetisation(kernel, cell_self_tensor((dx, dy, dz)), periodic)
