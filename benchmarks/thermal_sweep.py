"""Wall time of a thermal sweep: 32 films of 64 x 64 cells for 1 ns at 300 K.

OOMMF runs a few films, and its time is scaled to 32, start-up included. Before two times may be
compared the step of each has to be short enough, so <m_z> in equilibrium (second half of the
nanosecond, with its standard error over the films) is printed for each step of each code, and
drawn where the argument, an SVG file, says.
"""

import sys
import tempfile
from contextlib import chdir
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from film import THREADS, film, oommf_runner, oommfc, timed

from afterpulse import llg

CELLS, FILMS, OOMMF_FILMS = 64, 32, 6
TEMPERATURE = 300
DURATION, OUTPUTS = 1e-9, 50
STEPS = {"embedded, float32": (5e-14, 1e-13, 2e-13, 3e-13, 4e-13), "OOMMF": (5e-14, 1e-13, 2e-13)}


def embedded(step: float) -> tuple[np.ndarray, float]:
    """Run all films: <m_z> of each, shape (films, outputs), and the wall time in s."""
    seeds = list(range(FILMS))

    def run(duration: float) -> llg.BatchResult:
        films = [film(CELLS, seed, TEMPERATURE) for seed in seeds]
        return llg.drive_batch(
            films, t=duration, n=OUTPUTS, seeds=seeds, time_step=step, dtype="float32"
        )

    # Compiles.
    run(OUTPUTS * step)
    wall, result = timed(partial(run, DURATION))
    return result.mean_m[..., 2], wall


def oommf(runner: object, step: float) -> tuple[np.ndarray, float]:
    """Run a few films: <m_z> of each, shape (films, outputs), and the wall time scaled to all."""
    means, walls = [], []
    for seed in range(OOMMF_FILMS):
        system = film(CELLS, seed, TEMPERATURE)
        evolver = oommfc.Xf_ThermSpinXferEvolver(
            min_timestep=step,
            max_timestep=step,
            temperature=TEMPERATURE,
            uniform_seed=seed + 1,
        )
        drive = partial(oommfc.TimeDriver(evolver=evolver).drive, system, t=DURATION, n=OUTPUTS)
        walls.append(timed(partial(drive, runner=runner, n_threads=THREADS, verbose=0))[0])
        means.append(system.table.data["mz"].to_numpy())
    return np.array(means), float(np.mean(walls)) * FILMS


def draw(found: dict[str, list[tuple[float, float, float]]], path: Path) -> None:
    """Draw <m_z> against the step, in ps, with its standard error."""
    plt.style.use("default")
    figure, axes = plt.subplots(figsize=(5, 3.2), layout="constrained")
    for code, rows in found.items():
        step, mean, error = np.array(rows).T
        axes.errorbar(step * 1e12, mean, error, fmt="o-", capsize=3, label=code)
    axes.set_xlabel("step (ps)")
    axes.set_ylabel(r"$\langle m_z \rangle$ at 300 K")
    axes.set_xlim(left=0)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main(figure: Path | None) -> None:
    """Print a table and draw it."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    codes = {"embedded, float32": embedded}
    if (runner := oommf_runner()) is not None:
        codes["OOMMF"] = partial(oommf, runner)
    print(f"{FILMS} films of {CELLS}^2 cells, 1 ns at {TEMPERATURE} K, {THREADS} thread(s)")
    print("code                step (ps)   s for all   <m_z>")
    for code, run in codes.items():
        for step in STEPS[code]:
            m_z, wall = run(step)
            late = m_z[:, OUTPUTS // 2 :].mean(axis=1)
            error = late.std(ddof=1) / np.sqrt(len(late))
            found.setdefault(code, []).append((step, late.mean(), error))
            print(
                f"{code:18} {step * 1e12:10.3f} {wall:11.1f}   {late.mean():.5f} +- {error:.5f}",
                flush=True,
            )
    if figure is not None:
        draw(found, figure)


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        main(target)
