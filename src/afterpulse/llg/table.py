"""The table of a drive: one line per output, with oommfc's columns in OOMMF's file format.

OOMMF names a column "<class>:<instance>:<output>". ubermagtable gives it a short name, which is
used in `system.table`: "Oxs_FixedZeeman:bias:Energy" is "E_zeeman_bias". The file has the long
names and `Table` the short names, so that ubermagtable reads the file as the same table.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import discretisedfield as df
import jax
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
import pandas as pd
import ubermagtable
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray
from ubermagtable.util.util import oommf_dict, rename_column

from .cross_product import cross
from .energy_terms import added_terms
from .equation import TermKey, effective_field, energy_densities, energy_density, scaled
from .fields.exchange import exchange_field, largest_angle
from .parameters import AddedTerms, Parameters, as_dtype
from .term_dependence import depends_on_time
from .term_values import is_given, mesh_mean
from .time_dependence import TimeDependence, factor

# Units of OOMMF's outputs; the rest have none.
UNITS = {
    "Energy": "J",
    "Total energy": "J",
    "Max mxHxm": "A/m",
    "Max Spin Ang": "deg",
    "Temperature": "K",
    "average J": "A/m^2",
    **{f"average u{axis}": "m/s" for axis in ("", "x", "y", "z")},
    **{f"B{axis}": "mT" for axis in ("", "x", "y", "z")},
    "Simulation time": "s",
}

# OOMMF's classes of the terms for which oommfc has a single class.
CLASSES = {
    mm.CubicAnisotropy: "Oxs_CubicAnisotropy",
    mm.Demag: "Oxs_Demag",
    mm.MagnetoElastic: "YY_FixedMEL",
    mm.RKKY: "Oxs_TwoSurfaceExchange",
}
KINDS = (mm.Exchange, mm.DMI, mm.UniaxialAnisotropy, mm.Zeeman, *CLASSES)

NONE_ADDED = AddedTerms()

# Prefixes of OOMMF's names that ubermagtable removes.
PREFIX = re.compile(r"^(Oxs|Anv|Southampton|YY|UHH)_")


class Output(NamedTuple):
    """An output of a driver."""

    m: NDArray[Any]  # unit magnetisation, shape (3, nz, nx, ny)
    parameters: Parameters  # in the precision of m
    driver: dict[str, float]  # OOMMF's outputs of a driver, such as "Stage"
    # Field of a hysteresis loop in A/m, part of the applied field of the parameters.
    hysteresis: NDArray[np.float64] | None = None


class Measured(NamedTuple):
    """Quantities that follow from the magnetisation, as float64 scalars."""

    energy: jax.Array  # of all terms over the volume of a cell in J/m^3
    energies: dict[TermKey, jax.Array]  # of each term
    mean: jax.Array  # of m, weighted by M_s, shape (3,)
    max_mxhxm: jax.Array  # largest |m x H| of a cell that moves in A/m
    angles: tuple[jax.Array, ...]  # largest between neighbours in degrees, per exchange term


@jax.jit
def measure(
    m: jax.Array, time: jax.Array, parameters: Parameters, added: AddedTerms = NONE_ADDED
) -> Measured:
    """Evaluate all quantities of a line that follow from the magnetisation at a time in s.

    `added` are the terms to give one by one, where there are several of a kind.
    """
    magnetisation = parameters.saturation_magnetisation.astype(jnp.float64)
    weight = jnp.broadcast_to(magnetisation, m.shape[1:])
    densities = energy_densities(m, time, parameters)
    energies = {key: jnp.sum(density, dtype=jnp.float64) for key, density in densities.items()}
    total = sum(energies.values(), start=jnp.zeros(()))
    for k, weights in enumerate(added.exchange):
        density = energy_density(m, exchange_field(m, weights), 2, parameters)
        energies["exchange", k] = jnp.sum(density, dtype=jnp.float64)
    for k, field in enumerate(added.applied):
        density = energy_density(m, jnp.broadcast_to(field, m.shape), 1, parameters)
        energies["zeeman", k] = jnp.sum(density, dtype=jnp.float64)
    coupled = added.exchange
    if not coupled and parameters.exchange is not None:
        coupled = (parameters.exchange,)
    torque = cross(m, effective_field(m, time, parameters))
    if parameters.free is not None:
        torque = parameters.free * torque
    return Measured(
        energy=total,
        energies=energies,
        mean=jnp.sum(m * weight, axis=(1, 2, 3)) / jnp.sum(weight),
        max_mxhxm=jnp.sqrt(jnp.max(jnp.sum(torque**2, axis=0))),
        angles=tuple(largest_angle(m, weights) for weights in coupled),
    )


class Recorder:
    """Makes the lines of the table of a drive.

    `driver` is "TimeDriver" or "MinDriver", OOMMF's names; `loop` is True if the outputs have the
    field of a hysteresis loop.
    """

    def __init__(self, system: mm.System, driver: str, dtype: str, *, loop: bool = False) -> None:
        self._system, self._driver = system, f"Oxs_{driver}"
        self._evolver = "RungeKuttaEvolve" if driver == "TimeDriver" else "CGEvolve"
        self._volume = float(system.m.mesh.dV)
        self._added = as_dtype(added_terms(system, loop=loop), dtype)
        self._terms: list[tuple[mm.EnergyTerm, TermKey]] = []
        self._count: Counter[str] = Counter()
        for term in system.energy:
            kind = _kind(term)
            self._terms.append((term, (kind, self._count[kind])))
            self._count[kind] += 1
        self._currents = _currents(system) if driver == "TimeDriver" else []

    def line(self, output: Output) -> dict[str, float]:
        """Return a line of the table, values by OOMMF's names of the columns."""
        time, p = output.driver.get("Simulation time", 0.0), output.parameters
        m, at = jnp.asarray(output.m), jnp.asarray(time, jnp.float64)
        added = self._added
        if output.hysteresis is not None and added.applied:
            field = jnp.asarray(output.hysteresis.reshape(3, 1, 1, 1), m.dtype)
            added = added._replace(applied=(*added.applied, field))
        measured = measure(m, at, p, added)
        line = {
            "Oxs_CGEvolve:evolver:Max mxHxm": measured.max_mxhxm,
            f"Oxs_{self._evolver}:evolver:Total energy": measured.energy * self._volume,
        }
        if self._driver == "Oxs_TimeDriver":
            line |= self._time_line(at, p)
        for term, (kind, k) in self._terms:
            name = f"{oommf_class(term)}:{term.name}"
            line[f"{name}:Energy"] = measured.energies[kind, k] * self._volume
            if kind == "exchange":
                line[f"{name}:Max Spin Ang"] = measured.angles[k]
            if oommf_class(term) == "Oxs_ScriptUZeeman":
                driven = p.driven[k]
                field = scaled(driven.applied, factor(driven.dependence, at))[:, 0, 0, 0]
                line |= _induction(name, np.asarray(field, dtype=float))
        if output.hysteresis is not None:
            name = "Oxs_UZeeman:hysteresis"
            energy = measured.energies["zeeman", self._count["zeeman"]]
            line |= {f"{name}:Energy": energy * self._volume}
            line |= _induction(name, output.hysteresis)
        mean = {f"m{axis}": value for axis, value in zip("xyz", measured.mean, strict=True)}
        line |= {f"{self._driver}::{key}": value for key, value in (mean | output.driver).items()}
        return {name: float(value) for name, value in line.items()}

    def _time_line(self, time: jax.Array, parameters: Parameters) -> dict[str, Any]:
        """Return temperature and currents, outputs of OOMMF's evolvers."""
        line: dict[str, Any] = {}
        if self._system.T > 0:
            profile = parameters.temperature_in_time
            by = 1.0 if profile is None else factor(profile, time)
            line["UHH_ThetaEvolve:evolver:Temperature"] = self._system.T * by
        for names, means, kind, k in self._currents:
            dependence: TimeDependence | None = getattr(parameters, kind)[k].dependence
            by = 1.0 if dependence is None else factor(dependence, time)
            line |= {name: mean * by for name, mean in zip(names, means, strict=True)}
        return line


