"""Attributes of micromagneticmodel terms as numbers and as values on the mesh.

Functions take a term and the name of its attribute; their errors name both.
"""

import numbers
from typing import Any

import discretisedfield as df
import numpy as np
from numpy.typing import NDArray

from .arguments import finite_number
from .fields.neighbours import check_regions, region_names
from .mesh import UnsupportedSystem, array_shape, components_first, quotient

Array = NDArray[np.float64]


def label(term: Any) -> str:
    """Return the class of a term, and its name if the user gave one."""
    kind = type(term).__name__
    return kind if term.name == kind.lower() else f"{kind} '{term.name}'"


def is_given(term: Any, name: str) -> bool:
    """Check that an attribute exists for the term and is set."""
    # An attribute that was never set returns its descriptor.
    return name in vars(term) and getattr(term, name) is not None


def attribute(term: Any, name: str) -> Any:
    """Return a required attribute."""
    if not is_given(term, name):
        raise ValueError(f"{label(term)}: {name} is missing")
    return getattr(term, name)


def number(term: Any, name: str, *, positive: bool = False) -> float:
    """Return a finite number."""
    return finite_number(f"{label(term)}: {name}", attribute(term, name), positive=positive)


def scalar(term: Any, name: str, mesh: df.Mesh, default: float = 0.0) -> Array:
    """Return a scalar in each cell, shape (nz, nx, ny)."""
    return _values(term, name, mesh, 1, default)[0]


def vector(term: Any, name: str, mesh: df.Mesh) -> Array:
    """Return a vector in each cell, shape (3, nz, nx, ny)."""
    return _values(term, name, mesh, 3)


def direction(term: Any, name: str, mesh: df.Mesh, acts: NDArray[np.bool_]) -> Array:
    """Return unit vectors, zero only where the term does not act."""
    vectors = vector(term, name, mesh)
    length = np.sqrt(np.sum(vectors**2, axis=0))
    if np.any((length == 0) & acts):
        raise ValueError(f"{label(term)}: {name} = (0, 0, 0) has no direction")
    return quotient(vectors, length)


def scalar_or_pairs(term: Any, name: str, mesh: df.Mesh) -> dict[str, float] | Array:
    """Return a dictionary by region or pair of regions as given, else a scalar in each cell."""
    value = attribute(term, name)
    if not isinstance(value, dict):
        return scalar(term, name, mesh)
    pairs = [key.partition(":") for key in value if key != "default"]
    names = [region for a, colon, b in pairs for region in ((a, b) if colon else (a,))]
    check_regions(f"{label(term)}: {name}", names, mesh)
    if not np.isfinite(list(value.values())).all():
        raise ValueError(f"{label(term)}: {name} has values that are not finite")
    return value


def component_count(value: Any) -> int:
    """Return the number of components of an attribute's value."""
    if isinstance(value, df.Field):
        return int(value.nvdim)
    if isinstance(value, dict):
        value = next(iter(value.values()), 0.0)
    return int(np.size(value))


def mesh_mean(term: Any, name: str, mesh: df.Mesh) -> Array:
    """Return the mean of an attribute over all cells, shape (components,)."""
    components = component_count(attribute(term, name))
    return np.asarray(_values(term, name, mesh, components).mean(axis=(1, 2, 3)))


def _values(term: Any, name: str, mesh: df.Mesh, components: int, default: float = 0.0) -> Array:
    """Return an attribute in each cell, shape (components, nz, nx, ny).

    A dictionary without "default" has `default` in the regions that it does not name.
    """
    value = attribute(term, name)
    shape = (components, *array_shape(mesh))
    if isinstance(value, df.Field):
        if value.nvdim != components:
            raise ValueError(
                f"{label(term)}: {name} needs {components} component(s), not {value.nvdim}"
            )
        if value.mesh != mesh and not value.mesh.allclose(mesh):
            if mesh.region not in value.mesh.region:
                raise ValueError(f"{label(term)}: {name} does not cover the mesh of m")
            value = df.Field(mesh, nvdim=components, value=value)
        result = components_first(value.array).astype(float)
    elif isinstance(value, dict):
        check_regions(f"{label(term)}: {name}", (key for key in value if key != "default"), mesh)
        names = region_names(mesh)
        result = np.empty(shape)
        elsewhere = value.get("default", np.full(components, default))
        result[...] = np.reshape(elsewhere, (-1, 1, 1, 1))
        for region, entry in value.items():
            result[:, names == region] = np.reshape(entry, (-1, 1))
    elif isinstance(value, numbers.Real) or np.size(value) == components:
        result = np.broadcast_to(np.reshape(np.asarray(value, float), (-1, 1, 1, 1)), shape).copy()
    else:
        raise UnsupportedSystem(f"{label(term)}: {name} = {value!r} is not supported")
    if not np.isfinite(result).all():
        raise ValueError(f"{label(term)}: {name} has values that are not finite")
    return result
