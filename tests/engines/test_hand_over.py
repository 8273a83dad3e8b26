import numpy as np
import pytest

from afterpulse.engines.embedded import drive as embedded
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import relaxed, to_field, to_units
from afterpulse.engines.magnet_system import Conditions
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.segment import run_segment, step_ends
from afterpulse.kinetics.state import SegmentConditions, initial_state


def test_units_survive_the_way_to_a_field_and_back(small_sample):
    random = np.random.default_rng(6)
    ground = random.normal(scale=0.2, size=(16, 16, 3))
    ground[..., 2] = 1.0
    ground /= np.linalg.norm(ground, axis=-1, keepdims=True)
    for ground_state in (ground, -ground):
        before = ground_state.copy()
        for _ in range(5):
            state = random.choice([-1, 1], small_sample.unit_area.size).astype(np.int8)
            field = to_field(small_sample, state, ground_state)
            np.testing.assert_allclose(np.linalg.norm(field, axis=-1), 1.0)
            np.testing.assert_array_equal(field[..., :2], ground_state[..., :2])
            np.testing.assert_array_equal(np.sign(field[..., 2]), state[small_sample.unit_index])
            again = to_units(small_sample, field)
            assert again.dtype == np.int8
            np.testing.assert_array_equal(again, state)
        np.testing.assert_array_equal(ground_state, before)


def test_a_unit_follows_its_mean(small_sample):
    m = np.zeros((16, 16, 3))
    m[..., 2] = 1.0
    x, y = np.nonzero(small_sample.unit_index == 0)
    few, many = len(x) // 3, len(x) - len(x) // 3
    m[x[:few], y[:few], 2] = -1.0
    assert to_units(small_sample, m)[0] == 1
    m[x[:many], y[:many], 2] = -1.0
    assert to_units(small_sample, m)[0] == -1


@pytest.mark.parametrize("amplitude", [0.6, 0.8])
def test_a_written_film_settles_without_losing_its_state(amplitude, device_card, experiment_card):
    device = device_card()
    experiment = experiment_card({"numerics.window": "200 nm", "numerics.cell": "6.25 nm"})
    sample = make_sample(device, experiment, np.random.default_rng(4))
    film = make_film(device, experiment, sample, macrospin(device))
    density = amplitude * device.critical_current_density
    upright = np.zeros((*sample.unit_index.shape, 3))
    upright[..., 2] = 1.0
    states, fields = [], []
    for run in range(4):
        state, random = initial_state(film, experiment), np.random.default_rng(run)
        for current, duration in ((density, 1e-3), (0.0, 1e-6)):
            ends = step_ends(duration, 12)
            conditions = SegmentConditions.of_cards(
                device, experiment, experiment.mechanisms, current
            )
            run_segment(film, state, conditions, ends, random)
        states.append(state)
        fields.append(to_field(sample, state.unit_state, upright))
    systems = [
        film_system(
            device,
            experiment,
            sample,
            field,
            state.grain_state,
            Conditions(300.0 + state.rise.sum()),
        )
        for state, field in zip(states, fields, strict=True)
    ]
    settled = relaxed(embedded, systems, experiment.numerics)
    mixed = 0
    for state, before, after in zip(states, fields, settled, strict=True):
        mean = state.unit_state @ film.unit_fraction
        mixed += abs(mean) < 0.95
        np.testing.assert_array_equal(to_units(sample, after), state.unit_state)
        # Walls have formed, and yet <m_z> is that of the units.
        assert np.abs(after - before).max() > 0.1
        assert after[..., 2].mean() == pytest.approx(mean, abs=0.01)
    assert mixed >= 2
