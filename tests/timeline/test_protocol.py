import numpy as np
import pytest

from afterpulse.cards.experiment import SWEEP_PROTOCOLS
from afterpulse.timeline import protocol

DEVICE = {
    "hall_bar.width": "5 um",
    "spin_hall_layer.thickness": "3 nm",
    "spin_hall_layer.current_fraction": 0.5,
    "switching.critical_current_density": "4e11 A/m^2",
}
# 4e11 A/m² * 5 um * 3 nm / 0.5.
CRITICAL = 0.012


@pytest.fixture
def cards(device_card, experiment_card):
    experiment = experiment_card(
        {
            "replicates": 2,
            "inference": None,
            "sweep.pulse_amplitude": ["0.5 I_c", "3 mA"],
            "sweep.pulse_width": ["10 us", "1 ms", "10 ms"],
            "sweep.probe_delay": "500 ms",
            "sweep.duration": "20 s",
            "trains": {
                "mixed": {
                    "description": "Two strong pulses and a weak one",
                    "pulses": [
                        {"amplitude": "1.0 I_c", "width": "1 ms", "count": 2, "interval": "1 s"},
                        {"amplitude": "-0.25 I_c", "width": "1 us"},
                    ],
                    "rest": "5 s",
                }
            },
        }
    )
    return device_card(DEVICE), experiment


def test_currents_and_densities(cards):
    device, experiment = cards
    assert device.critical_current == pytest.approx(CRITICAL)
    assert device.current_density(-CRITICAL) == pytest.approx(-4e11)


def test_points_of_a_small_experiment(cards):
    planned = protocol.points(*cards)
    counts = {}
    for point in planned:
        counts[point.protocol] = counts.get(point.protocol, 0) + 1
    # 2 amplitudes, 3 widths, 2 replicates, 2 mechanism sets.
    assert counts == {"sweep": 12, "walk": 6, "compare": 24, "mixed": 4}
    assert list(counts) == ["sweep", "walk", "compare", "mixed"]
    # Each point once.
    assert len(set(planned)) == len(planned)
    sweep = planned[0]
    assert (sweep.micromagnetics, sweep.mechanism_set, sweep.replicate) == ("edges", "card", 0)
    assert sweep.pulses[0].amplitude == pytest.approx(0.5 * CRITICAL)
    assert (sweep.pulses[0].width, sweep.pulses[0].wait) == (1e-5, 20.0)
    assert set(sweep.marks) == {0.5, 10.0}
    walk = planned[12]
    assert [pulse.amplitude for pulse in walk.pulses] == pytest.approx([0.5 * CRITICAL, 3e-3])
    assert {pulse.width for pulse in walk.pulses} == {1e-5}
    compared = [point.mechanism_set for point in planned if point.protocol == "compare"]
    assert compared == ["card"] * 12 + ["frozen_grains"] * 12


def test_pulses_of_a_train(cards):
    train = protocol.points(*cards)[-1]
    assert (train.mechanism_set, train.replicate, train.micromagnetics) == (
        "frozen_grains",
        1,
        "none",
    )
    amplitudes, widths, waits = np.array(
        [(pulse.amplitude, pulse.width, pulse.wait) for pulse in train.pulses]
    ).T
    np.testing.assert_allclose(amplitudes, np.array([1.0, 1.0, -0.25]) * CRITICAL)
    np.testing.assert_allclose(widths, [1e-3, 1e-3, 1e-6])
    np.testing.assert_allclose(waits, [0.999, 0.999, 5.0])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("sweep", "walk", "compare")),
        ({"compare": {}}, ("sweep", "walk")),
        ({"sweep.initialise": ["once"], "sweep.refine": None, "compare": {}}, ("walk",)),
        ({"sweep": None}, ()),
    ],
)
def test_sweep_protocols_are_those_of_the_plan(device_card, experiment_card, changes, expected):
    experiment = experiment_card({"inference": None, **changes})
    assert protocol.sweep_protocols(experiment) == expected
    planned = (point.protocol for point in protocol.points(device_card({}), experiment))
    assert tuple(dict.fromkeys(p for p in planned if p not in experiment.trains)) == expected


def test_names_of_the_registry_are_those_that_trains_cannot_have():
    *sweeps, trains = protocol.PROTOCOLS
    assert tuple(each.name for each in sweeps) == SWEEP_PROTOCOLS
    assert trains.name == "train"
    assert {protocol.of_dataset(each.dataset).name for each in sweeps} == {*SWEEP_PROTOCOLS}
