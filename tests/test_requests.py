import pytest

from afterpulse import requests
from afterpulse.timeline.plan import plan, points_by_chunk


def chunks(device, experiment):
    return points_by_chunk(device, experiment, plan(device, experiment, None))


@pytest.fixture
def device(device_card):
    return device_card()


def test_all_chunks_ask_for_what_the_largest_needs(device, experiment_card):
    experiment = experiment_card()
    cut = chunks(device, experiment)
    largest = max(
        requests.by_rule(device, experiment, {name: chunk})["trajectories"].runtime
        for name, chunk in cut.items()
    )
    asked = requests.by_rule(device, experiment, cut)["trajectories"]
    assert asked.runtime == largest
    # Shuffling the plan changes nothing.
    shuffled = dict(reversed(cut.items()))
    assert requests.by_rule(device, experiment, shuffled)["trajectories"] == asked


def test_bank_grows_with_its_draws(device, experiment_card):
    few, many = (
        requests.bank_seconds(device, experiment_card({"inference.draws": draws}))
        for draws in (2, 64)
    )
    assert many == pytest.approx(32 * few)


def test_a_card_without_sweep_and_inference_asks_for_something(device, experiment_card):
    experiment = experiment_card({"inference": None, "sweep": None, "compare": {}, "trains": {}})
    asked = requests.by_rule(device, experiment, chunks(device, experiment))
    assert min(asked["trajectories"]) > 0
    assert min(asked["bank"]) > 0
