import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.constants import k as boltzmann
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.stats import binom

from afterpulse.device import barriers, temperature_scaling
from afterpulse.neuron import compact
from afterpulse.neuron.cell import in_jax
from afterpulse.neuron.identify import CLASSES, first_guess

step = jax.jit(compact.step)


@pytest.mark.parametrize("bias", [-90.0, -30.0, 0.0, 12.0, 70.0])
def test_barrier_is_that_of_the_kinetics(bias):
    assert compact.barrier_out(20.0, bias) == pytest.approx(barriers.barrier(20.0, bias), rel=1e-5)


def test_temperature_scaling_is_that_of_the_kinetics(cell):
    exponent = float(cell.anisotropy_exponent)
    found = compact.scaling(cell, jnp.array(430.0))
    law = temperature_scaling
    expected = [
        law.anisotropy(430.0, 800.0, exponent) / law.anisotropy(300.0, 800.0, exponent),
        law.interface_coupling(430.0, 650.0, 800.0) / law.interface_coupling(300.0, 650.0, 800.0),
        law.antiferromagnet_anisotropy(430.0, 650.0) / law.antiferromagnet_anisotropy(300.0, 650.0),
        law.exchange(430.0, 800.0) / law.exchange(300.0, 800.0),
    ]
    np.testing.assert_allclose(np.array(found), expected, rtol=1e-5)


def test_places_of_classes_are_standard_deviations():
    for values in compact.population(16, 4):
        assert values.mean() == pytest.approx(0.0, abs=1e-12)
        assert values.std() == pytest.approx(1.0)


def alone(cell, **changes):
    """One class of units without grains, neighbours, heat or noise, but for the changes."""
    nothing = {
        "class_torque": jnp.zeros(1),
        "class_barrier": jnp.zeros(1),
        "grain_class": jnp.zeros((1, 1)),
        "stage_rise": cell.stage_rise * 0.0,
        "grain_bias": 0.0,
        "mean_field": 0.0,
        "units": jnp.inf,
    }
    return in_jax(cell._replace(**{**nothing, **changes}))


def test_units_relax_with_the_sum_of_both_rates(cell):
    one = alone(cell, barrier=18.0, offset=2.5, log_attempt=jnp.log(1e9))
    thermal = boltzmann * 300.0
    up, down = (
        barriers.rate(1e9, barriers.barrier(18.0, bias) * thermal, 300.0) for bias in (-2.5, 2.5)
    )
    time = 0.7 / (up + down)
    state = step(one, compact.fresh(one), jnp.array(0.0), jnp.array(time), jnp.array(0.0))
    steady = (up - down) / (up + down)
    assert steady == pytest.approx(np.tanh(2.5))
    expected = steady + (1 - steady) * np.exp(-0.7)
    assert compact.reading(state) == pytest.approx(expected, abs=1e-4)


def test_torque_pushes_towards_its_sign(cell):
    one = alone(cell, torque=30.0, torque_sign=-1.0, offset=0.0, log_attempt=jnp.log(1e9))
    for amplitude, sign in ((1.0, -1), (-1.0, 1)):
        start = compact.fresh(one)._replace(magnetisation=jnp.zeros(1))
        state = step(one, start, jnp.array(amplitude), jnp.array(1.0), jnp.array(0.0))
        assert compact.reading(state) == pytest.approx(sign, abs=1e-3)


def test_grains_follow_as_the_rate_equations_of_the_docstring_say(cell):
    one = alone(
        cell,
        barrier=18.0,
        offset=-0.4,
        log_attempt=jnp.log(1e9),
        grain_barrier=20.0,
        grain_coupling=1.2,
        log_grain_attempt=jnp.log(1e10),
    )
    thermal = boltzmann * 300.0

    def rate(attempt, barrier, bias):
        return barriers.rate(attempt, barriers.barrier(barrier, bias) * thermal, 300.0)

    up, down = rate(1e9, 18.0, 0.4), rate(1e9, 18.0, -0.4)
    with_unit, against = rate(1e10, 20.0, -1.2), rate(1e10, 20.0, 1.2)

    def slope(_, y):
        """Share of units up, and grains up under units up and down: flips of either, no bias."""
        share, above, below = y
        return [
            up * (1 - share) - down * share,
            up * below - down * above + with_unit * (share - above) - against * above,
            down * above - up * below + against * (1 - share - below) - with_unit * below,
        ]

    end = 0.3 / (with_unit + against)
    exact = solve_ivp(slope, (0, end), [1.0, 1.0, 0.0], rtol=1e-9, atol=1e-12).y[:, -1]
    state = compact.fresh(one)
    for _ in range(50):
        state = step(one, state, jnp.array(0.0), jnp.array(end / 50), jnp.array(0.0))
    share, above, below = exact
    assert compact.reading(state) == pytest.approx(2 * share - 1, abs=2e-4)
    assert compact.consolidated(state) == pytest.approx(2 * (above + below) - 1, abs=2e-3)
    assert state.order_up[0, 0] == pytest.approx(2 * above - share, abs=2e-3)


def test_mean_field_solves_itself(cell):
    one = alone(cell, mean_field=-6.0, offset=3.0, log_attempt=jnp.log(1e9))
    state = step(one, compact.fresh(one), jnp.array(0.0), jnp.array(1e6), jnp.array(0.0))
    expected = brentq(lambda m: np.tanh(3.0 - 6.0 * m) - m, -1, 1)
    assert compact.reading(state) == pytest.approx(expected, abs=1e-3)


