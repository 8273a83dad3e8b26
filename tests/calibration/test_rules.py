"""The calibration of the same content is measured once."""

import json
import logging

import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.calibration import rules
from afterpulse.film import rules as film_rules
from afterpulse.workflow.run import readable_cards

CONVERSION = "thermal_spin_torque.conversion"


@pytest.fixture
def measured(tmp_path, monkeypatch, device_card, experiment_card):
    """Function that runs the rule, and the list of what was measured."""
    calls = []

    def calibrate(device, experiment, sample):
        calls.append(device.ferromagnet.damping.value)
        return xr.Dataset({"unit_critical_current_density": ("unit", np.ones(3))})

    monkeypatch.setattr(rules, "calibrate", calibrate)
    monkeypatch.setattr(rules, "read_sample", lambda path: None)

    def run(name, changes, **experiment):
        cards = device_card(changes), experiment_card(experiment)
        inherited = film_rules.sample.__dict__["reads"].sections
        device, experiment = readable_cards(cards, rules.calibration, inherited)
        target = str(tmp_path / f"{name}.nc")
        rules.calibration(device, experiment, "sample.nc", target, str(tmp_path / "shared"))
        return datasets.read(target)

    return run, calls


def test_what_the_calibration_does_not_depend_on_is_not_measured_again(measured):
    run, calls = measured
    first = run("a", {})
    second = run("b", {CONVERSION: "1 A/W"})
    assert len(calls) == 1
    xr.testing.assert_equal(first, second)
    # The copy names its own cards.
    card = json.loads(second.attrs["device_card"])
    assert card["thermal_spin_torque"]["conversion"]["value"].startswith("1.0 ")


@pytest.mark.parametrize(
    ("changes", "experiment"),
    [
        ({"ferromagnet.damping": 0.2}, {}),
        ({"ferromagnet.unit_diameter": "70 nm"}, {}),
        ({}, {"seed": 5}),
        ({}, {"applied_field": ["-5 mT", "0 mT", "0 mT"]}),
        ({}, {"numerics.window": "300 nm"}),
        ({}, {"engine": "oommf"}),
    ],
)
def test_what_it_depends_on_is_measured(measured, changes, experiment):
    run, calls = measured
    run("a", {})
    run("b", changes, **experiment)
    assert len(calls) == 2


def test_a_damaged_file_is_measured_again(measured, tmp_path, caplog):
    run, calls = measured
    run("a", {})
    (file,) = (tmp_path / "shared").glob("*.nc")
    file.write_bytes(b"nothing")
    with caplog.at_level(logging.WARNING, logger="afterpulse"):
        run("b", {})
    assert len(calls) == 2
    assert "measured again" in caplog.text
    run("c", {})
    assert len(calls) == 2
