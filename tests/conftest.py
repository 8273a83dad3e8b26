from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from afterpulse.calibration.calibrate import stored_law
from afterpulse.cards import Experiment
from afterpulse.cards.load import read_card
from afterpulse.device import Device
from afterpulse.film.sample import Sample, make_sample
from afterpulse.kinetics.film import macrospin

ROOT = Path(__file__).parents[1]


def replaced(content, changes, leaf):
    for field, value in changes.items():
        *parents, last = field.split(".")
        place = content
        for step in parents:
            place = place[step]
        if leaf:
            place.setdefault(last, {"source": "test"})["value"] = value
            # A replaced value of a material is that at T = 0, whatever the card's belongs to.
            if "at" in place[last] and parents != ["hall_bar"]:
                place[last]["at"] = "0 K"
        else:
            place[last] = value
    return content


@pytest.fixture(scope="session")
def device_card() -> Callable[..., Device]:
    """Device with some values of the Pt/Co/IrMn card replaced, by their dotted names."""

    def make(changes=None, stages=None):
        content = replaced(read_card(ROOT / "devices/pt_co_irmn.yaml"), changes or {}, leaf=True)
        if stages is not None:
            content["heat_path"]["stages"] = [
                {
                    "resistance": {"value": resistance, "source": "test"},
                    "time_constant": {"value": time, "source": "test"},
                }
                for resistance, time in stages
            ]
        return Device.model_validate(content)

    return make


@pytest.fixture(scope="session")
def experiment_card() -> Callable[..., Experiment]:
    """Experiment with some values of the smallest card replaced, by their dotted names.

    It has one sample unless the changes say otherwise.
    """

    def make(changes=None):
        changes = {"samples": 1} | (changes or {})
        content = replaced(read_card(ROOT / "experiments/tiny.yaml"), changes, leaf=False)
        return Experiment.model_validate(content)

    return make


@pytest.fixture(scope="session")
def small_sample(device_card, experiment_card) -> Sample:
    """Film of 16 x 16 cells of the two cards as they are."""
    return make_sample(device_card(), experiment_card(), np.random.default_rng(1))


@pytest.fixture(scope="session")
def made_calibration(device_card) -> xr.Dataset:
    """Calibration that gives units a macrospin's threshold and barrier."""
    law = macrospin(device_card()).torque_law
    return xr.Dataset(
        {
            "critical_current_density": ("unit_diameter", [4e11, 4e11]),
            "macrospin_critical_current_density": ("unit_diameter", [4e11, 4e11]),
            "neighbour_field_factor": ((), 0.7),
            "attempt_frequency": ((), 3e9),
            "energy_barrier": ("unit_diameter", [1e-19, 1e-19]),
            "coherent_barrier": ("unit_diameter", [1e-19, 1e-19]),
            **stored_law(law),
        },
        coords={"unit_diameter": [30e-9, 60e-9]},
    )
