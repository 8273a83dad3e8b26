import numpy as np

from afterpulse.decay.bins import binned
from afterpulse.decay.fit import averaged_curve


def test_means_over_bins():
    # A decade is 24 bins: but for the first sample, 1.03 and 1.05 share the first (up to 1.10),
    # 1.2 is in the second.
    delay = np.array([1.0, 1.03, 1.05, 1.2, 10.5])
    found, change, samples, spread = binned(
        delay, np.array([[9.0, 1.0, 3.0, 5.0, 7.0], [8.0, 0.0, 2.0, 0.0, 1.0]])
    )
    np.testing.assert_allclose(found, [1.0, 1.04, 1.2, 10.5])
    np.testing.assert_allclose(change, [[9.0, 2.0, 5.0, 7.0], [8.0, 1.0, 0.0, 1.0]])
    np.testing.assert_array_equal(samples, [1, 2, 1, 1])
    np.testing.assert_allclose(spread, [0, 0.01, 0, 0], atol=1e-12)


def test_nothing_is_lost():
    delay = 0.5 + 0.01 * np.arange(1000)
    found, change, samples, _ = binned(delay, np.ones((1, 1000)))
    assert found.size < 40
    assert samples.sum() == delay.size
    assert (change == 1).all()
    assert (np.diff(found) > 0).all()


def test_a_model_at_a_bin_is_its_mean_over_the_samples():
    # The mean of the model at all samples of each bin, taken one by one. In the middle of a bin
    # the model differs from it by up to 2e-4 of the amplitude.
    delay = np.linspace(0.5, 20.5, 20_001)
    change = 2.0 + 10.0 * np.exp(-(delay - 0.5) / 3.0)
    bins = binned(delay, change[None])
    parameters = np.array([10.0, np.log(3.0), 2.0])
    found = averaged_curve("single_exponential", bins.delay, parameters, bins.spread)
    np.testing.assert_allclose(found, bins.change[0], atol=2e-6)
    middle = averaged_curve("single_exponential", bins.delay, parameters, None)
    assert abs(middle - bins.change[0]).max() > 1e-3