def _currents(system: mm.System) -> list[tuple[list[str], NDArray[np.float64], str, int]]:
    """Return columns, mesh means, and attribute and index in the parameters of each current."""
    mesh, currents = system.m.mesh, []
    for kind, parameter, field in (
        (mm.Slonczewski, "J", "slonczewski"),
        (mm.ZhangLi, "u", "zhang_li"),
    ):
        terms = [term for term in system.dynamics if isinstance(term, kind)]
        for k, term in enumerate(terms):
            # OOMMF has a single term of this kind, in its evolver.
            name = "evolver" if len(terms) == 1 else term.name
            mean = mesh_mean(term, parameter, mesh)
            evolver = "Oxs_SpinXferEvolve" if parameter == "J" else "Anv_SpinTEvolve"
            columns = [f"{evolver}:{name}:average {parameter}"]
            if len(mean) == 3:
                columns = [f"{evolver}_3d:{name}:average u{axis}" for axis in ("", *"xyz")]
                mean = np.array([np.linalg.norm(mean), *mean])
            currents.append((columns, mean, field, k))
    return currents


def _induction(name: str, field: NDArray[np.float64]) -> dict[str, float]:
    """Return magnitude and components of a field of (3,) in A/m as columns in mT."""
    induction = 1e3 * mu0 * field
    components = {f"{name}:B{axis}": b for axis, b in zip("xyz", induction, strict=True)}
    return {f"{name}:B": float(np.linalg.norm(induction)), **components}


