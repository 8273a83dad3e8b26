import numpy as np
import pytest
from scipy.stats import multivariate_normal

from afterpulse.mechanisms.emulator import Emulator, emulate, logarithm_of_likelihood, scale_at
from afterpulse.mechanisms.prior import draws

NAMES = ["interface_coupling", "unit_diameter"]


def truth(drawn):
    return np.stack([np.sin(2 * drawn[:, 0]), drawn[:, 0] * drawn[:, 1]], axis=1)


def test_smooth_traces_are_met_and_their_noise_is_known():
    drawn = draws(NAMES, 256, 1)
    noise = 0.05 * np.random.default_rng(2).standard_normal((256, 2))
    found = emulate(drawn, truth(drawn) + noise, 1e-6)
    elsewhere = draws(NAMES, 128, 3)
    off = found.mean(elsewhere) - truth(elsewhere)
    # The smoothed mean is much better known than a single trace.
    assert off.std() < 0.025
    deviation = scale_at(found.slopes, elsewhere).mean() * np.sqrt(np.diag(found.covariance))
    np.testing.assert_allclose(deviation, 0.05, rtol=0.2)


def test_scatter_that_depends_on_the_parameters_is_known():
    drawn = draws(NAMES, 256, 1)
    noise = 0.01 * 10 ** drawn[:, :1] * np.random.default_rng(2).standard_normal((256, 2))
    found = emulate(drawn, truth(drawn) + noise, 1e-6)
    scale = scale_at(found.slopes, np.array([[0.2, 0.5], [0.8, 0.5]]))
    assert scale[1] / scale[0] == pytest.approx(10**0.6, rel=0.3)


def test_likelihood_is_the_normal_density():
    random = np.random.default_rng(4)
    covariance, extra = (part @ part.T for part in random.standard_normal((2, 3, 3)))
    emulator = Emulator(
        lambda at: np.tile([1.0, 2.0, 3.0], (len(at), 1)),
        np.log([0.5, 4.0]),  # 1/2 at 0 and 2 at 1
        covariance,
    )
    trace, added = np.array([1.5, 1.0, 3.5]), np.array([[0.1, 0.0, 0.0], [0.0, 0.2, 0.0]])
    found = logarithm_of_likelihood(emulator, np.array([[0.0], [1.0]]), trace, added, extra)
    for one, shift, scale in zip(found, added, (0.5, 2.0), strict=True):
        mean = np.array([1.0, 2.0, 3.0]) + shift
        expected = multivariate_normal(mean, scale**2 * covariance + extra).logpdf(trace)
        assert one == pytest.approx(expected)
