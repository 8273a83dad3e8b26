import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from afterpulse.llg.fields.thermal import seed_key, standard_normal, thermal_amplitude, threefry


def test_threefry_known_answers():
    # Random123's kat_vectors, threefry2x32 with 20 rounds.
    cases = [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ]
    for key, counter, expected in cases:
        result = threefry(*((tuple(map(jnp.uint32, key)),) + tuple(map(jnp.uint32, counter))))
        assert tuple(int(word) for word in result) == expected


def test_the_key_of_a_step_is_jax_fold_in():
    seed = 2**63 - 12345
    key, step = seed_key(seed), 77
    expected = jax.random.key_data(jax.random.fold_in(jax.random.key(seed), step))
    folded = threefry((key[0], key[1]), jnp.uint32(0), jnp.uint32(step))
    assert [int(w) for w in folded] == [int(w) for w in expected]


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_seed_out_of_range(seed):
    with pytest.raises(ValueError, match="seed"):
        seed_key(seed)


def test_numbers_are_standard_normal_and_independent():
    key, shape, steps = jnp.asarray(seed_key(2**63)), (3, 64, 64), 80
    draw = jax.jit(lambda step: standard_normal(key, step, shape))
    z = np.stack([np.asarray(draw(jnp.asarray(step)), dtype=float) for step in range(steps)])
    count = z.size
    assert abs(z.mean()) < 4 / np.sqrt(count)
    assert abs(z.var() - 1) < 4 * np.sqrt(2 / count)
    assert abs((z**4).mean() - 3) < 4 * np.sqrt(96 / count)
    assert stats.kstest(z[::8].ravel(), "norm").pvalue > 1e-3
    pairs = [
        (z[1:], z[:-1]),
        (z[:, 1:], z[:, :-1]),
        (z[:, :, 1:], z[:, :, :-1]),
        (z[..., 1:], z[..., :-1]),
    ]
    for a, b in pairs:
        for first, second in ((a, b), (a**2 - 1, b**2 - 1)):
            correlation = (first * second).mean() / (first.std() * second.std())
            assert abs(correlation) < 4 / np.sqrt(a.size)


def test_seeds_give_different_streams():
    draws = [
        np.asarray(standard_normal(jnp.asarray(seed_key(seed)), jnp.asarray(0), (3, 64, 64)))
        for seed in (0, 1, 2**32, 2**63)
    ]
    correlation = np.corrcoef([draw.ravel() for draw in draws])
    assert np.abs(correlation - np.eye(4)).max() < 4.5 / np.sqrt(draws[0].size)


def test_amplitude():
    # Brown's variance 2 alpha k_B T / (gamma M_s V) as a flux density, with gamma in rad/(s T).
    gamma, mu0, boltzmann = 1.76085963e11, 4e-7 * np.pi, 1.380649e-23
    magnetisation = np.array([[1e6, 0.0]])
    h = thermal_amplitude(
        np.full((1, 2), 300.0), np.full((1, 2), 0.1), magnetisation, gamma * mu0, 8e-27
    )
    expected = np.sqrt(2 * 0.1 * boltzmann * 300 / (gamma * 1e6 * 8e-27)) / mu0
    assert h[0, 0] == pytest.approx(expected, rel=1e-6)
    assert h[0, 1] == 0
