import json

import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.cards.load import resolved
from afterpulse.figures import spin_current, style
from afterpulse.figures.spec import Variant

CONVERSION = "thermal_spin_torque.conversion"
PERSISTENCE = "thermal_spin_torque.spin_current_persistence"
AMPLITUDES = np.array([1e-3, 2e-3, 3e-3])
DELAYS = np.geomspace(1e-3, 30.0, 60)


@pytest.fixture
def sweep_file(tmp_path, device_card, experiment_card):
    """File of a sweep whose change falls as exp(-t/tau) from a value at each amplitude."""

    def make(name, changes, tau):
        cards = {
            "device_card": json.dumps(resolved(device_card(changes))),
            "experiment_card": json.dumps(resolved(experiment_card())),
        }
        start = np.array([0.1, 0.5, 0.9])[:, None, None, None]
        delay = np.unique(np.append(DELAYS, 0.5))
        change = start * np.exp(-delay / tau) + np.array([-0.01, 0.01])[:, None]
        dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
        initial = np.full(change.shape[:-1], 5e-5)
        made = xr.Dataset(
            {
                "anomalous_hall_voltage": (dims, initial[..., None] * (1 - 2 * change)),
                "initial_voltage": (dims[:-1], initial),
            },
            {
                "pulse_amplitude": AMPLITUDES,
                "pulse_width": [1e-3],
                "delay": delay,
            },
        )
        path = str(tmp_path / f"{name}.nc")
        datasets.write(datasets.label(made), path, cards)
        return path

    return make


@pytest.fixture
def variants(sweep_file):
    lasting = {PERSISTENCE: "2 s"}
    # The tiny card is set up: a positive conversion favours the state that a pulse leaves.
    files = {
        "heat_path": sweep_file("heat", {}, 1e9),
        "holding": sweep_file("holding", lasting | {CONVERSION: "-570 A/W"}, 2.0),
        "restoring": sweep_file("restoring", lasting | {CONVERSION: "570 A/W"}, 0.1),
    }
    return [Variant({}, label, "", [path]) for label, path in files.items()]


def test_hypotheses_know_their_sign_and_persistence(variants):
    found = [spin_current.hypothesis(each.hypothesis, each.files[0]) for each in variants]
    assert [each.persistence for each in found] == [None, 2.0, 2.0]
    assert [each.holds for each in found] == [False, True, False]


def test_panels(variants):
    found = [spin_current.hypothesis(each.hypothesis, each.files[0]) for each in variants]
    figure = style.new_figure(4.6, 7.8)
    currents, readings, traces, half_lives = spin_current.draw(found, figure)
    figure.draw_without_rendering()
    # Sizes of both signs; the spin current falls to 1/e within its persistence.
    heat, lasting, opposite, holding = currents.lines
    np.testing.assert_allclose(opposite.get_ydata(), lasting.get_ydata())
    delay, current = lasting.get_data()
    fall = np.interp(2.0, delay, np.log(current)) - np.interp(0.0, delay, np.log(current))
    assert fall == pytest.approx(-1, abs=0.02)
    assert heat.get_ydata()[-1] < 1e-6 * current[0]
    device = found[0].device
    driven = device.spin_hall_current(device.critical_current_density)
    needed = device.holding_spin_current(device.ambient_temperature)
    assert holding.get_ydata()[0] == pytest.approx(needed / driven)
    relative = AMPLITUDES / device.critical_current
    np.testing.assert_allclose(readings.lines[0].get_xdata(), relative)
    labels = [line.get_label() for line in traces.lines]
    assert labels == ["heat path", "holding", "restoring"]
    # The middle amplitude has half of the largest change; exp(-t/tau) halves after tau ln 2.
    for line, tau in zip(traces.lines, (1e9, 2.0, 0.1), strict=True):
        delay, change = line.get_data()
        np.testing.assert_allclose(change, 0.5 * np.exp(-delay / tau), atol=1e-9)
    times = [line.get_data() for line in half_lives.lines]
    assert [float(x[0]) for x, _ in times] == [2.0, 2.0]
    found_times = [float(np.ravel(y)[0]) for _, y in times]
    np.testing.assert_allclose(found_times, np.log(2) * np.array([2.0, 0.1]), rtol=0.05)


def test_a_change_that_does_not_halve_has_no_half_life():
    assert np.isnan(spin_current.half_life(DELAYS, np.full(DELAYS.size, 0.5)))
    assert np.isnan(spin_current.half_life(DELAYS, np.full(DELAYS.size, -0.5)))
    assert np.isnan(spin_current.half_life(DELAYS, np.full(DELAYS.size, np.nan)))
    assert np.isnan(spin_current.half_life(1e-9 * DELAYS, np.full(DELAYS.size, 0.5)))


def test_files_are_drawn(variants, tmp_path):
    spin_current.draw_files(variants, str(tmp_path / "spin_current"))
    assert {path.suffix for path in tmp_path.glob("spin_current.*")} == {".png", ".pdf"}
