"""Wall time of a simulated nanosecond under a spin-orbit torque at T = 0, code by code.

The difference of a long and a short drive is taken, so start-up does not count. Each code has its
default tolerance; the last column says how far the average magnetisation is from that of a drive
of the embedded calculator with steps of 0.125 ps, about a quarter of what it chooses by itself.
diffrax integrates the embedded calculator's equation, the whole field at each stage, with the same
bound on the error of a step: the reason why the calculator has an integrator of its own.
"""

import tempfile
from collections.abc import Callable
from contextlib import chdir
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from film import THREADS, best, diffrax, film, magnumnp, magnumnp_film, oommf_runner, oommfc, timed

from afterpulse import llg
from afterpulse.llg.adaptive_runge_kutta import TOLERANCE
from afterpulse.llg.equation import effective_field, torque
from afterpulse.llg.parameters import Parameters, as_dtype
from afterpulse.llg.system import orientation, system_parameters

# Duration of the long drive in s, by the number of cells along an edge; the short one has a fifth.
DURATIONS = {64: 250e-12, 128: 100e-12, 256: 100e-12, 512: 100e-12}
OUTPUTS = 10
REFERENCE_STEP = 0.125e-12
COLUMNS = ["mx", "my", "mz"]

# (cells along an edge, duration in s) to <m> at the outputs, shape (OUTPUTS, 3).
Drive = Callable[[int, float], np.ndarray]


def embedded(dtype: str, cells: int, duration: float) -> np.ndarray:
    """Drive the film in the embedded calculator."""
    system = film(cells, 0, name="embedded")
    llg.TimeDriver(dtype=dtype).drive(system, t=duration, n=OUTPUTS, verbose=0)
    return system.table.data[COLUMNS].to_numpy()


def oommf(runner: object, cells: int, duration: float) -> np.ndarray:
    """Drive the film in OOMMF."""
    system = film(cells, 0, name="oommf")
    oommfc.TimeDriver().drive(
        system, t=duration, n=OUTPUTS, runner=runner, n_threads=THREADS, verbose=0
    )
    return system.table.data[COLUMNS].to_numpy()


def magnum(cells: int, duration: float) -> np.ndarray:
    """Drive the film in magnum.np."""
    state, terms = magnumnp_film(cells, 0)
    solver = magnumnp.LLGSolver(terms)
    means = []
    for _ in range(OUTPUTS):
        solver.step(state, duration / OUTPUTS)
        means.append(state.m.mean(dim=(0, 1, 2)).numpy())
    return np.array(means)


@jax.jit
def solve(m: jax.Array, parameters: Parameters, times: jax.Array) -> jax.Array:
    """Integrate with diffrax: the average of m at the times."""

    def derivative(t: jax.Array, m: jax.Array, p: Parameters) -> jax.Array:
        return torque(m, t, effective_field(m, t, p), p)

    def longest(vectors: jax.Array) -> jax.Array:
        return jnp.sqrt(jnp.max(jnp.sum(vectors**2, axis=0)))

    controller = diffrax.PIDController(rtol=0, atol=TOLERANCE[m.dtype.name], norm=longest)
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(derivative),
        diffrax.Dopri5(),
        t0=0.0,
        t1=times[-1],
        dt0=1e-14,
        y0=m,
        args=parameters,
        saveat=diffrax.SaveAt(ts=times, fn=lambda t, m, p: m.mean(axis=(1, 2, 3))),
        stepsize_controller=controller,
        max_steps=10**6,
    )
    return solution.ys


def with_diffrax(cells: int, duration: float) -> np.ndarray:
    """Drive the film with diffrax."""
    system = film(cells, 0)
    parameters = as_dtype(system_parameters(system), "float64")
    times = jnp.asarray(duration * np.arange(1, OUTPUTS + 1) / OUTPUTS)
    return np.asarray(solve(jnp.asarray(orientation(system), "float64"), parameters, times))


def fine_steps(cells: int, duration: float) -> np.ndarray:
    """Drive the film with short steps, each ended by an output."""
    spacing = round(duration / OUTPUTS / REFERENCE_STEP)
    result = llg.drive_batch(
        [film(cells, 0)], t=duration, n=spacing * OUTPUTS, seeds=[0], dtype="float64"
    )
    return result.mean_m[0, spacing - 1 :: spacing]


def codes() -> dict[str, Drive]:
    """Codes that are here."""
    found: dict[str, Drive] = {
        "embedded, float32": partial(embedded, "float32"),
        "embedded, float64": partial(embedded, "float64"),
    }
    if diffrax is not None:
        found["diffrax, float64"] = with_diffrax
    if (runner := oommf_runner()) is not None:
        found["OOMMF"] = partial(oommf, runner)
    if magnumnp is not None:
        found["magnum.np"] = magnum
    return found


def main() -> None:
    """Print a table."""
    print(f"T = 0, {THREADS} thread(s)")
    print("cells  code                s/ns    against float64   largest difference of <m>")
    for cells, duration in DURATIONS.items():
        reference = fine_steps(cells, duration)
        times, differences = {}, {}
        for name, drive in codes().items():
            # The first drive also compiles and fills OOMMF's cache of the demag tensor.
            differences[name] = abs(drive(cells, duration) - reference).max()
            short = best(partial(drive, cells, duration / 5), repeats=2)
            wall, _ = timed(partial(drive, cells, duration))
            times[name] = (wall - short) / (0.8 * duration) * 1e-9
        for name, wall in times.items():
            print(
                f"{cells:3}^2  {name:18} {wall:8.2f} {wall / times['embedded, float64']:12.2f} x "
                f"{differences[name]:16.1e}",
                flush=True,
            )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        main()
