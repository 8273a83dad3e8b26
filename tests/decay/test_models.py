import numpy as np
import pytest
from scipy import integrate

from afterpulse.decay import models


def test_values_done_by_hand():
    at = np.array([3.0])
    e = np.exp(-1)
    assert models.single_exponential(at, 2.0, 3.0, 1.0) == pytest.approx(1 + 2 * e)
    assert models.stretched_exponential(at, 2.0, 3.0, 0.5, 1.0) == pytest.approx(1 + 2 * e)
    assert models.stretched_exponential(4 * at, 2.0, 3.0, 0.5, 1.0) == pytest.approx(1 + 2 * e**2)
    both = models.double_exponential(at, 2.0, 3.0, 4.0, 1.5, 1.0)
    assert both == pytest.approx(1 + 2 * e + 4 * e**2)
    # Level and amplitude are those 1 s after the pulse.
    assert models.logarithmic(at, 5.0, 0.5) == pytest.approx(5 - 0.5 * np.log(3))
    assert models.power_law(4 / 3 * at, 2.0, 0.5, 1.0) == pytest.approx(1 + 2 / 2)
    assert models.no_decay(at, 2.0) == 2.0


@pytest.mark.parametrize("name", models.MODELS)
def test_reference_changes_the_amplitudes_only(name):
    # The same curve from its values at 0.5 s and from those at the default reference.
    time, values = np.geomspace(0.5, 20, 9), dict.fromkeys(models.parameters_of(name), 2.0)
    own = {each: 0.0 for each in (*models.REFERRED, "offset") if each in values}
    at = np.float64(models.default_reference(name))
    moved = {
        each: float(models.MODELS[name](at, **values | own | {each: 2.0}, reference=0.5))
        for each in models.REFERRED
        if each in values
    }
    expected = models.MODELS[name](time, **values, reference=0.5)
    np.testing.assert_allclose(models.MODELS[name](time, **values | moved), expected)


def test_a_small_power_is_a_logarithm():
    time = np.geomspace(1e-2, 1e2, 20)
    power = models.power_law(time, 1e4, 1e-4, 0.0, 0.5) - 1e4
    expected = models.logarithmic(time, 0.0, 1.0, 0.5)
    np.testing.assert_allclose(power, expected, rtol=1e-3, atol=1e-6)


def test_nuclei_that_do_not_grow_give_an_exponential():
    time = np.geomspace(1e-3, 10, 20)
    found = models.fatuzzo_labrune(time, 2.0, 1.5, 0.0, 1.0)
    np.testing.assert_allclose(found, models.single_exponential(time, 2.0, 1.5, 1.0))


@pytest.mark.parametrize("growth", [0.1, 1.0, 30.0])
def test_area_of_nuclei_that_grow(growth):
    # Nuclei of area 1 appear at rate R on what is left of their places; their radius grows by
    # k R a time, so their area beyond the first is the integral of e^-s [(1 + k (x - s))^2 - 1].
    for x in (1e-3, 0.1, 0.5):
        added, _ = integrate.quad(
            lambda s, x=x: np.exp(-s) * ((1 + growth * (x - s)) ** 2 - 1), 0, x, epsabs=0
        )
        found = models.fatuzzo_labrune(np.array([x]), 1.0, 1.0, growth, 0.0)
        assert -np.log(found[0]) == pytest.approx(x + added, rel=1e-6)


def test_parameters_follow_the_arguments():
    assert models.parameters_of("logarithmic") == ("level", "slope")
    assert models.parameters_of("power_law") == ("amplitude", "exponent", "offset")
    for name in models.MODELS:
        assert set(models.parameters_of(name)) <= set(models.PARAMETERS)


def test_time_constant_too_short_for_a_power_leaves_the_offset():
    with np.errstate(all="raise", under="ignore"):
        left = models.stretched_exponential(np.array([0.0, 1.0]), 2.0, 1e-200, 2.0, 0.5)
    np.testing.assert_array_equal(left, [2.5, 0.5])
