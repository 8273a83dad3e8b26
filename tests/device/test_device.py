from pathlib import Path

import numpy as np
import pytest
from scipy.constants import e as elementary_charge
from scipy.constants import hbar

from afterpulse.cards import CardError, DeviceCard
from afterpulse.cards.load import read_card
from afterpulse.device import Device, load_device
from afterpulse.device.reference_pulse import after_reference_pulse

ROOT = Path(__file__).parents[2]
TEMPERATURE_DEPENDENT = {
    "ferromagnet": (
        "saturation_magnetisation",
        "exchange_stiffness",
        "effective_anisotropy",
        "interfacial_dmi",
        "wall_energy_between_units",
    ),
    "antiferromagnet": ("anisotropy", "interface_coupling"),
    "hall_bar": ("anomalous_hall_resistance",),
}

VALUES = {
    "ferromagnet.saturation_magnetisation": "1 MA/m",
    "ferromagnet.thickness": "1 nm",
    "ferromagnet.effective_anisotropy": "0.25 MJ/m^3",
    "ferromagnet.exchange_stiffness": "16 pJ/m",
    "ferromagnet.curie_temperature": "1200 K",
    "ferromagnet.anisotropy_exponent": 3.0,
    "ferromagnet.damping": 0.2,
    "spin_hall_layer.spin_hall_angle": 0.1,
    "spin_hall_layer.thickness": "4 nm",
    "spin_hall_layer.current_fraction": 0.5,
    "spin_hall_layer.resistivity": "40 uohm*cm",
    "switching.critical_current_density": None,
    "antiferromagnet.anisotropy": "0.5 MJ/m^3",
    "antiferromagnet.neel_temperature": "600 K",
    "antiferromagnet.interface_coupling": "0.1 mJ/m^2",
    "antiferromagnet.easy_axis_polar_angle": "0 deg",
    "antiferromagnet.easy_axis_azimuth": "0 deg",
    "hall_bar.width": "5 um",
    "heat_path.ambient_temperature": "300 K",
    "heat_path.heated_thickness": "5 nm",
    "heat_path.upper_heat_fraction": 0.1,
    "heat_path.upper_heat_capacity": "3 MJ/m^3/K",
    "antiferromagnet.thickness": "6 nm",
    "thermal_spin_torque.conversion": "0.05 A/W",
}
STAGES = [("2e-7 K*m^2/W", "30 ns"), ("1e-8 K*m^2/W", "1.5 s")]
FIELD = {"applied_field": ["50 mT", "0 mT", "0 mT"]}
# Of the magnetisation at 300 K: (1/4)^1.5 = 1/8.
M = 7 / 8
# mu_0 M_s²/2 at T = 0.
SHAPE = 2e-7 * np.pi * 1e12
K_EFF = (2.5e5 + SHAPE) * M**3 - SHAPE * M**2


@pytest.fixture
def device(device_card):
    return device_card(VALUES, STAGES)


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("saturation_magnetisation", 1e6 * M),
        ("effective_anisotropy", K_EFF),
        ("exchange_stiffness", 1.6e-11 * M**2),
        ("wall_energy_factor", M * np.sqrt(K_EFF / 2.5e5)),
        ("grain_anisotropy", 2.5e5),
        ("interface_coupling", 1e-4 / np.sqrt(2) * M),
        ("exchange_bias_field", 0.1 / np.sqrt(2)),
    ],
)
def test_materials_at_temperature(device, quantity, expected):
    assert getattr(device, quantity)(300.0) == pytest.approx(expected)
    assert getattr(device, quantity)(np.full((2, 3), 300.0)) == pytest.approx(
        np.full((2, 3), expected)
    )


def test_values_lead_from_their_temperature_to_all_others(device):
    # The same film, once by its values at T = 0 and once by those at 300 K.
    content = device.model_dump(mode="json")
    for part, fields in TEMPERATURE_DEPENDENT.items():
        for name in fields:
            law = "grain_anisotropy" if part == "antiferromagnet" and name == "anisotropy" else name
            given = content[part][name]
            unit = given["value"].split(" ", 1)[1]
            given["value"], given["at"] = f"{float(getattr(device, law)(300.0))!r} {unit}", "300 K"
    other = type(device).model_validate(content)
    for part, fields in TEMPERATURE_DEPENDENT.items():
        for name in fields:
            law = "grain_anisotropy" if part == "antiferromagnet" and name == "anisotropy" else name
            np.testing.assert_allclose(getattr(other, law)(450.0), getattr(device, law)(450.0))


