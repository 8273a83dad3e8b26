import numpy as np

from afterpulse.inference.features import features


def test_features_done_by_hand():
    change = np.array([[[1.0, 3.0, -4.0]]])
    found = features(change, np.array([[2.0, 1.0, 0.0]]))
    # The temperature over its largest is 1, 1/2, 0, about its mean 1/2, 0, -1/2.
    follows = (0.5 + 2.0) / 0.5
    expected = [1, 3, -4, 0.25, 0.75, -1, 2, -7, 0.5, -1.75, follows, follows / 4]
    np.testing.assert_allclose(found, [expected])


def test_trace_without_a_change_has_features():
    assert np.isfinite(features(np.zeros((1, 2, 3)), np.eye(2, 3))).all()
