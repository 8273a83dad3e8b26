"""Energy barriers: the path of lowest energy between two states, by the string method.

A string of images of the system runs from one state to the other. Each image moves down its energy,
then all are put back at equal distances along the string (E, Ren, Vanden-Eijnden, J. Chem. Phys.
126, 164103 (2007)). Once the string rests, its highest image climbs: the force along the string is
reversed, so that the image ends exactly on the saddle (Henkelman, Uberuaga, Jonsson, J. Chem. Phys.
113, 9901 (2000)).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import discretisedfield as df
import jax
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from .cross_product import cross
from .equation import effective_field, energy_densities
from .evolution import IntegrationError
from .mesh import components_first
from .parameters import Parameters
from .relaxation import MOST_STEPS, TOLERANCE, relax_steps
from .system import system_parameters, with_orientation

Arrays = tuple[jax.Array, ...]

# Speeds in T (as |m x B|) below which a string rests, and its climbing image. The energy of a
# saddle is off by about M_s V times the square of the latter over a curvature of the energy in T:
# less than 1e-5 of a barrier unless it is softer than 10 mT.
REST, SADDLE_RESTS = 1e-3, 1e-4
POWER_ITERATIONS = 30
# Steepest descent is stable below 2 over the largest curvature, which the iteration
# underestimates.
STABLE = 1.2


class EnergyPath(NamedTuple):
    """A path of lowest energy of n images.

    Attributes
    ----------
    distance : ndarray
        Length of the string up to each image, shape (n,): the root of the mean square angle
        in rad, weighted by M_s.
    energy : ndarray
        Energy in J, shape (n,).
    m : list of discretisedfield.Field
        Magnetisation of the images in A/m.
    saddle : int
        Index of the highest image.
    barrier : float
        Energy of the saddle above the first image in J.
    """

    distance: NDArray[np.float64]
    energy: NDArray[np.float64]
    m: list[df.Field]
    saddle: int
    barrier: float


def minimum_energy_path(
    system: mm.System,
    path: Sequence[df.Field],
    images: int = 21,
    most_steps: int = MOST_STEPS,
) -> EnergyPath:
    """Find the path of lowest energy and the saddle between two states, at T = 0.

    Parameters
    ----------
    system : micromagneticmodel.System
        Gives M_s and the energy. It is not changed.
    path : sequence of discretisedfield.Field
        Directions: first state, intermediate states of the initial path, last state. The ends
        are relaxed first.
    images : int, optional
        Number of images n, 3 or more.
    most_steps : int, optional
        Number of steps at which to give up.

    Returns
    -------
    EnergyPath
        The intermediate states select one of several paths. A path that only rises or falls has
        its highest image at an end.

    Raises
    ------
    ValueError
        If there are too few images or states, or the ends relax to one state.
    IntegrationError
        If the string does not come to rest.
    """
    if images < 3:
        raise ValueError(f"a path needs 3 images or more, not {images}")
    if len(path) < 2:
        raise ValueError(f"a path needs a first and a last state, not {len(path)} states")
    parameters = system_parameters(system)
    corners = [components_first(field.orientation.array) for field in path]
    corners[0], corners[-1] = (_relaxed(system, parameters, m) for m in (corners[0], corners[-1]))
    if np.abs(corners[0] - corners[-1]).max() < 1e-3:
        raise ValueError(f"the ends of the path of system '{system.name}' relax to one state")
    weight = _weight(parameters)
    joined = jnp.asarray(_joined(corners, images))
    length = _distances(joined, weight)[-1]
    string = _images_at(joined, weight, jnp.linspace(0, length, images))
    step = 1 / (STABLE * _stiffness(string, parameters))
    # First no image climbs, which the last one stands for.
    tolerance = REST
    string, speed = _descend(string, parameters, step, images - 1, tolerance, most_steps)
    highest = int(np.argmax(_energies(string, parameters)))
    if speed <= tolerance and 0 < highest < images - 1:
        tolerance = SADDLE_RESTS
        string, speed = _descend(string, parameters, step, highest, tolerance, most_steps)
    if not speed <= tolerance:
        raise IntegrationError(
            f"the path of system '{system.name}' does not come to rest: it moves at {speed:.3g} T "
            f"after {most_steps} steps"
        )
    volume = np.prod(system.m.mesh.cell)
    energy = np.asarray(_energies(string, parameters)) * volume
    saddle = int(np.argmax(energy))
    return EnergyPath(
        distance=np.asarray(_distances(string, weight)),
        energy=energy,
        m=[with_orientation(system, np.asarray(m)) for m in string],
        saddle=saddle,
        barrier=float(energy[saddle] - energy[0]),
    )


def _relaxed(system: mm.System, parameters: Parameters, m: NDArray[Any]) -> NDArray[Any]:
    start = mm.System(name=system.name, m=with_orientation(system, m))
    *_, end = relax_steps(start, parameters, TOLERANCE["float64"])
    return np.array(end.m)


def _joined(corners: list[NDArray[Any]], images: int) -> NDArray[np.float64]:
    """Rotate from corner to corner along great circles, with `images` states for each pair."""
    arcs = []
    for before, after in zip(corners[:-1], corners[1:], strict=True):
        cosine = np.clip(np.sum(before * after, axis=0), -1, 1)
        across = after - cosine * before
        # Opposite vectors have no unique great circle: take that through x, or y.
        axis = np.where(np.abs(before[0]) < 0.9, 0, 1)
        chosen = (np.arange(3)[:, None, None, None] == axis).astype(float)
        chosen -= np.sum(chosen * before, axis=0) * before
        across = np.where(np.sum(across**2, axis=0) < 1e-12, chosen, across)
        across = across / np.linalg.norm(across, axis=0)
        angle = np.linspace(0, 1, images)[:, None, None, None, None] * np.arccos(cosine)
        vacuum = np.sum(before**2, axis=0) == 0
        arcs.append(np.where(vacuum, 0, np.cos(angle) * before + np.sin(angle) * across))
    return np.concatenate(arcs)


def _weight(parameters: Parameters) -> jax.Array:
    saturation = jnp.asarray(parameters.saturation_magnetisation)
    return saturation / jnp.sum(saturation)


def _distances(string: jax.Array, weight: jax.Array) -> jax.Array:
    square = jnp.sum(weight * jnp.diff(string, axis=0) ** 2, axis=(1, 2, 3, 4))
    return jnp.concatenate([jnp.zeros(1), jnp.cumsum(jnp.sqrt(square))])


def _images_at(string: jax.Array, weight: jax.Array, target: jax.Array) -> jax.Array:
    """Return images at target distances along the string, by straight lines between its images."""
    distance = _distances(string, weight)
    right = jnp.clip(jnp.searchsorted(distance, target), 1, string.shape[0] - 1)
    length = distance[right] - distance[right - 1]
    fraction = (target - distance[right - 1]) / jnp.where(length > 0, length, 1)
    fraction = fraction.reshape(-1, 1, 1, 1, 1)
    return _normalised((1 - fraction) * string[right - 1] + fraction * string[right])


def _spread(string: jax.Array, weight: jax.Array, fixed: jax.Array | int) -> jax.Array:
    """Put images at equal distances on either side of a fixed image."""
    distance = _distances(string, weight)
    index, last = jnp.arange(string.shape[0]), string.shape[0] - 1
    before = distance[fixed] * index / jnp.maximum(fixed, 1)
    beyond = (index - fixed) / jnp.maximum(last - fixed, 1)
    after = distance[fixed] + (distance[last] - distance[fixed]) * beyond
    images = _images_at(string, weight, jnp.where(index < fixed, before, after))
    return images.at[fixed].set(string[fixed])


def _normalised(vectors: jax.Array) -> jax.Array:
    norm = jnp.sqrt(jnp.sum(vectors**2, axis=-4, keepdims=True))
    return vectors / jnp.where(norm > 0, norm, 1)


@jax.jit
def _energies(string: jax.Array, parameters: Parameters) -> jax.Array:
    """Return the energies of the images over the volume of a cell, in J/m^3."""

    def energy(m: jax.Array) -> jax.Array:
        densities = energy_densities(m, jnp.zeros(()), parameters)
        return sum((jnp.sum(density) for density in densities.values()), start=jnp.zeros(()))

    return jax.lax.map(energy, string)


def _induction(m: jax.Array, parameters: Parameters) -> jax.Array:
    return mu0 * effective_field(m, jnp.zeros(()), parameters)


def _across(m: jax.Array, vectors: jax.Array) -> jax.Array:
    """Return the components of vectors perpendicular to m."""
    return vectors - jnp.sum(m * vectors, axis=-4, keepdims=True) * m


@jax.jit
def _stiffness(string: jax.Array, parameters: Parameters) -> jax.Array:
    """Return the largest curvature of the energy over M_s along the string in T.

    By power iteration.
    """

    def curvature(m: jax.Array) -> jax.Array:
        field, derivative = jax.linearize(partial(_induction, parameters=parameters), m)
        along = jnp.sum(m * field, axis=0)
        start = _across(m, jax.random.normal(jax.random.key(0), m.shape))

        def iterate(count: int, carried: Arrays) -> Arrays:
            vector, _ = carried  # the last length
            vector = vector / jnp.linalg.norm(vector)
            curved = _across(m, along * vector - derivative(vector))
            return curved, jnp.linalg.norm(curved)

        return jax.lax.fori_loop(0, POWER_ITERATIONS, iterate, (start, jnp.zeros(())))[1]

    return jax.lax.map(curvature, string).max()


@jax.jit
def _descend(
    string: jax.Array,
    parameters: Parameters,
    step: jax.Array,
    climbing: jax.Array | int,
    tolerance: jax.Array | float,
    most_steps: jax.Array | int,
) -> tuple[jax.Array, jax.Array]:
    """Move the string down, and the climbing image up, until it rests; return its speed in T.

    The last image does not climb: its minimum would be unstable, and rounding drive it out.
    """
    weight = _weight(parameters)
    free = 1.0 if parameters.free is None else parameters.free

    def down(m: jax.Array) -> jax.Array:
        return -free * cross(m, cross(m, _induction(m, parameters)))

    def unfinished(carried: Arrays) -> jax.Array:
        _, speed, steps = carried
        return (speed > tolerance) & (steps < most_steps)

    def advance(carried: Arrays) -> Arrays:
        string, _, steps = carried
        force = jax.lax.map(down, string)
        m = string[climbing]
        tangent = _across(
            m,
            _unit(m - string[jnp.maximum(climbing - 1, 0)], weight)
            + _unit(string[jnp.minimum(climbing + 1, string.shape[0] - 1)] - m, weight),
        )
        tangent = _unit(tangent, weight)
        along = jnp.sum(weight * force[climbing] * tangent)
        last = string.shape[0] - 1
        force = force.at[climbing].add(jnp.where(climbing == last, 0.0, -2 * along) * tangent)
        moved = _spread(_normalised(string + step * force), weight, climbing)
        # Images beside the climbing image rest before they are in place: only that image counts.
        squares = jnp.sum((moved - string) ** 2, axis=1).max(axis=(1, 2, 3)) / step**2
        counted = (climbing == last) | (jnp.arange(last + 1) == climbing)
        return moved, jnp.sqrt(jnp.max(jnp.where(counted, squares, 0))), steps + 1

    start: Arrays = string, jnp.asarray(jnp.inf), jnp.zeros((), jnp.int64)
    string, speed, _ = jax.lax.while_loop(unfinished, advance, start)
    return string, speed


def _unit(vectors: jax.Array, weight: jax.Array) -> jax.Array:
    length = jnp.sqrt(jnp.sum(weight * vectors**2))
    return vectors / jnp.where(length > 0, length, 1)
