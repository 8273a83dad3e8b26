import dataclasses

import numpy as np
import pytest
from scipy.constants import e as elementary_charge
from scipy.constants import hbar, mu_0

from afterpulse.film.sample import border_lengths, border_vectors, make_sample
from afterpulse.film.stray_field import dipolar_volumes, near_pairs
from afterpulse.kinetics import film as films
from afterpulse.kinetics.grain_order import in_plane_bias, in_plane_walls

VALUES = {
    "ferromagnet.saturation_magnetisation": "1 MA/m",
    "ferromagnet.thickness": "1 nm",
    "ferromagnet.effective_anisotropy": "0.25 MJ/m^3",
    "ferromagnet.curie_temperature": "1200 K",
    "ferromagnet.anisotropy_exponent": 3.0,
    "ferromagnet.damping": 0.1,
    "ferromagnet.wall_energy_between_units": "1 mJ/m^2",
    "spin_hall_layer.spin_hall_angle": 0.1,
    "switching.critical_current_density": None,
    "antiferromagnet.interface_coupling": "0.1 mJ/m^2",
    "antiferromagnet.easy_axis_polar_angle": "0 deg",
    "antiferromagnet.easy_axis_azimuth": "0 deg",
    "antiferromagnet.anisotropy": "0.5 MJ/m^3",
    "antiferromagnet.thickness": "5 nm",
    "heat_path.ambient_temperature": "300 K",
}
FIELD = {"applied_field": ["50 mT", "0 mT", "0 mT"]}


def test_card_overrides_the_threshold(device_card, experiment_card, small_sample):
    device = device_card(VALUES | {"switching.critical_current_density": "3e11 A/m^2"})
    assert device.critical_current_density == 3e11
    film = films.make_film(device, experiment_card(FIELD), small_sample, films.macrospin(device))
    np.testing.assert_allclose(film.unit_threshold, 3e11 * small_sample.unit_threshold_factor)


def test_energies_of_a_film(device_card, experiment_card, small_sample):
    device = device_card(VALUES)
    film = films.make_film(device, experiment_card(FIELD), small_sample, films.macrospin(device))
    volume = small_sample.unit_area * 1e-9
    np.testing.assert_allclose(
        film.anisotropy_energy, 2.5e5 * volume * small_sample.unit_anisotropy_factor
    )
    np.testing.assert_allclose(film.unit_moment, 1e6 * volume)
    np.testing.assert_allclose(film.grain_barrier, 5e5 * 5e-9 * small_sample.grain_area)
    own = small_sample.own_dipolar_volume
    np.testing.assert_allclose(film.shape_energy, 0.75 * mu_0 * 1e12 * (volume + own))
    assert film.unit_fraction.sum() == pytest.approx(1.0)
    assert film.grain_fraction.sum() == pytest.approx(1.0)


def test_barrier_of_a_cube_is_that_of_its_crystal(device_card, experiment_card, small_sample):
    # Its stray field has no direction: what K_eff of the film has less, mu_0 M_s²/2, comes back.
    device = device_card(VALUES)
    edge = device.ferromagnet.thickness.value
    # A demagnetising factor of 1/3, by symmetry.
    area, own = small_sample.unit_area.copy(), small_sample.own_dipolar_volume.copy()
    factor = small_sample.unit_anisotropy_factor.copy()
    area[0], own[0], factor[0] = edge**2, -(edge**3) / 3, 1.0
    cube = dataclasses.replace(
        small_sample, unit_area=area, own_dipolar_volume=own, unit_anisotropy_factor=factor
    )
    film = films.make_film(device, experiment_card(FIELD), cube, films.macrospin(device))
    barrier = film.anisotropy_energy[0] + film.shape_energy[0]
    assert barrier == pytest.approx((2.5e5 + mu_0 * 1e12 / 2) * edge**3)


