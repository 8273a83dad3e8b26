"""A micromagneticmodel.System as arrays."""

from collections.abc import Callable, Iterable

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray

from .energy_terms import add_energy_term
from .fields.neighbours import check_regions, region_names
from .fields.thermal import thermal_amplitude
from .mesh import UnsupportedSystem, array_shape, check_mesh, components_first, components_last
from .parameters import Parameters, Slonczewski, ZhangLi
from .slonczewski import spin_torque_field_strength
from .term_dependence import time_dependence
from .term_values import attribute, component_count, direction, is_given, label, number, scalar
from .term_values import vector as vector_of
from .time_dependence import Sampled, Stages, joined, sampled
from .zhang_li import drift_coefficients

Array = NDArray[np.float64]

# Spacing of the samples of the temperature in s, and largest number of them in a drive.
TEMPERATURE_SPACING, MOST_SAMPLES = 1e-13, 100_000
# Finer samples averaged into each sample of a longer drive.
FINER = 10


def orientation(system: mm.System) -> Array:
    """Return the unit magnetisation of a system, shape (3, nz, nx, ny); zero in vacuum."""
    return components_first(system.m.orientation.array)


def with_orientation(system: mm.System, m: NDArray[np.floating]) -> df.Field:
    """Return a system's magnetisation in A/m with new directions m, shape (3, nz, nx, ny)."""
    value = components_last(np.asarray(m, dtype=float)) * system.m.norm.array
    return df.Field(system.m.mesh, nvdim=3, value=value, valid=system.m.valid, unit="A/m")


def system_parameters(
    system: mm.System,
    energy: Iterable[mm.EnergyTerm] | None = None,
    stages: Stages | None = None,
    fixed_subregions: Iterable[str] = (),
    temperature_in_space: df.Field | None = None,
    temperature_in_time: Callable[[float], float] | None = None,
) -> Parameters:
    """Return the arrays of the equation of motion of a system.

    They are float64 NumPy arrays of shape (nz, nx, ny), vectors (3, nz, nx, ny).

    Parameters
    ----------
    system : micromagneticmodel.System
        System with m set. T is in K.
    energy : iterable of micromagneticmodel.EnergyTerm, optional
        Terms to use in place of the system's.
    stages : Stages, optional
        Time and outputs of the drive. Without them, terms that depend on time are refused.
    fixed_subregions : iterable of str, optional
        Subregions whose magnetisation does not move.
    temperature_in_space : discretisedfield.Field, optional
        Factor of T in each cell.
    temperature_in_time : callable, optional
        Factor of T at a time in s.

    Raises
    ------
    UnsupportedSystem
        If the calculator does not have a term or a property; the message names it.
    ValueError
        If m is missing or not finite, or the values of a term do not fit.
    """
    if system.m is None:
        raise ValueError(f"system '{system.name}' has no magnetisation")
    mesh = system.m.mesh
    check_mesh(mesh)
    if system.m.nvdim != 3:
        raise ValueError(f"system '{system.name}': m needs 3 components, not {system.m.nvdim}")
    if not np.isfinite(system.m.array).all():
        raise ValueError(f"system '{system.name}': m has values that are not finite")
    if not np.isfinite(system.T):
        raise ValueError(f"system '{system.name}': T = {system.T} is not finite")
    magnetisation = components_first(system.m.norm.array)[0].astype(float)
    if not magnetisation.any():
        raise ValueError(f"system '{system.name}': M_s, the length of m, is zero in every cell")
    gamma0, damping, precession = _gamma0_and_damping(system)
    temperature = _temperature(system, temperature_in_space)
    parameters = Parameters(
        saturation_magnetisation=magnetisation,
        gamma0=gamma0,
        damping=damping,
        thermal=thermal_amplitude(temperature, damping, magnetisation, gamma0, mesh.dV),
        temperature_in_time=_temperature_in_time(temperature_in_time, stages),
        slonczewski=tuple(
            _slonczewski(term, magnetisation, mesh, stages)
            for term in system.dynamics
            if isinstance(term, mm.Slonczewski)
        ),
        zhang_li=tuple(
            _zhang_li(term, magnetisation, mesh, stages)
            for term in system.dynamics
            if isinstance(term, mm.ZhangLi)
        ),
        free=_free(fixed_subregions, mesh),
        precession=precession,
    )
    for term in system.energy if energy is None else energy:
        parameters = add_energy_term(parameters, term, mesh, stages)
    return parameters


