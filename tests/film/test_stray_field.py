import numpy as np
import pytest

from afterpulse.film import stray_field


def all_couplings(index, cell, thickness):
    """G of all pairs, shape (units, units)."""
    units = index.max() + 1
    pairs = np.repeat(np.arange(units), units), np.tile(np.arange(units), units)
    volumes = stray_field.dipolar_volumes(index, cell, thickness, *pairs)
    return volumes.reshape(units, units)


def blocks(count, side):
    """Film of count x count square units with an edge of so many cells."""
    return np.kron(
        np.arange(count**2).reshape(count, count), np.ones((side, side), dtype=int)
    ).astype(np.int32)


def demagnetising_factor(a, b, c):
    """N_z of a prism with half edges a, b, c: Aharoni, J. Appl. Phys. 83, 3432 (1998)."""
    r, ab, ac, bc = (
        np.sqrt(a * a + b * b + c * c),
        np.hypot(a, b),
        np.hypot(a, c),
        np.hypot(b, c),
    )
    return (
        (b * b - c * c) / (2 * b * c) * np.log((r - a) / (r + a))
        + (a * a - c * c) / (2 * a * c) * np.log((r - b) / (r + b))
        + b / (2 * c) * np.log((ab + a) / (ab - a))
        + a / (2 * c) * np.log((ab + b) / (ab - b))
        + c / (2 * a) * np.log((bc - b) / (bc + b))
        + c / (2 * b) * np.log((ac - a) / (ac + a))
        + 2 * np.arctan(a * b / (c * r))
        + (a**3 + b**3 - 2 * c**3) / (3 * a * b * c)
        + (a * a + b * b - 2 * c * c) / (3 * a * b * c) * r
        + c / (a * b) * (ac + bc)
        - (ab**3 + bc**3 + ac**3) / (3 * a * b * c)
    ) / np.pi


def test_demagnetising_factor_of_a_flat_unit():
    assert demagnetising_factor(1.0, 1.0, 1.0) == pytest.approx(1 / 3)
    cell, thickness = 5e-9, 1.1e-9
    volumes = all_couplings(np.zeros((9, 9), dtype=np.int32), cell, thickness)
    exact = demagnetising_factor(9 * cell / 2, 9 * cell / 2, thickness / 2)
    # What holds the film's stray field together is 1 - N; the mid plane gives it to a tenth.
    own = -volumes[0, 0] / ((9 * cell) ** 2 * thickness)
    assert 1 - own == pytest.approx(1 - exact, rel=0.1)


def test_units_of_a_large_film_feel_an_infinite_sheet():
    count, side, cell, thickness = 15, 4, 5.0, 1.0
    volumes = all_couplings(blocks(count, side), cell, thickness)
    np.testing.assert_allclose(volumes, volumes.T, rtol=1e-6)
    volume = (side * cell) ** 2 * thickness
    centre = count**2 // 2
    # What lies outside the window adds -t sqrt(2)/(pi L) for half an edge L, as dipoles.
    missing = thickness * np.sqrt(2) / (np.pi * count * side * cell / 2)
    assert volumes[centre].sum() / volume == pytest.approx(-1 + missing, abs=1e-4)


def test_far_units_are_dipoles():
    index = np.zeros((60, 60), dtype=np.int32)
    index[2:6, 3:6] = 1
    index[50:53, 54:58] = 2
    cell, thickness = 5.0, 2.0
    volumes = all_couplings(index, cell, thickness)
    one = np.array([3.5, 4.0]) * cell
    other = np.array([51.0, 55.5]) * cell
    distance = np.linalg.norm(one - other)
    expected = -((12 * cell**2 * thickness) ** 2) / (4 * np.pi * distance**3)
    assert volumes[1, 2] == pytest.approx(expected, rel=0.01)


def test_near_pairs_of_square_units(monkeypatch):
    monkeypatch.setattr(stray_field, "NEAR", 2.5)
    index = blocks(9, 4)
    unit, other = stray_field.near_pairs(index)
    assert sorted(zip(unit, other, strict=True)) == list(zip(unit, other, strict=True))
    # 2.5 diameters of discs with the area of a unit are 2.82 edges.
    x, y = 4 - other[unit == 40] // 9, 4 - other[unit == 40] % 9
    assert x.size == 20
    assert np.hypot(x, y).max() < 2.83
    assert set(zip(unit, other, strict=True)) == set(zip(other, unit, strict=True))


def test_units_that_touch_are_near(monkeypatch):
    monkeypatch.setattr(stray_field, "NEAR", 2.5)
    index = np.zeros((60, 60), dtype=np.int32)
    index[55:, 55:] = np.arange(25).reshape(5, 5) + 1
    unit, other = stray_field.near_pairs(index)
    assert 1 in other[unit == 0]
    assert 13 not in other[unit == 0]


def test_whole_film_by_fourier_transform():
    index, cell, thickness = blocks(6, 3), 5e-9, 1e-9
    state = np.random.default_rng(0).choice([-1, 1], 36)
    expected = all_couplings(index, cell, thickness) @ state
    spectrum = stray_field.film_spectrum(18, cell, thickness)
    found = stray_field.film_coupling(index, spectrum, state)
    np.testing.assert_allclose(found, expected, atol=1e-10 * abs(expected).max())
