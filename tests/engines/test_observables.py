import numpy as np
import pytest

from afterpulse.engines.observables import wall_length


def test_length_of_a_straight_wall():
    x = np.arange(40) + 0.5
    z = np.tanh((x[:, None] - 13.3) / 4) * np.ones((40, 25))
    # Between the centres of the first and the last row.
    assert wall_length(z, 2e-9) == pytest.approx(24 * 2e-9)


def test_length_of_a_round_domain():
    """A bubble of a radius of twelve cells: its circumference."""
    x, y = np.meshgrid(np.arange(64) - 31.5, np.arange(64) - 31.5, indexing="ij")
    z = np.tanh((np.hypot(x, y) - 12) / 3)
    assert wall_length(z, 1e-9) == pytest.approx(2 * np.pi * 12e-9, rel=0.01)


def test_film_without_walls():
    assert wall_length(np.full((8, 8), 0.9), 1e-9) == 0.0
