"""A sweep that does not fit in memory is written, checked and reduced in pieces.

The states of the units are nearly all of it. They are written by the package, compressed, so that
they take little of the disk; whoever reads them has to unpack all of their bytes. The voltage of
the units' states needs every one; the job that reduces a sweep does not unpack them.
"""

import os
import subprocess
import sys
from pathlib import Path

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.timeline.plan import COLUMNS, write_plan
from afterpulse.timeline.reduction import MEASURED

ROOT = Path(__file__).parents[2]
CARDS = (str(ROOT / "devices/pt_co_irmn.yaml"), str(ROOT / "experiments/tiny.yaml"))
MIB = 2**20

REDUCTION = """
import sys
import numpy as np
from afterpulse import datasets
from afterpulse.cards import load_experiment
from afterpulse.device import load_device
from afterpulse.timeline import hall, rules
device, experiment, plan, sweep, voltages, *chunks = sys.argv[1:]
rules.reduce_sweep(load_device(device), load_experiment(experiment), plan, chunks, [], "ahe", sweep)
found = []
for path in chunks:
    with datasets.opened(path) as chunk:
        units = np.arange(chunk.sizes["unit"])
        found.append(hall.hall_voltage_of_units(chunk["unit_state"], units, 2e-3, 0.5).values)
np.save(voltages, np.concatenate(found))
"""

# Small itself: a process starts with the memory of the one that starts it.
MEASUREMENT = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-c", *sys.argv[1:]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def reversed_units(point, steps, units):
    """How many units of a trajectory have turned over at each step."""
    return (np.arange(steps) + point) % steps * units // steps


def write_chunk(path, first, points, steps, units):
    """Trajectories of one pulse each: a start, a plateau and a wait of half the steps."""
    down = np.tril(np.ones((units + 1, units), dtype=np.int8), -1)

    def states(block_info=None):
        (point, _), _, _ = block_info[None]["array-location"]
        return (1 - 2 * down[reversed_units(first + point, steps, units)])[None]

    waiting = steps // 2
    stage = np.full((points, steps), "wait", dtype=object)
    stage[:, 0], stage[:, 1:-waiting] = "start", "plateau"
    delay = np.concatenate([np.zeros(steps - waiting), np.geomspace(1e-6, 20, waiting)])
    number = np.arange(first, first + points)
    made_up = number[:, None] + np.arange(steps) / steps
    chunk = xr.Dataset(
        {
            "unit_state": (
                ("point", "step", "unit"),
                da.map_blocks(states, chunks=((1,) * points, (steps,), (units,)), dtype=np.int8),
            ),
            "stage": (("point", "step"), stage),
            "pulse": (("point", "step"), np.where(stage == "start", -1, 0)),
            "delay": (("point", "step"), np.tile(delay, (points, 1))),
            **{name: (("point", "step"), made_up) for name in MEASURED},
            "pulse_amplitude": (("point", "pulse_number"), 1e-3 * (1 + number[:, None])),
            "pulse_width": (("point", "pulse_number"), np.full((points, 1), 1e-3)),
            "pulse_current_density": (("point", "pulse_number"), np.full((points, 1), 1e11)),
            "mechanism_set": ("point", ["card"] * points),
            "sample": ("point", np.zeros(points, dtype=np.int64)),
            "replicate": ("point", np.zeros(points, dtype=np.int64)),
            "seed": ("point", number),
        },
        coords={"point": [f"p{each}" for each in number]},
    )
    datasets.write(datasets.label(chunk), path)


def reduced(folder, chunks, points, steps, units):
    """Write and reduce a sweep; its most memory in bytes, the sweep and the units' voltages."""
    paths = [folder / f"{number:05d}.nc" for number in range(chunks)]
    for number, path in enumerate(paths):
        write_chunk(path, number * points, points, steps, units)
    table = pd.DataFrame("", index=range(chunks * points), columns=list(COLUMNS))
    table["point"], table["chunk"] = [f"p{n}" for n in range(chunks * points)], "c0123456789ab"
    write_plan(table, plan := folder / "plan.csv")
    outcome = folder / "ahe.nc", folder / "voltages.npy"
    program = [sys.executable, "-S", "-c", MEASUREMENT, REDUCTION, *CARDS, plan, *outcome, *paths]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *sys.path]),
        # Each thread holds a piece; the bounds shall mean the same on every machine.
        "DASK_NUM_WORKERS": "4",
    }
    said = subprocess.run(program, check=True, stdout=subprocess.PIPE, env=environment).stdout
    most = int(said) * (1 if sys.platform == "darwin" else 1024)
    return most, datasets.read(outcome[0]), np.load(outcome[1])


def compare(sweep, voltages, points, steps, units):
    """Compare with what was made up."""
    np.testing.assert_array_equal(sweep["seed"].values.ravel(), np.arange(points))
    late = np.arange(steps)[-sweep.sizes["delay"] :] / steps
    expected = np.arange(points)[:, None] + late
    for name in MEASURED:
        np.testing.assert_array_equal(sweep[name].squeeze().values, expected)
    # The unit of number k weighs k, so the first n weigh n (n - 1) / 2.
    turned = np.array([reversed_units(point, steps, units) for point in range(points)])
    mean = 1 - 2 * turned * (turned - 1) / (units * (units - 1))
    np.testing.assert_allclose(voltages, 2e-3 * 0.5 * mean, rtol=0, atol=1e-15)


def test_memory_does_not_grow_with_the_sweep(tmp_path):
    for name in ("small", "large"):
        (tmp_path / name).mkdir()
    small, *_ = reduced(tmp_path / "small", 1, 1, 128, 4096)
    # 256 MiB in four chunks.
    large, sweep, voltages = reduced(tmp_path / "large", 4, 128, 128, 4096)
    print(f"{small / MIB:.0f} and {large / MIB:.0f} MiB")
    compare(sweep, voltages, 512, 128, 4096)
    assert large - small < 128 * MIB


@pytest.mark.slow
def test_twenty_gibibytes_are_reduced_within_two(tmp_path):
    chunks, points, steps, units = 20, 64, 2048, 8192
    assert chunks * points * steps * units == 20 * 1024 * MIB
    most, sweep, voltages = reduced(tmp_path, chunks, points, steps, units)
    print(f"{most / MIB:.0f} MiB")
    compare(sweep, voltages, chunks * points, steps, units)
    assert most < 2 * 1024 * MIB
