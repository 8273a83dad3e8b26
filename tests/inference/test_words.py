import numpy as np
import pytest
import xarray as xr

from afterpulse.inference.forests import MECHANISMS, QUANTILES
from afterpulse.inference.prior import PRIOR
from afterpulse.inference.words import in_words, rounded, spelled


@pytest.fixture
def found():
    """Inference of a device without thermal spin torque whose interface coupling is half."""
    return xr.Dataset(
        {
            "probability": ("mechanism_set", [0.25, 0.75]),
            "verdict": ((), "cannot tell"),
            "mechanism_probability": ("mechanism", [0.99, 0.6, 0.01, 0.4]),
            "mechanism_verdict": ("mechanism", ["on", "cannot tell", "off", "cannot tell"]),
            "parameter_quantile": (
                ("parameter", "quantile"),
                np.outer(np.ones(len(PRIOR)), [0.4, 0.45, 0.5, 0.55, 0.6]),
            ),
        },
        coords={
            "mechanism_set": ["none", "afm_viscosity+fm_aftereffect"],
            "mechanism": list(MECHANISMS)[:4],
            "parameter": list(PRIOR),
            "quantile": list(QUANTILES),
        },
    )


def test_lines(found, device_card):
    lines = in_words(found, device_card())
    assert lines[0] == (
        "combination: cannot tell; most likely AFM viscosity, FM after-effect (0.75)"
    )
    assert lines[1] == "AFM viscosity: on (probability 0.990)"
    assert "interface coupling: 0.5 of the card's value (95 %: 0.4 to 0.6)" in lines
    assert not any("persistence" in line for line in lines)


def test_parameters_of_a_torque_that_may_act(found, device_card):
    found["mechanism_verdict"][2] = "cannot tell"
    lines = in_words(found, device_card({"thermal_spin_torque.spin_current_persistence": None}))
    condition = ", if the thermal spin torque acts"
    assert f"spin current persistence: 0.5 s (95 %: 0.4 to 0.6){condition}" in lines
    found["mechanism_verdict"][2] = "on"
    assert not any(condition in line for line in in_words(found, device_card()))
    assert any(line.startswith("thermal conversion: 0.5 of the card's") for line in lines)


def test_three_digits_without_a_power_of_ten():
    assert [rounded(number) for number in (1704.6, 0.10349, 28.61, 3000.0)] == [
        "1700",
        "0.103",
        "28.6",
        "3000",
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("afm_viscosity+fm_aftereffect", "AFM viscosity, FM after-effect"),
        ("thermal_spin_torque", "thermal spin torque"),
        ("cannot tell", "cannot tell"),
    ],
)
def test_names_are_spelled(name, words):
    assert spelled(name) == words
