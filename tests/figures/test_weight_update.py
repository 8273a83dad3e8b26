import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from afterpulse.decay.weight_update import exponential
from afterpulse.figures.weight_update import draw


@pytest.fixture
def train():
    applied = np.arange(6)
    up = 1e-5 * (applied / 5)
    return xr.Dataset(
        {
            "reading": (("replicate", "pulse"), [[1e-6, 2e-6, 3e-6], [3e-6, 4e-6, 5e-6]]),
            "pulse_curve": ("pulse", [1, 1, 2]),
            "curve_voltage": (("curve", "pulses_applied"), [up, 1e-5 - up]),
            "curve_voltage_stderr": (("curve", "pulses_applied"), np.full((2, 6), 1e-7)),
            "curve_direction": ("curve", ["potentiation", "depression"]),
            "curve_pulses": ("curve", [5, 5]),
            "pulse_interval": ("curve", [0.1, 1.0]),
            "paired_pulse_index": ("curve", [1.8, 1.2]),
            "paired_pulse_index_interval": (("curve", "bound"), [[1.7, 2.0], [1.1, 1.3]]),
            "nonlinearity": ("curve", [2.0, np.nan]),
            "fitted_initial_voltage": ("curve", [1e-6, np.nan]),
            "fitted_range": ("curve", [9e-6, np.nan]),
        },
        coords={"pulse": [1, 2, 3], "curve": [1, 2], "pulses_applied": applied},
    )


def test_readings_curves_law_and_pairs(train):
    readings, curves, pairs = draw(train, Figure())
    _, first, second = readings.get_lines()
    np.testing.assert_allclose(first.get_xydata(), [[1, 2], [2, 3]])
    np.testing.assert_allclose(second.get_xydata(), [[3, 4]])
    # Voltages in uV; the law of the first curve alone is determined.
    assert len(curves.containers) == 2
    np.testing.assert_allclose(curves.containers[0].lines[0].get_ydata(), 2 * np.arange(6))
    (law,) = [line for line in curves.get_lines() if len(line.get_xdata()) > 6]
    pulses, voltage = law.get_data()
    np.testing.assert_allclose(voltage, 1e6 * exponential(pulses / 5, 1e-6, 9e-6, 2.0))
    assert pulses[-1] == 5
    labels = [text.get_text() for text in curves.get_legend().get_texts()]
    assert labels == ["1 potentiation", "2 depression"]
    points, _, (bars,) = pairs.containers[0].lines
    np.testing.assert_allclose(points.get_xydata(), [[0.1, 1.8], [1.0, 1.2]])
    ends = [segment[:, 1] for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, [[1.7, 2.0], [1.1, 1.3]])


def test_pairs_of_one_interval_have_no_panel(train):
    train["pulse_interval"][1] = 0.1
    assert len(draw(train, Figure())) == 2
