import numpy as np
import pytest
import xarray as xr

from afterpulse.cards.mechanisms import combinations
from afterpulse.inference.circumstances import circumstances


def traces(repeats):
    voltage = np.zeros((1, 1, repeats, 5))
    voltage[..., 2] = -12.5e-6
    dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
    return xr.Dataset(
        {
            "anomalous_hall_voltage": (dims, voltage),
            "initial_voltage": (dims[:-1], np.zeros((1, 1, repeats))),
            "change_noise": 2e-7,
        },
        coords={
            "pulse_amplitude": [2e-3],
            "pulse_width": [1e-3],
            "delay": np.geomspace(0.05, 20.0, 5),
            "relative_amplitude": ("pulse_amplitude", [0.25]),
        },
        attrs={"samples_before": 20},
    )


@pytest.fixture(scope="module")
def cards(device_card, experiment_card):
    return device_card(), experiment_card({"applied_field": ["-5 mT", "0 mT", "0 mT"]})


def test_single_repeat_of_several_pulses(cards):
    lines = circumstances(traces(1), 3, *cards)
    text = "\n".join(lines)
    # 2 mA, half of it through 5 um x 3 nm.
    assert "0.002 A for 0.001 s, 0.25 I_c and 6.67e+10 A/m^2" in lines[0]
    assert "of 3 pulses only the first" in text
    assert "5 delays from 0.05 s to 20 s" in text
    assert "repeats: 1, so the scatter between repeats was not measured" in text
    assert "noise of a change: 0.2 uV, from 20 samples" in text
    # The saturated film has 0.1 mA x 0.5 ohm.
    assert "largest change: 12.5 uV, 0.25 of the saturated film's 50 uV" in text
    assert "set up and aged for 1 s before the pulse, applied field (-5, 0, 0) mT" in text
    assert (
        f"{len(combinations())} combinations of mechanisms, each with 2 devices over the prior "
        "range and 2 rep" in text
    )
    assert "the simulated film is 120 nm wide, a fraction of the 5 um wide bar" in text


def test_repeats_of_one_pulse(cards):
    text = "\n".join(circumstances(traces(4), 1, *cards))
    assert "repeats: 4, compared by their mean" in text
    assert "only the first" not in text
