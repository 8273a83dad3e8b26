"""Fits of a resistance and of a signal in arbitrary units."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure
from typer.testing import CliRunner

from afterpulse import datasets
from afterpulse.cli import app
from afterpulse.figures.measured import draw
from afterpulse.measured import Pulse, fit_pulses
from afterpulse.measured.samples import to_trace
from afterpulse.measured.summary import model_table, summary
from afterpulse.measured.units import ARBITRARY, in_unit, size_of_unit

PULSES = [Pulse(2.0, 0.5, 2e-3, "A", "here")]
CURRENT = 1e-4
TIME = np.arange(0, 22, 0.25)
CHANGE = np.where(TIME > 2.4, -0.08 * (0.5 + 0.5 * np.exp(-(TIME - 2.5) / 3.0)), 0.0)
NOISE = 2e-4 * np.random.default_rng(3).standard_normal((3, TIME.size))
RESISTANCE = 0.1 + CHANGE + NOISE


def fitted(signals, unit):
    samples = np.column_stack([TIME, *signals])
    trace = to_trace("a.csv", samples, lambda row, column: "", unit)
    (sweep,), fits = fit_pulses(trace, PULSES, 0.5, 10.0)
    return sweep, fits


@pytest.fixture(scope="module")
def in_ohm():
    return fitted(RESISTANCE, "ohm")


@pytest.fixture(scope="module")
def in_volts():
    return fitted(CURRENT * RESISTANCE, "V")


def test_fit_of_a_resistance_is_that_of_the_voltage_over_the_current(in_ohm, in_volts):
    of_ohm, of_volts = in_ohm[1].isel(pulse=0), in_volts[1].isel(pulse=0)
    single = of_ohm.sel(model="single_exponential")
    for name, true in (("time_constant", 3.0), ("amplitude", -0.04), ("offset", -0.04)):
        entry = single.sel(parameter=name)
        stderr = entry["parameter_stderr"]
        assert abs(entry["parameter_value"] - true) < 3 * stderr < 0.1 * abs(true)
    for name in ("amplitude", "offset"):
        entry = {"parameter": name, "model": "single_exponential"}
        ohm, volts = (fits["parameter_interval"].sel(entry) for fits in (of_ohm, of_volts))
        np.testing.assert_allclose(CURRENT * ohm, volts, rtol=1e-3)
    for name in ("share_retained_interval", "retention_time_interval", "akaike_difference"):
        np.testing.assert_allclose(of_ohm[name], of_volts[name], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(CURRENT * of_ohm["change_at_probe"], of_volts["change_at_probe"])
    assert of_ohm["chosen_model"].item() == of_volts["chosen_model"].item()


@pytest.mark.parametrize(("unit", "slope"), [("ohm", "ohm s-1"), ("a.u.", "a.u. s-1")])
def test_every_number_of_the_signal_has_its_unit(in_volts, unit, slope, tmp_path):
    sweep, fits = fitted(RESISTANCE, unit)
    for name in ("anomalous_hall_voltage", "initial_voltage", "voltage_before"):
        assert sweep[name].attrs["units"] == unit
    units = dict(zip(fits["parameter"].values, fits["parameter_units"].values, strict=True))
    assert units["amplitude"] == units["slope"] == unit
    assert (units["time_constant"], units["exponent"], units["drift"]) == ("s", "1", slope)
    others = in_volts[1]
    for name, variable in fits.variables.items():
        expected = others[name].attrs.get("units")
        assert variable.attrs.get("units") == (unit if expected == "V" else expected)
        assert "oltage" not in variable.attrs["long_name"] or expected != "V"
    assert fits["signal_unit"].values.tolist() == [unit]
    assert others["signal_unit"].values.tolist() == ["V"]
    assert others["change_at_probe"].attrs["units"] == "V"
    datasets.write(fits, tmp_path / "decay.nc")
    assert datasets.read(tmp_path / "decay.nc")["change_at_probe"].attrs["units"] == unit


def test_voltage_of_a_pulse_keeps_its_unit():
    volts = {"units": "V", "long_name": "Hall voltage"}
    dataset = xr.Dataset({"a": ((), 1.0, volts)}, coords={"b": ((), 2.0, volts)})
    changed = in_unit(dataset, "ohm")
    assert changed["a"].attrs == {"units": "ohm", "long_name": "Hall resistance"}
    assert changed["b"].attrs == dataset["a"].attrs == volts


def test_axes_and_printed_numbers(in_ohm):
    sweep, fits = in_ohm
    above, below = draw(sweep, fits.isel(pulse=0), Figure())
    assert above.get_ylabel() == "$R_{xy}$ (mΩ)"
    # A constant misses the trace by up to 20 mΩ.
    assert below.get_ylabel() == "residual (mΩ)"
    mean = above.get_legend_handles_labels()[0][0].get_ydata()
    np.testing.assert_allclose(mean, 1e3 * sweep["anomalous_hall_voltage"].mean("replicate"))
    cells = [cell for column in model_table(fits.isel(pulse=0)).columns for cell in column.cells]
    value = fits["parameter_value"].sel(model="single_exponential", parameter="amplitude").item()
    assert f"{value:.4g} ohm" in cells
    assert not any("uV" in cell for cell in cells)
    assert not any(" V" in line for line in summary(fits.isel(pulse=0), 0.5, 10.0))


def test_arbitrary_units_have_no_prefix():
    sweep, fits = fitted(1e-3 * RESISTANCE, "a.u.")
    above, below = draw(sweep, fits.isel(pulse=0), Figure())
    assert (above.get_ylabel(), below.get_ylabel()) == ("signal (a.u.)", "residual (a.u.)")


@pytest.mark.parametrize("unit", ["V", "s", "1", "", "A.U", "u.a.", "arbor"])
def test_other_units_are_not_arbitrary(unit):
    assert size_of_unit(unit, ARBITRARY) is None


@pytest.mark.parametrize(("header", "unit"), [("R (ohm)", "ohm"), ("signal (arb. units)", "a.u.")])
def test_command_names_the_unit(tmp_path, header, unit):
    table = pd.DataFrame({"time (s)": TIME} | {f"{header}": RESISTANCE[0]})
    table.to_csv(tmp_path / "a.csv", index=False)
    pulse = ["--pulse-start", "2 s", "--pulse-width", "0.5 s", "--pulse-amplitude", "2 mA"]
    result = CliRunner().invoke(app, ["fit", str(tmp_path / "a.csv"), *pulse])
    assert result.exit_code == 0, result.stderr
    assert "uV" not in result.stdout
    assert f" {unit}" in result.stdout
    row = pd.read_csv(tmp_path / "a_fit" / "decay.csv").set_index("model").loc["single_exponential"]
    assert row["signal_unit"] == unit
    assert row["amplitude_interval_lower"] < -0.04 < row["amplitude_interval_upper"]
