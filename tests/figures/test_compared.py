import numpy as np
import pytest
import xarray as xr

from afterpulse.figures import compared, style
from afterpulse.inference import Bank

DELAY = np.geomspace(0.01, 10.0, 4)


def bank(mechanisms, levels):
    """Bank whose devices stay at a level each, in both repeats."""
    change = np.array(levels)[:, None, None, None] * np.ones((1, 2, 1, DELAY.size))
    return Bank(mechanisms, np.zeros((len(levels), 3)), change, np.ones((1, DELAY.size)))


def traces_at(*changes):
    """Two repeats, 1 uV below and above changes (uV) from 1 uV before the pulse."""
    dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
    voltage = 1 + np.array([[[np.subtract(changes, 1.0), np.add(changes, 1.0)]]])
    return xr.Dataset(
        {
            "anomalous_hall_voltage": (dims, 1e-6 * voltage),
            "initial_voltage": (dims[:-1], np.full((1, 1, 2), 1e-6)),
            "change_noise": 1e-6,
        },
        coords={"delay": DELAY, "pulse_amplitude": [1e-3], "pulse_width": [1e-3]},
    )


@pytest.mark.parametrize(
    ("best", "middle"),
    [("none", 5.0), ("resistance_drift", 5.0), ("afm_viscosity+resistance_drift", 20.0)],
)
def test_observed_and_most_likely_changes_in_microvolt(best, middle):
    traces = traces_at(4.0, 4.0, 4.0, 4.0)
    names = ["none", "resistance_drift", "afm_viscosity+resistance_drift"]
    found = xr.Dataset(
        {"probability": ("mechanism_set", [0.6 if name == best else 0.2 for name in names])},
        coords={"mechanism_set": names},
    )
    banks = [bank((), [0.0, 5e-6, 10e-6]), bank(("afm_viscosity",), [10e-6, 20e-6, 60e-6])]
    figure = style.new_figure(2.6)
    axes = compared.draw(traces, banks, found, figure.add_subplot())
    assert axes.get_ylabel().endswith("(µV)")
    labels = " ".join(text.get_text() for text in axes.get_legend().get_texts())
    assert ("without resistance drift" in labels) == ("drift" in best)
    median, observed = (
        next(line for line in axes.lines if line.get_label() == label)
        for label in ("their median", "_nolegend_")
    )
    np.testing.assert_allclose(median.get_ydata(), middle)
    # The mean of both repeats.
    np.testing.assert_allclose(observed.get_ydata(), 4.0)


def test_delays_outside_of_what_is_simulated():
    banks = [bank((), [0.0, 5e-6, 10e-6]), bank(("afm_viscosity",), [10e-6, 20e-6, 60e-6])]
    assert compared.outside(traces_at(4.0, 59.0, 5.0, 30.0), banks) == 1
    assert compared.outside(traces_at(4.0, -0.5, 61.0, 30.0), banks) == 2
    assert compared.outside(traces_at(4.0, 50.0, 5.0, 30.0), banks) == 0


def test_warning_counts_the_delays_outside():
    assert compared.warning(2, 8) == ""
    assert compared.warning(3, 8).startswith("At 3 of 8 delays the trace lies outside all")
