import numpy as np
import pytest

from afterpulse.cards.experiment import Mechanisms, Treatment
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.grain_order import exchange_bias_at
from afterpulse.kinetics.state import SegmentConditions, initial_state
from afterpulse.kinetics.treatment import treat

ALL = Mechanisms(("afm_viscosity", "fm_aftereffect"))


def cooling(start, end, field, duration="100 s"):
    return Treatment.model_validate(
        {
            "start_temperature": start,
            "end_temperature": end,
            "applied_field": ["0 mT", "0 mT", field],
            "duration": duration,
        }
    )


@pytest.fixture(scope="module")
def film(device_card, experiment_card):
    """Stiff device of some 100 units in 300 nm: cards and film."""
    device = device_card(
        {
            "ferromagnet.effective_anisotropy": "0.22 MJ/m^3",
            "ferromagnet.curie_temperature": "1400 K",
            "ferromagnet.unit_diameter": "30 nm",
            "antiferromagnet.thickness": "8 nm",
        }
    )
    experiment = experiment_card({"numerics.window": "300 nm", "initial_state": "up"})
    sample = make_sample(device, experiment, np.random.default_rng(1))
    return device, experiment, make_film(device, experiment, sample, macrospin(device))


@pytest.mark.parametrize("sign", [-1, 1])
def test_field_cooling_sets_the_exchange_bias(film, sign):
    device, experiment, couplings = film
    state = initial_state(couplings, experiment)
    set_field = exchange_bias_at(couplings, state.grain_state, 300.0)
    treatment = cooling("640 K", "300 K", f"{sign * 500} mT")
    conditions = SegmentConditions.of_cards(device, experiment, ALL)
    treat(couplings, state, conditions, treatment, np.random.default_rng(0))
    assert (state.unit_state == sign).all()
    # The coupling of a grain where it freezes (0.05 mJ/m^2 on 100 nm^2 is some k_B T) leaves few
    # in the other state.
    found = exchange_bias_at(couplings, state.grain_state, 300.0)
    assert 0.4 < sign * found / set_field < 1
    np.testing.assert_array_equal(state.rise, 0)


def test_a_cold_field_does_not_turn_the_grains(film):
    device, experiment, couplings = film
    state = initial_state(couplings, experiment)
    treatment = cooling("200 K", "200 K", "-500 mT")
    conditions = SegmentConditions.of_cards(device, experiment, ALL)
    treat(couplings, state, conditions, treatment, np.random.default_rng(0))
    assert (state.unit_state == -1).all()
    assert couplings.grain_fraction @ state.grain_state > 0.9
