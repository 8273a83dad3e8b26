import numpy as np
import pytest

from afterpulse.inference.bank import Bank
from afterpulse.inference.prior import DRIFT, PRIOR, draws, parameters_of
from afterpulse.inference.training import COPIES, MECHANISMS, training

DRIFTS = MECHANISMS.index("resistance_drift")
RISE = np.array([[10.0, 5.0, 1.0]])


def bank(mechanisms, change):
    names = parameters_of(mechanisms)
    return Bank(mechanisms, draws(names, len(change), 1), change, RISE)


def test_copies_of_a_draw_share_mechanisms_and_parameters():
    banks = [
        bank((), np.zeros((2, 2, 1, 3))),
        bank(("thermal_spin_torque",), np.zeros((1, 2, 1, 3))),
    ]
    found = training(banks, 1e-4, 0.0, 2, np.random.default_rng(1))
    assert found.draw.tolist() == sum([[number] * COPIES for number in range(3)], [])
    assert not found.acting[: 2 * COPIES, :3].any()
    assert found.acting[2 * COPIES :, 2].all()
    assert found.acting[:, DRIFTS].mean() == 0.5
    thermal = [name.startswith("thermal") for name in PRIOR]
    assert np.isnan(found.parameter[: 2 * COPIES, thermal]).all()
    assert np.isfinite(found.parameter[2 * COPIES :]).all()


def test_drift_follows_the_temperature_within_its_range():
    found = training([bank((), np.zeros((64, 1, 1, 3)))], 1e-4, 0.0, 1, np.random.default_rng(1))
    drifting = found.change[found.acting[:, DRIFTS], 0]
    np.testing.assert_allclose(drifting[:, 1:] / drifting[:, :1], np.tile([0.5, 0.1], (256, 1)))
    assert (abs(drifting[:, 0]) >= DRIFT[0]).all()
    assert (abs(drifting[:, 0]) <= DRIFT[1]).all()
    # Both signs are equally likely: 256 have a standard error of 0.031.
    assert (drifting[:, 0] > 0).mean() == pytest.approx(0.5, abs=0.1)
    assert not found.change[~found.acting[:, DRIFTS]].any()


def test_noise_and_scatter_of_the_mean_over_repeats():
    random = np.random.default_rng(2)
    # Repeats that scatter by 1 pV, read with a noise of 2 pV: of a mean over 4 of 16 repeats the
    # deviation is sqrt(1/4 * 12/15 + 1) about the mean of its draw, whose own one is 1/4.
    repeats = 1e-12 * random.standard_normal((512, 16, 1, 3))
    found = training([bank((), repeats)], 1.0, 2e-12, 4, random)
    still = found.change[~found.acting[:, DRIFTS]]
    # 6144 numbers: standard error 0.9 % and that of the draws' means.
    assert still.std() == pytest.approx(1e-12 * np.sqrt(1 / 4 + 1), rel=0.05)
