import numpy as np
import pytest

from afterpulse.inference.bank import Bank
from afterpulse.inference.prior import draws, parameters_of
from afterpulse.inference.self_test import self_test

NAMES = parameters_of(())
RISE = np.array([[10.0, 5.0, 1.0, 0.1]])


def bank(mechanisms, curve, seed):
    """Devices whose change has one shape and a height that differs by a factor of two."""
    drawn = draws(NAMES, 32, seed)
    change = 1e-5 * (1 + drawn[:, 0])[:, None, None, None] * np.array(curve)
    return Bank(mechanisms, drawn, np.tile(change, (1, 2, 1, 1)), RISE)


@pytest.mark.parametrize(
    ("other", "told"), [([1.0, 1.0, 1.0, 1.0], True), ([4.0, 3.0, 2.0, 1.0], False)]
)
def test_banks_of_other_shapes_are_told_apart_and_equal_ones_are_not(device_card, other, told):
    banks = [bank((), [4.0, 3.0, 2.0, 1.0], 1), bank(("fm_aftereffect",), other, 2)]
    table = self_test(banks, device_card(), 1, 0.0).set_index(["mechanism", "acts"])
    acts, rests = table.loc[("fm_aftereffect", True)], table.loc[("fm_aftereffect", False)]
    assert acts["devices"] == rests["devices"] == 32
    if told:
        assert acts["on"] + rests["off"] > 1.2
        assert acts["off"] == rests["on"] == 0
    else:
        # Of what cannot be told a verdict comes by chance, if at all.
        assert acts["cannot tell"] > 0.9
        assert rests["cannot tell"] > 0.9
    shares = table.dropna()[["on", "off", "cannot tell"]]
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    # All devices drift in half of their traces; a mechanism of no bank is never on.
    assert table.loc[("resistance_drift", True), "devices"] == 64
    assert table.loc[("afm_viscosity", True), "devices"] == 0
    assert table.loc[("afm_viscosity", False), "off"] == 1
