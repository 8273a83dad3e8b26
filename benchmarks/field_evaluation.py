"""Time of a field evaluation against that of its Fourier transforms alone."""

import tempfile
from collections.abc import Callable
from contextlib import chdir

import jax
import jax.numpy as jnp
from film import THREADS, best, film, magnumnp, magnumnp_film

from afterpulse.llg.equation import effective_field, torque
from afterpulse.llg.parameters import as_dtype
from afterpulse.llg.system import orientation, system_parameters

# Evaluations in one measurement, by the number of cells along an edge.
EVALUATIONS = {64: 1000, 128: 300, 256: 60, 512: 12}


def transforms(m: jax.Array) -> jax.Array:
    """Transform three padded components to and fro, one dimension after the other."""
    cells = m.shape[-1]
    rows = jnp.fft.rfft(m, n=2 * cells, axis=-1)
    both = jnp.fft.fft(jnp.swapaxes(rows, -1, -2), n=2 * cells, axis=-1)
    rows = jnp.swapaxes(jnp.fft.ifft(both, axis=-1)[..., :cells], -1, -2)
    return jnp.fft.irfft(rows, n=2 * cells, axis=-1)[..., :cells]


def repeated(function: Callable[[jax.Array], jax.Array], count: int) -> Callable[..., jax.Array]:
    """Apply a function of m many times; each result enters the next argument."""
    return jax.jit(lambda m: jax.lax.fori_loop(0, count, lambda _, x: m + 1e-30 * function(x), m))


def magnumnp_time(cells: int, count: int) -> float:
    """Seconds that magnum.np takes for the field with its torque term."""
    state, terms = magnumnp_film(cells, 0)
    for term in terms:
        term.h(state)

    def run() -> None:
        for _ in range(count):
            sum(term.h(state) for term in terms)

    return best(run) / count


def main() -> None:
    """Print a table."""
    print(f"{THREADS} thread(s)")
    print("cells  precision   field (ms)   dm/dt (ms)   transforms (ms)   transforms / field")
    for cells, count in EVALUATIONS.items():
        parameters = system_parameters(film(cells, 0))
        for dtype in ("float32", "float64"):
            p = as_dtype(parameters, dtype)
            m = jnp.asarray(orientation(film(cells, 0)), dtype=dtype)
            now = jnp.zeros(())

            def field(m: jax.Array, p=p, now=now) -> jax.Array:
                return effective_field(m, now, p)

            def derivative(m: jax.Array, p=p, now=now) -> jax.Array:
                return torque(m, now, effective_field(m, now, p), p)

            walls = []
            for function in (field, derivative, transforms):
                run = repeated(function, count)
                run(m).block_until_ready()
                walls.append(best(lambda run=run, m=m: run(m).block_until_ready()) / count * 1e3)
            whole, rate, bare = walls
            print(
                f"{cells:3}^2  {dtype:9} {whole:12.3f} {rate:12.3f} {bare:17.3f} "
                f"{bare / whole:20.2f}",
                flush=True,
            )
        if magnumnp is not None:
            print(f"{cells:3}^2  magnum.np {magnumnp_time(cells, count // 4) * 1e3:12.3f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        main()
