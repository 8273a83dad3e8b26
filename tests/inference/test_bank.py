import numpy as np
import pytest

from afterpulse.cards.mechanisms import SIMULATED, combinations
from afterpulse.inference.bank import Measurement, PriorDraw, simulate, simulate_bank

DELAYS = np.array([1e-3, 1e-1, 10.0])


@pytest.fixture(scope="module")
def cards(device_card, experiment_card, made_calibration):
    experiment = experiment_card({"applied_field": ["-5 mT", "0 mT", "0 mT"]})
    return device_card(), experiment, made_calibration


def test_every_combination_once():
    found = combinations()
    assert len(found) == len(set(found)) == 2 ** len(SIMULATED)
    assert () in found


def test_draws_of_a_bank_do_not_depend_on_their_number(cards):
    device, experiment, calibration = cards
    pulses = [(0.9 * device.critical_current, 1e-4)]
    measurement = Measurement(device, experiment, calibration, pulses, DELAYS)
    chosen = ("afm_viscosity", "fm_aftereffect")
    one, two = (simulate_bank(measurement, chosen, count) for count in (1, 2))
    assert two.change.shape == (2, experiment.replicates, 1, 3)
    np.testing.assert_array_equal(one.change, two.change[:1])
    np.testing.assert_array_equal(one.drawn, two.drawn[:1])
    assert (np.diff(two.rise) < 0).all()


def test_units_that_do_not_reverse_thermally_keep_what_was_written(cards):
    device, experiment, calibration = cards
    amplitude = 2.0 * device.critical_current
    pulses = [(amplitude, 1e-4)]
    measurement = Measurement(device, experiment, calibration, pulses, DELAYS)
    change, _ = simulate(measurement, PriorDraw((), {}, 0))
    bar = device.hall_bar
    swing = 2 * bar.read_current.value * bar.anomalous_hall_resistance.value
    assert (change < -0.3 * swing).all()
    # What is left is the return of M_s(T) while the film cools.
    assert np.ptp(change, axis=-1).max() < 1e-3 * swing


def test_bank_is_read_without_noise(cards, device_card):
    device, experiment, calibration = cards
    noisy = device_card({"hall_bar.read_noise": "1 mV"})
    pulses = [(0.9 * device.critical_current, 1e-4)]
    draw = PriorDraw(("afm_viscosity", "fm_aftereffect"), {}, 0)
    quiet, read = (
        simulate(Measurement(card, experiment, calibration, pulses, DELAYS), draw)[0]
        for card in (device, noisy)
    )
    assert np.ptp(quiet) > 0
    np.testing.assert_array_equal(read, quiet)
