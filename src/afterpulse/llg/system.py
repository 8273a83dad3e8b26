"""A micromagneticmodel.System as arrays."""

import numbers
from collections.abc import Iterable
from typing import Any, NamedTuple

import discretisedfield as df
import jax
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from .fields.demagnetisation import demagnetisation_kernel
from .fields.dmi import dmi_coefficients
from .fields.exchange import exchange_coefficients
from .fields.neighbours import region_names
from .fields.thermal import thermal_amplitude
from .slonczewski import spin_torque_field_strength

Array = NDArray[np.float64]


class UnsupportedSystem(ValueError):
    """The system has a term or a mesh that this calculator does not have."""


class Slonczewski(NamedTuple):
    """One Slonczewski term; the arguments of `slonczewski_field` after m."""

    strength: Any
    polarisation: Any
    efficiency: Any
    asymmetry: Any
    field_like: Any


class Anisotropy(NamedTuple):
    """One uniaxial term; the arguments of `anisotropy_field` after m."""

    strength: Any
    axis: Any


class Parameters(NamedTuple):
    """All arrays of the equation of motion: a pytree.

    A term that the system has not is None or an empty tuple, so two systems with the same
    terms have the same structure and run the same compiled program.
    """

    saturation_magnetisation: Any
    gamma0: Any
    damping: Any
    thermal: Any
    exchange: Any
    anisotropy: tuple[Anisotropy, ...]
    dmi: Any
    applied: Any
    demagnetisation: Any
    slonczewski: tuple[Slonczewski, ...]


def check_mesh(mesh: df.Mesh) -> None:
    """Refuse a mesh that is not one layer of cells with open boundaries.

    Parameters
    ----------
    mesh : discretisedfield.Mesh
        The system's mesh.

    Raises
    ------
    UnsupportedSystem
        If the mesh has another dimension, more layers, or periodic boundaries.
    """
    if mesh.region.ndim != 3:
        raise UnsupportedSystem(f"mesh: three dimensions are needed, not {mesh.region.ndim}")
    if mesh.n[2] != 1:
        raise UnsupportedSystem(f"mesh: one layer of cells is supported, not n_z = {mesh.n[2]}")
    if mesh.bc not in ("", "neumann"):
        raise UnsupportedSystem(f"mesh: periodic boundaries are not supported (bc = '{mesh.bc}')")


def orientation(system: mm.System) -> Array:
    """Return the unit magnetisation of a system.

    Parameters
    ----------
    system : micromagneticmodel.System
        System with m set.

    Returns
    -------
    ndarray
        Shape (3, nx, ny); zero in vacuum.
    """
    return np.ascontiguousarray(np.moveaxis(system.m.orientation.array[:, :, 0, :], -1, 0))


def with_orientation(system: mm.System, m: NDArray[np.floating]) -> df.Field:
    """Magnetisation field of a system with a new direction.

    Parameters
    ----------
    system : micromagneticmodel.System
        System whose mesh and M_s are kept.
    m : ndarray
        Unit magnetisation, shape (3, nx, ny).

    Returns
    -------
    discretisedfield.Field
        Magnetisation in A/m.
    """
    norm = system.m.norm.array
    value = np.moveaxis(np.asarray(m, dtype=float), 0, -1)[:, :, None, :] * norm
    return df.Field(system.m.mesh, nvdim=3, value=value, valid=system.m.valid, unit="A/m")


def system_parameters(
    system: mm.System, energy: Iterable[mm.EnergyTerm] | None = None
) -> Parameters:
    """Turn a system into the arrays of the equation of motion.

    Parameters
    ----------
    system : micromagneticmodel.System
        System with m set. T is in K.
    energy : iterable of micromagneticmodel.EnergyTerm, optional
        Terms to use in place of the system's.

    Returns
    -------
    `Parameters`
        float64 NumPy arrays of shape (nx, ny), vectors (3, nx, ny).

    Raises
    ------
    UnsupportedSystem
        Naming the term or the property that is not supported.
    ValueError
        If the system has no magnetisation.
    """
    if system.m is None:
        raise ValueError(f"system '{system.name}' has no magnetisation")
    mesh = system.m.mesh
    check_mesh(mesh)
    magnetisation = system.m.norm.array[:, :, 0, 0].astype(float)
    gamma0, damping = _gamma0_and_damping(system)
    parameters = Parameters(
        saturation_magnetisation=magnetisation,
        gamma0=np.float64(gamma0),
        damping=damping,
        thermal=thermal_amplitude(system.T, damping, magnetisation, gamma0, mesh.dV),
        exchange=None,
        anisotropy=(),
        dmi=None,
        applied=None,
        demagnetisation=None,
        slonczewski=tuple(
            _slonczewski(term, magnetisation, mesh)
            for term in system.dynamics
            if isinstance(term, mm.Slonczewski)
        ),
    )
    for term in system.energy if energy is None else energy:
        parameters = _add_energy_term(parameters, term, mesh)
    return parameters


