import numpy as np

from afterpulse.decay.bins import binned


def test_means_over_bins():
    # A decade is 24 bins: but for the first sample, 1.03 and 1.05 share the first (up to 1.10),
    # 1.2 is in the second.
    delay = np.array([1.0, 1.03, 1.05, 1.2, 10.5])
    found, change = binned(delay, np.array([[9.0, 1.0, 3.0, 5.0, 7.0], [8.0, 0.0, 2.0, 0.0, 1.0]]))
    np.testing.assert_allclose(found, [1.0, 1.04, 1.2, 10.5])
    np.testing.assert_allclose(change, [[9.0, 2.0, 5.0, 7.0], [8.0, 1.0, 0.0, 1.0]])


def test_nothing_is_lost():
    delay = 0.5 + 0.01 * np.arange(1000)
    found, change = binned(delay, np.ones((1, 1000)))
    assert found.size < 40
    assert (change == 1).all()
    assert (np.diff(found) > 0).all()
