"""Effects of the paper on a run of the demo (about five minutes on two cores)."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    snakemake = Path(sys.executable).with_name("snakemake")
    where = ["--snakefile", ROOT / "Snakefile", "--directory", folder]
    subprocess.run([snakemake, *where, "--cores", "all", "--quiet"], check=True, timeout=3600)
    return folder / "results" / "pt_co_irmn" / "demo"


@pytest.fixture(scope="module")
def sweep(results):
    with xr.open_dataset(results / "ahe.nc") as ahe:
        return ahe["magnetisation_z"].sel(pulse_width=1e-3).load()


@pytest.fixture(scope="module")
def trains(results):
    table = pd.read_csv(results / "trains.csv")
    return table[table["mechanism_set"] == "card"].set_index("train")


def standard_error(values):
    return values.std("replicate", ddof=1) / np.sqrt(values.sizes["replicate"])


def test_amplitude_writes_at_least_six_levels(sweep):
    probe = sweep.sel(delay=0.5)
    mean, error = probe.mean("replicate").values, standard_error(probe).values
    levels = [0]
    for number in range(1, mean.size):
        last = levels[-1]
        if mean[last] - mean[number] > 2 * np.hypot(error[last], error[number]):
            levels.append(number)
    assert len(levels) >= 6


def test_intermediate_state_leaks_a_tenth_of_the_swing(sweep):
    mean = sweep.mean("replicate")
    probe = mean.sel(delay=0.5)
    swing = probe.max() - probe.min()
    share = (probe - probe.min()) / swing
    leak = (mean.sel(delay=10.0) - probe) / swing
    assert leak.where((share > 0.1) & (share < 0.9)).max() >= 0.1


def test_retention_rises_with_amplitude_beyond_its_interval(results):
    with xr.open_dataset(results / "decay.nc") as decay:
        row = decay.sel(pulse_width=0.1)
        interval = row["share_retained_interval"]
        weak = interval.sel(bound="upper", pulse_amplitude=row["relative_amplitude"] < 0.6)
        strong = interval.sel(bound="lower", pulse_amplitude=row["relative_amplitude"] > 0.95)
        assert weak.max() < strong.min()


def test_long_term_potentiation_stays(trains):
    train, single = trains.loc["ltp"], trains.loc["single"]
    error = np.hypot(train["m_z_end_error"], single["m_z_end_error"])
    assert single["m_z_end"] - train["m_z_end"] > 3 * error
    assert train["m_z_before"] - train["m_z_end"] > 0.3


@pytest.mark.parametrize(("train", "sign"), [("stp", 1), ("std", -1)])
def test_the_second_of_two_bursts_returns(results, train, sign):
    with xr.open_dataset(results / f"trains/{train}.nc") as trace:
        m_z = sign * trace["magnetisation_z"].sel(mechanism_set="card")
        start, end = trace["pulse_start"].values[-5], trace["pulse_end"].values[-1]
        before, after, last = (
            m_z.isel(time=np.searchsorted(trace["time"].values, time, "right") - 1)
            for time in (start - 1e-9, end + 1e-3, np.inf)
        )
        written, left = before - after, before - last
        assert written.mean() > 3 * standard_error(written)
        assert left.mean() < 0.5 * written.mean()


def test_frozen_grains_write_no_levels(results):
    with xr.open_dataset(results / "compare.nc") as compare:
        probe = compare["magnetisation_z"].sel(mechanism_set="frozen_grains", delay=0.5)
        assert probe.mean("replicate").min() > 0.7
