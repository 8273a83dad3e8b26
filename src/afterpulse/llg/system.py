"""A micromagneticmodel.System as arrays."""

import dataclasses
import numbers
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import discretisedfield as df
import jax
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from .arguments import finite_number
from .fields.cubic_anisotropy import CubicAnisotropy
from .fields.demagnetisation import Demagnetisation, demagnetisation_kernel, own_tensor
from .fields.dmi import dmi_coefficients
from .fields.exchange import exchange_coefficients
from .fields.magnetoelastic import Magnetoelastic
from .fields.neighbours import PLACES, check_regions, region_names
from .fields.rkky import RKKY, rkky_coefficients
from .fields.thermal import thermal_amplitude
from .fields.uniaxial_anisotropy import UniaxialAnisotropy
from .mesh import UnsupportedSystem, check_mesh, components_first, components_last, periodic_axes
from .slonczewski import spin_torque_field_strength
from .tcl_script import tcl_field, tcl_profile
from .time_dependence import Sampled, Sinc, Sine, TimeDependence, joined, sampled
from .zhang_li import drift_coefficients

Array = NDArray[np.float64]
Tree = TypeVar("Tree")

# A course of temperature is kept this often (s), but at no more times than this in a drive.
TEMPERATURE_SPACING, MOST_SAMPLES = 1e-13, 100_000
FINER = 10


class Duration(NamedTuple):
    """Time of a drive in s, and the number of its outputs, which are OOMMF's stages."""

    time: float
    outputs: int = 1


# Largest cosine between perpendicular axes. Axes from a file in single precision are off by 1e-7.
PERPENDICULAR = 1e-6


class Zeeman(NamedTuple):
    """An applied field that follows a factor in time: H in A/m, shape (3, nz, nx, ny)."""

    applied: Any
    dependence: Any


class Slonczewski(NamedTuple):
    """One Slonczewski term: arguments of `slonczewski_field` after m, and its factor or None."""

    strength: Any
    polarisation: Any
    efficiency: Any
    asymmetry: Any
    field_like: Any
    dependence: Any


class ZhangLi(NamedTuple):
    """One Zhang-Li term: weights of the neighbours, beta, and its factor or None."""

    coefficients: Any
    beta: Any
    dependence: Any


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class DMI:
    """Weights of the neighbours, and the crystal class."""

    coefficients: Any
    crystal_class: str = dataclasses.field(metadata={"static": True})


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Parameters:
    """All arrays of the equation of motion: a pytree.

    A term that the system has not is None or an empty tuple, so two systems with the same
    terms have the same structure and run the same compiled program.
    """

    saturation_magnetisation: Any
    gamma0: Any
    damping: Any
    thermal: Any
    temperature_in_time: Sampled | None = None
    exchange: Any = None
    uniaxial_anisotropy: tuple[UniaxialAnisotropy, ...] = ()
    cubic_anisotropy: tuple[CubicAnisotropy, ...] = ()
    magnetoelastic: tuple[Magnetoelastic, ...] = ()
    rkky: tuple[RKKY, ...] = ()
    dmi: tuple[DMI, ...] = ()
    applied: Any = None
    driven: tuple[Zeeman, ...] = ()
    demagnetisation: Demagnetisation | None = None
    slonczewski: tuple[Slonczewski, ...] = ()
    zhang_li: tuple[ZhangLi, ...] = ()
    # 1 in cells that move, 0 in fixed ones; None where all move.
    free: Any = None
    # Without mm.Precession only the damping part of the torque of H is left.
    precession: bool = dataclasses.field(default=True, metadata={"static": True})

    def time_dependences(self) -> list[TimeDependence]:
        """Return what the fields and currents follow in time."""
        terms: tuple[Any, ...] = (*self.driven, *self.slonczewski, *self.zhang_li)
        return [term.dependence for term in terms if term.dependence is not None]


def orientation(system: mm.System) -> Array:
    """Return the unit magnetisation of a system.

    Parameters
    ----------
    system : micromagneticmodel.System
        System with m set.

    Returns
    -------
    ndarray
        Shape (3, nz, nx, ny); zero in vacuum.
    """
    return components_first(system.m.orientation.array)


def with_orientation(system: mm.System, m: NDArray[np.floating]) -> df.Field:
    """Magnetisation field of a system with a new direction.

    Parameters
    ----------
    system : micromagneticmodel.System
        System whose mesh and M_s are kept.
    m : ndarray
        Unit magnetisation, shape (3, nz, nx, ny).

    Returns
    -------
    discretisedfield.Field
        Magnetisation in A/m.
    """
    value = components_last(np.asarray(m, dtype=float)) * system.m.norm.array
    return df.Field(system.m.mesh, nvdim=3, value=value, valid=system.m.valid, unit="A/m")


