"""Many systems of one mesh and one set of terms, driven side by side."""

import dataclasses
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import discretisedfield as df
import jax
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray

from .arguments import finite_number, whole_number
from .checkpoint import remove
from .compilation_cache import COMPILING
from .evolution import IntegrationError, evolve, output_times
from .mesh import components_last, warn_of_large_cells
from .noise_stream import NoiseStream, resume_stream, store_position
from .relaxation import MOST_STEPS, TOLERANCE, Descent, converged, descend, descent_start
from .system import Parameters, as_dtype, orientation, system_parameters, with_orientation

Result = TypeVar("Result")


class BatchResult(NamedTuple):
    """What a batch of drives returns.

    Attributes
    ----------
    time : ndarray
        Output times in s, shape (n,), the first one after t / n.
    mean_m : ndarray
        Average unit magnetisation weighted by M_s, shape (B, n, 3).
    mean_xy : ndarray
        Average of m_x m_y, which the planar Hall effect reads, shape (B, n).
    m : ndarray
        Final unit magnetisation, shape (B, nx, ny, nz, 3).
    """

    time: NDArray[np.float64]
    mean_m: NDArray[np.float64]
    mean_xy: NDArray[np.float64]
    m: NDArray[np.floating]


def drive_batch(
    systems: Sequence[mm.System],
    t: float,
    n: int,
    seeds: Sequence[int],
    time_step: float = 2.5e-13,
    dtype: str = "float64",
    tolerance: float | None = None,
    progress: Callable[[int, int], None] | None = None,
    temperature_in_space: Sequence[df.Field] | None = None,
    temperature_in_time: Sequence[Callable[[float], float]] | None = None,
    checkpoint: Path | None = None,
) -> BatchResult:
    """Drive systems in time and set their m to the final field.

    A system at T > 0 is integrated by a Runge-Kutta method at a fixed step, one at T = 0 by
    one with adaptive step. Each system runs by itself through one compiled
    program, several at a time in threads: its numbers depend on the system, its seed and the
    arguments, never on the other systems of the batch.

    Parameters
    ----------
    systems : sequence of micromagneticmodel.System
        Systems on one mesh with the same set of terms.
    t : float
        Time in s.
    n : int
        Number of output times.
    seeds : sequence of int
        Seed of the thermal field of each system, 0 to 2**64 - 1. A system that was driven with
        its seed before goes on with the random numbers after those it has used.
    time_step : float, optional
        Longest step at T > 0 in s; the step is t / n over a whole number. First step that
        the adaptive method tries at T = 0.
    dtype : str, optional
        "float32" or "float64".
    tolerance : float, optional
        Largest error of a unit vector in one step at T = 0; 1e-6 in float64, 1e-5 in float32.
    progress : callable, optional
        Called as progress(done, total) after each output of each system, one call at a time.
    temperature_in_space, temperature_in_time : sequence, optional
        Factors of the temperature of each system, see `system_parameters`.
    checkpoint : Path, optional
        Directory in which each system leaves where it stands every few seconds. The same drive
        goes on from there, with the same numbers. It is deleted when all are done.

    Returns
    -------
    BatchResult
        Times, average and final magnetisation.

    Raises
    ------
    UnsupportedSystem
        If a system has something that this calculator does not have.
    ValueError
        If the systems differ in mesh or terms, or an argument is out of range.
    IntegrationError
        If a system diverges; the message names it. No system is changed then.
    """
    if len(seeds) != len(systems):
        raise ValueError(f"{len(systems)} systems need as many seeds, not {len(seeds)}")
    t, n = finite_number("t", t, positive=True), whole_number("n", n)
    time_step = finite_number("time_step", time_step, positive=True)
    factors = temperature_in_space, temperature_in_time
    parameters = batch_parameters(systems, dtype, t, n, *factors)
    places = [None if checkpoint is None else checkpoint / str(k) for k in range(len(systems))]
    streams = [resume_stream(seed, system) for seed, system in zip(seeds, systems, strict=True)]
    arguments = list(zip(systems, parameters, streams, places, strict=True))
    done = 0
    lock = threading.Lock()

    def one(
        argument: tuple[mm.System, Parameters, NoiseStream, Path | None],
    ) -> tuple[Any, list[Any], list[float]]:
        nonlocal done
        system, parameters, noise, place = argument
        means: list[Any] = []
        products: list[float] = []
        for _, m in evolve(system, parameters, t, n, noise, time_step, dtype, tolerance, place):
            means.append(mean_magnetisation(m, parameters))
            products.append(float(np.mean(m[0].astype(float) * m[1])))
            with lock:
                done += 1
                if progress is not None:
                    progress(done, n * len(systems))
        return m, means, products

    results = side_by_side(one, arguments)
    for system, noise, (m, *_) in zip(systems, streams, results, strict=True):
        system.m = with_orientation(system, m)
        if system.T > 0:
            store_position(noise, system)
    if checkpoint is not None:
        remove(checkpoint)
    return BatchResult(
        time=output_times(t, n),
        mean_m=np.array([means for _, means, _ in results]).reshape(len(systems), n, 3),
        mean_xy=np.array([products for *_, products in results]).reshape(len(systems), n),
        m=np.stack([components_last(m) for m, *_ in results]),
    )


