import numpy as np

from afterpulse.film.random_streams import stream, stream_seed


def test_seeds_have_63_bits():
    seeds = np.array([stream_seed(1, 0, 0, str(number)) for number in range(2000)])
    assert seeds.min() >= 0
    assert seeds.max() < 2**63
    assert len(set(seeds)) == 2000
    # Each bit is set in half of them.
    bits = (seeds[:, None] >> np.arange(63)) & 1
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 4.5 * 0.5 / np.sqrt(2000)


def test_each_argument_counts_and_nothing_else():
    arguments = (1, 2, 3, "aged|0.001 A")
    seed = stream_seed(*arguments)
    assert stream_seed(*arguments) == seed
    for place, other in enumerate((7, 7, 7, "aged|0.002 A")):
        changed = list(arguments)
        changed[place] = other
        assert stream_seed(*changed) != seed
    # Numbers do not run into each other.
    assert stream_seed(1, 11, 1, "") != stream_seed(11, 1, 1, "")


def test_stream_starts_at_the_seed():
    expected = np.random.default_rng(stream_seed(1, 0, 2, "age")).random(5)
    np.testing.assert_array_equal(stream(1, 0, 2, "age").random(5), expected)
