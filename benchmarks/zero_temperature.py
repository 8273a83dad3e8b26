"""Wall time of a simulated nanosecond under a spin-orbit torque at T = 0, code by code.

The difference of a long and a short drive is taken, so start-up does not count. Each code has its
default tolerance; the last column says how far its average magnetisation is from that of a drive
of the embedded calculator with steps of 0.125 ps, a fifth of what it chooses by itself.
"""

import tempfile
from collections.abc import Callable
from contextlib import chdir
from functools import partial

import numpy as np
from film import THREADS, best, film, magnumnp, magnumnp_film, oommf_runner, oommfc, timed

from afterpulse import llg

# Duration of the long drive in s, by the number of cells along an edge; the short one has a fifth.
DURATIONS = {64: 250e-12, 128: 100e-12, 256: 25e-12, 512: 10e-12}
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
