import dataclasses

import numpy as np
import pytest
from scipy.constants import mu_0
from scipy.optimize import minimize_scalar

from afterpulse.film import fields

NO_CONE = {
    "antiferromagnet.easy_axis_spread": "0 deg",
    "antiferromagnet.easy_axis_polar_angle": "0 deg",
    "antiferromagnet.interface_coupling": "0.1 mJ/m^2",
    "ferromagnet.saturation_magnetisation": "1 MA/m",
    "ferromagnet.thickness": "2 nm",
    "ferromagnet.curie_temperature": "800 K",
    "antiferromagnet.neel_temperature": "625 K",
}


def upright(sample):
    axis = np.tile([0.0, 0.0, 1.0], (sample.grain_area.size, 1))
    return dataclasses.replace(sample, grain_axis=axis)


def test_aligned_grains_give_the_full_exchange_bias(device_card, small_sample):
    device, sample = device_card(NO_CONE), upright(small_sample)
    state = np.ones(sample.grain_area.size, dtype=np.int8)
    bias = fields.exchange_bias_field(device, sample, state, 0.0)
    # 1e-4 J/m² / (1e6 A/m 2e-9 m) = 50 mT.
    np.testing.assert_allclose(bias[..., 2], 0.05)
    np.testing.assert_allclose(bias[..., :2], 0.0, atol=1e-15)
    # At 225 K J_int is sqrt(1 - 225/625) = 0.8 of its value times M_s(T)/M_s(0), which cancels.
    warm = fields.exchange_bias_field(device, sample, -state, 225.0)
    np.testing.assert_allclose(warm[..., 2], -0.05 * 0.8)


def test_exchange_bias_follows_the_grain_below(device_card, small_sample):
    device, sample = device_card(NO_CONE), upright(small_sample)
    state = np.ones(sample.grain_area.size, dtype=np.int8)
    state[3] = -1
    bias = fields.exchange_bias_field(device, sample, state, 0.0)
    share = sample.grain_area[3] / sample.grain_area.sum()
    assert bias[..., 2].mean() == pytest.approx(0.05 * (1 - 2 * share))
    x, y = np.argwhere(sample.grain_index == 3)[0] // 4
    assert bias[x, y, 2] < 0.05 * (1 - 1e-6)


def test_exchange_bias_points_along_the_easy_axes(device_card, small_sample):
    axis = np.tile([0.6, 0.0, 0.8], (small_sample.grain_area.size, 1))
    sample = dataclasses.replace(small_sample, grain_axis=axis)
    state = np.ones(sample.grain_area.size, dtype=np.int8)
    bias = fields.exchange_bias_field(device_card(NO_CONE), sample, state, 0.0)
    np.testing.assert_allclose(bias.mean(axis=(0, 1)), [0.03, 0.0, 0.04], atol=1e-15)


def test_anisotropy_less_shape_is_effective(device_card, small_sample):
    device = device_card(
        NO_CONE
        | {
            "ferromagnet.effective_anisotropy": "0.2 MJ/m^3",
            "ferromagnet.anisotropy_exponent": 3.0,
        }
    )
    uniaxial = fields.uniaxial_anisotropy(device, small_sample.anisotropy_factor, 200.0)
    shape = mu_0 * 1e12 / 2
    # K_u alone follows m³; spread and weak spots are factors on K_eff.
    film = (2e5 + shape) * 0.875**3 - shape * 0.875**2
    effective = uniaxial - shape * 0.875**2
    np.testing.assert_allclose(effective, film * small_sample.anisotropy_factor)


def test_wall_between_units_has_the_energy_of_the_card(device_card, small_sample):
    wall_energy = 4e-4
    device = device_card(
        {
            "ferromagnet.wall_energy_between_units": "0.4 mJ/m^2",
            "ferromagnet.exchange_stiffness": "15 pJ/m",
        }
    )
    halves = np.repeat([0, 1], 8)[:, None] * np.ones((1, 16), dtype=np.int32)
    sample = dataclasses.replace(small_sample, unit_index=halves.astype(np.int32))
    factor = fields.border_factor(device, sample, 0.0)
    assert np.count_nonzero(factor[:, 5] < 1) == 1
    weak = int(np.argmin(factor[:, 5]))
    stiffness = 15e-12 * factor[weak - 1 : weak + 2, 5]
    # Bonds of a finite-difference grid, with the harmonic mean of the stiffness.
    bonds = 2 * stiffness[:-1] * stiffness[1:] / (stiffness[:-1] + stiffness[1:])

    def energy(angle):
        turns = np.diff([0.0, angle, np.pi])
        return np.sum(2 * bonds / sample.cell * (1 - np.cos(turns)))

    found = minimize_scalar(energy, bounds=(0, np.pi), method="bounded").fun
    # Short of it by A_b/A, here 2.5 %.
    assert found == pytest.approx(wall_energy, rel=0.03)


def test_borders_lie_where_units_meet_and_never_strengthen(device_card, small_sample):
    device = device_card({"ferromagnet.wall_energy_between_units": "1 J/m^2"})
    assert (fields.border_factor(device, small_sample, 300.0) == 1.0).all()
    factor = fields.border_factor(
        device_card({"ferromagnet.wall_energy_between_units": "0 J/m^2"}), small_sample, 300.0
    )
    index = small_sample.unit_index
    for x in range(15):
        for y in range(15):
            meets = index[x, y] != index[x + 1, y] or index[x, y] != index[x, y + 1]
            assert factor[x, y] == (0.0 if meets else 1.0)