def test_threshold_and_barrier_of_a_unit_follow_the_calibration(
    device_card, experiment_card, small_sample
):
    diameter = np.sqrt(4 / np.pi * small_sample.unit_area)
    sizes = np.array([0.5, 1.0]) * diameter.max()
    device = device_card(VALUES | {"ferromagnet.attempt_frequency": None})
    calibrated = dataclasses.replace(
        films.macrospin(device),
        unit_diameter=sizes,
        threshold_factor=np.array([0.5, 0.9]),
        barrier_factor=np.array([1.0, 0.6]),
        attempt_frequency=7e9,
    )
    film = films.make_film(device, experiment_card(FIELD), small_sample, calibrated)
    # A straight line between the two sizes.
    place = np.clip((diameter - sizes[0]) / (sizes[1] - sizes[0]), 0, 1)
    np.testing.assert_allclose(film.barrier_factor, 1.0 - 0.4 * place)
    m = 1 - (300 / 1200) ** 1.5
    volume = small_sample.unit_area * 1e-9
    # K_u follows m³, the shape anisotropy m².
    shape = mu_0 * 1e12 / 2
    factor = ((2.5e5 + shape) * m**3 - shape * m**2) / 2.5e5
    barrier = film.anisotropy_energy * factor + film.shape_energy * m**2
    # A macrospin's (2e/hbar) t (KV)/(theta V), each unit's spread on top.
    macrospin = 2 * elementary_charge / hbar * 1e-9 * barrier / volume / 0.1
    np.testing.assert_allclose(
        film.unit_threshold,
        (0.5 + 0.4 * place) * macrospin * small_sample.unit_threshold_factor,
    )
    assert film.attempt_frequency == 7e9
    given = device_card(VALUES | {"ferromagnet.attempt_frequency": "2e9 1/s"})
    film = films.make_film(given, experiment_card(FIELD), small_sample, calibrated)
    assert film.attempt_frequency == 2e9


def test_pair_energies_of_random_states(device_card, experiment_card, small_sample):
    sample = small_sample
    device = device_card(VALUES)
    film = films.make_film(device, experiment_card(FIELD), sample, films.macrospin(device))
    random = np.random.default_rng(0)
    units = random.choice([-1, 1], sample.unit_area.size)
    grains = random.choice([-1, 1], sample.grain_area.size)

    # gamma t L for each border between unlike units, counted on the cells.
    index, walls = sample.unit_index, 0.0
    for one, other in ((index[1:], index[:-1]), (index[:, 1:], index[:, :-1])):
        walls += np.count_nonzero(units[one] != units[other])
    wall_energy = 1e-3 * 1e-9 * walls * sample.cell * np.pi / 4

    def energy(links, states, others):
        """Sum of e s over the elements of one side."""
        owner = np.repeat(np.arange(states.size), np.diff(links.start))
        return links.energy @ (states[owner] * others[links.other])

    border = film.couplings.walls
    assert (border.energy.sum() - energy(border, units, units)) / 2 == pytest.approx(wall_energy)

    # J_int u_z on each raster point of the interface.
    fine = np.repeat(np.repeat(index, 4, axis=0), 4, axis=1)
    pixel = (sample.cell / 4) ** 2
    axis = sample.grain_axis[sample.grain_index, 2]
    expected = 1e-4 * pixel * np.sum(axis * units[fine] * grains[sample.grain_index])
    assert energy(film.couplings.grains_of_unit, units, grains) == pytest.approx(expected)
    assert energy(film.couplings.units_of_grain, grains, units) == pytest.approx(expected)


def test_reach_of_the_distant_stray_field(device_card, experiment_card):
    device = device_card(VALUES | {"ferromagnet.unit_diameter": "23 nm"})
    experiment = experiment_card(FIELD | {"numerics.window": "480 nm", "numerics.cell": "7.5 nm"})
    sample = make_sample(device, experiment, np.random.default_rng(2))
    film = films.make_film(device, experiment, sample, films.macrospin(device))
    units = sample.unit_area.size
    every = np.repeat(np.arange(units), units), np.tile(np.arange(units), units)
    coupling = mu_0 * 1e12 * dipolar_volumes(sample.unit_index, sample.cell, 1e-9, *every)
    coupling = coupling.reshape(units, units)
    coupling[sample.pair_unit, sample.pair_other] = 0.0
    np.fill_diagonal(coupling, 0.0)
    expected = np.abs(coupling.sum(axis=1)).max()
    assert expected > 0
    assert film.distant_reach == pytest.approx(expected, rel=1e-3)