def relax_batch(
    systems: Sequence[mm.System], dtype: str = "float64", tolerance: float | None = None
) -> NDArray[np.floating]:
    """Relax systems to a minimum of their energy and set their m.

    Parameters
    ----------
    systems : sequence of micromagneticmodel.System
        Systems on one mesh with the same set of terms, without spin torque.
    dtype : str, optional
        "float32" or "float64".
    tolerance : float, optional
        Largest |m x B| in T at the end; by default 1e-6 T in float64, 1e-4 T in float32.

    Returns
    -------
    ndarray
        Unit magnetisation, shape (B, nx, ny, nz, 3).

    Raises
    ------
    UnsupportedSystem
        If a system has something that this calculator does not have.
    ValueError
        If the systems differ in mesh or terms, or have a spin torque.
    IntegrationError
        If a system does not converge; the message names it. No system is changed then.
    """
    parameters = batch_parameters(systems, dtype)
    for system, p in zip(systems, parameters, strict=True):
        if any(np.any(np.asarray(term.strength) != 0) for term in p.slonczewski):
            raise ValueError(f"system '{system.name}': a spin torque has no energy to minimise")
    limit = TOLERANCE[dtype] if tolerance is None else tolerance

    def one(argument: tuple[mm.System, Parameters]) -> NDArray[np.floating]:
        system, p = argument
        *_, end = relax_steps(system, p, limit, dtype, MOST_STEPS)
        return np.asarray(end.m)

    results = side_by_side(one, list(zip(systems, parameters, strict=True)))
    for system, m in zip(systems, results, strict=True):
        system.m = with_orientation(system, m)
    return np.stack([components_last(m) for m in results])


def relax_steps(
    system: mm.System, parameters: Parameters, tolerance: float, dtype: str, stride: int
) -> Iterator[Descent]:
    """Minimise the energy of one system, stopping after every few steps.

    Parameters
    ----------
    system : micromagneticmodel.System
        Gives the start and the name.
    parameters : Parameters
        Its parameters in the precision `dtype`.
    tolerance : float
        Largest |m x B| in T at the end.
    dtype : str
        "float32" or "float64".
    stride : int
        Steps between two stops.

    Yields
    ------
    Descent
        At each stop, the last one at the minimum; its arrays hold until the next one.

    Raises
    ------
    IntegrationError
        If the tolerance is not reached.
    """
    limit = jnp.asarray(tolerance, dtype)
    with COMPILING:
        descent = descent_start(jnp.asarray(orientation(system), dtype=dtype), parameters)
        descent = descend(descent, parameters, limit, jnp.asarray(0, jnp.int64))
    until = stride
    while True:
        descent = descend(descent, parameters, limit, jnp.asarray(until, jnp.int64))
        yield descent
        if bool(converged(descent, limit)):
            return
        if until >= MOST_STEPS or not bool(jnp.isfinite(descent.residual)):
            raise IntegrationError(
                f"system '{system.name}' did not relax: |m x B| is {descent.residual:.3g} T"
            )
        until += stride


def batch_parameters(
    systems: Sequence[mm.System],
    dtype: str,
    duration: float | None = None,
    outputs: int = 1,
    temperature_in_space: Sequence[df.Field] | None = None,
    temperature_in_time: Sequence[Callable[[float], float]] | None = None,
) -> list[Parameters]:
    """Parameters of systems that must agree in mesh and terms.

    Parameters
    ----------
    systems : sequence of micromagneticmodel.System
        Systems on one mesh with the same set of terms.
    dtype : str
        "float32" or "float64".
    duration : float, optional
        Time in s for which terms that depend on time are sampled.
    outputs : int, optional
        Number of outputs in that time.
    temperature_in_space, temperature_in_time : sequence, optional
        Factors of the temperature of each system, see `system_parameters`.

    Returns
    -------
    list of Parameters
        JAX arrays, one structure.

    Raises
    ------
    ValueError
        If there is no system, the precision is unknown, or the systems differ.
    """
    if not systems:
        raise ValueError("a batch needs at least one system")
    if dtype not in TOLERANCE:
        raise ValueError(f"dtype must be 'float32' or 'float64', not {dtype!r}")
    none = [None] * len(systems)
    first = systems[0]
    if first.m is not None:
        warn_of_large_cells(first.m.mesh, stacklevel=3)
    result: list[Parameters] = []
    for system, in_space, in_time in zip(
        systems, temperature_in_space or none, temperature_in_time or none, strict=True
    ):
        parameters = system_parameters(
            system,
            duration=duration,
            outputs=outputs,
            temperature_in_space=in_space,
            temperature_in_time=in_time,
        )
        if system.m.mesh != first.m.mesh:
            raise ValueError(f"systems '{first.name}' and '{system.name}' differ in their mesh")
        if result:
            structure: Any = jax.tree.structure(parameters)
            if structure != jax.tree.structure(result[0]):
                raise ValueError(
                    f"systems '{first.name}' and '{system.name}' differ in their terms"
                )
            # One mesh has one tensor, which is most of what a film takes.
            shared = result[0].demagnetisation
            parameters = dataclasses.replace(parameters, demagnetisation=shared)
        result.append(as_dtype(parameters, dtype))
    return result


def side_by_side(function: Callable[[Any], Result], arguments: Sequence[Any]) -> list[Result]:
    """Apply a function in as many threads as the process has cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(max_workers=cores) as pool:
        return list(pool.map(function, arguments))


def mean_magnetisation(m: NDArray[np.floating], parameters: Parameters) -> NDArray[np.float64]:
    """Average of m weighted by M_s, as in OOMMF's table.

    Parameters
    ----------
    m : ndarray
        Unit magnetisation, shape (3, nz, nx, ny).
    parameters : Parameters
        The system's parameters.

    Returns
    -------
    ndarray
        Shape (3,).
    """
    weight = np.broadcast_to(np.asarray(parameters.saturation_magnetisation, float), m.shape[1:])
    return np.einsum("czxy,zxy->c", m.astype(float), weight) / weight.sum()
