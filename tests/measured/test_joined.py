from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.figures import retention_map, style, time_constants
from afterpulse.measured import TraceError
from afterpulse.measured.joined import check_units, join, points, sweeps
from afterpulse.measured.units import in_unit

MODELS = ["stretched_exponential", "logarithmic"]
PARAMETERS = ["time_constant", "exponent", "level"]


def fits_of(amplitude, width, constant, chosen=MODELS[0], unit="pulse_amplitude", **changes):
    """Made-up fits of a file with one pulse, as of `fit_pulses`."""
    values = np.full((1, 2, 3), np.nan)
    values[0, 0, :2] = constant, 0.5
    one = {
        "parameter_value": (("pulse", "model", "parameter"), values),
        "parameter_interval": (
            ("pulse", "model", "parameter", "bound"),
            np.stack([0.9 * values, 1.2 * values], -1),
        ),
        "parameter_units": ("parameter", ["s", "1", "V"]),
        "share_retained": ("pulse", [0.1 * constant]),
        "share_retained_interval": (("pulse", "bound"), [[0.09 * constant, 0.12 * constant]]),
        "retention_time": ("pulse", [constant]),
        "retention_time_interval": (("pulse", "bound"), [[0.9 * constant, 1.2 * constant]]),
        "change_at_probe": ("pulse", [1e-6]),
        "retained_at": ("pulse", [10.0]),
        "window_start": ("pulse", [0.5]),
        "window_end": ("pulse", [20.5]),
        "chosen_model": ("pulse", np.array([chosen], object)),
        "refused": ("pulse", np.array([""], object)),
        "retention_time_refused": ("pulse", np.array([""], object)),
    }
    one |= {name: ("pulse", np.array([value])) for name, value in changes.items()}
    coords = {
        "pulse": [1],
        "pulse_width": ("pulse", [width]),
        unit: ("pulse", [amplitude]),
        "model": MODELS,
        "parameter": PARAMETERS,
        "bound": ["lower", "upper"],
    }
    return datasets.label(xr.Dataset(one, coords=coords, attrs={"confidence": 0.95}))


@pytest.fixture
def fits():
    """Files of two amplitudes and two widths at 300 K, one twice, and one at 350 K."""
    pulses = [(1e-3, 1e-3), (2e-3, 1e-3), (1e-3, 1e-2), (2e-3, 1e-2), (1e-3, 1e-3), (1e-3, 1e-3)]
    each = [fits_of(*pulse, 1.0 + index) for index, pulse in enumerate(pulses)]
    return join(each, list("abcdef"), [300.0] * 5 + [350.0])


def test_files_are_a_dimension(fits):
    assert fits["parameter_value"].dims == ("file", "pulse", "model", "parameter")
    assert fits["parameter_units"].dims == ("parameter",)
    assert fits["pulse_width"].dims == ("file", "pulse")
    assert fits["pulse_width"].attrs["units"] == "s"
    np.testing.assert_array_equal(fits["retention_time"][:, 0], np.arange(1.0, 7.0))
    np.testing.assert_array_equal(fits["temperature"], [300.0] * 5 + [350.0])
    one = join([fits_of(1e-3, 1e-3, 2.0)], ["a"], [np.nan])
    assert "temperature" not in one


def test_joined_fits_keep_the_unit_of_the_signal():
    of_files = [fits_of(5.0, 1e-3, time, unit="pulse_voltage") for time in (1.0, 2.0)]
    joined = join([in_unit(fits, "ohm") for fits in of_files], ["a", "b"], [np.nan] * 2)
    assert joined.attrs["signal_unit"] == "ohm"
    assert joined["change_at_probe"].attrs["units"] == "ohm"
    assert joined["parameter_units"].values.tolist() == ["s", "1", "ohm"]
    assert joined["pulse_voltage"].attrs["units"] == "V"
    assert points(joined)["pulse_amplitude"].attrs["units"] == "V"


def test_files_of_different_units_are_not_joined():
    check_units({})
    check_units({Path("a.csv"): "ohm", Path("b.csv"): "ohm"})
    message = "^b.csv: expected a signal in V, as in a.csv, got a signal in a.u.$"
    with pytest.raises(TraceError, match=message):
        check_units({Path("a.csv"): "V", Path("c.csv"): "V", Path("b.csv"): "a.u."})