def test_anomalous_hall_resistance_follows_the_magnetisation(device_card):
    device = device_card(VALUES | {"hall_bar.anomalous_hall_resistance": "0.5 ohm"})
    assert device.hall_bar.anomalous_hall_resistance.at == 300.0
    # M_s/M_s(0) is 7/8 at 300 K and 1 - (1/2)^1.5 at 600 K.
    assert device.anomalous_hall_resistance(300.0) == pytest.approx(0.5)
    assert device.anomalous_hall_resistance(600.0) == pytest.approx(0.5 * (1 - 0.5**1.5) / M)


def test_bias_field_of_a_hot_film(device_card):
    device = device_card(VALUES | {"antiferromagnet.neel_temperature": "650 K"})
    ratio = device.exchange_bias_field(500.0) / device.exchange_bias_field(0.0)
    assert ratio == pytest.approx(0.48, abs=0.005)


def test_temperature_at_which_the_film_leaves_the_perpendicular_state(device_card):
    # K_u m^2.5 = K_s m² at m = (K_s/K_u)², with K_u = 1.1 K_s.
    device = device_card(
        VALUES
        | {
            "ferromagnet.anisotropy_exponent": 2.5,
            "ferromagnet.effective_anisotropy": f"{0.1 * SHAPE} J/m^3",
        }
    )
    lost = 1200 * (1 - 1.1**-2) ** (2 / 3)
    assert device.in_plane_temperature(lost - 2) is None
    assert device.in_plane_temperature(lost + 50) == pytest.approx(lost, abs=1)


def test_film_in_the_plane_at_ambient_temperature_is_refused():
    content = read_card(ROOT / "devices" / "pt_co_irmn.yaml")
    magnet = content["ferromagnet"]
    magnet["anisotropy_exponent"]["value"] = 2.5
    magnet["saturation_magnetisation"] |= {"value": "1 MA/m", "at": "0 K"}
    magnet["effective_anisotropy"] |= {"value": "0.055 MJ/m^3", "at": "0 K"}
    card = DeviceCard.model_validate(content)
    with pytest.raises(CardError, match=r"effective_anisotropy: expected more than 0 J.* at 300"):
        Device.of(card)


@pytest.mark.parametrize("card", ["pt_co_irmn", "ptmn_copd"])
def test_films_of_the_cards_stay_perpendicular_under_their_pulses(card):
    assert load_device(ROOT / "devices" / f"{card}.yaml").in_plane_temperature(545.0) is None


def test_heat_path_of_the_card(device):
    np.testing.assert_allclose(device.thermal_resistances, [2e-7, 1e-8])
    np.testing.assert_allclose(device.thermal_time_constants, [30e-9, 1.5])
    # (2e11)² * 4e-7 * 5e-9.
    assert device.areal_power(2e11) == pytest.approx(8e7)


def test_temperature_rise_under_a_constant_current(device):
    start = np.array([1.0, 0.0])
    steady = np.array([16.0, 0.8])
    for duration, settled in ((3e-8, 1 - np.exp(-1)), (3e-6, 1.0)):
        rise = device.stage_rise(start, 2e11, duration)
        assert rise[0] == pytest.approx(1 + 15 * settled)
    assert device.stage_rise(start, 2e11, 100.0) == pytest.approx(steady)
    # The stage of 30 ns has lost 15 K tau/duration of the mean.
    assert device.mean_stage_rise(start, -2e11, 3e-6)[0] == pytest.approx(16 - 0.15)


def test_heat_flux_through_the_interface(device):
    # (1/30 ns + 0.8 K/1.5 s) of 8e7 W/m² through the two stages.
    rate = device.heating_rate(np.array([15.0, 0.0]), 2e11)
    assert rate == pytest.approx(1 / 30e-9 + 0.8 / 1.5)
    # The antiferromagnet is on top: 0.1 of 8e7 W/m² less 3e6 * 6e-9 J/(m² K) times the rate.
    assert device.upper_heat_capacity == pytest.approx(0.018)
    assert device.interface_heat_flux(-2e11, 1e8) == pytest.approx(8e6 - 1.8e6)
    path = device.heat_path.model_copy(update={"upper_layer": "ferromagnet"})
    turned = device.model_copy(update={"heat_path": path})
    assert turned.upper_heat_capacity == pytest.approx(0.003)


