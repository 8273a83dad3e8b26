import numpy as np
import pandas as pd
import pytest
import xarray as xr

from afterpulse import datasets, decay


def test_fits_are_stored_and_laid_out_as_a_table(tmp_path, dataset, delay):
    curve = 1e-5 * np.exp(-delay / 3)
    noise = 1e-7 * np.random.default_rng(0).standard_normal((8, delay.size))
    fits = decay.fit_decays(dataset(curve + noise))
    datasets.write(fits, tmp_path / "decay.nc")
    stored = datasets.read(tmp_path / "decay.nc")
    assert (stored["window_start"].item(), stored["window_end"].item()) == (0.5, 20.0)
    table = decay.to_table(stored)
    assert isinstance(table, pd.DataFrame)
    assert list(table["model"]) == list(decay.MODELS)
    row = table.set_index("model").loc["single_exponential"]
    assert row["time_constant"] == pytest.approx(3.0, rel=0.05)
    assert row["retention_time"] == pytest.approx(3.0, rel=0.05)
    assert row["retention_time_interval_lower"] < 3.0 < row["retention_time_interval_upper"]
    assert row["pulse_amplitude"] == 1e-3
    assert row["relative_amplitude"] == 0.8
    assert row["points"] == (delay >= 0.5).sum()
    assert row["time_constant_interval_lower"] < row["time_constant"]
    assert {"slope_stderr", "exponent_interval_upper"} <= set(table.columns)


def test_retention_has_a_row_a_pulse_with_both_ends_beside_each_value(dataset, delay):
    generator = np.random.default_rng(0)
    change = np.stack([1e-5 * np.exp(-delay / 3), 0 * delay])[:, None]
    change = change + 1e-7 * generator.standard_normal((2, 8, delay.size))
    fits = xr.concat([decay.fit_decays(dataset(one)) for one in change], "pulse_amplitude", "all")
    fits["pulse_amplitude"] = [1e-3, 2e-3]
    table = decay.to_retention_table(fits)
    columns = list(table.columns)
    place = columns.index("retention_time")
    assert columns[place + 1 : place + 3] == [
        "retention_time_interval_lower",
        "retention_time_interval_upper",
    ]
    assert list(table["pulse_amplitude"]) == [1e-3, 2e-3]
    low, high = table.loc[0, columns[place + 1 : place + 3]]
    assert low < 3.0 < high
    assert np.isnan(table.loc[1, "share_retained"])
    assert "standard errors" in table.loc[1, "refused"]
