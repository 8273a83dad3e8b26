import numpy as np
import pytest
from scipy.constants import e as elementary_charge
from scipy.constants import hbar

from afterpulse.calibration.critical_current import (
    ROUNDS,
    SECTIONS,
    leaves_its_well,
    reverses,
    search,
)
from afterpulse.calibration.isolated_unit import IsolatedUnit, UnitDriver

CELL = 4e-9
# One cell of 0.8 MA/m at 300 K as a cube of 4 nm: its stray field has no direction.
VALUES = {
    "ferromagnet.thickness": "4 nm",
    "ferromagnet.saturation_magnetisation": "0.8 MA/m",
    "ferromagnet.effective_anisotropy": "0.1 MJ/m^3",
    # Without strong damping a pulse that rises at once makes the unit overshoot.
    "ferromagnet.damping": 1.0,
    "spin_hall_layer.spin_hall_angle": 0.2,
    "spin_hall_layer.field_like_spin_hall_angle": 0.0,
}


@pytest.mark.parametrize("wanted", [0.3, 1.0, 1.9])
def test_search_finds_a_known_threshold(wanted):
    found = search(lambda tried: tried >= wanted, np.array([0.0]), np.array([2.0]))
    assert abs(found[0] - wanted) <= 2.0 / (2 * (SECTIONS + 1) ** ROUNDS)


def test_search_keeps_lanes_apart_and_says_where_nothing_is_found():
    wanted = np.array([[0.5], [5.0], [1.2]])
    found = search(lambda tried: tried >= wanted, np.zeros(3), np.full(3, 2.0))
    np.testing.assert_allclose(found[[0, 2]], [0.5, 1.2], atol=2e-3)
    assert np.isnan(found[1])


def test_search_takes_the_lowest_of_several_thresholds():
    found = search(lambda t: (t >= 0.5) & (t < 1.0), np.array([0.0]), np.array([2.0]))
    assert found[0] == pytest.approx(0.5, abs=2e-3)


@pytest.fixture(scope="module")
def cube(device_card):
    """Device, its unit of one cell, anisotropy field (T) and current per damping-like field."""
    device = device_card(VALUES)
    m = 1 - (300 / 800) ** 1.5
    saturation = 8e5 * m
    # The crystal's own anisotropy: of K_eff the film's shape is taken off.
    crystal = 1e5 * m**2.5 + 4e-7 * np.pi * saturation**2 / 2
    per_field = 2 * elementary_charge / hbar * saturation * 4e-9 / 0.2

    def unit(field):
        return IsolatedUnit(CELL, np.ones((1, 1), bool), np.ones((1, 1)), np.full((1, 1, 3), field))

    return device, unit, 2 * crystal / saturation, per_field


def upright(field, anisotropy_field):
    """Rest of the macrospin near +z in a field along x."""
    sine = field / anisotropy_field
    return np.array([[[sine, 0.0, np.sqrt(1 - sine**2)]]])


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_threshold_of_a_macrospin(cube, experiment_card, share):
    # Damping-like torque and a field B_z along the state: the well goes at the maximum over the
    # angle of sin(angle) (B_K cos(angle) + B_z). Lee et al. (2013) for B_z = 0: B_K/2.
    device, unit, anisotropy_field, per_field = cube
    angle = np.linspace(0, np.pi, 100_001)
    lost = (np.sin(angle) * (np.cos(angle) + share)).max() * anisotropy_field
    one = unit((0.0, 0.0, share * anisotropy_field))
    driver = UnitDriver(device, experiment_card({"numerics.precision": "float64"}))
    starts = [upright(0.0, anisotropy_field)]
    switches = leaves_its_well(driver, [one], starts, np.array([1.0]), 3e-9)
    expected = per_field * lost
    found = search(switches, np.array([0.3 * expected]), np.array([2 * expected]))
    assert found[0] == pytest.approx(expected, rel=0.01)


def test_field_along_the_current_makes_one_polarity_easier(cube, experiment_card):
    # B_K/2 -+ B_x/sqrt 2 to first order (Lee et al. 2013).
    device, unit, anisotropy_field, per_field = cube
    field = 0.05 * anisotropy_field
    lanes = [unit((field, 0.0, 0.0))] * 2
    driver = UnitDriver(device, experiment_card({"numerics.precision": "float64"}))
    starts = [upright(field, anisotropy_field)] * 2
    switches = leaves_its_well(driver, lanes, starts, np.array([-1.0, 1.0]), 3e-9)
    middle = per_field * anisotropy_field / 2
    easy, hard = search(switches, np.full(2, 0.5 * middle), np.full(2, 1.5 * middle)) / per_field
    assert easy == pytest.approx(anisotropy_field / 2 - field / np.sqrt(2), rel=0.01)
    assert hard == pytest.approx(anisotropy_field / 2 + field / np.sqrt(2), rel=0.01)


def test_shorter_pulses_need_more_current(cube, experiment_card):
    device, unit, anisotropy_field, per_field = cube
    field = 0.05 * anisotropy_field
    middle = per_field * anisotropy_field / 2
    driver, start = UnitDriver(device, experiment_card()), upright(field, anisotropy_field)
    low, high = np.array([0.1 * middle]), np.array([8 * middle])
    found = [
        search(reverses(driver, unit((field, 0.0, 0.0)), start, -1.0, width), low, high)[0]
        for width in (30e-12, 2e-9)
    ]
    assert found[1] == pytest.approx(
        per_field * (anisotropy_field / 2 - field / np.sqrt(2)), rel=0.03
    )
    assert found[0] > 1.2 * found[1]
