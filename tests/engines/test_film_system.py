import numpy as np
import pytest
from scipy.constants import mu_0

from afterpulse.engines.film_system import film_system
from afterpulse.engines.magnet_system import Conditions
from afterpulse.film import fields

FIELD_LIKE = 0.04


def build(device, experiment, sample, current_density, thermal=0.0, kelvin=300.0):
    m = np.zeros((16, 16, 3))
    m[..., 2] = 1.0
    grains = np.ones(sample.grain_area.size, dtype=np.int8)
    conditions = Conditions(kelvin, current_density, thermal)
    return film_system(device, experiment, sample, m, grains, conditions)


def torque(system, name):
    return next(term for term in system.dynamics if term.name == name)


@pytest.mark.parametrize("angle", [0.2, -0.2])
@pytest.mark.parametrize("current", [3e11, -3e11])
def test_torque_has_the_signs_of_oommf(device_card, experiment_card, small_sample, angle, current):
    device = device_card(
        {
            "spin_hall_layer.spin_hall_angle": angle,
            "spin_hall_layer.field_like_spin_hall_angle": FIELD_LIKE,
        }
    )
    system = build(device, experiment_card(), small_sample, current)
    term = torque(system, "spin_orbit_torque")
    density = term.J.array[..., 0]
    # OOMMF takes the magnitude of a per-cell current, so its sign sits in the polarisation.
    assert (density > 0).all()
    np.testing.assert_allclose(
        density[:, :, 0],
        3e11 / small_sample.unit_threshold_factor[small_sample.unit_index],
    )
    # z x J is +y for J > 0.
    assert tuple(term.mp) == (0, np.sign(angle * current), 0)
    assert term.P == pytest.approx(0.2)
    assert term.Lambda == 1
    # eps' mp is theta_FL J/2 along y whatever the sign of theta.
    assert term.eps_prime * term.mp[1] == pytest.approx(np.sign(current) * FIELD_LIKE / 2)


def test_thermal_spin_torque(device_card, experiment_card, small_sample):
    device = device_card({"thermal_spin_torque.polarisation": [0, 0, -1]})
    term = torque(build(device, experiment_card(), small_sample, 0.0, 4e7), "thermal_spin_torque")
    assert term.J == 4e7
    assert tuple(term.mp) == (0, 0, -1)
    assert (term.P, term.Lambda, term.eps_prime) == (1, 1, 0)


def test_parameters_follow_the_temperature(device_card, experiment_card, small_sample):
    device = device_card(
        {
            "ferromagnet.saturation_magnetisation": "1 MA/m",
            "ferromagnet.curie_temperature": "800 K",
            "ferromagnet.exchange_stiffness": "16 pJ/m",
            "ferromagnet.interfacial_dmi": "0.64 mJ/m^2",
            "ferromagnet.wall_energy_between_units": "1 J/m^2",
            "ferromagnet.thickness": "1.5 nm",
            "ferromagnet.damping": 0.12,
        }
    )
    system = build(device, experiment_card(), small_sample, 0.0, kelvin=200.0)
    assert system.T == 200.0
    # 1 - (1/4)^1.5 = 7/8.
    np.testing.assert_allclose(system.m.norm.array, 8.75e5)
    np.testing.assert_allclose(system.energy.exchange.A.array, 16e-12 * 0.875**2)
    np.testing.assert_allclose(system.energy.dmi.D.array, 0.64e-3 * 0.875**2)
    assert system.energy.dmi.crystalclass == "Cnv_z"
    np.testing.assert_allclose(
        system.energy.uniaxialanisotropy.K.array[:, :, 0, 0],
        fields.uniaxial_anisotropy(device, small_sample.anisotropy_factor, 200.0),
    )
    assert tuple(system.m.mesh.n) == (16, 16, 1)
    np.testing.assert_allclose(system.m.mesh.cell, (small_sample.cell, small_sample.cell, 1.5e-9))
    assert system.dynamics.damping.alpha == 0.12


def test_field_is_applied_and_exchange_bias(device_card, experiment_card, small_sample):
    device = device_card()
    experiment = experiment_card({"applied_field": ["-5 mT", "2 mT", "10 mT"]})
    system = build(device, experiment, small_sample, 0.0)
    grains = np.ones(small_sample.grain_area.size, dtype=np.int8)
    bias = fields.exchange_bias_field(device, small_sample, grains, 300.0)
    total = mu_0 * system.energy.zeeman.H.array[:, :, 0, :]
    np.testing.assert_allclose(total - bias, np.tile([-5e-3, 2e-3, 1e-2], (16, 16, 1)), atol=1e-12)
