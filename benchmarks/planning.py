"""What the workflow costs beside the computing of points.

Wall time and memory of dry runs of 10,000 points, in chunks and each a job by itself, and of
100,000 points in chunks; and the overhead of a sweep of 1,000 short points on two cores, the
cores' time less the time spent on points, over the latter.
"""

import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
CORES = 2
# Some 40,000 grains: a third of a second a point.
WINDOW = "2400 nm"


def project(folder: Path, amplitudes: int, replicates: int, size: int | None) -> Path:
    """Copy the workflow with a card of so many amplitudes, two widths and so many replicates."""
    for name in ("workflow", "devices", "experiments"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "Snakefile", folder)
    card = yaml.safe_load((ROOT / "experiments/tiny.yaml").read_text())
    for unused in ("compare", "trains", "inference", "blocking", "hysteresis"):
        del card[unused]
    del card["sweep"]["refine"]
    card |= {"name": "many", "replicates": replicates}
    card["numerics"] |= {"window": WINDOW, "points_per_chunk": size, "micromagnetics": "none"}
    card["numerics"]["steps_per_decade"] = 12
    card["sweep"] |= {
        "pulse_amplitude": [f"{0.3 + 0.7 * i / amplitudes:.6f} I_c" for i in range(amplitudes)],
        "pulse_width": ["10 us", "1 ms"],
        "initialise": ["each"],
    }
    (folder / "experiments/many.yaml").write_text(yaml.safe_dump(card))
    return folder


def run(folder: Path, *arguments: str) -> str:
    """Run the workflow and give what it says."""
    command = [str(SNAKEMAKE), "--directory", str(folder), "--snakefile", str(folder / "Snakefile")]
    return subprocess.run(
        [*command, "--config", "experiment=many", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ).stdout


def dry_run(amplitudes: int, replicates: int, size: int | None) -> None:
    """Time a dry run."""
    with tempfile.TemporaryDirectory() as place:
        folder = project(Path(place) / "project", amplitudes, replicates, size)
        before = time.perf_counter()
        said = run(folder, "--dry-run")
        wall = time.perf_counter() - before
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        jobs = re.search(r"^total +(\d+)$", said, re.MULTILINE)
        print(
            f"dry run of {2 * amplitudes * replicates} points in {jobs[1] if jobs else '?'} jobs: "
            f"{wall:.1f} s, at most {most:.0f} MiB (of this and the runs before)"
        )


def overhead() -> None:
    """Overhead of a sweep whose sample and calibration are there."""
    with tempfile.TemporaryDirectory() as place:
        folder = project(Path(place) / "project", 50, 10, None)
        results = folder / "results/pt_co_irmn/many"
        files = [str(results / f"{name}.nc") for name in ("ground_state", "calibration")]
        relative = [str(Path(file).relative_to(folder)) for file in files]
        run(folder, "--cores", str(CORES), "--", *relative)
        before = time.perf_counter()
        run(folder, "--cores", str(CORES), "--", "results/pt_co_irmn/many/ahe.nc")
        wall = time.perf_counter() - before
        computing, points = 0.0, 0
        for log in (results / "logs/trajectories").iterdir():
            found = re.search(r"(\d+) points done in ([\d.]+) s", log.read_text())
            if found is None:
                raise RuntimeError(f"{log} does not say what was done")
            points, computing = points + int(found[1]), computing + float(found[2])
        chunks = len(list((results / "trajectories").glob("c*.nc")))
        print(
            f"{points} points of {computing / points:.2f} s in {chunks} jobs on {CORES} cores: "
            f"{wall:.0f} s; overhead {100 * (CORES * wall / computing - 1):.1f} %"
        )


if __name__ == "__main__":
    dry_run(500, 10, None)
    dry_run(500, 10, 1)
    dry_run(5000, 10, None)
    overhead()