def _gamma0_and_damping(system: mm.System) -> tuple[Array, Array, bool]:
    """Return gamma0, alpha, and True if the system has a precession term."""
    mesh = system.m.mesh
    gamma0 = np.full(array_shape(mesh), float(mm.consts.gamma0))
    damping, precession = np.zeros(array_shape(mesh)), False
    for term in system.dynamics:
        if isinstance(term, mm.Precession):
            gamma0, precession = scalar(term, "gamma0", mesh), True
        elif isinstance(term, mm.Damping):
            damping = scalar(term, "alpha", mesh)
            if damping.min() < 0:
                raise ValueError(f"{label(term)}: alpha = {damping.min():g} is negative")
        elif not isinstance(term, mm.Slonczewski | mm.ZhangLi):
            raise UnsupportedSystem(f"dynamics term {type(term).__name__} is not supported")
    return gamma0, damping, precession


def _slonczewski(
    term: mm.Slonczewski, magnetisation: Array, mesh: df.Mesh, stages: Stages | None
) -> Slonczewski:
    current, thickness = scalar(term, "J", mesh), float(mesh.cell[2])
    strength = spin_torque_field_strength(current, magnetisation, thickness)
    # As in oommfc, Lambda is 1 in a region without a value: 0 would give 0 / 0 at m = mp.
    asymmetry = scalar(term, "Lambda", mesh, default=1.0)
    if np.any((asymmetry <= 0) & (strength != 0)):
        raise ValueError(f"{label(term)}: Lambda must be positive where a current flows")
    field_like = np.zeros(magnetisation.shape)
    if is_given(term, "eps_prime"):
        field_like = scalar(term, "eps_prime", mesh)
    return Slonczewski(
        strength=strength,
        polarisation=direction(term, "mp", mesh, strength != 0),
        efficiency=scalar(term, "P", mesh),
        asymmetry=np.where(strength != 0, asymmetry, 1.0),
        field_like=field_like,
        dependence=time_dependence(term, stages),
    )


def _zhang_li(
    term: mm.ZhangLi, magnetisation: Array, mesh: df.Mesh, stages: Stages | None
) -> ZhangLi:
    if component_count(attribute(term, "u")) == 1:
        # A scalar is a current along x.
        velocity = np.zeros((3, *magnetisation.shape))
        velocity[0] = scalar(term, "u", mesh)
    else:
        velocity = vector_of(term, "u", mesh)
    coefficients = drift_coefficients(velocity, magnetisation, mesh)
    beta = np.float64(number(term, "beta"))
    return ZhangLi(tuple(coefficients), beta, time_dependence(term, stages))


def _temperature(system: mm.System, in_space: df.Field | None) -> Array:
    mesh = system.m.mesh
    if in_space is None:
        return np.full(array_shape(mesh), float(system.T))
    if not (
        isinstance(in_space, df.Field) and in_space.nvdim == 1 and in_space.mesh.allclose(mesh)
    ):
        raise ValueError("temperature_in_space: expected a scalar field on the mesh of m")
    factors = components_first(in_space.array)[0].astype(float)
    if not (np.isfinite(factors).all() and (factors >= 0).all()):
        raise ValueError(
            f"temperature_in_space: expected factors of 0 or more, not {factors.min()}"
        )
    return float(system.T) * factors


def _temperature_in_time(
    function: Callable[[float], float] | None, stages: Stages | None
) -> Sampled | None:
    if function is None:
        return None
    if not callable(function):
        raise ValueError(f"temperature_in_time must be a function of time, not {function!r}")
    if stages is None:
        raise ValueError("temperature_in_time needs a drive in time")
    spacing = max(TEMPERATURE_SPACING, stages.t / MOST_SAMPLES)
    # Samples of a long drive are means of finer ones, so no short pulse of heat is missed.
    finer = 1 if spacing == TEMPERATURE_SPACING else FINER
    result = sampled(function, stages.t, spacing / finer)
    if result.values.ndim != 2 or not (result.values >= 0).all():
        raise ValueError("temperature_in_time: expected one factor of 0 or more for each time")
    if finer > 1:
        weights = np.ones(finer + 1)
        weights[[0, -1]] = 0.5
        values = np.pad(result.values[0], finer // 2, mode="edge")
        result = joined(np.convolve(values, weights / finer, mode="valid")[None, ::finer], spacing)
    # No bound of a step: thermal steps are fixed and take the mean temperature.
    nothing = np.zeros((1, 1))
    return result._replace(longest=nothing, edge=nothing)


def _free(fixed_subregions: Iterable[str], mesh: df.Mesh) -> Array | None:
    if isinstance(fixed_subregions, str):
        raise ValueError(
            f"fixed_subregions must be a list of names, such as ['{fixed_subregions}'], "
            f"not '{fixed_subregions}'"
        )
    fixed = list(fixed_subregions)
    if not fixed:
        return None
    check_regions("fixed_subregions", fixed, mesh)
    return np.where(np.isin(region_names(mesh), fixed), 0.0, 1.0)