@pytest.mark.parametrize("conversion", [0.1, -0.1])
def test_spin_currents_after_the_reference_pulse(conversion, device_card, experiment_card):
    changes = {
        "switching.critical_current_density": "2e11 A/m^2",
        "thermal_spin_torque.conversion": f"{conversion} A/W",
    }
    found = after_reference_pulse(device_card(VALUES | changes, STAGES))
    # The stage of 30 ns is gone after 1 ms; that of 1.5 s reached 0.8 K * 1 ms/1.5 s.
    for delay, seconds in (("1 ms", 1e-3), ("0.5 s", 0.5), ("10 s", 10.0)):
        flux = 0.018 * 0.8 * (1 - np.exp(-1e-3 / 1.5)) / 1.5 * np.exp(-seconds / 1.5)
        assert found.heat_flux[delay] == pytest.approx(flux)
        assert found.available[delay] == pytest.approx(conversion * flux)
    # (2e/hbar) alpha J_int, with J_int(300 K) = m 0.1 mJ/m² / sqrt 2.
    holding = 2 * elementary_charge / hbar * 0.2 * 1e-4 * M / np.sqrt(2)
    assert found.holding == pytest.approx(holding)

    changes["thermal_spin_torque.spin_current_persistence"] = "2 s"
    lasting = after_reference_pulse(device_card(VALUES | changes, STAGES))
    assert lasting.heat_flux == found.heat_flux
    # At the end of the pulse 0.1 of 8e7 W/m²; the stage of 1.5 s takes less than 1e-8 of it.
    expected = conversion * 8e6 * np.exp(-0.25)
    assert lasting.available["0.5 s"] == pytest.approx(expected, rel=1e-6)


def test_card_releases_next_to_no_heat_after_half_a_second(device_card, experiment_card):
    # 1 ms of 5.9e8 W/m² leaves 0.71 mK in the stage of 1.8e-9 K m²/W and 1.5 s, 0.51 mK half a
    # second later; 4 nm of IrMn hold 0.0124 J/(m² K).
    found = after_reference_pulse(device_card())
    assert found.heat_flux["0.5 s"] == pytest.approx(0.0124 * 0.51e-3 / 1.5, rel=0.02)
    assert found.holding > 1e12 * found.available["0.5 s"]


def test_currents_in_the_spin_hall_layer(device, experiment_card):
    # Half of 10 mA in 5 um x 4 nm.
    assert device.current_density(-0.01) == pytest.approx(-2.5e11)
    assert device.current_density(device.critical_current) == pytest.approx(
        device.critical_current_density
    )
    assert device.spin_current_density(2e8) == pytest.approx(1e7)


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
        assert experiment.initial_sign == sign
        assert tilted.in_plane_bias(experiment) == pytest.approx(0.05 + sign * 0.025)


def test_critical_current_density_of_the_card(device_card, experiment_card):
    device = device_card(VALUES | {"switching.critical_current_density": "3e11 A/m^2"})
    assert device.critical_current_density == 3e11


def test_macrospin_threshold_where_the_card_gives_none(device, experiment_card):
    # (2e/hbar)(M_s t/theta) B_K/2 with M_s and K of 300 K.
    needed = K_EFF / (1e6 * M)
    expected = 2 * elementary_charge / hbar * 1e6 * M * 1e-9 / 0.1 * needed
    assert device.critical_current_density == pytest.approx(expected)


def test_threshold_of_the_heat_driven_spin_current(device):
    expected = 2 * elementary_charge / hbar * 2 * 0.2 * 2.5e5 * 1e-9
    assert device.collinear_threshold(2.5e5) == pytest.approx(expected)


def test_polarity_follows_current_and_field(device_card):
    for angle in (-0.1, 0.1):
        device = device_card(VALUES | {"spin_hall_layer.spin_hall_angle": angle})
        for current in (-1e11, 1e11):
            assert device.favoured_polarity(current, -0.05) == -np.sign(angle * current)
