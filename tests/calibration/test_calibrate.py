import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.calibration import calibrate, calibrated
from afterpulse.cards import CardError


@pytest.fixture(scope="module")
def measured(device_card, experiment_card, small_sample):
    return calibrate(device_card(), experiment_card(), small_sample)


def test_every_variable_has_units_and_a_name(measured):
    for name, variable in datasets.label(measured).variables.items():
        assert {"units", "long_name"} <= set(variable.attrs), name


def test_polarities_and_grains_order_the_thresholds(measured):
    favoured, other = measured["critical_current_density_of_polarity"].values[0]
    assert favoured < float(measured["critical_current_density"][0]) < other
    # The kinetics lose a unit at J_c/(1 + tilt) and J_c/(1 - tilt).
    tilt, middle = float(measured["torque_tilt"][0]), float(measured["critical_current_density"][0])
    np.testing.assert_allclose([middle / (1 + tilt), middle / (1 - tilt)], [favoured, other])
    # Grains set along a unit's state hold it.
    assert (measured["unit_exchange_bias"] > 0.02).all()
    assert (
        measured["unit_critical_current_density_on_grains"]
        > measured["unit_critical_current_density"]
    ).all()


def test_bias_along_the_state_holds_it(measured):
    # A macrospin is lost at the maximum of sin(angle) (cos(angle) + B/B_K), without B at 1/2.
    angle = np.linspace(0, np.pi, 10_001)
    bias = measured["relative_bias"].values
    macrospin = [2 * (np.sin(angle) * (np.cos(angle) + one)).max() for one in bias]
    found = measured["critical_current_density_of_bias"]
    ratio = found / found.sel(relative_bias=0.0)
    np.testing.assert_allclose(ratio, macrospin, rtol=0, atol=0.12)


def test_disc_is_between_the_film_and_the_macrospin(measured, device_card, experiment_card):
    film = device_card().critical_current_density(experiment_card())
    assert film < float(measured["critical_current_density"][0])
    ratio = measured["critical_current_density"] / measured["macrospin_critical_current_density"]
    assert 0.7 < float(ratio[0]) < 1.0
    assert 0.5 < float((measured["energy_barrier"] / measured["coherent_barrier"])[0]) < 1.0


def stored(threshold, tilt):
    return xr.Dataset(
        {
            "critical_current_density": ("unit_diameter", threshold),
            "macrospin_critical_current_density": ("unit_diameter", [4e11, 2e11]),
            "torque_tilt": ("unit_diameter", tilt),
            "energy_barrier": ("unit_diameter", [1e-19, 3e-19]),
            "coherent_barrier": ("unit_diameter", [1e-19, 4e-19]),
        },
        coords={"unit_diameter": [40e-9, 50e-9]},
    )


def test_factors_for_the_kinetics(device_card):
    device = device_card({"ferromagnet.unit_diameter": "45 nm"})
    found = calibrated(stored([4e11, 1e11], [0.1, 0.2]), device)
    np.testing.assert_allclose(found.threshold_factor, [1.0, 0.5])
    np.testing.assert_allclose(found.barrier_factor, [1.0, 0.75])
    np.testing.assert_allclose(found.unit_diameter, [40e-9, 50e-9])
    assert found.torque_tilt == pytest.approx(0.15)


def test_value_that_was_not_found_is_asked_for(device_card):
    dataset = stored([np.nan, 1e11], [np.nan, 0.2])
    free = {"switching.critical_current_density": None, "switching.torque_tilt": None}
    with pytest.raises(CardError) as caught:
        calibrated(dataset, device_card(free))
    assert len(caught.value.faults) == 2
    assert "switching.critical_current_density: expected a value" in caught.value.faults[0]
    given = {"switching.critical_current_density": "1e11 A/m^2", "switching.torque_tilt": 0.1}
    calibrated(dataset, device_card(given))
