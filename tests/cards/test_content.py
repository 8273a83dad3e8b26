"""That a part reads nothing of the cards but what its digest counts, and digests that differ."""

from functools import partial

import numpy as np
import pytest
from pydantic import BaseModel

from afterpulse.calibration import calibrate
from afterpulse.cards.content import READ, content
from afterpulse.device import Device
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import MACROSPIN
from afterpulse.timeline import protocol
from afterpulse.timeline.bench import Bench
from afterpulse.timeline.trajectory import run_points

# What is said of a point itself; its name counts them beside the digest.
OF_POINTS = {"mechanisms", "compare"}
# Names are in messages, and how long to wait changes no result.
NO_RESULT = {"name", "numerics.engine_time_limit"}


class Recorded:
    """A card that notes which of its fields are read."""

    def __init__(self, card, read, path=""):
        self._card, self._read, self._path = card, read, path

    def __getattr__(self, name):
        found = getattr(self._card, name)
        path = f"{self._path}.{name}".removeprefix(".")
        if isinstance(found, BaseModel) and name in type(self._card).model_fields:
            return Recorded(found, self._read, path)
        if name in type(self._card).model_fields:
            self._read.add(path)
        return found


def covered(path, counted):
    return any(path == each or path.startswith(f"{each}.") for each in counted)


def recorded(cards):
    read = set(), set()
    return [Recorded(card, noted) for card, noted in zip(cards, read, strict=True)], read


@pytest.fixture(scope="module")
def cards(device_card, experiment_card):
    small = {"compare": {}, "trains": {}, "sweep.initialise": ["each"], "inference": None}
    one = {"sweep.pulse_amplitude": ["0.9 I_c"], "sweep.pulse_width": ["10 us"], "replicates": 1}
    return device_card(), experiment_card(small | one)


def check(part, read):
    for paths, counted in zip(read, READ[part], strict=True):
        assert paths
        allowed = {*counted, *NO_RESULT, *OF_POINTS}
        assert {path for path in paths if not covered(path, allowed)} == set()


def test_sample_reads_what_is_counted(cards):
    watched, read = recorded(cards)
    make_sample(*watched, np.random.default_rng(1))
    check("sample", (read[0], read[1]))


def test_calibration_reads_what_is_counted(cards, small_sample):
    watched, read = recorded(cards)
    calibrate(*watched, small_sample)
    check("calibration", read)


def test_trajectories_read_what_is_counted(cards, small_sample):
    watched, read = recorded(cards)
    ground_state = np.zeros((*small_sample.unit_index.shape, 3))
    ground_state[..., 2] = 1
    planned = protocol.points(*cards)
    run_points(Bench.of_sample(*watched, small_sample, ground_state, MACROSPIN), planned)
    check("trajectories", read)
    # LLG and kinetics have both been here.
    assert {"numerics.leading_edge", "numerics.steps_per_decade", "numerics.precision"} <= read[1]


def test_each_part_changes_with_what_it_reads_alone(cards, device_card, experiment_card):
    def changed(device, experiment):
        return {part for part in READ if before[part] != content(device, experiment, part)}

    before = {part: content(*cards, part) for part in READ}
    of_experiment = partial(changed, cards[0])
    assert of_experiment(cards[1].model_copy(update={"seed": 5})) == set(READ)
    assert of_experiment(cards[1].model_copy(update={"ageing": 5.0})) == {"trajectories"}
    assert of_experiment(cards[1].model_copy(update={"title": "Another", "replicates": 9})) == set()
    assert changed(device_card({"hall_bar.read_noise": "1 uV"}), cards[1]) == {"trajectories"}
    warmer = device_card({"heat_path.ambient_temperature": "310 K"})
    assert changed(warmer, cards[1]) == set(READ) - {"sample"}
    text = cards[0].model_dump(mode="json") | {"description": "Another", "references": {}}
    assert changed(Device.model_validate(text), cards[1]) == set()
