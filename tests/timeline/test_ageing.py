import numpy as np
import pytest

from afterpulse.cards.experiment import Treatment
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.timeline.ageing import aged_state


@pytest.fixture(scope="module")
def order(device_card, experiment_card, small_sample):
    """Grain order at the first pulse, after changes of the experiment card."""
    device, experiment = device_card(), experiment_card()
    film = make_film(device, experiment, small_sample, macrospin(device))

    def after(replicate=0, **changes):
        changed = experiment.model_copy(update=changes)
        state = aged_state(film, changed, changed.mechanisms, (0, replicate))
        return state.grain_state, film.grain_fraction @ state.grain_state

    return after


def test_a_preparation_comes_before_the_first_pulse(order):
    reversing = Treatment.model_validate(
        {
            "start_temperature": "640 K",
            "end_temperature": "300 K",
            "applied_field": ["0 mT", "0 mT", "-500 mT"],
            "duration": "1 s",
        }
    )
    grains, mean = order(preparation=(reversing,))
    assert mean < -0.2
    np.testing.assert_array_equal(grains, order(preparation=(reversing,))[0])
    assert order()[1] > 0.2


def test_soft_grains_turn_as_the_device_ages(order):
    fresh, aged = order(ageing=0.0)[1], order(ageing=1e6)[1]
    assert fresh == pytest.approx(1.0)
    assert aged < 0.99


def test_replicates_differ(order):
    assert not np.array_equal(order(ageing=1e6)[0], order(replicate=1, ageing=1e6)[0])
