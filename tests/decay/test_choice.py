import numpy as np
import pytest

from afterpulse.decay.choice import chosen_model


@pytest.mark.parametrize(
    ("criterion", "chosen"),
    [
        # The double exponential contains the single one and fits a little better.
        ({"single_exponential": 12.0, "double_exponential": 10.0}, "single_exponential"),
        ({"single_exponential": 14.5, "double_exponential": 10.0}, "double_exponential"),
        # Three parameters each, and nothing between them.
        ({"single_exponential": 10.0, "power_law": 11.0}, ""),
        ({"single_exponential": 10.0, "power_law": 11.0, "logarithmic": 13.0}, "logarithmic"),
        ({"single_exponential": np.nan, "power_law": 11.0}, "power_law"),
        ({"single_exponential": np.nan}, ""),
    ],
)
def test_simplest_of_those_that_are_not_worse(criterion, chosen):
    assert chosen_model(criterion) == chosen
