"""Progress of an experiment, from its files alone."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from rich.table import Table

from afterpulse.datasets import DatasetError
from afterpulse.timeline.plan import read_plan

# A running job writes to its log at least this often (s).
LOG_INTERVAL = 120.0
# Datasets that are computed once per experiment, in this order.
ONCE = ("sample.nc", "ground_state.nc", "calibration.nc")


def status(folder: str | Path) -> tuple[dict[str, bool], pd.DataFrame]:
    """Return the progress of an experiment.

    Parameters
    ----------
    folder : str or pathlib.Path
        ``results/<device>/<experiment>``; variants are summed.

    Returns
    -------
    once : dict of str to bool
        Whether each file of `ONCE` exists, for all variants.
    protocols : pandas.DataFrame
        By protocol: points, points done (in complete chunks), simulated time in total and done (s),
        running jobs, and remaining time (s; NaN if unknown).

    Raises
    ------
    afterpulse.datasets.DatasetError
        If there is no plan.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f"{folder}: expected the folder of an experiment, got no such folder")
    varied = sorted((folder / "variants").glob("v*/plan.csv"))
    if not varied:
        return plan_status(folder)
    variants = [plan_status(plan.parent) for plan in varied]
    once = {name: all(exists[name] for exists, _ in variants) for name in ONCE}
    protocols = pd.concat([table for _, table in variants])
    # The sum ignores unknown remaining times unless all are unknown.
    return once, protocols.groupby("protocol", sort=False).sum(min_count=1).reset_index()


def plan_status(folder: Path) -> tuple[dict[str, bool], pd.DataFrame]:
    """Return the progress of a folder with a plan, as `status`."""
    table = read_plan(folder / "plan.csv")
    chunks = table["chunk"].unique()
    done = {chunk for chunk in chunks if (folder / f"trajectories/{chunk}.nc").exists()}
    table["done"], table["at_work"] = table["chunk"].isin(done), False
    for chunk in set(chunks) - done:
        log = folder / f"logs/trajectories/{chunk}.log"
        if log.exists() and time.time() - log.stat().st_mtime < LOG_INTERVAL:
            table.loc[table["chunk"] == chunk, "at_work"] = True
    protocols = [
        {
            "protocol": protocol,
            "points": len(rows),
            "points_done": int(rows["done"].sum()),
            "simulated_time_s": rows["simulated_time_s"].sum(),
            "simulated_time_done_s": rows.loc[rows["done"], "simulated_time_s"].sum(),
            "jobs_at_work": rows.loc[rows["at_work"], "chunk"].nunique(),
            "time_left_s": time_left(folder, rows),
        }
        for protocol, rows in table.groupby("protocol", sort=False)
    ]
    return {name: (folder / name).exists() for name in ONCE}, pd.DataFrame(protocols)


def time_left(folder: Path, rows: pd.DataFrame) -> float:
    """Return the remaining time of a protocol with the present number of running jobs (s)."""
    left = rows[~rows["done"]]
    if left.empty:
        return 0.0
    seconds, points = 0.0, 0
    for chunk, done in rows[rows["done"]].groupby("chunk"):
        # Written by Snakemake.
        benchmark = folder / f"benchmarks/trajectories/{chunk}.tsv"
        if benchmark.exists():
            seconds += float(pd.read_csv(benchmark, sep="\t")["s"].iloc[0])
            points += len(done)
    at_work = left.loc[left["at_work"], "chunk"].nunique()
    return seconds / points * len(left) / at_work if points and at_work else float("nan")


def status_table(folder: str | Path) -> tuple[Table, bool]:
    """Return a table of the progress for a terminal, and whether all points are done."""
    once, protocols = status(folder)
    table = Table("", "points done", "simulated", "running jobs", "time left", box=None)
    for name, exists in once.items():
        table.add_row(name.removesuffix(".nc"), "done" if exists else "not yet")
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
    """Return a duration in hours, minutes or seconds."""
    if np.isnan(seconds):
        return "unknown"
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
