"""Many systems of one mesh and one set of terms, driven side by side."""

import dataclasses
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import discretisedfield as df
import jax
import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray

from .arguments import finite_number, whole_number
from .checkpoint import remove
from .evolution import TIME_STEP, Stepping, evolve
from .mesh import components_last, warn_of_large_cells
from .noise_stream import resume_stream, store_position
from .parameters import Parameters, as_dtype
from .relaxation import TOLERANCE, relax_steps
from .system import system_parameters, with_orientation
from .time_dependence import Stages

Result = TypeVar("Result")


class BatchResult(NamedTuple):
    """Result of a batch of B drives with n outputs.

    Attributes
    ----------
    time : ndarray
        Output times in s, shape (n,), the first one after t / n.
    mean_m : ndarray
        Average unit magnetisation weighted by M_s, shape (B, n, 3).
    mean_z, mean_xy : ndarray
        Averages of m_z and of m_x m_y, which the anomalous and the planar Hall effect read,
        shape (B, n). Without `BatchOptions.weight`, that of m_z is weighted by M_s.
    m : ndarray
        Final unit magnetisation, shape (B, nx, ny, nz, 3).
    snapshots : ndarray
        Unit magnetisation at the outputs, shape (B, n, nx, ny, nz, 3); without
        `BatchOptions.snapshots` that of no output, n = 0.
    """

    time: NDArray[np.float64]
    mean_m: NDArray[np.float64]
    mean_z: NDArray[np.float64]
    mean_xy: NDArray[np.float64]
    m: NDArray[np.floating]
    snapshots: NDArray[np.floating]


class BatchOptions(NamedTuple):
    """Options of `drive_batch`.

    Attributes
    ----------
    time_step : float
        Longest step at T > 0 in s; the step is t / n over a whole number. First step that
        the adaptive method tries at T = 0.
    dtype : str
        "float32" or "float64".
    tolerance : float, optional
        Largest error of a unit vector in one step at T = 0; 1e-6 in float64, 1e-5 in float32.
    progress : callable, optional
        Called as progress(done, total) after each output of each system, one call at a time.
    temperature_in_space, temperature_in_time : sequence, optional
        Factors of the temperature of each system, see `system_parameters`.
    checkpoint : Path, optional
        Directory in which each system keeps its state every few seconds. The same call continues
        from there with the same numbers. It is deleted when all systems are done.
    weight : ndarray, shape (nx, ny), optional
        Weight of each cell in `BatchResult.mean_z` and `BatchResult.mean_xy`, in any unit.
    snapshots : bool, optional
        Keep the magnetisation of each output.
    """

    time_step: float = TIME_STEP
    dtype: str = "float64"
    tolerance: float | None = None
    progress: Callable[[int, int], None] | None = None
    temperature_in_space: Sequence[df.Field] | None = None
    temperature_in_time: Sequence[Callable[[float], float]] | None = None
    checkpoint: Path | None = None
    weight: NDArray[np.float64] | None = None
    snapshots: bool = False


