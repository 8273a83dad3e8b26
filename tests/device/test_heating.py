import numpy as np
import pytest

from afterpulse.device import heating


def test_stages_of_the_card(device_card):
    device = device_card(stages=[("2e-7 K*m^2/W", "30 ns"), ("1e-8 K*m^2/W", "1.5 s")])
    resistance, time_constant = heating.chain(device)
    np.testing.assert_allclose(resistance, [2e-7, 1e-8])
    np.testing.assert_allclose(time_constant, [30e-9, 1.5])


def test_power_of_the_card(device_card):
    device = device_card(
        {
            "spin_hall_layer.resistivity": "40 uohm*cm",
            "heat_path.heated_thickness": "5 nm",
        }
    )
    # (2e11)² * 4e-7 * 5e-9.
    assert heating.power(device, 2e11) == pytest.approx(8e7)
