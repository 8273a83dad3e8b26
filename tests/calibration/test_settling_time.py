import numpy as np
import pytest

from afterpulse.calibration.calibrate import settling_time
from afterpulse.engines import Driven


def driven(along_z):
    along_z = np.asarray(along_z, float)
    time = np.arange(1, along_z.size + 1) * 1e-11
    mean = np.stack([np.zeros_like(along_z), np.zeros_like(along_z), along_z], axis=1)
    return Driven(time, mean, along_z, np.zeros_like(along_z), np.zeros((1, 1, 1, 3)))


def test_exponential_settles_within_a_hundredth():
    # 0.2 exp(-t/tau) is a hundredth of 0.8 at tau ln 25.
    time = np.arange(1, 1001) * 1e-11
    found = settling_time(driven(0.8 + 0.2 * np.exp(-time / 5e-10)))
    assert found == pytest.approx(5e-10 * np.log(25), abs=1e-11)


def test_last_swing_counts():
    assert settling_time(driven([0.8, 0.8, 0.9, 0.8, 0.8])) == pytest.approx(4e-11)


def test_settled_from_the_start():
    assert settling_time(driven([0.8, 0.8])) == pytest.approx(1e-11)
