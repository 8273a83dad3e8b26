import numpy as np
import pytest
from scipy.constants import e as elementary_charge
from scipy.constants import hbar

from afterpulse.cards import CardError
from afterpulse.device import critical_current

VALUES = {
    "ferromagnet.saturation_magnetisation": "1 MA/m",
    "ferromagnet.thickness": "1 nm",
    "ferromagnet.effective_anisotropy": "0.25 MJ/m^3",
    "ferromagnet.curie_temperature": "1200 K",
    "ferromagnet.anisotropy_exponent": 3.0,
    "spin_hall_layer.spin_hall_angle": 0.1,
    "switching.critical_current_density": None,
    "antiferromagnet.interface_coupling": "0.1 mJ/m^2",
    "antiferromagnet.easy_axis_polar_angle": "0 deg",
    "antiferromagnet.easy_axis_azimuth": "0 deg",
    "heat_path.ambient_temperature": "300 K",
}
FIELD = {"applied_field": ["50 mT", "0 mT", "0 mT"]}


def test_field_along_the_current(device_card, experiment_card):
    tilted = device_card(
        VALUES
        | {
            "antiferromagnet.easy_axis_polar_angle": "30 deg",
            "antiferromagnet.easy_axis_azimuth": "60 deg",
        }
    )
    # 100 mT of exchange bias, times sin 30 cos 60; it turns with the initial state.
    for initial, sign in (("up", 1), ("down", -1)):
        experiment = experiment_card(FIELD | {"initial_state": initial})
        assert critical_current.in_plane_bias(tilted, experiment) == pytest.approx(
            0.05 + sign * 0.025
        )


def test_macrospin_threshold_where_the_card_gives_none(device_card, experiment_card):
    m = 1 - (300 / 1200) ** 1.5
    # (2e/hbar)(M_s t/theta)(B_K/2 - B_x/sqrt 2) with M_s and K of 300 K.
    needed = 2.5e5 * m**3 / (1e6 * m) - 0.05 / np.sqrt(2)
    expected = 2 * elementary_charge / hbar * 1e6 * m * 1e-9 / 0.1 * needed
    found = critical_current.critical_current_density(device_card(VALUES), experiment_card(FIELD))
    assert found == pytest.approx(expected)


def test_no_threshold_is_refused(device_card, experiment_card):
    strong = experiment_card({"applied_field": ["1 T", "0 mT", "0 mT"]})
    with pytest.raises(CardError, match=r"critical_current_density: expected a value"):
        critical_current.critical_current_density(device_card(VALUES), strong)


def test_sign_of_the_initial_state(experiment_card):
    assert critical_current.initial_sign(experiment_card({"initial_state": "up"})) == 1
    assert critical_current.initial_sign(experiment_card({"initial_state": "down"})) == -1
