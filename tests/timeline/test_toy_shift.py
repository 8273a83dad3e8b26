import numpy as np
import pytest

from afterpulse.kinetics.film import MACROSPIN
from afterpulse.timeline import protocol, toy_shift
from afterpulse.timeline.trajectory import run_points


@pytest.fixture
def trace(device_card, experiment_card, small_sample):
    def run(mechanisms):
        changes = {"mechanisms": mechanisms, "compare": {}, "replicates": 1}
        cards = device_card(), experiment_card(changes)
        planned = [point for point in protocol.points(*cards) if point.protocol == "ltp"]
        upright = np.zeros((*small_sample.unit_index.shape, 3))
        upright[..., 2] = 1.0
        found = run_points(*cards, small_sample, upright, MACROSPIN, planned)
        return found["anomalous_hall_voltage"].values, found["delay"].values

    return run


def test_shift_is_added_to_the_voltage_alone(trace):
    steady, delay = trace(["fm_aftereffect"])
    shifted, _ = trace(["fm_aftereffect", "toy_shift"])
    np.testing.assert_allclose(
        shifted - steady, toy_shift.RATE * np.maximum(delay, 0.0), atol=1e-18
    )
    assert (shifted - steady).max() > 1e-6
