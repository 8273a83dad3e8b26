import numpy as np
import pytest
from scipy import stats

from afterpulse.decay.weight_update import (
    Estimate,
    asymmetry,
    cycle_variation,
    exponential,
    neurosim_label,
    nonlinearity,
    on_off_ratio,
    paired_pulse_index,
    significant_direction,
    voltage_range,
)

PULSES = 20
RANGE, INITIAL = -20e-6, 45e-6


def chen(factor, pulses=PULSES):
    """Curve of Chen, Peng and Yu from 0 to 1 with A = P_max/factor, in their own form."""
    applied = np.arange(pulses + 1)
    if factor == 0:
        return applied / pulses
    constant = pulses / factor
    size = 1 / (1 - np.exp(-pulses / constant))
    return size * (1 - np.exp(-applied / constant))


def made_up(generator, repeats, factor, noise=0.0, step=0.0, size=RANGE):
    """Curves with read noise and with independent steps, both over the range."""
    steps = generator.normal(0, step, (repeats, PULSES))
    walk = np.concatenate([np.zeros((repeats, 1)), np.cumsum(steps, axis=1)], axis=1)
    read = noise * generator.standard_normal((repeats, PULSES + 1))
    return INITIAL + size * (chen(factor) + walk + read)


@pytest.mark.parametrize("factor", [-4.0, 0.0, 0.5, 3.0, 12.0])
@pytest.mark.parametrize("size", [RANGE, -RANGE])
def test_nonlinearity_of_an_exact_curve(factor, size):
    law = nonlinearity((INITIAL + size * chen(factor))[None])
    assert law.factor.value == pytest.approx(factor, abs=1e-4)
    assert law.initial == pytest.approx(INITIAL, rel=1e-6)
    assert law.change == pytest.approx(size, rel=1e-5)
    assert law.misfit < 1e-5


def test_misfit_shows_a_curve_of_another_law():
    curve = (INITIAL + RANGE * np.linspace(0, 1, PULSES + 1) ** 0.2)[None]
    assert nonlinearity(curve).misfit > 0.02


@pytest.mark.parametrize(
    ("repeats", "noise", "step"), [(1, 0.02, 0.0), (3, 0.02, 0.0), (5, 0.0, 0.02)]
)
def test_intervals_hold_the_true_values(repeats, noise, step):
    """95 % intervals of 120 trains: at 3.5 standard errors of a fraction of 0.95 or nearer."""
    generator = np.random.default_rng(repeats)
    first, second = chen(3.0)[1:3]
    truth = {
        "nonlinearity": 3.0,
        "range": RANGE,
        "on_off": INITIAL / (INITIAL + RANGE),
        "paired": second / first,
        # A step has the noise of two readings.
        "variation": np.hypot(step, np.sqrt(2) * noise),
        "asymmetry": np.tanh(3 / 4),
    }
    held = {name: [] for name in truth}
    for _ in range(120):
        up = made_up(generator, repeats, 3.0, noise, step)
        down = made_up(generator, repeats, 3.0, noise, step, -RANGE) + RANGE
        found = {
            "nonlinearity": nonlinearity(up).factor,
            "range": voltage_range(up),
            "on_off": on_off_ratio(up),
            "paired": paired_pulse_index(up),
            "variation": cycle_variation(up),
            "asymmetry": asymmetry(up, down),
        }
        for name, estimate in found.items():
            if np.isfinite(estimate.lower):
                held[name].append(estimate.lower <= truth[name] <= estimate.upper)
    if repeats == 1:
        # Only the nonlinearity has an interval, from the scatter about the law.
        assert {name for name, each in held.items() if each} == {"nonlinearity"}
    for name, each in held.items():
        if each:
            assert len(each) > 110, name
            rate = np.mean(each)
            assert rate > 0.95 - 3.5 * np.sqrt(0.05 * 0.95 / 120), name
            # The lower end of an asymmetry of few repeats is 0 on purpose.
            assert name == "asymmetry" or rate < 1, name


def test_intervals_are_narrow_for_little_noise():
    curves = made_up(np.random.default_rng(0), 5, 3.0, noise=0.005)
    law = nonlinearity(curves)
    assert law.factor.upper - law.factor.lower < 0.3
    ratio = on_off_ratio(curves)
    assert ratio.upper - ratio.lower < 0.05


def test_on_off_ratio_needs_a_voltage_of_one_sign():
    curves = np.array([[10.0, 4.0, 5.0], [10.2, 4.1, 5.1], [9.8, 3.9, 4.9]])
    assert on_off_ratio(curves).value == pytest.approx(2.0)
    assert on_off_ratio(-curves).value == pytest.approx(2.0)
    # The order of the ends does not matter.
    assert on_off_ratio(curves[:, ::-1]).value == pytest.approx(2.0)
    crossing = on_off_ratio(curves - 7)
    assert np.isnan(crossing.value)
    assert "changes its sign" in crossing.remark
    near_zero = on_off_ratio(curves - 4.9)
    assert np.isnan(near_zero.value)
    assert "below 3 standard errors" in near_zero.remark


