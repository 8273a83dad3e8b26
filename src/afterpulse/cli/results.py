"""How far an experiment has come, from its files alone."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from rich.table import Table

from afterpulse.datasets import DatasetError
from afterpulse.timeline.plan import read_plan

# A job writes to its log at least this often while it computes (s).
QUIET = 120.0
# What is computed once an experiment, in this order; a file that the experiment does not ask for
# never appears and is not waited for.
ONCE = ("sample.nc", "ground_state.nc", "calibration.nc")


def status(folder: str | Path) -> tuple[dict[str, bool], pd.DataFrame]:
    """Look at the results of an experiment.

    Parameters
    ----------
    folder : str or pathlib.Path
        ``results/<device>/<experiment>``; variants are added up.

    Returns
    -------
    once : dict of str to bool
        Whether each file of `ONCE` is there, for all variants.
    protocols : pandas.DataFrame
        By protocol: points, points done, simulated time in all and done (s), jobs at work, and
        time left (s; NaN where nothing tells). Points of jobs at work count as done when their
        whole chunk is.

    Raises
    ------
    afterpulse.datasets.DatasetError
        Where there is no plan.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f"{folder}: expected the folder of an experiment, got no such folder")
    varied = sorted((folder / "variants").glob("v*/plan.csv"))
    if not varied:
        return status_of_one(folder)
    found = [status_of_one(plan.parent) for plan in varied]
    once = {name: all(there[name] for there, _ in found) for name in ONCE}
    together = pd.concat([protocols for _, protocols in found])
    # Variants of which nothing is at work yet say nothing of the time left.
    return once, together.groupby("protocol", sort=False).sum(min_count=1).reset_index()


def status_of_one(folder: Path) -> tuple[dict[str, bool], pd.DataFrame]:
    """Status of a folder with a plan of its own."""
    table = read_plan(folder / "plan.csv")
    chunks = table["chunk"].unique()
    done = {chunk for chunk in chunks if (folder / f"trajectories/{chunk}.nc").exists()}
    table["done"], table["at_work"] = table["chunk"].isin(done), False
    for chunk in set(chunks) - done:
        log = folder / f"logs/trajectories/{chunk}.log"
        if log.exists() and time.time() - log.stat().st_mtime < QUIET:
            table.loc[table["chunk"] == chunk, "at_work"] = True
    rows = [
        {
            "protocol": protocol,
            "points": len(part),
            "points_done": int(part["done"].sum()),
            "simulated_time_s": part["simulated_time_s"].sum(),
            "simulated_time_done_s": part.loc[part["done"], "simulated_time_s"].sum(),
            "jobs_at_work": part.loc[part["at_work"], "chunk"].nunique(),
            "time_left_s": time_left(folder, part),
        }
        for protocol, part in table.groupby("protocol", sort=False)
    ]
    return {name: (folder / name).exists() for name in ONCE}, pd.DataFrame(rows)


def time_left(folder: Path, part: pd.DataFrame) -> float:
    """Time that the rest of a protocol takes with as many jobs as are at work (s)."""
    left = part[~part["done"]]
    if left.empty:
        return 0.0
    seconds, points = 0.0, 0
    for chunk, some in part[part["done"]].groupby("chunk"):
        # Snakemake's own table; its first column is the wall time.
        benchmark = folder / f"benchmarks/trajectories/{chunk}.tsv"
        if benchmark.exists():
            seconds += float(pd.read_csv(benchmark, sep="\t")["s"].iloc[0])
            points += len(some)
    at_work = left.loc[left["at_work"], "chunk"].nunique()
    return seconds / points * len(left) / at_work if points and at_work else float("nan")


def status_table(folder: str | Path) -> tuple[Table, bool]:
    """Status of an experiment, a line a protocol, for a terminal.

    Parameters
    ----------
    folder : str or pathlib.Path
        As in `status`.

    Returns
    -------
    table : rich.table.Table
        To be printed.
    done : bool
        Whether all points are there.
    """
    once, protocols = status(folder)
    table = Table("", "points done", "simulated", "jobs at work", "time left", box=None)
    for name, there in once.items():
        table.add_row(name.removesuffix(".nc"), "there" if there else "not yet")
    for row in protocols.itertuples():
        table.add_row(
            str(row.protocol),
            f"{row.points_done} of {row.points}",
            f"{row.simulated_time_done_s:.4g} of {row.simulated_time_s:.4g} s",
            str(row.jobs_at_work),
            duration(float(str(row.time_left_s))),
        )
    return table, bool((protocols["points_done"] == protocols["points"]).all())


def duration(seconds: float) -> str:
    """Time in hours, minutes or seconds."""
    if np.isnan(seconds):
        return "not known yet"
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
