import numpy as np
import pytest
import xarray as xr
from rich.console import Console

from afterpulse.measured.summary import interval, model_table, printed, summary

MODELS = ["single_exponential", "logarithmic"]
PARAMETERS = ["amplitude", "time_constant", "level"]


@pytest.fixture
def fits():
    """Made-up fits of one pulse: one model has a parameter undetermined, the other no fit."""
    nan, inf = np.nan, np.inf
    return xr.Dataset(
        {
            "window_start": 0.5,
            "window_end": 20.0,
            "retained_at": 10.25,
            "points": 40,
            "replicates": 3,
            "share_retained": 0.4567,
            "share_retained_interval": ("bound", [0.4, 0.5]),
            "retention_time": nan,
            "retention_time_interval": ("bound", [inf, inf]),
            "refused": "",
            "baseline_remark": "",
            "retention_time_refused": "0.44 of the change is left at the last delay, 20 s",
            "chosen_model": "single_exponential",
            "parameter_value": (("model", "parameter"), [[-1.5e-5, nan, nan], [nan] * 3]),
            "parameter_interval": (
                ("model", "parameter", "bound"),
                [[[-1.6e-5, -1.4e-5], [2.0, inf], [nan, nan]], [[nan, nan]] * 3],
            ),
            "parameter_units": ("parameter", ["V", "s", "V"]),
            "model_retention_time": ("model", [3.0, nan]),
            "model_retention_time_interval": (("model", "bound"), [[2.5, 3.5], [nan, nan]]),
            "akaike_difference": ("model", [0.0, nan]),
            "fit_remark": ("model", ["time_constant is not determined", "too few delays"]),
        },
        coords={
            "pulse": 2,
            "pulse_start": 7.5,
            "pulse_width": 1e-3,
            "pulse_amplitude": 2e-3,
            "model": MODELS,
            "parameter": PARAMETERS,
        },
        attrs={"confidence": 0.95},
    )


def test_samples_that_were_taken_are_said(fits):
    assert summary(fits, 0.5, 10.0) == [
        "pulse 2: 0.002 A for 0.001 s at 7.5 s; repeats: 3",
        "window from the probe at 0.5 s to 20 s after the pulse, 40 points fitted",
        "fraction retained: first sample after 10 s, at 10.25 s",
        "fraction retained at 10.25 s: 0.457 (95 %: 0.4 to 0.5)",
        "retention time: none, 0.44 of the change is left at the last delay, 20 s",
        "simplest model that is not worse than the best: single exponential",
    ]
    lines = summary(fits, 0.4, 60.0)
    assert lines[2:4] == [
        "probe: first sample after 0.4 s, at 0.5 s",
        "fraction retained: last sample, before 60 s, at 10.25 s",
    ]


def test_start_on_a_clock_of_dates_has_all_digits(fits):
    fits = fits.assign_coords(pulse_start=1623160001.25)
    assert " at 1623160001.25 s; " in summary(fits, 0.5, 10.0)[0]


def test_current_density_and_refusals_are_said(fits):
    fits = fits.drop_vars("pulse_amplitude").assign_coords(pulse_current_density=8.4e11)
    fits = fits.assign(refused="too small", chosen_model="", retention_time=2.0)
    fits["retention_time_refused"] = ((), "")
    lines = summary(fits, 0.5, 10.25)
    assert lines[0] == "pulse 2: 8.4e+11 A/m^2 for 0.001 s at 7.5 s; repeats: 3"
    assert lines[2] == "fraction retained: none, too small"
    assert lines[3] == "retention time: 2 s (95 %: inf to inf s)"
    assert lines[4].endswith("undecided")


def test_table_fits_a_terminal(fits):
    console = Console(width=80, markup=False, highlight=False)
    with console.capture() as capture:
        console.print(model_table(fits))
    rows = [line.split("  ") for line in capture.get().splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert ["single exponential", "amplitude", "-15 uV", "-16 to -14"] in cells
    assert ["time constant", "undetermined", "2 to inf"] in cells
    assert ["retention time", "3 s", "2.5 to 3.5"] in cells
    assert ["logarithmic", "no fit", "too few delays"] in cells
    assert not any("level" in row for row in cells)


def test_printed_numbers():
    assert printed(1.23456e-6, "V") == "1.235 uV"
    assert printed(0.5, "1") == "0.5"
    assert printed(np.inf, "s") == "> window"
    assert interval(np.array([np.nan, 1.0]), "s") == ""


def test_single_trace_and_unsteady_baseline_are_said(fits):
    lines = summary(fits.assign(replicates=1, baseline_remark="not steady"), 0.5, 10.25)
    assert "warning: not steady" in lines
    assert any("not of the scatter between repeats" in line for line in lines)
