import io
import os
import shutil
import time

import pytest
from rich.console import Console

from afterpulse.cli.results import duration, status, status_table
from afterpulse.datasets import DatasetError
from afterpulse.timeline.plan import plan, write_plan


@pytest.fixture
def folder(device_card, experiment_card, tmp_path):
    """Half of the sweep is done in 12 s a chunk, one more chunk is at work."""
    table = plan(device_card(), experiment_card({"numerics.points_per_chunk": 3}), None)
    write_plan(table, tmp_path / "plan.csv")
    for name in ("trajectories", "logs/trajectories", "benchmarks/trajectories"):
        (tmp_path / name).mkdir(parents=True)
    chunks = list(table["chunk"][table["protocol"] == "sweep"].unique())
    assert len(chunks) == 4
    for chunk in chunks[:2]:
        (tmp_path / f"trajectories/{chunk}.nc").touch()
        (tmp_path / f"benchmarks/trajectories/{chunk}.tsv").write_text("s\th:m:s\n12.0\t0:00:12\n")
    for chunk in chunks[:3]:
        (tmp_path / f"logs/trajectories/{chunk}.log").touch()
    (tmp_path / "sample.nc").touch()
    return tmp_path


def test_points_done_and_time_left(folder):
    once, protocols = status(folder)
    assert once == {"sample.nc": True, "ground_state.nc": False, "calibration.nc": False}
    sweep = protocols.set_index("protocol").loc["sweep"]
    assert (sweep["points_done"], sweep["points"], sweep["jobs_at_work"]) == (6, 12, 1)
    assert sweep["simulated_time_done_s"] == pytest.approx(sweep["simulated_time_s"] / 2, rel=1e-3)
    # Six points at 4 s each by one job.
    assert sweep["time_left_s"] == pytest.approx(24)
    walk = protocols.set_index("protocol").loc["walk"]
    assert walk["points_done"] == 0
    assert walk["time_left_s"] != walk["time_left_s"]


def test_variants_are_added_up(folder, tmp_path_factory):
    varied = tmp_path_factory.mktemp("varied")
    for name in ("v1", "v2"):
        shutil.copytree(folder, varied / "variants" / name)
    (varied / "variants/v1/calibration.nc").touch()
    once, protocols = status(varied)
    assert once == {"sample.nc": True, "ground_state.nc": False, "calibration.nc": False}
    sweep = protocols.set_index("protocol").loc["sweep"]
    assert (sweep["points_done"], sweep["points"], sweep["jobs_at_work"]) == (12, 24, 2)


def test_a_log_that_stands_still_is_no_job_at_work(folder):
    for log in (folder / "logs/trajectories").iterdir():
        os.utime(log, (time.time() - 3600,) * 2)
    assert status(folder)[1]["jobs_at_work"].sum() == 0


def test_table_for_a_terminal(folder):
    console = Console(width=100, file=io.StringIO())
    table, done = status_table(folder)
    console.print(table)
    assert not done
    (line,) = [line for line in console.file.getvalue().splitlines() if "sweep" in line]
    assert " ".join(line.split()) == "sweep 6 of 12 120 of 240 s 1 24 s"


def test_folder_without_a_plan_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"plan\.csv: expected a plan"):
        status(tmp_path)
    with pytest.raises(DatasetError, match="expected the folder of an experiment"):
        status(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(float("nan"), "unknown"), (59.4, "59 s"), (90, "1.5 min"), (5400, "1.5 h")],
)
def test_durations(seconds, words):
    assert duration(seconds) == words
