import jax
import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.neuron import cell as cells
from afterpulse.neuron import compact

KEY = jax.random.key(3)


@pytest.fixture(scope="module")
def run():
    return jax.jit(cells.run)


def train(amplitudes, width=1e-3, wait=1.0):
    amplitudes = jnp.asarray(amplitudes)
    return amplitudes, jnp.full_like(amplitudes, width), jnp.full_like(amplitudes, wait)


@pytest.mark.slow
def test_devices_mapped_are_devices_one_by_one(cell, rest, run):
    spread = cells.Spread(0.1, 0.05, 0.05)
    drawn = cells.deviating(cell, spread, cells.draw_deviates(3, KEY))
    inputs = train([0.9, 0.6, -0.5])
    _, together = jax.vmap(cells.run, (0, None, None, None, None, None))(drawn, rest, *inputs, KEY)
    for number in range(3):
        one = jax.tree.map(lambda value, number=number: value[number], drawn)
        np.testing.assert_allclose(run(one, rest, *inputs, KEY)[1], together[number], atol=2e-3)
    assert np.ptp(together[:, 0]) > 0.01


def test_spread_of_devices_is_lognormal(cell):
    spread = cells.Spread(0.2, 0.0, 0.05)
    deviates = cells.draw_deviates(2000, KEY)
    drawn = cells.deviating(cell, spread, deviates)
    assert np.log(drawn.torque / cell.torque).std() == pytest.approx(0.2, rel=0.06)
    np.testing.assert_allclose(
        np.log(drawn.grain_barrier / cell.grain_barrier), 0.05 * deviates[:, 2], atol=1e-5
    )
    assert np.ptp(drawn.barrier) == 0.0
    assert drawn.class_torque.shape == (2000, *np.shape(cell.class_torque))


@pytest.fixture(scope="module")
def slope(rest):
    """Derivative of the last reading by the amplitudes."""
    return jax.jit(
        jax.grad(lambda a, cell, width, wait: cells.run(cell, rest, a, width, wait, KEY)[1][-1])
    )


@pytest.mark.slow
def test_derivative_is_that_of_the_difference(cell, rest, run, slope):
    amplitude, width, wait = train([0.8, 0.7, 0.85])
    quiet = cells.quiet(cell)
    found = slope(amplitude, quiet, width, wait) @ amplitude
    last = [
        run(quiet, rest, factor * amplitude, width, wait, KEY)[1][-1] for factor in (0.995, 1.005)
    ]
    assert found == pytest.approx(float(last[1] - last[0]) / 0.01, rel=0.05)
    assert found < -0.3


@pytest.mark.slow
def test_derivative_is_finite_without_spikes_and_with_noise(cell, slope):
    amplitude, width, wait = train([0.0, 0.9, 0.0])
    assert np.all(np.isfinite(slope(amplitude, cell, width, wait)))


def test_same_key_same_numbers(cell, rest, run):
    inputs = train([0.9, 0.6, -0.5])
    one, other = run(cell, rest, *inputs, KEY)[1], run(cell, rest, *inputs, KEY)[1]
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, run(cell, rest, *inputs, jax.random.key(4))[1])
    quiet = cells.quiet(cell)
    np.testing.assert_array_equal(
        run(quiet, rest, *inputs, KEY)[1], run(quiet, rest, *inputs, jax.random.key(4))[1]
    )


def test_a_wait_in_two_is_a_wait(cell, rest):
    quiet, relax = cells.quiet(cell), jax.jit(cells.relax)
    written = cells.pulse(quiet, rest, jnp.array(0.85), jnp.array(1e-3), KEY)
    whole = relax(quiet, written, jnp.array(5.0), KEY)
    halves = relax(quiet, relax(quiet, written, jnp.array(2.0), KEY), jnp.array(3.0), KEY)
    # Steps hold the bias of the grains, so the cut shows a little.
    assert compact.reading(halves) == pytest.approx(float(compact.reading(whole)), abs=0.01)


def test_quantised_amplitudes_and_their_derivative():
    amplitude = jnp.array([-1.3, -0.49, 0.1, 0.14, 0.4, 2.0])
    found = cells.quantised(amplitude, 4, 1.0)
    np.testing.assert_allclose(found, [-1.0, -0.5, 0.0, 0.25, 0.5, 1.0], atol=1e-6)
    slope = jax.vmap(jax.grad(lambda a: cells.quantised(a, 4, 1.0)))(amplitude)
    np.testing.assert_array_equal(slope, [0, 1, 1, 1, 1, 0])


def test_noise_goes_as_one_over_the_root_of_the_units_and_leaves_the_mean(cell):
    def after_a_pulse(film, count):
        of_ageing, of_pulse = jax.random.split(jax.random.key(1))
        rest = cells.aged(cells.quiet(film), of_ageing, (count,))
        full = jnp.ones(count)
        return cells.respond(film, rest, 0.8 * full, 1e-3 * full, 10.0 * full, of_pulse)[1]

    quiet = float(after_a_pulse(cells.quiet(cell), 1)[0])
    found = [after_a_pulse(cell._replace(units=jnp.asarray(n)), 2000) for n in (100.0, 1600.0)]
    for noisy in found:
        # Its own error, and 0.005 for what a change of m_z does to the field of all units.
        error = float(noisy.std()) / np.sqrt(2000)
        assert float(noisy.mean()) == pytest.approx(quiet, abs=3 * error + 5e-3)
    # Each deviation is known to 1 / sqrt(2 * 2000), their ratio to 2.2 %.
    assert float(found[0].std() / found[1].std()) == pytest.approx(4, rel=0.1)
