"""The arrays of the equation of motion."""

import dataclasses
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from .fields.cubic_anisotropy import CubicAnisotropy
from .fields.demagnetisation import Demagnetisation
from .fields.magnetoelastic import Magnetoelastic
from .fields.rkky import RKKY
from .fields.uniaxial_anisotropy import UniaxialAnisotropy
from .time_dependence import Sampled, Sinc, Sine, TimeDependence

Tree = TypeVar("Tree")


class Zeeman(NamedTuple):
    """An applied field times a factor in time: H in A/m, shape (3, nz, nx, ny)."""

    applied: Any
    dependence: Any


class Slonczewski(NamedTuple):
    """A Slonczewski term: arguments of `slonczewski_field` after m, and its factor or None."""

    strength: Any
    polarisation: Any
    efficiency: Any
    asymmetry: Any
    field_like: Any
    dependence: Any


class ZhangLi(NamedTuple):
    """A Zhang-Li term: weights of the neighbours, beta, and its factor or None."""

    coefficients: Any
    beta: Any
    dependence: Any


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class DMI:
    """A DMI term: weights of the neighbours and crystal class."""

    coefficients: Any
    crystal_class: str = dataclasses.field(metadata={"static": True})


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Parameters:
    """All arrays of the equation of motion, as a pytree.

    Absent terms are None or an empty tuple, so systems with the same terms have the same
    structure and run the same compiled program.
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
    # 1 in cells that move, 0 in fixed ones; None if all move.
    free: Any = None
    # Without mm.Precession only the damping part of the torque of H remains.
    precession: bool = dataclasses.field(default=True, metadata={"static": True})

    def time_dependences(self) -> list[TimeDependence]:
        """Return the factors in time of all fields and currents."""
        terms: tuple[Any, ...] = (*self.driven, *self.slonczewski, *self.zhang_li)
        return [term.dependence for term in terms if term.dependence is not None]


class AddedTerms(NamedTuple):
    """Terms of which `Parameters` keeps only the sum; empty if there is a single term of a kind."""

    exchange: tuple[Any, ...] = ()  # weights of each exchange term, in the order of the system
    applied: tuple[Any, ...] = ()  # field of each constant Zeeman term in A/m


def as_dtype(parameters: Tree, dtype: str) -> Tree:
    """Convert `Parameters` or `AddedTerms` to JAX arrays of one precision.

    An array that is uniform in the plane of the mesh, or along z, keeps one layer there and
    broadcasts: the speed of a large film is limited by reading memory, and most parameters are
    uniform. Integers and factors in time keep their type.
    """

    def cast(leaf: Any) -> Any:
        if isinstance(leaf, Sine | Sinc | Sampled):
            return jax.tree.map(lambda a: np.asarray(a, np.float64), leaf)
        if isinstance(leaf, Demagnetisation):
            return jax.tree.map(lambda a: jnp.asarray(a, dtype), leaf)
        array = _without_repetition(np.asarray(leaf))
        return np.asarray(array, dtype if array.dtype.kind == "f" else array.dtype)

    units = Sine | Sinc | Sampled | Demagnetisation
    leaves = jax.tree.map(cast, parameters, is_leaf=lambda x: isinstance(x, units))
    # All at once, since each transfer has a cost of its own.
    result: Tree = jax.device_put(leaves)
    return result


def _without_repetition(values: NDArray[Any]) -> NDArray[Any]:
    if values.ndim >= 3:
        # x and y together: each pattern of axes needs a program of its own.
        for first in (values[..., :1, :1], values[..., :1, :, :]):
            values = first if np.all(values == first) else values
    return values
