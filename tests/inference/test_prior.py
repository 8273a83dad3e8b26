import numpy as np
import pytest

from afterpulse.inference.prior import PRIOR, draws, factors, parameters_of, varied


def test_thermal_parameters_belong_to_the_thermal_torque():
    assert parameters_of(()) == [
        "interface_coupling",
        "antiferromagnet_anisotropy",
        "unit_diameter",
    ]
    assert parameters_of(["afm_viscosity", "thermal_spin_torque"]) == list(PRIOR)


def test_draws_fill_the_range_evenly():
    drawn = draws(parameters_of(()), 256, 1)
    for column in drawn.T:
        # A Sobol sequence of 256 has 64 points in each quarter.
        assert np.histogram(column, 4, (0, 1))[0].tolist() == [64] * 4


def test_ends_and_middle_of_a_range():
    found = factors(["spin_current_persistence"], np.array([[0.0], [0.5], [1.0]]))
    np.testing.assert_allclose(found[:, 0], [0.1, np.sqrt(0.1 * 30), 30])


def test_factor_on_a_value_and_a_value_where_there_is_none(device_card):
    device = device_card({"antiferromagnet.interface_coupling": "0.08 mJ/m^2"})
    assert device.thermal_spin_torque.spin_current_persistence.value is None
    found = varied(device, {"interface_coupling": 1.5, "spin_current_persistence": 2.0})
    assert found.antiferromagnet.interface_coupling.value == pytest.approx(0.12e-3)
    assert found.thermal_spin_torque.spin_current_persistence.value == 2.0
    assert found.ferromagnet == device.ferromagnet
    assert device.antiferromagnet.interface_coupling.value == pytest.approx(0.08e-3)
