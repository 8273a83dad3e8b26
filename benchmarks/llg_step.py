"""Time of a thermal Heun step of the embedded calculator, and its ratio to the bare FFTs."""

import time
from collections.abc import Callable

import discretisedfield as df
import jax
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np

from afterpulse import llg
from afterpulse.llg.batch import side_by_side

STEPS = 400
REPEATS = 3
TIME_STEP = 1e-13
CELL = 3e-9


def film(cells: int, seed: int) -> mm.System:
    """Film with demag, exchange, anisotropy, DMI, per-cell Zeeman, Slonczewski, at 300 K."""
    rng = np.random.default_rng(seed)
    mesh = df.Mesh(p1=(0, 0, 0), p2=(cells * CELL, cells * CELL, 1e-9), n=(cells, cells, 1))
    bias = df.Field(mesh, nvdim=3, value=1e4 * rng.normal(size=(cells, cells, 1, 3)))
    system = mm.System(name=f"film{seed}", T=300)
    system.m = df.Field(mesh, nvdim=3, value=(0.1, 0.1, 1), norm=1e6)
    system.energy = (
        mm.Demag()
        + mm.Exchange(A=1.5e-11)
        + mm.UniaxialAnisotropy(K=8e5, u=(0, 0, 1))
        + mm.DMI(D=1e-3, crystalclass="Cnv_z")
        + mm.Zeeman(H=bias)
    )
    system.dynamics = (
        mm.Precession(gamma0=mm.consts.gamma0)
        + mm.Damping(alpha=0.1)
        + mm.Slonczewski(J=3e11, mp=(0, 1, 0), P=0.1, Lambda=1, eps_prime=0.01)
    )
    return system


@jax.jit
def bare_transforms(m: jax.Array) -> jax.Array:
    """Do the transforms of STEPS Heun steps: two fields a step, three components each."""
    cells = m.shape[1]

    def field(_: jax.Array, m: jax.Array) -> jax.Array:
        rows = jnp.fft.rfft(m, n=2 * cells, axis=-1)
        both = jnp.fft.fft(jnp.swapaxes(rows, -1, -2), n=2 * cells, axis=-1)
        rows = jnp.swapaxes(jnp.fft.ifft(both, axis=-1)[..., :cells], -1, -2)
        return jnp.fft.irfft(rows, n=2 * cells, axis=-1)[..., :cells]

    return jax.lax.fori_loop(0, 2 * STEPS, field, m)


def best(run: Callable[[], object]) -> float:
    """Shortest of a few wall times in s."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print a table."""
    print("cells   batch   ms/step/system   transforms alone   ratio")
    for cells in (64, 128):
        for batch in (1, 4, 8):
            systems = [film(cells, seed) for seed in range(batch)]
            fields = [jnp.full((3, cells, cells), 1.0, jnp.float32)] * batch

            def drive(systems: list[mm.System] = systems, batch: int = batch) -> None:
                duration = STEPS * TIME_STEP
                llg.drive_batch(systems, duration, 1, list(range(batch)), TIME_STEP)

            def transform(fields: list[jax.Array] = fields) -> None:
                side_by_side(lambda m: jax.block_until_ready(bare_transforms(m)), fields)

            drive()
            transform()
            scale = 1e3 / STEPS / batch
            whole, bare = best(drive) * scale, best(transform) * scale
            print(f"{cells:3}^2   {batch:5}   {whole:14.3f}   {bare:16.3f}   {whole / bare:5.2f}")


if __name__ == "__main__":
    main()
