import numpy as np
import pytest

from afterpulse.decay.scatter import covariance, derivatives, scatter_of_replicates

DELAY = np.geomspace(0.5, 20.0, 21)
# Logarithms of deviation, noise and memory, the trend, and the variance of the level.
TRUTH = np.array([np.log(2e-6), np.log(3e-7), np.log(0.7), -0.1, 1e-12])


def drawn(count, seed, truth=TRUTH):
    factor = np.linalg.cholesky(covariance(np.log(DELAY), truth))
    noise = np.random.default_rng(seed).standard_normal((count, DELAY.size))
    return -1e-5 * DELAY**-0.3 + noise @ factor.T


def test_covariance_done_by_hand():
    found = covariance(np.log([1.0, np.e]), np.array([np.log(2.0), np.log(0.5), 0.0, 0.4, 9.0]))
    # The middle of the logarithms is 1/2: deviations 2 exp(-+0.2), correlation exp(-1).
    expected = [
        [4 * np.exp(-0.4) + 0.25 + 9, 4 * np.exp(-1) + 9],
        [4 * np.exp(-1) + 9, 4 * np.exp(0.4) + 0.25 + 9],
    ]
    np.testing.assert_allclose(found, expected)


def test_white_noise_of_a_mean_falls_with_its_samples():
    # Variance of the mean of n independent samples: noise² / n.
    none = np.array([-20.0, np.log(0.5), 0.0, 0.0, 0.0])
    found = covariance(np.log([1.0, 2.0]), none, 1 / np.array([1.0, 25.0]))
    np.testing.assert_allclose(found, np.diag([0.25, 0.01]), atol=1e-12)


def test_unequal_bins_of_white_noise_give_the_noise_of_a_sample():
    # Means over 1 to 2000 samples of a deviation of 2e-6; chi-square of 60 sweeps has 60 * 147
    # degrees of freedom, so that its root is known to 1 %.
    count = np.geomspace(1, 2000, DELAY.size).round()
    generator = np.random.default_rng(7)
    found = [
        scatter_of_replicates(
            DELAY, 2e-6 * generator.standard_normal((8, DELAY.size)) / np.sqrt(count), count
        )
        for _ in range(60)
    ]
    white = [each for each in found if len(each.derivatives) == 1]
    assert len(white) > 40
    assert np.sqrt(np.mean([each.noise**2 for each in white])) == pytest.approx(2e-6, rel=0.05)
    for each in white:
        variance = each.noise**2 / count
        np.testing.assert_allclose(each.covariance, np.diag(variance), atol=1e-16)


@pytest.mark.parametrize("white", [1.0, np.geomspace(1, 1e-3, DELAY.size)])
def test_derivatives_are_those_of_the_covariance(white):
    logarithm, steps = np.log(DELAY), [1e-5, 1e-5, 1e-5, 1e-5, 1e-15]
    for number, found in enumerate(derivatives(logarithm, TRUTH, white)):
        step = steps[number]
        change = step * np.eye(5)[number]
        ahead, behind = (covariance(logarithm, TRUTH + sign * change, white) for sign in (1, -1))
        np.testing.assert_allclose(found, (ahead - behind) / (2 * step), atol=1e-18, rtol=1e-4)


def estimates(change):
    found = scatter_of_replicates(DELAY, change)
    mean_square = np.sum((change - change.mean(axis=0)) ** 2) / (len(change) - 1) / DELAY.size
    error = np.sqrt(np.diag(found.parameter_covariance)) * [1, 1, 1, 1, mean_square]
    logarithms = np.log([found.deviation, found.noise, found.memory])
    return np.array([*logarithms, found.trend, found.level**2]), error


def test_many_replicates_give_the_parameters_they_were_drawn_with():
    estimate, error = estimates(drawn(400, 1))
    assert (error < [0.06, 0.2, 0.12, 0.06, 0.3e-12]).all()
    assert (abs(estimate - TRUTH) < 3 * error).all()


def test_level_is_told_from_a_deviation_that_is_forgotten():
    # Eight replicates fifty times, with a level and without. A level of variance 4 pV² beside a
    # deviation of as much is found, with the error that is said of their mean.
    for variance in (0.0, 4e-12):
        truth = [*TRUTH[:4], variance]
        found, error = np.transpose(
            [estimates(drawn(8, seed, truth)) for seed in range(50)], (1, 0, 2)
        )
        spread = np.std(found[:, 4]) / np.sqrt(50)
        assert spread < 0.5e-12
        # What is found cannot lie below zero, so a level that is not there is found above it.
        assert -3 * spread < found[:, 4].mean() - variance < 0.6e-12 + 3 * spread


def test_few_replicates_scatter_as_much_as_is_said():
    # Eight replicates, a hundred times: the mean over the errors that are said of the logarithm
    # of the deviation, against the spread. Its own relative error is 1 / sqrt(2 * 100) = 0.07.
    found = [scatter_of_replicates(DELAY, drawn(8, seed)) for seed in range(100)]
    said = np.sqrt(np.mean([one.parameter_covariance[0, 0] for one in found]))
    seen = np.std([np.log(one.deviation) for one in found])
    assert seen / said == pytest.approx(1, abs=0.25)


def test_white_noise_is_known_as_such():
    noise = 1e-6 * np.random.default_rng(3).standard_normal((50, 8, DELAY.size))
    found = [scatter_of_replicates(DELAY, one) for one in noise]
    alone = [one for one in found if len(one.derivatives) == 1]
    # Chi-square of four parameters is above 8 in 9 %, less where two of them are bounded.
    assert len(alone) >= 43
    for one in alone:
        np.testing.assert_allclose(one.covariance, one.noise**2 * np.eye(DELAY.size), atol=1e-17)
    # Relative variance of a variance with 7 * 21 degrees of freedom: 2 / 147, three standard
    # errors of the mean of fifty are 0.05.
    variance = 1e12 * np.array([one.noise**2 for one in alone])
    assert variance.mean() == pytest.approx(1, abs=0.05)
    said = [one.parameter_covariance.item() * np.sum(one.derivatives[0]) ** 2 for one in alone]
    expected = 2 / 147 * np.array([one.noise**4 for one in alone]) * DELAY.size**2
    np.testing.assert_allclose(said, expected, rtol=1e-6)


def test_replicates_without_scatter():
    found = scatter_of_replicates(DELAY, np.tile(DELAY**-0.3, (3, 1)))
    assert np.isfinite(np.linalg.cholesky(found.covariance)).all()
    assert found.deviation < 1e-3
