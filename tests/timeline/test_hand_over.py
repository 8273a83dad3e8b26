import numpy as np

from afterpulse.timeline.hand_over import to_field, to_units


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
