import numpy as np
import pytest

from afterpulse.kinetics.spans import span_means, span_starts


def test_spans_end_where_the_quantity_has_changed():
    values = np.array([5.0, 5.4, 4.9, 6.1, 6.2, 6.3, 9.0])
    assert span_starts(values, 1.0) == [0, 3, 6]
    assert span_starts(values, 0.0) == list(range(7))
    assert span_starts(values, 10.0) == [0]


@pytest.mark.parametrize("most", [0.01, 0.3, 2.0])
def test_no_span_changes_by_more_and_none_could_go_on(most):
    values = np.cumsum(np.random.default_rng(0).normal(size=500))
    starts = span_starts(values, most)
    for start, end in zip(starts, [*starts[1:], values.size], strict=True):
        assert np.ptp(values[start:end]) <= most
        assert end == values.size or np.ptp(values[start : end + 1]) > most


def test_means_of_spans_are_weighted():
    values, weights = np.array([1.0, 3.0, 5.0, 9.0]), np.array([1.0, 3.0, 2.0, 2.0])
    np.testing.assert_allclose(span_means(values, weights, [(0, 2), (2, 4)]), [2.5, 7.0])
