import numpy as np
import pytest
from scipy.constants import mu_0

from afterpulse.cards.experiment import Hysteresis, Mechanisms
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.grain_order import exchange_bias_at
from afterpulse.kinetics.hysteresis import hysteresis_loop, loop_fields, shift_and_coercivity
from afterpulse.kinetics.state import SegmentConditions, initial_state

FROZEN = Mechanisms(())


def card(largest, steps, dwell="1 us"):
    return Hysteresis.model_validate({"largest_field": largest, "steps": steps, "dwell": dwell})


def test_fields_go_down_and_up():
    fields = loop_fields(card("100 mT", 4))
    np.testing.assert_allclose(fields, [0.05, 0, -0.05, -0.1, -0.05, 0, 0.05, 0.1], atol=1e-15)


def test_shift_and_coercivity_of_a_made_up_loop():
    fields = loop_fields(card("100 mT", 40))
    # Branches through zero at -60 mT and +20 mT: a bias of +20 mT that helps m_z > 0.
    middle = np.where(np.arange(80) < 40, -0.06, 0.02)
    bias, coercivity = shift_and_coercivity(fields, np.tanh((fields - middle) / 0.01))
    assert bias == pytest.approx(0.02, abs=1e-4)
    assert coercivity == pytest.approx(0.04, abs=1e-4)


def test_loop_that_does_not_close_has_no_shift():
    fields = loop_fields(card("100 mT", 40))
    assert np.isnan(shift_and_coercivity(fields, np.ones(80))).all()


@pytest.mark.parametrize("sign", [-1, 1])
def test_loop_of_a_film_on_frozen_grains(sign, device_card, experiment_card):
    # Without thermal activation a unit turns where its well is gone, at 2 KV / (M_s V) of the
    # field that acts on it. No walls, and a film so thin that it makes hardly any stray field.
    device = device_card(
        {
            "ferromagnet.thickness": "0.02 nm",
            "ferromagnet.saturation_magnetisation": "0.1 MA/m",
            "ferromagnet.effective_anisotropy": "2 kJ/m^3",
            "ferromagnet.anisotropy_exponent": 2.5,
            "ferromagnet.wall_energy_between_units": "0 mJ/m^2",
            "ferromagnet.anisotropy_spread": 0.0,
            "antiferromagnet.interface_coupling": "2e-5 mJ/m^2",
            "antiferromagnet.easy_axis_spread": "0 deg",
            "switching.weak_spot_density": "0 1/um^2",
        }
    )
    experiment = experiment_card({"applied_field": ["0 mT", "0 mT", "0 mT"]})
    sample = make_sample(device, experiment, np.random.default_rng(1))
    film = make_film(device, experiment, sample, macrospin(device))
    state = initial_state(film, experiment)
    state.grain_state[:] = sign
    before = state.unit_state.copy()
    hysteresis = card("100 mT", 400)
    random = np.random.default_rng(0)
    conditions = SegmentConditions.of_cards(device, experiment, FROZEN)
    loop = hysteresis_loop(film, state, conditions, hysteresis, random)
    np.testing.assert_array_equal(state.unit_state, before)
    bias, coercivity = shift_and_coercivity(loop_fields(hysteresis), loop)
    m = 1 - (300 / 800) ** 1.5
    # J / (M_s t) = 10 mT at T = 0, 2 K / M_s = 40 mT; both at 300 K, within a step of 0.5 mT.
    expected = 0.01 * np.sqrt(1 - 300 / 650)
    assert bias == pytest.approx(sign * expected, abs=5e-4)
    assert bias == pytest.approx(exchange_bias_at(film, state.grain_state, 300.0), abs=5e-4)
    # The exponent is that of K_u, the shape anisotropy falls as m².
    shape = mu_0 * 1e10 / 2
    anisotropy = (2e3 + shape) * m**2.5 - shape * m**2
    assert coercivity == pytest.approx(2 * anisotropy / (1e5 * m), abs=1e-3)
