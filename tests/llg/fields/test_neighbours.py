import discretisedfield as df
import jax.numpy as jnp
import numpy as np

from afterpulse.llg.fields.neighbours import neighbours, pair_weights, region_names


def test_neighbours_of_a_block_lie_ahead_and_behind():
    index = np.arange(24.0).reshape(2, 4, 3)
    m = jnp.asarray(np.stack([index] * 3))
    pairs = neighbours(m)
    for (ahead, behind), axis in zip(pairs, (1, 2, 0), strict=True):
        np.testing.assert_array_equal(ahead[1], np.roll(index, -1, axis))
        np.testing.assert_array_equal(behind[2], np.roll(index, 1, axis))


def test_an_axis_with_one_cell_is_left_out():
    assert len(neighbours(jnp.zeros((3, 1, 4, 3)))) == 2
    assert len(neighbours(jnp.zeros((3, 1, 1, 3)))) == 1
    assert neighbours(jnp.zeros((3, 1, 1, 1))) == []


def test_a_face_weighs_on_both_its_cells():
    face = np.zeros((1, 3, 1))
    face[0, 0, 0], face[0, 2, 0] = 5, 7
    weights = pair_weights([face])
    np.testing.assert_array_equal(weights[0].ravel(), [5, 0, 7])
    np.testing.assert_array_equal(weights[1].ravel(), [7, 5, 0])


def test_first_region_wins_and_the_rest_has_none():
    regions = {
        "a": df.Region(p1=(0, 0, 0), p2=(2, 2, 1)),
        "b": df.Region(p1=(1, 0, 0), p2=(3, 2, 2)),
    }
    mesh = df.Mesh(p1=(0, 0, 0), p2=(4, 2, 2), n=(4, 2, 2), subregions=regions)
    names = region_names(mesh)
    assert names.shape == (2, 4, 2)
    assert list(names[0, :, 0]) == ["a", "a", "b", None]
    assert list(names[1, :, 1]) == [None, "b", "b", None]