def _add_energy_term(parameters: Parameters, term: mm.EnergyTerm, mesh: df.Mesh) -> Parameters:
    magnetisation = parameters.saturation_magnetisation
    if isinstance(term, mm.Exchange):
        constant = term.A if isinstance(term.A, dict) else _scalar(term.A, mesh)
        added = exchange_coefficients(constant, magnetisation, mesh)
        return parameters._replace(exchange=_sum(parameters.exchange, added))
    if isinstance(term, mm.DMI):
        if term.crystalclass not in ("Cnv", "Cnv_z"):
            raise UnsupportedSystem(f"DMI of crystal class {term.crystalclass}: only Cnv_z")
        constant = term.D if isinstance(term.D, dict) else _scalar(term.D, mesh)
        added = dmi_coefficients(constant, magnetisation, mesh)
        return parameters._replace(dmi=_sum(parameters.dmi, added))
    if isinstance(term, mm.UniaxialAnisotropy):
        return parameters._replace(
            anisotropy=(*parameters.anisotropy, _anisotropy(term, magnetisation, mesh))
        )
    if isinstance(term, mm.Zeeman):
        _refuse_time_dependence(term)
        return parameters._replace(applied=_sum(parameters.applied, _vector(term.H, mesh)))
    if isinstance(term, mm.Demag):
        shape = (int(mesh.n[0]), int(mesh.n[1]))
        kernel = demagnetisation_kernel(shape, tuple(float(edge) for edge in mesh.cell))
        return parameters._replace(demagnetisation=kernel)
    raise UnsupportedSystem(f"energy term {type(term).__name__} is not supported")


def _anisotropy(term: mm.UniaxialAnisotropy, magnetisation: Array, mesh: df.Mesh) -> Anisotropy:
    if _given(term, "K2"):
        raise UnsupportedSystem("UniaxialAnisotropy with K2 is not supported")
    constant = _scalar(term.K if _given(term, "K") else term.K1, mesh)
    magnetic = magnetisation > 0
    strength = np.divide(
        2 * constant / mu0, magnetisation, where=magnetic, out=np.zeros(magnetic.shape)
    )
    return Anisotropy(strength, _unit(_vector(term.u, mesh)))


def _slonczewski(term: mm.Slonczewski, magnetisation: Array, mesh: df.Mesh) -> Slonczewski:
    _refuse_time_dependence(term)
    return Slonczewski(
        strength=spin_torque_field_strength(
            _scalar(term.J, mesh), magnetisation, float(mesh.cell[2])
        ),
        polarisation=_unit(_vector(term.mp, mesh)),
        efficiency=_scalar(term.P, mesh),
        asymmetry=_scalar(term.Lambda, mesh),
        field_like=_scalar(term.eps_prime if _given(term, "eps_prime") else 0.0, mesh),
    )


def _gamma0_and_damping(system: mm.System) -> tuple[float, Array]:
    mesh = system.m.mesh
    gamma0 = None
    damping = np.zeros((mesh.n[0], mesh.n[1]))
    for term in system.dynamics:
        if isinstance(term, mm.Precession):
            if not isinstance(term.gamma0, numbers.Real):
                raise UnsupportedSystem("Precession: gamma0 must be a number")
            gamma0 = float(term.gamma0)
        elif isinstance(term, mm.Damping):
            damping = _scalar(term.alpha, mesh)
        elif not isinstance(term, mm.Slonczewski):
            raise UnsupportedSystem(f"dynamics term {type(term).__name__} is not supported")
    return (mm.consts.gamma0 if gamma0 is None else gamma0), damping


def _refuse_time_dependence(term: mm.Zeeman | mm.Slonczewski) -> None:
    for name in ("func", "wave", "tcl_strings"):
        if name in term._allowed_attributes and _given(term, name):
            raise UnsupportedSystem(f"{type(term).__name__}: time dependence is not supported")


def _given(term: Any, name: str) -> bool:
    # An attribute that was never set returns its descriptor.
    return any(key == name for key in vars(term)) and getattr(term, name) is not None


def _sum(present: Array | None, added: Array) -> Array:
    return added if present is None else present + added


def _unit(vectors: Array) -> Array:
    length = np.sqrt(np.sum(vectors**2, axis=0))
    return np.divide(vectors, length, where=length > 0, out=np.zeros(vectors.shape))


def _scalar(value: Any, mesh: df.Mesh) -> Array:
    return _values(value, mesh, 1)[0]


def _vector(value: Any, mesh: df.Mesh) -> Array:
    return _values(value, mesh, 3)


def _values(value: Any, mesh: df.Mesh, components: int) -> Array:
    """Value of a parameter in each cell, shape (components, nx, ny)."""
    shape = (components, int(mesh.n[0]), int(mesh.n[1]))
    if isinstance(value, df.Field):
        if value.mesh != mesh and not value.mesh.allclose(mesh):
            value = df.Field(mesh, nvdim=components, value=value)
        return np.moveaxis(value.array[:, :, 0, :], -1, 0).astype(float)
    if isinstance(value, dict):
        names = region_names(mesh)
        result = np.empty(shape)
        result[...] = np.reshape(value.get("default", np.zeros(components)), (-1, 1, 1))
        for name, entry in value.items():
            result[:, names == name] = np.reshape(entry, (-1, 1))
        return result
    return np.broadcast_to(np.reshape(np.asarray(value, float), (-1, 1, 1)), shape).copy()


def as_dtype(parameters: Parameters, dtype: str) -> Parameters:
    """Put parameters onto the device in one precision.

    Parameters
    ----------
    parameters : Parameters
        NumPy arrays.
    dtype : str
        "float32" or "float64".

    Returns
    -------
    `Parameters`
        JAX arrays.
    """
    return jax.tree.map(lambda a: jnp.asarray(a, dtype=dtype), parameters)