@pytest.mark.parametrize("factor", [0.5, 3.0, 8.0])
def test_asymmetry_of_two_saturating_curves(factor):
    """Largest f(x) + f(1 - x) - 1, at x = 1/2, is tanh(factor/4)."""
    up, down = chen(factor)[None], 1 - chen(factor)[None]
    assert asymmetry(up, down).value == pytest.approx(np.tanh(factor / 4))
    assert asymmetry(-up, -down).value == pytest.approx(np.tanh(factor / 4))


def test_asymmetry_of_a_retraced_curve_is_zero_within_its_interval():
    generator = np.random.default_rng(8)
    assert asymmetry(chen(3.0)[None], chen(3.0)[None, ::-1]).value == 0
    held = []
    for _ in range(200):
        up = made_up(generator, 5, 3.0, noise=0.02)
        down = made_up(generator, 5, 3.0, noise=0.02)[:, ::-1]
        estimate = asymmetry(up, down)
        held.append(estimate.lower <= 0 <= estimate.upper)
    assert np.mean(held) > 0.95 - 3.5 * np.sqrt(0.05 * 0.95 / 200)


def test_cycle_variation_is_the_deviation_of_a_step():
    generator = np.random.default_rng(3)
    steps = generator.normal(1.0, 0.1, (6, 4))
    curves = np.concatenate([np.zeros((6, 1)), np.cumsum(steps, axis=1)], axis=1)
    expected = np.sqrt(stats.tvar(steps, axis=0).mean()) / steps.sum(axis=1).mean()
    found = cycle_variation(curves)
    assert found.value == pytest.approx(expected)
    assert found.lower < found.value < found.upper
    two = cycle_variation(curves[:2])
    assert np.isfinite(two.value)
    assert np.isnan(two.lower)
    assert "single repeat" in cycle_variation(curves[:1]).remark


def test_paired_pulse_index_counts_from_before_the_first_pulse():
    assert paired_pulse_index(np.array([[5.0, 7.0, 8.0]])).value == pytest.approx(1.5)
    flat = np.array([[5.0, 5.01, 5.0], [5.0, 4.99, 5.0], [5.0, 5.0, 5.1]])
    assert "first pulse is" in paired_pulse_index(flat).remark


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        ([0.0, 1.0, 2.0, 3.0], "fewer than 4 pulses"),
        ([1.0, 2.0, 3.0, 2.0, 1.0], "the range is zero"),
        ([0.0, 1.0, 1.0, 1.0, 1.0, 1.0], "the first pulse makes almost all"),
        ([0.0, 0.0, 0.0, 0.0, 0.0, 1.0], "the last pulse makes almost all"),
    ],
)
def test_curves_without_a_nonlinearity(curve, words):
    law = nonlinearity(np.array([curve]))
    assert np.isnan(law.factor.value)
    assert words in law.factor.remark


@pytest.mark.parametrize(
    ("label", "normalised"),
    [(0.01, 126.269), (0.1, 12.6258), (1.46, 0.8487), (3, 0.3868), (6, 0.1356), (9, 0.0228)],
)
def test_label_is_that_of_the_table_of_neurosim(label, normalised):
    """Rows of the table Nonlinearity-NormA of MLP NeuroSim V3.0: label and A/P_max."""
    factor = 1 / normalised
    found = neurosim_label(Estimate(factor, -factor, np.nan))
    assert found.value == pytest.approx(label, rel=1e-3)
    assert found.lower == -found.value
    assert np.isnan(found.upper)


def test_label_of_equal_steps_is_zero():
    assert neurosim_label(Estimate(0.0)).value == 0
    assert neurosim_label(Estimate(9.9e-5)).value == pytest.approx(
        0.99 * neurosim_label(Estimate(1e-4)).value, rel=1e-4
    )


def test_direction_needs_a_significant_change():
    noise = np.random.default_rng(2).standard_normal((4, 2))
    assert significant_direction(noise + [0.0, 20.0]) == 1
    assert significant_direction(noise + [20.0, 0.0]) == -1
    assert significant_direction(noise) == 0


def test_law_is_smooth_where_it_becomes_linear():
    pulses = np.linspace(0, 1, 5)
    linear = exponential(pulses, 1.0, 2.0, 0.0)
    np.testing.assert_allclose(linear, 1 + 2 * pulses)
    np.testing.assert_allclose(exponential(pulses, 1.0, 2.0, 1e-7), linear, rtol=1e-6)
    np.testing.assert_allclose(exponential(pulses, 1.0, 2.0, -1e-7), linear, rtol=1e-6)
    # A strongly growing curve does not overflow: e^(-800/4) of the range before the last pulse.
    strong = exponential(pulses, 0.0, 1.0, -800.0)
    np.testing.assert_allclose(strong[-2:], [np.exp(-200), 1.0], atol=1e-15)