def test_noise_is_that_of_so_many_units(cell):
    one = alone(cell, offset=0.3, log_attempt=jnp.log(1e9), units=50.0)
    deviate = jax.random.normal(jax.random.key(1), (4000,))
    full = jnp.ones(4000)
    state = step(one, compact.fresh(one, (4000,)), full * 0, full * 1e6, deviate)
    share = (1 + np.tanh(0.3)) / 2
    expected = 2 * np.sqrt(share * (1 - share) / 50)
    assert compact.reading(state).std() == pytest.approx(expected, rel=0.05)


def test_heat_follows_the_foster_chain(cell):
    width = 1e-3
    one = alone(cell, stage_rise=cell.stage_rise)
    state = compact.fresh(one)
    for duration in compact.pulse_steps(jnp.array(width)):
        state = step(one, state, jnp.array(0.8), duration, jnp.array(0.0))
    expected = 0.8**2 * cell.stage_rise * -np.expm1(-width / cell.stage_time)
    np.testing.assert_allclose(state.rise, expected, rtol=1e-3)


@pytest.mark.parametrize("duration", [0.0, 1e-9, 2e-6, 1e-2, 30.0])
def test_steps_grow_and_add_up(duration):
    for steps in (compact.pulse_steps, compact.wait_steps):
        found = np.array(steps(jnp.array(duration)))
        assert found.sum() == pytest.approx(duration, rel=1e-5, abs=1e-14)
        assert np.all(np.diff(found[1:]) >= -1e-6 * duration)


@pytest.mark.parametrize("order", [-0.6, 0.0, 0.4])
def test_order_beneath_units_scatters_as_a_binomial_number(cell, order):
    count = 13
    beneath = compact._order_of_class(cell._replace(grain_count=count), jnp.array(order), jnp)
    up = binom(count, (1 + order) / 2)
    # No unit has more than all of its grains, which moves the mean of -0.6 a little.
    assert beneath.mean() == pytest.approx(2 * up.mean() / count - 1, abs=3e-3)
    assert beneath.std() == pytest.approx(2 * up.std() / count, rel=0.02)


@pytest.mark.parametrize("count", [1.0, 13.0, jnp.inf])
def test_scatter_of_the_order_has_derivatives(cell, count):
    def total(order, count):
        few = cell._replace(grain_count=count)
        return compact._order_of_class(few, order, jnp).sum()

    for order in (-1.0, 0.3, 1.0):
        slopes = jax.grad(total, argnums=(0, 1))(jnp.array(order), jnp.array(count))
        assert np.isfinite(slopes).all()


def test_units_on_few_grains_relax_over_more_decades(cell):
    """Units on half-turned grains: the sum over the binomial number of grains that are up."""
    n, coupling, barrier = 12, 15.0, 22.0
    wide = cell._replace(
        **{name: jnp.asarray(v) for name, v in _classes(CLASSES).items()},
        torque_spread=0.0,
        barrier_spread=0.0,
        barrier=barrier,
        grain_bias=coupling,
        grain_count=n,
        mean_field=0.0,
        offset=0.0,
        log_grain_attempt=-100.0,
        log_attempt=jnp.log(1e10),
        stage_rise=cell.stage_rise * 0.0,
        units=jnp.inf,
    )
    state = compact.fresh(wide)
    half = state._replace(order=state.order * 0, order_up=state.order_up * 0)
    number = np.arange(n + 1)
    weight, bias = binom(n, 0.5).pmf(number), coupling * (2 * number / n - 1)
    up, down = (
        1e10 * np.exp(-np.array([barriers.barrier(barrier, s * b) for b in bias])) for s in (-1, 1)
    )
    steady = (up - down) / (up + down)
    for time in (1e-6, 1e-4, 1e-3, 1e-2, 1.0):
        expected = weight @ (steady + (1 - steady) * np.exp(-(up + down) * time))
        found = compact.reading(step(wide, half, jnp.array(0.0), jnp.array(time), jnp.array(0.0)))
        assert found == pytest.approx(expected, abs=0.03)


def _classes(count):
    torque, barrier, order, grains = compact.population(count, 1)
    return {
        "class_torque": torque,
        "class_barrier": barrier,
        "class_order": order,
        "grain_class": grains,
    }


def test_films_set_up_and_down_are_mirror_images(device_card, experiment_card):
    read = []
    for state, field in (("up", "-50 mT"), ("down", "50 mT")):
        card = experiment_card({"initial_state": state, "applied_field": [field, "0 mT", "0 mT"]})
        film = in_jax(first_guess(device_card(), card)._replace(units=np.inf, offset=0.0))
        later, own = compact.fresh(film), []
        for amplitude, duration in ((0.0, 1.0), (1.5, 1e-3), (0.0, 1e-2), (-1.5, 1e-6), (0.0, 1.0)):
            later = step(film, later, jnp.array(amplitude), jnp.array(duration), jnp.array(0.0))
            own.append(float(film.initial_sign * compact.reading(later)))
        read.append(own)
    assert max(read[0]) - min(read[0]) > 0.5
    np.testing.assert_allclose(read[0], read[1], atol=1e-3)
