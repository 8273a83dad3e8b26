import numpy as np
import pytest
from scipy.constants import mu_0

from afterpulse.calibration.isolated_unit import (
    coherent_barrier,
    disc,
    isolated_system,
    unit_of_sample,
)
from afterpulse.film import fields
from afterpulse.kinetics.film import macrospin, make_film

MAGNET = {
    "ferromagnet.saturation_magnetisation": "1 MA/m",
    "ferromagnet.effective_anisotropy": "0.055 MJ/m^3",
    "ferromagnet.exchange_stiffness": "15 pJ/m",
    "ferromagnet.interfacial_dmi": "0.3 mJ/m^2",
}


def test_disc_has_its_area_and_the_field_in_the_plane(device_card, experiment_card):
    device = device_card({"antiferromagnet.easy_axis_polar_angle": "0 deg"})
    experiment = experiment_card({"applied_field": ["-5 mT", "2 mT", "30 mT"]})
    unit = disc(device, experiment, 60e-9, 1e-9, 70)
    assert unit.inside.sum() * 1e-18 == pytest.approx(np.pi * 30e-9**2, rel=0.01)
    assert not unit.inside[0].any()
    assert not unit.inside[-1].any()
    # The kinetics count what is along z.
    np.testing.assert_allclose(unit.field[35, 35], [-5e-3, 2e-3, 0.0], atol=1e-12)


def test_unit_of_a_sample_keeps_its_outline_and_its_field(device_card, small_sample):
    device = device_card()
    grains = np.ones(small_sample.grain_area.size, dtype=np.int8)
    field = fields.exchange_bias_field(device, small_sample, grains, 300.0)
    for number in range(small_sample.unit_area.size):
        unit = unit_of_sample(small_sample, number, 16, field)
        own = small_sample.unit_index == number
        assert unit.inside.sum() * small_sample.cell**2 == pytest.approx(
            small_sample.unit_area[number]
        )
        np.testing.assert_array_equal(unit.field[unit.inside], field[own])
        np.testing.assert_array_equal(
            unit.anisotropy_factor[unit.inside], small_sample.anisotropy_factor[own]
        )


def test_coherent_barrier_is_that_of_the_kinetics(device_card, experiment_card, small_sample):
    device = device_card(MAGNET)
    film = make_film(device, experiment_card(), small_sample, macrospin(device))
    m = 1 - (300 / 800) ** 1.5
    # K_eff is 0.055 MJ/m³ at T = 0, with 1 MA/m and an exponent of 2.1 of K_u.
    shape = mu_0 * 1e12 / 2
    factor = ((5.5e4 + shape) * m**2.1 - shape * m**2) / 5.5e4
    expected = film.anisotropy_energy * factor + film.shape_energy * m**2
    bare = np.zeros((16, 16, 3))
    found = [
        coherent_barrier(device, unit_of_sample(small_sample, number, 16, bare))
        for number in range(small_sample.unit_area.size)
    ]
    np.testing.assert_allclose(found, expected)


def test_system_is_empty_around_the_unit(device_card, experiment_card):
    device = device_card(MAGNET)
    unit = disc(device, experiment_card(), 40e-9, 5e-9, 10)
    system = isolated_system(device, unit, np.array([0.0, 0.0, 1.0]), -2e11)
    m = 1 - (300 / 800) ** 1.5
    np.testing.assert_allclose(system.m.norm.array[..., 0, 0], np.where(unit.inside, 1e6 * m, 0))
    assert system.T == 0
    np.testing.assert_allclose(
        mu_0 * system.energy.zeeman.H.array[5, 5, 0], unit.field[5, 5], atol=1e-12
    )
    assert tuple(system.dynamics.spin_orbit_torque.mp) == (0, -1, 0)