def _kind(term: mm.EnergyTerm) -> str:
    """Return the kind that `term_fields` gives a term."""
    if isinstance(term, mm.Zeeman):
        return "driven" if depends_on_time(term) else "zeeman"
    return next(kind.__name__.lower() for kind in KINDS if isinstance(term, kind))


def oommf_class(term: mm.EnergyTerm) -> str:
    """Return OOMMF's class that oommfc takes for an energy term, such as "Oxs_FixedZeeman"."""
    if isinstance(term, mm.Exchange):
        if isinstance(term.A, dict):
            return "Oxs_Exchange6Ngbr"
        return "Oxs_ExchangePtwise" if isinstance(term.A, df.Field) else "Oxs_UniformExchange"
    if isinstance(term, mm.DMI):
        crystal_class = term.crystalclass
        if crystal_class in ("Cnv", "D2d"):
            crystal_class += "_z"
        return f"Oxs_DMI_{'T' if crystal_class == 'O' else crystal_class}"
    if isinstance(term, mm.UniaxialAnisotropy):
        fourth = is_given(term, "K2")
        return "Southampton_UniaxialAnisotropy4" if fourth else "Oxs_UniaxialAnisotropy"
    if isinstance(term, mm.Zeeman):
        if not depends_on_time(term):
            return "Oxs_FixedZeeman"
        if not (is_given(term, "func") or is_given(term, "wave")):
            return str(term.tcl_strings.get("energy", "Oxs_TransformZeeman"))
        varies = isinstance(term.H, df.Field | dict)
        return "Oxs_TransformZeeman" if varies else "Oxs_ScriptUZeeman"
    return next(name for kind, name in CLASSES.items() if isinstance(term, kind))


def short_name(column: str) -> str:
    """Return ubermagtable's name of an OOMMF column."""
    return str(rename_column(PREFIX.sub("", column), oommf_dict))


def unit(column: str) -> str:
    """Return the unit of an OOMMF column."""
    return UNITS.get(column.rsplit(":", 1)[-1], "")


def make_table(lines: list[dict[str, float]], x: str) -> ubermagtable.Table:
    """Return the table of a drive as ubermagtable would read it from its file.

    `x` is the short name of the independent variable.
    """
    names = [short_name(column) for column in lines[0]]
    data = pd.DataFrame([list(line.values()) for line in lines], columns=names, dtype=float)
    units = {name: unit(column) for name, column in zip(names, lines[0], strict=True)}
    return ubermagtable.Table(data=data, units=units, x=x)


def write_table(lines: list[dict[str, float]], path: Path, title: str) -> None:
    """Write a table in OOMMF's ODT format."""
    columns = list(lines[0])
    text = [
        "# ODT 1.0",
        "# Table Start",
        f"# Title: {title}",
        "# Columns: " + " ".join(f"{{{column}}}" for column in columns),
        "# Units: " + " ".join(f"{{{unit(column)}}}" for column in columns),
    ]
    text += [" ".join(f"{value:.17g}" for value in line.values()) for line in lines]
    text += ["# Table End"]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
