import numpy as np
import pytest

from afterpulse.device.exchange_bias import exchange_bias_field


def test_field_of_aligned_grains():
    # 0.1 mJ/m² on 1 nm of 1 MA/m: 1e-4 / 1e-3 T.
    assert exchange_bias_field(1e-4, 1e6, 1e-9) == pytest.approx(0.1)


def test_energy_of_the_field_is_that_of_the_interface():
    coupling, magnetisation, thickness, area = 7e-5, 0.8e6, 1.3e-9, 4e-16
    moment = magnetisation * thickness * area
    field = exchange_bias_field(coupling, magnetisation, thickness)
    assert moment * field == pytest.approx(coupling * area)


def test_arrays_broadcast():
    assert exchange_bias_field(np.ones(3), np.full((2, 1), 1e6), 1e-9).shape == (2, 3)