def system_parameters(
    system: mm.System,
    energy: Iterable[mm.EnergyTerm] | None = None,
    duration: float | None = None,
    outputs: int = 1,
    fixed_subregions: Iterable[str] = (),
    temperature_in_space: df.Field | None = None,
    temperature_in_time: Callable[[float], float] | None = None,
) -> Parameters:
    """Turn a system into the arrays of the equation of motion.

    Parameters
    ----------
    system : micromagneticmodel.System
        System with m set. T is in K.
    energy : iterable of micromagneticmodel.EnergyTerm, optional
        Terms to use in place of the system's.
    duration : float, optional
        Time in s for which terms that depend on time are sampled. Without it they are refused.
    outputs : int, optional
        Number of outputs in that time; a Tcl script may ask for the stage, the time between two.
    fixed_subregions : iterable of str, optional
        Subregions whose magnetisation does not move.
    temperature_in_space : discretisedfield.Field, optional
        Factor of T in each cell.
    temperature_in_time : callable, optional
        Factor of T at a time in s.

    Returns
    -------
    `Parameters`
        float64 NumPy arrays of shape (nz, nx, ny), vectors (3, nz, nx, ny).

    Raises
    ------
    UnsupportedSystem
        Naming the term or the property that is not supported.
    ValueError
        If the system has no magnetisation, one that is not finite, or a term's values do not fit.
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
    drive = None if duration is None else Duration(duration, outputs)
    parameters = Parameters(
        saturation_magnetisation=magnetisation,
        gamma0=gamma0,
        damping=damping,
        thermal=thermal_amplitude(
            _temperature(system, temperature_in_space), damping, magnetisation, gamma0, mesh.dV
        ),
        temperature_in_time=_temperature_in_time(temperature_in_time, duration),
        slonczewski=tuple(
            _slonczewski(term, magnetisation, mesh, drive)
            for term in system.dynamics
            if isinstance(term, mm.Slonczewski)
        ),
        zhang_li=tuple(
            _zhang_li(term, magnetisation, mesh, drive)
            for term in system.dynamics
            if isinstance(term, mm.ZhangLi)
        ),
        free=_free(fixed_subregions, mesh),
        precession=precession,
    )
    for term in system.energy if energy is None else energy:
        parameters = _add_energy_term(parameters, term, mesh, drive)
    return parameters


def _add_energy_term(
    parameters: Parameters, term: mm.EnergyTerm, mesh: df.Mesh, drive: Duration | None
) -> Parameters:
    magnetisation = parameters.saturation_magnetisation
    periodic = periodic_axes(mesh)
    replace = dataclasses.replace
    if isinstance(term, mm.Exchange):
        constant = _by_pairs(term, "A", mesh)
        added = exchange_coefficients(constant, magnetisation, mesh, periodic)
        both = added if parameters.exchange is None else added + np.stack(parameters.exchange)
        return replace(parameters, exchange=tuple(both))
    if isinstance(term, mm.DMI):
        constant = _by_pairs(term, "D", mesh)
        weights = tuple(dmi_coefficients(constant, magnetisation, mesh, periodic))
        dmi = DMI(weights, _attribute(term, "crystalclass"))
        return replace(parameters, dmi=(*parameters.dmi, dmi))
    if isinstance(term, mm.UniaxialAnisotropy):
        uniaxial = _uniaxial_anisotropy(term, magnetisation, mesh)
        return replace(parameters, uniaxial_anisotropy=(*parameters.uniaxial_anisotropy, uniaxial))
    if isinstance(term, mm.CubicAnisotropy):
        cubic = _cubic_anisotropy(term, magnetisation, mesh)
        return replace(parameters, cubic_anisotropy=(*parameters.cubic_anisotropy, cubic))
    if isinstance(term, mm.MagnetoElastic):
        elastic = Magnetoelastic(
            _per_magnetisation(_scalar(term, "B1", mesh), magnetisation),
            _per_magnetisation(_scalar(term, "B2", mesh), magnetisation),
            _vector(term, "e_diag", mesh),
            _vector(term, "e_offdiag", mesh),
        )
        return replace(parameters, magnetoelastic=(*parameters.magnetoelastic, elastic))
    if isinstance(term, mm.RKKY):
        if not (_given(term, "sigma") or _given(term, "sigma2")):
            raise ValueError(f"{_label(term)}: sigma is missing, and sigma2 as well")
        coupling = rkky_coefficients(
            _number(term, "sigma") if _given(term, "sigma") else 0.0,
            _number(term, "sigma2") if _given(term, "sigma2") else 0.0,
            list(_attribute(term, "subregions")),
            magnetisation,
            mesh,
        )
        return replace(parameters, rkky=(*parameters.rkky, coupling))
    if isinstance(term, mm.Zeeman):
        applied, dependence = _applied(term, mesh, drive)
        if dependence is None:
            return replace(parameters, applied=_sum(parameters.applied, applied))
        return replace(parameters, driven=(*parameters.driven, Zeeman(applied, dependence)))
    if isinstance(term, mm.Demag):
        if parameters.demagnetisation is not None:
            raise ValueError(f"{_label(term)}: a system can have one demagnetising field only")
        nx, ny, nz = (int(n) for n in mesh.n)
        dx, dy, dz = (float(edge) for edge in mesh.cell)
        kernel = demagnetisation_kernel((nx, ny, nz), (dx, dy, dz), periodic)
        own = own_tensor((dx, dy, dz))
        return replace(parameters, demagnetisation=Demagnetisation(kernel, own, periodic))
    raise UnsupportedSystem(f"energy term {type(term).__name__} is not supported")


def _uniaxial_anisotropy(
    term: mm.UniaxialAnisotropy, magnetisation: Array, mesh: df.Mesh
) -> UniaxialAnisotropy:
    if _given(term, "K") and (_given(term, "K1") or _given(term, "K2")):
        raise ValueError(f"{_label(term)}: either K, or K1 and K2, but not both")
    fourth = _given(term, "K1") or _given(term, "K2")
    first = _scalar(term, "K1" if fourth else "K", mesh)
    second = _scalar(term, "K2", mesh) if _given(term, "K2") else None
    second_order = 2 * _per_magnetisation(first, magnetisation)
    fourth_order = None if second is None else 4 * _per_magnetisation(second, magnetisation)
    acts = second_order != 0 if fourth_order is None else (second_order != 0) | (fourth_order != 0)
    axis = _direction(term, "u", mesh, acts)
    return UniaxialAnisotropy(second_order, fourth_order, axis)


def _cubic_anisotropy(
    term: mm.CubicAnisotropy, magnetisation: Array, mesh: df.Mesh
) -> CubicAnisotropy:
    strength = _per_magnetisation(_scalar(term, "K", mesh), magnetisation)
    first, second = (_direction(term, name, mesh, strength != 0) for name in ("u1", "u2"))
    cosine = np.abs(np.sum(first * second, axis=0)) * (strength != 0)
    if cosine.max() > PERPENDICULAR:
        angle = np.degrees(np.arccos(min(cosine.max(), 1.0)))
        raise ValueError(
            f"{_label(term)}: u1 and u2 must be perpendicular, but they are {angle:.6g} degrees "
            "apart"
        )
    return CubicAnisotropy(strength, first, second)


def _slonczewski(
    term: mm.Slonczewski, magnetisation: Array, mesh: df.Mesh, drive: Duration | None
) -> Slonczewski:
    current, thickness = _scalar(term, "J", mesh), float(mesh.cell[2])
    strength = spin_torque_field_strength(current, magnetisation, thickness)
    # As in oommfc, Lambda is 1 in a region without a value: 0 would give 0 / 0 at m = mp.
    asymmetry = _scalar(term, "Lambda", mesh, default=1.0)
    if np.any((asymmetry <= 0) & (strength != 0)):
        raise ValueError(f"{_label(term)}: Lambda must be positive where a current flows")
    return Slonczewski(
        strength=strength,
        polarisation=_direction(term, "mp", mesh, strength != 0),
        efficiency=_scalar(term, "P", mesh),
        asymmetry=np.where(strength != 0, asymmetry, 1.0),
        field_like=(
            _scalar(term, "eps_prime", mesh)
            if _given(term, "eps_prime")
            else np.zeros(magnetisation.shape)
        ),
        dependence=_dependence(term, drive),
    )


def _zhang_li(
    term: mm.ZhangLi, magnetisation: Array, mesh: df.Mesh, drive: Duration | None
) -> ZhangLi:
    # A scalar is a current along x.
    if _components(_attribute(term, "u")) == 1:
        along_x = _scalar(term, "u", mesh)
        velocity = np.stack([along_x, np.zeros_like(along_x), np.zeros_like(along_x)])
    else:
        velocity = _vector(term, "u", mesh)
    coefficients = drift_coefficients(velocity, magnetisation, mesh, periodic_axes(mesh))
    beta = np.float64(_number(term, "beta"))
    return ZhangLi(tuple(coefficients), beta, _dependence(term, drive))


def _components(value: Any) -> int:
    if isinstance(value, df.Field):
        return int(value.nvdim)
    if isinstance(value, dict):
        value = next(iter(value.values()), 0.0)
    return int(np.size(value))


def _gamma0_and_damping(system: mm.System) -> tuple[Array, Array, bool]:
    mesh = system.m.mesh
    shape = (int(mesh.n[2]), int(mesh.n[0]), int(mesh.n[1]))
    gamma0, damping = np.full(shape, float(mm.consts.gamma0)), np.zeros(shape)
    precession = False
    for term in system.dynamics:
        if isinstance(term, mm.Precession):
            gamma0, precession = _scalar(term, "gamma0", mesh), True
        elif isinstance(term, mm.Damping):
            damping = _scalar(term, "alpha", mesh)
            if damping.min() < 0:
                raise ValueError(f"{_label(term)}: alpha = {damping.min():g} is negative")
        elif not isinstance(term, mm.Slonczewski | mm.ZhangLi):
            raise UnsupportedSystem(f"dynamics term {type(term).__name__} is not supported")
    return gamma0, damping, precession


def _temperature(system: mm.System, in_space: df.Field | None) -> Array:
    mesh = system.m.mesh
    shape = (int(mesh.n[2]), int(mesh.n[0]), int(mesh.n[1]))
    if in_space is None:
        return np.full(shape, float(system.T))
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
    function: Callable[[float], float] | None, duration: float | None
) -> Sampled | None:
    if function is None:
        return None
    if not callable(function):
        raise ValueError(f"temperature_in_time must be a function of time, not {function!r}")
    if duration is None:
        raise ValueError("temperature_in_time needs a drive in time")
    spacing = max(TEMPERATURE_SPACING, duration / MOST_SAMPLES)
    # Where samples are scarce, each is the mean of finer ones: no pulse of heat is lost.
    finer = 1 if spacing == TEMPERATURE_SPACING else FINER
    result = sampled(function, duration, spacing / finer)
    if result.values.ndim != 2 or not (result.values >= 0).all():
        raise ValueError("temperature_in_time: expected one factor of 0 or more for each time")
    if finer > 1:
        weights = np.ones(finer + 1)
        weights[[0, -1]] = 0.5
        values = np.pad(result.values[0], finer // 2, mode="edge")
        result = joined(np.convolve(values, weights / finer, mode="valid")[None, ::finer], spacing)
    # It bounds no step: a thermal step is fixed and takes the mean temperature.
    nothing = np.zeros((1, 1))
    return result._replace(longest=nothing, edge=nothing)


def _free(fixed_subregions: Iterable[str], mesh: df.Mesh) -> Array | None:
    if isinstance(fixed_subregions, str):
        raise ValueError(
            f"fixed_subregions must be a list of names, such as ['{fixed_subregions}'], not one"
        )
    fixed = list(fixed_subregions)
    if not fixed:
        return None
    check_regions("fixed_subregions", fixed, mesh)
    return np.where(np.isin(region_names(mesh), fixed), 0.0, 1.0)


def _applied(
    term: mm.Zeeman, mesh: df.Mesh, drive: Duration | None
) -> tuple[Array, TimeDependence | None]:
    if _function(term) is not None or not _given(term, "tcl_strings"):
        return _vector(term, "H", mesh), _dependence(term, drive)
    with_h, dependence = tcl_field(term.tcl_strings, *_sampled_time(term, drive))
    if with_h:
        return _vector(term, "H", mesh), dependence
    nx, ny, nz = (int(n) for n in mesh.n)
    return np.ones((3, nz, nx, ny)), dependence


def _dependence(term: mm.abstract.Term, drive: Duration | None) -> TimeDependence | None:
    function = _function(term)
    if function is None and not _given(term, "tcl_strings"):
        for unused in ("f", "t0", "dt"):
            if unused in term._allowed_attributes and _given(term, unused):
                raise ValueError(f"{_label(term)}: {unused} is given, but func is missing")
        return None
    duration = _sampled_time(term, drive)
    if function is None:
        return tcl_profile(type(term).__name__, term.tcl_strings, *duration)
    if function == "sin":
        return Sine(*_frequency_and_start(term, function))
    if function == "sinc":
        return Sinc(*_frequency_and_start(term, function))
    if not _given(term, "dt"):
        raise ValueError(f"{_label(term)}: func needs dt, the time in s between its samples")
    return sampled(function, duration.time, _number(term, "dt", positive=True))


def _function(term: mm.abstract.Term) -> Any:
    """Return `func`, or the attribute that it was called before."""
    for name in ("func", "wave"):
        if name in term._allowed_attributes and _given(term, name):
            return getattr(term, name)
    return None


def _sampled_time(term: mm.abstract.Term, drive: Duration | None) -> Duration:
    if drive is None:
        raise UnsupportedSystem(f"{_label(term)}: a time dependence needs a TimeDriver")
    return drive


def _frequency_and_start(term: mm.Zeeman, function: str) -> tuple[np.float64, np.float64]:
    for name in ("f", "t0"):
        if not _given(term, name):
            raise ValueError(f"{_label(term)}: func = '{function}' needs {name}")
    return np.float64(_number(term, "f", positive=True)), np.float64(_number(term, "t0"))


def _number(term: Any, name: str, *, positive: bool = False) -> float:
    return finite_number(f"{_label(term)}: {name}", _attribute(term, name), positive=positive)


def _given(term: Any, name: str) -> bool:
    # An attribute that was never set returns its descriptor.
    return any(key == name for key in vars(term)) and getattr(term, name) is not None


def _sum(present: Array | None, added: Array) -> Array:
    return added if present is None else present + added


def _per_magnetisation(constant: Array, magnetisation: Array) -> Array:
    """Constant in J/m^3 over mu0 M_s, in A/m; 0 in vacuum."""
    magnetic = magnetisation > 0
    return np.divide(constant / mu0, magnetisation, where=magnetic, out=np.zeros(magnetic.shape))


def _direction(term: Any, name: str, mesh: df.Mesh, acts: NDArray[np.bool_]) -> Array:
    """Unit vectors; none may be missing where the term acts."""
    vectors = _vector(term, name, mesh)
    length = np.sqrt(np.sum(vectors**2, axis=0))
    if np.any((length == 0) & acts):
        raise ValueError(f"{_label(term)}: {name} = (0, 0, 0) has no direction")
    return np.divide(vectors, length, where=length > 0, out=np.zeros(vectors.shape))


def _scalar(term: Any, name: str, mesh: df.Mesh, default: float = 0.0) -> Array:
    return _values(term, name, mesh, 1, default)[0]


def _vector(term: Any, name: str, mesh: df.Mesh) -> Array:
    return _values(term, name, mesh, 3)


def _by_pairs(term: Any, name: str, mesh: df.Mesh) -> dict[str, float] | Array:
    """Dictionary by region or pair of regions as it is, anything else as a value in each cell."""
    value = _attribute(term, name)
    if not isinstance(value, dict):
        return _scalar(term, name, mesh)
    pairs = [key.partition(":") for key in value if key != "default"]
    names = [part for first, colon, second in pairs for part in (first, second)[: 1 + len(colon)]]
    check_regions(f"{_label(term)}: {name}", names, mesh)
    if not np.isfinite(list(value.values())).all():
        raise ValueError(f"{_label(term)}: {name} has values that are not finite")
    return value


def _attribute(term: Any, name: str) -> Any:
    if not _given(term, name):
        raise ValueError(f"{_label(term)}: {name} is missing")
    return getattr(term, name)


def _label(term: Any) -> str:
    """Return the class of a term, and its name if it has one of its own."""
    kind = type(term).__name__
    return kind if term.name == kind.lower() else f"{kind} '{term.name}'"


def _values(term: Any, name: str, mesh: df.Mesh, components: int, default: float = 0.0) -> Array:
    """Return a parameter in each cell, shape (components, nz, nx, ny).

    A dictionary without "default" has `default` in all regions that it does not name.
    """
    value = _attribute(term, name)
    nx, ny, nz = (int(n) for n in mesh.n)
    shape = (components, nz, nx, ny)
    if isinstance(value, df.Field):
        if value.nvdim != components:
            raise ValueError(
                f"{_label(term)}: {name} needs {components} component(s), not {value.nvdim}"
            )
        if value.mesh != mesh and not value.mesh.allclose(mesh):
            if mesh.region not in value.mesh.region:
                raise ValueError(f"{_label(term)}: {name} does not cover the mesh of m")
            value = df.Field(mesh, nvdim=components, value=value)
        result = components_first(value.array).astype(float)
    elif isinstance(value, dict):
        check_regions(f"{_label(term)}: {name}", (key for key in value if key != "default"), mesh)
        names = region_names(mesh)
        result = np.empty(shape)
        elsewhere = value.get("default", np.full(components, default))
        result[...] = np.reshape(elsewhere, (-1, 1, 1, 1))
        for region, entry in value.items():
            result[:, names == region] = np.reshape(entry, (-1, 1))
    elif isinstance(value, numbers.Real) or np.size(value) == components:
        result = np.broadcast_to(np.reshape(np.asarray(value, float), (-1, 1, 1, 1)), shape).copy()
    else:
        raise UnsupportedSystem(f"{_label(term)}: {name} = {value!r} is not supported")
    if not np.isfinite(result).all():
        raise ValueError(f"{_label(term)}: {name} has values that are not finite")
    return result


def depends_on_time(term: mm.abstract.Term) -> bool:
    """Say if a term has a factor in time."""
    return any(
        name in term._allowed_attributes and _given(term, name)
        for name in ("func", "wave", "tcl_strings")
    )


class AddedTerms(NamedTuple):
    """Terms that `Parameters` keeps as their sum, one by one.

    Attributes
    ----------
    exchange : tuple
        Weights of each exchange term, in the order of the system.
    applied : tuple
        Field of each constant Zeeman term in A/m, shape (3, nz, nx, ny).
    """

    exchange: tuple[Any, ...] = ()
    applied: tuple[Any, ...] = ()


def added_terms(system: mm.System, *, loop: bool) -> AddedTerms:
    """Return the exchange terms and the constant applied fields of a system one by one.

    Parameters
    ----------
    system : micromagneticmodel.System
        System with m set.
    loop : bool
        If the field of a hysteresis loop is added to the constant ones.

    Returns
    -------
    AddedTerms
        Empty where `Parameters` has a single term of a kind.
    """
    mesh = system.m.mesh
    magnetisation = components_first(system.m.norm.array)[0].astype(float)
    exchange = [term for term in system.energy if isinstance(term, mm.Exchange)]
    constant = [
        term for term in system.energy if isinstance(term, mm.Zeeman) and not depends_on_time(term)
    ]
    weights = [
        exchange_coefficients(_by_pairs(term, "A", mesh), magnetisation, mesh, periodic_axes(mesh))
        for term in exchange
        if len(exchange) > 1
    ]
    applied = [_vector(term, "H", mesh) for term in constant if len(constant) + loop > 1]
    return AddedTerms(tuple(tuple(part) for part in weights), tuple(applied))


def mean_of_parameter(term: mm.abstract.Term, name: str, mesh: df.Mesh) -> Array:
    """Return the mean of a parameter over all cells, shape (components,)."""
    components = _components(_attribute(term, name))
    return np.asarray(_values(term, name, mesh, components).mean(axis=(1, 2, 3)))


def as_dtype(parameters: Tree, dtype: str) -> Tree:
    """Put parameters onto the device in one precision.

    What is the same all along an axis of the mesh is kept once. A large film is limited by what
    is read from memory at each stage of a step, and most parameters are uniform.

    Parameters
    ----------
    parameters : Parameters or AddedTerms
        NumPy arrays.
    dtype : str
        "float32" or "float64".

    Returns
    -------
    Parameters or AddedTerms
        JAX arrays that broadcast to the mesh; integers and the factors in time keep their type.
    """

    def cast(leaf: Any) -> Any:
        if isinstance(leaf, Sine | Sinc | Sampled):
            return jax.tree.map(lambda a: jnp.asarray(a, jnp.float64), leaf)
        if isinstance(leaf, Demagnetisation):
            return jax.tree.map(lambda a: jnp.asarray(a, dtype), leaf)
        array = _without_repetition(np.asarray(leaf))
        return jnp.asarray(array, dtype if array.dtype.kind == "f" else array.dtype)

    whole = Sine | Sinc | Sampled | Demagnetisation
    result: Tree = jax.tree.map(cast, parameters, is_leaf=lambda x: isinstance(x, whole))
    return result


def _without_repetition(values: NDArray[Any]) -> NDArray[Any]:
    """Keep one layer of values (..., nz, nx, ny) along each axis of the mesh on which they rest."""
    if values.ndim >= 3:
        for place in PLACES:
            first = values.take([0], axis=place)
            values = first if np.all(values == first) else values
    return values