def test_each_file_is_a_point_of_one_sweep(fits):
    found = dict(sweeps(fits))
    assert list(found) == ["300 K, repeat 1", "300 K, repeat 2", "350 K, repeat 1"]
    first = found["300 K, repeat 1"].transpose("pulse_amplitude", "pulse_width", ...)
    np.testing.assert_array_equal(first["pulse_amplitude"], [1e-3, 2e-3])
    np.testing.assert_array_equal(first["pulse_width"], [1e-3, 1e-2])
    np.testing.assert_array_equal(first["retention_time"], [[1.0, 3.0], [2.0, 4.0]])
    assert (first["refused"] == "").all()
    assert found["300 K, repeat 2"]["retention_time"].item() == 5.0
    assert found["350 K, repeat 1"]["retention_time"].item() == 6.0


def test_point_without_a_file_has_a_reason():
    each = [fits_of(1e-3, 1e-3, 1.0), fits_of(2e-3, 1e-2, 2.0)]
    ((title, grid),) = sweeps(join(each, ["a", "b"], [np.nan] * 2))
    assert title == ""
    refused = grid["refused"].transpose("pulse_amplitude", "pulse_width").values
    assert refused.tolist() == [["", "no file of this pulse"], ["no file of this pulse", ""]]


def test_rounding_of_amplitudes_makes_no_sweep():
    each = [fits_of(1e-3 * (1 + 1e-15), 1e-3, 1.0), fits_of(1e-3, 1e-2, 2.0)]
    ((_, grid),) = sweeps(join(each, ["a", "b"], [np.nan] * 2))
    assert dict(grid["retention_time"].sizes) == {"pulse_amplitude": 1, "pulse_width": 2}


def test_retention_map_of_measured_files():
    # In volts, with windows and delays of their own; the second is longer than its window of 10 s.
    each = [
        fits_of(5.0, 1e-3, 1.0, unit="pulse_voltage"),
        fits_of(9.0, 1e-3, np.nan, unit="pulse_voltage", window_end=10.5, share_retained=0.8),
        fits_of(12.0, 1e-3, 4.0, unit="pulse_voltage", retained_at=9.5),
    ]
    ((_, grid),) = sweeps(join(each, list("abc"), [np.nan] * 3))
    figure = style.new_figure(4.6, 6.8)
    above, _, share, time = retention_map.draw(grid, figure)
    assert share.get_xlabel() == "pulse voltage (V)"
    drawn = np.ma.filled(time.collections[0].get_array(), np.nan)
    np.testing.assert_allclose(drawn, [[1.0, np.nan, 4.0]])
    np.testing.assert_allclose(above.containers[0].lines[0].get_xdata(), [5.0, 9.0, 12.0])
    assert above.get_ylabel() == "fraction retained at 9.5 s to 10 s"
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert "longer than 10 s" in legends
    figure.draw_without_rendering()


def test_time_constants_are_the_data(fits):
    fits["chosen_model"][1] = "logarithmic"
    figure = style.new_figure(4.0, 6.8)
    above, below = time_constants.draw(fits, figure)
    figure.draw_without_rendering()
    assert above.get_title() == "stretched exponential, chosen for 5 of 6"
    assert (above.get_ylabel(), below.get_ylabel()) == ("time constant (s)", "exponent")
    assert above.get_yscale() == below.get_yscale() == "linear"
    labels = [text.get_text() for text in above.get_legend().get_texts()]
    assert labels == ["1 ms, 300 K", "1 ms, 350 K", "10 ms, 300 K"]
    drawn = {}
    for container in above.containers:
        line, _, (bars,) = container.lines
        is_open = line.get_markerfacecolor() == "white"
        for x, y, bar in zip(line.get_xdata(), line.get_ydata(), bars.get_segments(), strict=True):
            drawn[(round(x, 6), round(y, 6))] = is_open
            np.testing.assert_allclose(bar[:, 1], [0.9 * y, 1.2 * y])
    amplitudes = [1.0, 2.0, 1.0, 2.0, 1.0, 1.0]
    expected = {(mA, 1.0 + index): index == 1 for index, mA in enumerate(amplitudes)}
    assert drawn == expected


def test_times_over_a_decade_have_a_logarithmic_axis():
    each = [fits_of(1e-3, 1e-3, 1.0), fits_of(2e-3, 1e-3, 11.0)]
    above, below = time_constants.draw(join(each, ["a", "b"], [np.nan] * 2), style.new_figure(4.0))
    assert (above.get_yscale(), below.get_yscale()) == ("log", "linear")


def test_no_model_with_a_time_constant(fits):
    fits["chosen_model"][:] = ""
    assert time_constants.drawn_model(fits) == ""
    fits["chosen_model"][0] = "logarithmic"
    assert time_constants.drawn_model(fits) == ""
    assert points(fits).sizes["point"] == 6
