"""Many systems of one mesh and one set of terms, driven side by side."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import discretisedfield as df
import jax
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray

from .dormand_prince import SMALLEST_STEP, dormand_prince, dormand_prince_start
from .fields.thermal import seed_key
from .mesh import components_last
from .relaxation import MOST_STEPS, TOLERANCE, Descent, converged, descend, descent_start
from .stochastic_runge_kutta import stochastic_runge_kutta, thermal_start
from .system import Parameters, as_dtype, orientation, system_parameters, with_orientation

# A step that is too long shows in the length of the vectors before they are normalised. Measured
# on a film at 300 K with gamma dt B = 0.94, 1.4, 1.9, 2.3 (B = 16 A / (M_s d^2)): the largest
# change is 0.001, 0.007, 0.02, 0.05, and <m_z> is off by 0.05 %, 0.2 %, 0.6 %, 0.9 %.
LARGEST_DRIFT = 0.03

# Held for a call of no steps, so that the first thread compiles while the others wait.
_COMPILING = threading.Lock()

Result = TypeVar("Result")


class IntegrationError(RuntimeError):
    """An integration diverged or did not converge."""


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
    dtype: str = "float32",
    progress: Callable[[int, int], None] | None = None,
    temperature_in_space: Sequence[df.Field] | None = None,
    temperature_in_time: Sequence[Callable[[float], float]] | None = None,
) -> BatchResult:
    """Drive systems in time and set their m to the final field.

    A system at T > 0 is integrated by a Runge-Kutta method at a fixed step, one at T = 0 by
    Dormand-Prince with adaptive step. Each system runs by itself through one compiled
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
        Seed of the thermal field of each system, 0 to 2**64 - 1.
    time_step : float, optional
        Longest step at T > 0 in s; the step is t / n over a whole number. First step that
        Dormand-Prince tries at T = 0.
    dtype : str, optional
        "float32" or "float64".
    progress : callable, optional
        Called as progress(done, total) after each output of each system, one call at a time.
    temperature_in_space, temperature_in_time : sequence, optional
        Factors of the temperature of each system, see `system_parameters`.

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
    factors = temperature_in_space, temperature_in_time
    arguments = list(
        zip(systems, batch_parameters(systems, dtype, t, *factors), seeds, strict=True)
    )
    done = 0
    lock = threading.Lock()

    def one(argument: tuple[mm.System, Parameters, int]) -> tuple[Any, list[Any], list[float]]:
        nonlocal done
        system, parameters, seed = argument
        means: list[Any] = []
        products: list[float] = []
        for _, m in evolve(system, parameters, t, n, seed, time_step, dtype):
            means.append(mean_magnetisation(m, parameters))
            products.append(float(np.mean(m[0].astype(float) * m[1])))
            with lock:
                done += 1
                if progress is not None:
                    progress(done, n * len(systems))
        return m, means, products

    results = side_by_side(one, arguments)
    for system, (m, *_) in zip(systems, results, strict=True):
        system.m = with_orientation(system, m)
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
    with _COMPILING:
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
    result = [
        as_dtype(
            system_parameters(
                system,
                duration=duration,
                temperature_in_space=in_space,
                temperature_in_time=in_time,
            ),
            dtype,
        )
        for system, in_space, in_time in zip(
            systems, temperature_in_space or none, temperature_in_time or none, strict=True
        )
    ]
    structures: list[Any] = [jax.tree.structure(parameters) for parameters in result]
    first = systems[0]
    for system, structure in zip(systems, structures, strict=True):
        if system.m.mesh != first.m.mesh:
            raise ValueError(f"systems '{first.name}' and '{system.name}' differ in their mesh")
        if structure != structures[0]:
            raise ValueError(f"systems '{first.name}' and '{system.name}' differ in their terms")
    return result


def side_by_side(function: Callable[[Any], Result], arguments: Sequence[Any]) -> list[Result]:
    """Apply a function in as many threads as the process has cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(max_workers=cores) as pool:
        return list(pool.map(function, arguments))


def evolve(
    system: mm.System,
    parameters: Parameters,
    t: float,
    n: int,
    seed: int,
    time_step: float,
    dtype: str,
) -> Iterator[tuple[float, NDArray[Any]]]:
    """Integrate one system, stopping at n equally spaced times.

    Parameters
    ----------
    system : micromagneticmodel.System
        Gives the start, the temperature and the name.
    parameters : Parameters
        Its parameters in the precision `dtype`.
    t, n, seed, time_step, dtype
        As in `drive_batch`.

    Yields
    ------
    tuple
        Time in s and unit magnetisation, shape (3, nz, nx, ny).

    Raises
    ------
    ValueError
        If t, n or time_step is not positive.
    IntegrationError
        If the system diverges.
    """
    if not (t > 0 and n > 0 and time_step > 0):
        raise ValueError(f"t, n and time_step must be positive, not {t}, {n}, {time_step}")
    m = jnp.asarray(orientation(system), dtype=dtype)
    key = jnp.asarray(seed_key(seed))
    # Without the tolerance 2 ns / 1 ps could count as 2001 steps.
    steps = max(1, int(np.ceil(t / n / time_step * (1 - 1e-9))))

    fixed = jnp.asarray(t / n / steps, jnp.float64)

    with _COMPILING:
        if system.T > 0:
            thermal = thermal_start(m, parameters)
            thermal = stochastic_runge_kutta(
                thermal, parameters, key, jnp.zeros((), jnp.int64), fixed
            )
        else:
            state = dormand_prince_start(m, parameters, jnp.asarray(time_step, jnp.float64))
            state = dormand_prince(state, parameters, jnp.zeros((), jnp.float64))
    for output, time in enumerate(output_times(t, n)):
        if system.T > 0:
            until = jnp.asarray((output + 1) * steps, jnp.int64)
            thermal = stochastic_runge_kutta(thermal, parameters, key, until, fixed)
            m, sound = thermal.m, bool(thermal.drift.max() < LARGEST_DRIFT)
        else:
            state = dormand_prince(state, parameters, jnp.asarray(time, jnp.float64))
            m, sound = state.m, bool(state.step >= SMALLEST_STEP)
        values = np.array(m)
        if not (sound and np.isfinite(values).all()):
            raise IntegrationError(
                f"system '{system.name}' diverged before {time:.4g} s; use a shorter time_step "
                f"than {t / n / steps:.3g} s or check its parameters"
            )
        yield float(time), values


def output_times(t: float, n: int) -> NDArray[np.float64]:
    """Equally spaced times, n of them, that end at t; in s."""
    return t * np.arange(1, n + 1) / n


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
    weight = np.asarray(parameters.saturation_magnetisation, dtype=float)
    return np.einsum("czxy,zxy->c", m.astype(float), weight) / weight.sum()
