from pathlib import Path

import numpy as np
import pytest
import yaml

from afterpulse.cards import CardError, Experiment, load_experiment, resolved
from afterpulse.cards.load import read_card
from afterpulse.device import load_device
from afterpulse.inference.measured_cards import PROTOCOLS, amplitude_of, card_of_pulse, load_cards
from afterpulse.measured import TraceError
from afterpulse.measured.pulses import Pulse

ROOT = Path(__file__).parents[2]
DEVICE = ROOT / "devices/pt_co_irmn.yaml"
TINY = ROOT / "experiments/tiny.yaml"


def pulse(amplitude, unit="A", width=1e-3):
    return Pulse(1.0, width, amplitude, unit, "pulses.csv: line 2")


@pytest.mark.parametrize("device", ["pt_co_irmn", "ptmn_copd"])
def test_card_of_this_package_suits_the_devices(device):
    _, found = load_cards(ROOT / f"devices/{device}.yaml", None)
    # What docs/mechanisms.md says of draws, ageing and field is said of this card.
    known = resolved(load_experiment(ROOT / "experiments/mechanisms.yaml"))
    own = resolved(found)
    differ = {name for name in own if own[name] != known[name]}
    assert differ == {"name", "title", "replicates", "sweep", "inference"}
    for name in ("draws", "replicates"):
        assert own["inference"][name] == known["inference"][name]


def test_card_without_inference(tmp_path):
    content = read_card(TINY)
    del content["inference"]
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(CardError) as error:
        load_cards(DEVICE, path)
    assert error.value.faults[0].startswith(f"{path}: inference: expected draws and replicates")


def test_device_and_experiment_that_do_not_suit(tmp_path):
    content = read_card(DEVICE)
    content["antiferromagnet"]["grain_diameter"]["value"] = "0.2 um"
    path = tmp_path / DEVICE.name
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(CardError, match="numerics.window of tiny"):
        load_cards(path, TINY)


def test_current_density_is_that_of_the_spin_hall_layer(device_card):
    device = device_card(
        {
            "hall_bar.width": "4 um",
            "spin_hall_layer.thickness": "5 nm",
            "spin_hall_layer.current_fraction": 0.25,
        }
    )
    # 1e11 A/m² over 4 um x 5 nm are 2 mA, a quarter of the current.
    assert amplitude_of(device, pulse(1e11, "A m-2")) == pytest.approx(8e-3)
    assert amplitude_of(device, pulse(2e-3)) == 2e-3
    with pytest.raises(TraceError, match="known current or current density, .* got 3 V"):
        amplitude_of(device, pulse(3.0, "V"))


def test_pulse_takes_the_place_of_all_that_the_card_does():
    device, experiment = load_device(DEVICE), load_experiment(TINY)
    found = card_of_pulse(device, experiment, pulse(-1.5e-3, width=2e-3), 17.5)
    assert found.sweep.pulse_amplitude == ((-1.5e-3, "A"),)
    assert found.sweep.pulse_width == found.inference.pulse_width == (2e-3,)
    assert found.sweep.duration == 17.5
    assert found.inference.draws == experiment.inference.draws
    assert (found.compare, found.trains, found.hysteresis, found.blocking) == ({}, {}, None, None)
    kept = {name: value for name, value in found if name not in PROTOCOLS}
    assert kept == {name: value for name, value in experiment if name not in PROTOCOLS}
    assert Experiment.model_validate(resolved(found)) == found


def test_pulse_without_current():
    device, experiment = load_device(DEVICE), load_experiment(TINY)
    with pytest.raises(TraceError, match=r"pulses.csv: line 2: expected a pulse with a current"):
        card_of_pulse(device, experiment, pulse(0.0), 20.0)


def test_pulse_above_the_curie_temperature(device_card, experiment_card):
    # One stage that is steady at once: 500 K above 300 K at p = 500 / R.
    device = device_card(stages=[("1e-7 K*m^2/W", "1 ns")])
    layer, path = device.spin_hall_layer, device.heat_path
    sheet = layer.resistivity.value * path.heated_thickness.value
    limit = np.sqrt(500 / 1e-7 / sheet)
    card_of_pulse(device, experiment_card(), pulse(0.99 * limit, "A m-2"), 20.0)
    with pytest.raises(CardError, match="curie_temperature: expected more than the 8"):
        card_of_pulse(device, experiment_card(), pulse(1.01 * limit, "A m-2"), 20.0)
