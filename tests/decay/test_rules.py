"""Rules on a sweep whose times are nanoseconds, and on tables of variants."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.decay import rules

DELAY = np.array([1e-12, 1e-10, 1e-9, 2e-9, 5e-9, 10e-9, 20e-9])


@pytest.fixture
def sweep(device_card, experiment_card, tmp_path):
    """File of a sweep with a change that decays within 5 ns, 2 to 4 mA, probe at 1 ns."""
    experiment = experiment_card(
        {
            "numerics.micromagnetics": "throughout",
            "numerics.rise_time": "20 ps",
            "sweep.pulse_width": ["0.5 ns", "1 ns", "2 ns"],
            "sweep.probe_delay": "1 ns",
            "sweep.duration": "20 ns",
            "sweep.initialise": ["each"],
            "sweep.refine": None,
            "trains": {},
            "inference": None,
        }
    )
    switched = np.array([0.1, 0.4, 0.8])[:, None, None, None] + np.zeros((3, 3, 6, 1))
    random = np.random.default_rng(1)
    switched = switched + 0.01 * random.standard_normal(switched.shape)
    m_z = 1 - 2 * switched * np.exp(-DELAY / 5e-9)
    dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
    dataset = xr.Dataset(
        {
            "anomalous_hall_voltage": (dims, 1e-4 * m_z),
            "magnetisation_z": (dims, m_z),
            "initial_voltage": (dims[:-1], np.full(m_z.shape[:-1], 1e-4)),
            "initial_magnetisation_z": (dims[:-1], np.ones(m_z.shape[:-1])),
        },
        coords={
            "pulse_amplitude": [2e-3, 3e-3, 4e-3],
            "pulse_width": [0.5e-9, 1e-9, 2e-9],
            "delay": DELAY,
        },
    )
    datasets.save(dataset, str(tmp_path / "ahe.nc"), device_card(), experiment)
    return str(tmp_path / "ahe.nc")


def test_decays_are_fitted_from_the_probe_of_the_card_on(sweep, tmp_path):
    names = [str(tmp_path / name) for name in ("decay.nc", "decay.csv", "retention.csv")]
    rules.fit(sweep, *names)
    fits = datasets.read(names[0])
    assert fits.attrs["probe_delay"] == 1e-9
    assert fits.attrs["retained_at"] == 20e-9
    np.testing.assert_allclose(fits["share_retained"], np.exp(-19 / 5), rtol=1e-6)
    np.testing.assert_allclose(fits["retention_time"], 5e-9, rtol=1e-6)
    assert len(pd.read_csv(names[2])) == 9


def test_switching_currents_are_those_at_the_probe_of_the_card(sweep, tmp_path):
    target = str(tmp_path / "switching.csv")
    rules.switching(sweep, target)
    table = pd.read_csv(target)
    # 0.4 and 0.8 at the end of the pulse have fallen by exp(-1/5); the scatter is 1 % of that.
    expected = 3e-3 + 1e-3 * (0.5 * np.exp(0.2) - 0.4) / 0.4
    np.testing.assert_allclose(table["switching_current"], expected, rtol=0.01)
    np.testing.assert_array_equal(table["pulse_width"], [0.5e-9, 1e-9, 2e-9])


def test_verdicts_of_hypotheses_have_their_labels(tmp_path):
    roles = {"v1": ("one", ""), "v2": ("two", "warm")}
    paths = [str(tmp_path / f"{name}.csv") for name in roles]
    for path, verdict in zip(paths, ("reproduced", "in part"), strict=True):
        row = {"claim": "ltp", "verdict": verdict, "words": "x", "criterion": "y"}
        pd.DataFrame([row]).to_csv(path, index=False)
    rules.hypotheses(roles, paths, str(tmp_path / "all.csv"))
    table = pd.read_csv(tmp_path / "all.csv", keep_default_na=False)
    assert list(table["hypothesis"]) == ["one", "two"]
    assert list(table["condition"]) == ["", "warm"]
    assert list(table["verdict"]) == ["reproduced", "in part"]
    assert not {"words", "criterion"} & {*table}
