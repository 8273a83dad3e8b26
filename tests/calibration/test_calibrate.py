import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.calibration import calibrate, calibrated
from afterpulse.calibration.calibrate import CELLS_ACROSS, LAW_AXES, stored_law
from afterpulse.calibration.energy_barrier import energy_barrier
from afterpulse.calibration.isolated_unit import disc, without_field
from afterpulse.cards import CardError
from afterpulse.device.torque_law import STEPS, TorqueLaw

MAGNET = {
    "ferromagnet.unit_diameter": "45 nm",
    "ferromagnet.saturation_magnetisation": "1 MA/m",
    "ferromagnet.effective_anisotropy": "0.055 MJ/m^3",
    "ferromagnet.exchange_stiffness": "15 pJ/m",
    "ferromagnet.interfacial_dmi": "0.3 mJ/m^2",
}


@pytest.fixture(scope="module")
def measured(device_card, experiment_card, small_sample):
    # A unit of a few exchange lengths turns nearly as a whole; the field only breaks the symmetry.
    experiment = experiment_card({"applied_field": ["-5 mT", "0 mT", "0 mT"]})
    return calibrate(device_card(MAGNET), experiment, small_sample)


def test_every_variable_has_units_and_a_name(measured):
    for name, variable in datasets.label(measured).variables.items():
        assert {"units", "long_name"} <= set(variable.attrs), name


def test_polarities_and_grains_order_the_thresholds(measured):
    favoured, other = measured["critical_current_density_of_polarity"].values[0]
    assert favoured < float(measured["critical_current_density"][0]) < other
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
    film = device_card(MAGNET).critical_current_density
    assert film < float(measured["critical_current_density"][0])
    ratio = measured["critical_current_density"] / measured["macrospin_critical_current_density"]
    assert 0.7 < float(ratio[0]) < 1.0
    assert 0.5 < float((measured["energy_barrier"] / measured["coherent_barrier"])[0]) < 1.0


def test_barrier_is_that_without_a_field(measured, device_card, experiment_card):
    # The kinetics take the field in the plane off the barrier themselves.
    device, experiment = device_card(MAGNET), experiment_card()
    diameter = float(measured["unit_diameter"][0])
    edge = device.ferromagnet.unit_diameter.value / CELLS_ACROSS
    unit = without_field(disc(device, experiment, diameter, edge, 13))
    expected = energy_barrier(device, unit).height
    assert float(measured["energy_barrier"][0]) == pytest.approx(expected, rel=1e-3)


def stored(threshold, neighbour=0.7):
    law = TorqueLaw.of_tables(
        np.zeros((2, 3, 3, 3)),
        np.arange(54.0).reshape(2, 3, 3, 3),
        np.arange(27).reshape(3, 3, 3) > 12,
        STEPS,
    )
    return xr.Dataset(
        {
            "critical_current_density": ("unit_diameter", threshold),
            "macrospin_critical_current_density": ("unit_diameter", [4e11, 2e11]),
            "neighbour_field_factor": ((), neighbour),
            "attempt_frequency": ((), 4e9),
            "energy_barrier": ("unit_diameter", [1e-19, 3e-19]),
            "coherent_barrier": ("unit_diameter", [1e-19, 4e-19]),
            **stored_law(law),
        },
        coords={"unit_diameter": [40e-9, 50e-9]},
    )


def test_factors_for_the_kinetics(device_card):
    found = calibrated(stored([4e11, 1e11]), device_card())
    np.testing.assert_allclose(found.threshold_factor, [1.0, 0.5])
    np.testing.assert_allclose(found.barrier_factor, [1.0, 0.75])
    np.testing.assert_allclose(found.unit_diameter, [40e-9, 50e-9])
    assert found.chiral_field == 0.7
    assert found.attempt_frequency == 4e9
    # The axes of the table may be stored in any order.
    turned = stored([4e11, 1e11]).transpose(*LAW_AXES[::-1], ...)
    for dataset in (stored([4e11, 1e11]), turned):
        law = calibrated(dataset, device_card()).torque_law
        np.testing.assert_array_equal(law.barrier.ravel(), np.arange(54.0))
    without = device_card({"ferromagnet.interfacial_dmi": "0 mJ/m^2"})
    assert calibrated(stored([4e11, 1e11], np.nan), without).chiral_field == 0.0


def test_value_that_was_not_found_is_asked_for(device_card):
    dataset = stored([np.nan, 1e11], np.nan)
    with pytest.raises(CardError) as caught:
        calibrated(dataset, device_card({"switching.critical_current_density": None}))
    assert len(caught.value.faults) == 2
    assert "switching.critical_current_density: expected a value" in caught.value.faults[0]
    assert "ferromagnet.interfacial_dmi: expected a value" in caught.value.faults[1]
    given = {
        "switching.critical_current_density": "1e11 A/m^2",
        "ferromagnet.interfacial_dmi": "0 mJ/m^2",
    }
    calibrated(dataset, device_card(given))