def film_of_squares(device, experiment, sample):
    """Film of nine square units of 5 x 5 cells, number 4 in the middle, with no other change."""
    cells = np.arange(15) // 5
    index = (3 * cells[:, None] + cells).astype(np.int32)
    unit, other = near_pairs(index)
    each, thickness = np.arange(9), device.ferromagnet.thickness.value
    return films.make_film(
        device,
        experiment,
        dataclasses.replace(
            sample,
            unit_index=index,
            unit_area=np.full(9, 25 * sample.cell**2),
            unit_anisotropy_factor=np.ones(9),
            unit_threshold_factor=np.ones(9),
            pair_unit=unit,
            pair_other=other,
            pair_border_length=border_lengths(index, sample.cell, unit, other),
            pair_dipolar_volume=dipolar_volumes(index, sample.cell, thickness, unit, other),
            own_dipolar_volume=dipolar_volumes(index, sample.cell, thickness, each, each),
            contact_unit=each.astype(np.int32),
            contact_grain=np.zeros(9, dtype=np.int32),
            contact_area=np.full(9, 25 * sample.cell**2),
        ),
        dataclasses.replace(films.macrospin(device), chiral_field=0.6),
    )


@pytest.mark.parametrize("dmi", [0.5e-3, -0.5e-3])
def test_reversed_neighbour_is_a_field_towards_it(dmi, device_card, experiment_card, small_sample):
    device = device_card(VALUES | {"ferromagnet.interfacial_dmi": f"{dmi} J/m^2"})
    film = film_of_squares(device, experiment_card(FIELD), small_sample)
    sides = {7: (1, 0), 1: (-1, 0), 5: (0, 1), 3: (0, -1)}
    edge = 5 * small_sample.cell
    # 0.6 D w t, in units of M_s V times a field.
    size = 0.6 * float(device.interfacial_dmi(0.0)) * edge * 1e-9
    for middle in (1, -1):
        for reversed_units in ([], [7], [1], [5], [3], [7, 1], [7, 5]):
            state = np.ones(9, dtype=np.int8)
            state[reversed_units], state[4] = -1, middle
            expected = size * np.sum([(0, 0), *(sides[unit] for unit in reversed_units)], axis=0)
            found = in_plane_walls(film, state)[4]
            np.testing.assert_allclose(found, expected, atol=1e-9 * abs(size))


def test_borders_of_a_unit_inside_the_film_close(device_card, experiment_card, small_sample):
    index = small_sample.unit_index
    unit, other = small_sample.pair_unit, small_sample.pair_other
    vectors = border_vectors(index, small_sample.cell, unit, other)
    edge = np.unique(np.concatenate([index[0], index[-1], index[:, 0], index[:, -1]]))
    inside = np.setdiff1d(unit, edge)
    assert inside.size > 0
    for one in inside:
        np.testing.assert_allclose(vectors[unit == one].sum(axis=0), 0.0, atol=1e-20)
    # What the first does to the second is the reverse of what the second does to it.
    keys = zip(unit.tolist(), other.tolist(), strict=True)
    pairs = dict(zip(keys, vectors, strict=True))
    for (one, two), vector in pairs.items():
        np.testing.assert_allclose(vector, -pairs[two, one])


def test_exchange_bias_in_the_plane_follows_the_grains(device_card, experiment_card, small_sample):
    device = device_card(VALUES | {"antiferromagnet.easy_axis_polar_angle": "30 deg"})
    sample = small_sample
    film = films.make_film(device, experiment_card(FIELD), sample, films.macrospin(device))
    grains = np.random.default_rng(3).choice([-1, 1], sample.grain_area.size).astype(np.int8)
    fine = np.repeat(np.repeat(sample.unit_index, 4, axis=0), 4, axis=1)
    spin = (sample.grain_axis * grains[:, None])[sample.grain_index]
    energy = float(device.interface_coupling(0.0)) * (sample.cell / 4) ** 2
    expected = np.stack(
        [energy * np.bincount(fine.ravel(), spin[..., axis].ravel()) for axis in range(2)], axis=1
    )
    np.testing.assert_allclose(in_plane_bias(film, grains), expected)
    np.testing.assert_allclose(in_plane_bias(film, -grains), -expected)