def drive_batch(
    systems: Sequence[mm.System], t: float, n: int, seeds: Sequence[int], **options: Any
) -> BatchResult:
    """Drive systems in time and set their m to the final field.

    A system at T > 0 is integrated by a Runge-Kutta method with a fixed step, a system at T = 0
    with an adaptive step. Each system runs alone through one compiled program, several at a time
    in threads: its numbers depend on the system, its seed and the arguments, never on the other
    systems of the batch.

    Parameters
    ----------
    systems : sequence of micromagneticmodel.System
        Systems on one mesh with the same set of terms.
    t : float
        Time in s.
    n : int
        Number of outputs.
    seeds : sequence of int
        Seed of the thermal field of each system, 0 to 2**64 - 1. A system that was driven with
        its seed before continues with the random numbers after those it has used.
    **options
        Attributes of `BatchOptions`.

    Raises
    ------
    UnsupportedSystem
        If a system has a term or a property that the calculator does not have.
    ValueError
        If the systems differ in mesh or terms, or an argument is out of range.
    IntegrationError
        If a system diverges; the message names it, and no system is changed.
    """
    chosen = BatchOptions(**options)
    if len(seeds) != len(systems):
        raise ValueError(f"{len(systems)} systems need as many seeds, not {len(seeds)}")
    stages = Stages(finite_number("t", t, positive=True), whole_number("n", n))
    time_step = finite_number("time_step", chosen.time_step, positive=True)
    stepping = Stepping(time_step, chosen.tolerance)
    factors = chosen.temperature_in_space, chosen.temperature_in_time
    parameters = batch_parameters(systems, chosen.dtype, stages, *factors)
    weight = None if chosen.weight is None else cell_weight(chosen.weight, systems[0].m.mesh)
    streams = [resume_stream(seed, system) for seed, system in zip(seeds, systems, strict=True)]
    done = 0
    lock = threading.Lock()

    def drive(index: int) -> tuple[Any, list[Any], list[float], list[float], list[Any]]:
        nonlocal done
        kept: list[Any] = []
        means: list[Any] = []
        means_z: list[float] = []
        products: list[float] = []
        folder = None if chosen.checkpoint is None else chosen.checkpoint / str(index)
        p = parameters[index]
        for _, m in evolve(systems[index], p, stages, streams[index], stepping, folder):
            means.append(mean_magnetisation(m, p))
            if chosen.snapshots:
                kept.append(components_last(m))
            product = m[0].astype(float) * m[1]
            if weight is None:
                means_z.append(float(means[-1][2]))
                products.append(float(np.mean(product)))
            else:
                means_z.append(float(np.average(m[2].astype(float), weights=weight)))
                products.append(float(np.average(product, weights=weight)))
            with lock:
                done += 1
                if chosen.progress is not None:
                    chosen.progress(done, stages.n * len(systems))
        return m, means, means_z, products, kept

    results = side_by_side(drive, range(len(systems)))
    for system, noise, (m, *_) in zip(systems, streams, results, strict=True):
        system.m = with_orientation(system, m)
        if system.T > 0:
            store_position(noise, system)
    if chosen.checkpoint is not None:
        remove(chosen.checkpoint)
    shape = len(systems), stages.n
    return BatchResult(
        time=stages.ends(),
        mean_m=np.array([means for _, means, *_ in results]).reshape(*shape, 3),
        mean_z=np.array([means_z for _, _, means_z, *_ in results]).reshape(shape),
        mean_xy=np.array([products for *_, products, _ in results]).reshape(shape),
        m=np.stack([components_last(m) for m, *_ in results]),
        snapshots=np.array([kept for *_, kept in results]),
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
    UnsupportedSystem, ValueError
        As from `drive_batch`, or if a system has a spin torque.
    IntegrationError
        If a system does not converge; the message names it, and no system is changed.
    """
    parameters = batch_parameters(systems, dtype)
    for system, p in zip(systems, parameters, strict=True):
        if any(np.any(np.asarray(term.strength) != 0) for term in p.slonczewski):
            raise ValueError(f"system '{system.name}': a spin torque has no energy to minimise")
    limit = TOLERANCE[dtype] if tolerance is None else tolerance

    def relax(index: int) -> NDArray[np.floating]:
        *_, end = relax_steps(systems[index], parameters[index], limit)
        return np.asarray(end.m)

    results = side_by_side(relax, range(len(systems)))
    for system, m in zip(systems, results, strict=True):
        system.m = with_orientation(system, m)
    return np.stack([components_last(m) for m in results])


def batch_parameters(
    systems: Sequence[mm.System],
    dtype: str,
    stages: Stages | None = None,
    temperature_in_space: Sequence[df.Field] | None = None,
    temperature_in_time: Sequence[Callable[[float], float]] | None = None,
) -> list[Parameters]:
    """Return `system_parameters` of systems that must agree in mesh and terms."""
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
            stages=stages,
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
            # The tensor of the mesh takes most of a film's memory: keep a single copy.
            shared = result[0].demagnetisation
            parameters = dataclasses.replace(parameters, demagnetisation=shared)
        result.append(as_dtype(parameters, dtype))
    return result


def side_by_side(function: Callable[[Any], Result], arguments: Sequence[Any]) -> list[Result]:
    """Apply a function in as many threads as the process has cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(max_workers=cores) as pool:
        return list(pool.map(function, arguments))


def cell_weight(weight: NDArray[np.float64], mesh: df.Mesh) -> NDArray[np.float64]:
    """Return a weight of shape (nx, ny) for all cells of a mesh, shape (nz, nx, ny)."""
    values, (nx, ny, nz) = np.asarray(weight, float), mesh.n
    if values.shape != (nx, ny):
        raise ValueError(f"weight must have the shape {(int(nx), int(ny))}, not {values.shape}")
    if not (np.isfinite(values).all() and (values >= 0).all() and values.any()):
        raise ValueError("weight must be finite, nowhere negative and not zero everywhere")
    return np.broadcast_to(values, (nz, nx, ny))


def mean_magnetisation(m: NDArray[np.floating], parameters: Parameters) -> NDArray[np.float64]:
    """Return the average of m weighted by M_s, as in OOMMF's table, shape (3,)."""
    weight = np.broadcast_to(np.asarray(parameters.saturation_magnetisation, float), m.shape[1:])
    return np.einsum("czxy,zxy->c", m.astype(float), weight) / weight.sum()
