import numpy as np
import pytest

from afterpulse.neuron import protocols

INPUTS = np.random.default_rng(3).random(4000)


def leaky(inputs, kept):
    """Nodes of one leaky integrator, x(n) = kept x(n - 1) + u(n)."""
    state, found = 0.0, []
    for one in inputs - 0.5:
        state = kept * state + one
        found.append(state)
    return np.array(found)[:, None]


def test_memory_of_a_delay_line_is_its_length():
    # Shifted so that the line's nodes are the last five inputs before the present one.
    nodes = np.stack([np.roll(INPUTS, lag) for lag in range(1, 6)], axis=1)
    found = protocols.memory_function(INPUTS, nodes)
    np.testing.assert_allclose(found[1:6], 1.0, atol=1e-3)
    np.testing.assert_allclose(found[[0, *range(6, 11)]], 0.0, atol=0.005)
    assert found[1:].sum() == pytest.approx(5.0, abs=0.02)


@pytest.mark.parametrize("kept", [0.3, 0.8])
def test_memory_of_a_leaky_integrator_decays_with_its_square(kept):
    # The correlation of x(n) with u(n - k) is kept^k over the deviation 1/sqrt(1 - kept²).
    lags = np.arange(protocols.LAGS + 1)
    expected = (1 - kept**2) * kept ** (2 * lags)
    found = protocols.memory_function(INPUTS, leaky(INPUTS, kept))
    np.testing.assert_allclose(found, expected, atol=0.04)


def test_nodes_that_never_move_remember_nothing():
    found = protocols.memory_function(INPUTS[:200], np.full((200, 4), 0.7))
    assert np.all(found == 0)


def test_chance_is_taken_off():
    random = np.random.default_rng(4)
    found = [
        protocols.memory_function(random.random(120), random.random((120, 3)))[1:].sum()
        for _ in range(300)
    ]
    # Ten lags of about 1/55 each would be 0.2.
    assert np.mean(found) == pytest.approx(0.0, abs=0.03)


def test_jackknife_of_a_mean_is_its_standard_error():
    z = np.random.default_rng(5).standard_normal((12, 3))
    value, error = protocols.estimate(lambda some: some.mean(axis=0), z)
    np.testing.assert_allclose(value, z.mean(axis=0))
    np.testing.assert_allclose(error, z.std(axis=0, ddof=1) / np.sqrt(12))


@pytest.mark.parametrize("shift", protocols.SHIFTS)
def test_overlapping_pulses_add_up(shift):
    amplitude, width = protocols.overlapped(shift, 1e-3, 0.4)
    assert np.all(width > 0)
    # Each pulse has no net area, and so has the sum.
    assert (amplitude * width).sum() == pytest.approx(0.0, abs=1e-12)
    most = np.abs(amplitude).max()
    if abs(shift) > 2e-3:
        assert most == pytest.approx(0.4)
    else:
        largest = amplitude[np.argmax(np.abs(amplitude))]
        assert largest == pytest.approx(-0.8 if shift > 0 else 0.8)
        overlap = width[np.abs(amplitude) > 0.6].sum()
        assert overlap == pytest.approx(1e-3 - abs(abs(shift) - 1e-3))


def answered(protocol, change_of):
    """Readings of a device that forgets each pulse but for what `change_of` says of the train."""
    shape = (2, *protocol.amplitude.shape, len(protocol.delays) + 1)
    z = np.full(shape, 0.9)
    for train, pulse, reading in np.ndindex(shape[1:]):
        z[:, train, pulse, reading] -= change_of(train, pulse, reading)
    return z


def test_measures_of_an_exact_leaky_integrator():
    made = protocols.leaky_integration()
    kept = 0.8
    # Each pulse adds 0.02 and between two of them a fifth is lost; nothing is left after the rest.
    rise = [0.0, *np.cumsum(0.02 * kept ** np.arange(10))]
    z = answered(made, lambda t, p, r: 0.0 if (p == 10 and r == 6) else rise[p])
    found = protocols.measure_leaky_integration(z)
    assert found["change after one pulse"] == pytest.approx(0.02)
    assert found["change after ten pulses"] == pytest.approx(0.1 * (1 - kept**10))
    assert found["leak: ten less 30 s later"] == pytest.approx(0.1 * (1 - kept**10))


def test_firing_counts_pulses_to_the_threshold():
    made = protocols.fire_and_reset()
    # Cycles fire at the third, second and no pulse; the resets give all back.
    at = {0: 3, 1: 2, 2: 99}

    def change(train, pulse, reading):
        cycle, number = divmod(pulse - 1, protocols.SPIKES + 1)
        if pulse == 0 or number == protocols.SPIKES:
            return 0.0
        return 0.9 - protocols.THRESHOLD + (0.1 if number + 1 >= at[cycle] else -0.1)

    found = protocols.measure_fire_and_reset(answered(made, change))
    counts = [float(found[f"pulses to fire, cycle {n}"]) for n in (1, 2, 3)]
    assert counts == [3.0, 2.0, 9.0]
    assert found["not given back by the third reset"] == pytest.approx(0.0)


def test_pairs_at_their_intervals_and_trains_at_their_rates():
    pairs = protocols.paired_pulses()
    np.testing.assert_allclose(pairs.wait[:, 1], protocols.INTERVALS)
    found = protocols.measure_paired_pulses(
        answered(pairs, lambda t, p, r: [0.0, 0.1, 0.1 + 0.02 * (t == 0)][p])
    )
    assert found["facilitation at 10 ms"] == pytest.approx(1.2)
    assert found["facilitation at 10 s"] == pytest.approx(1.0)
    rates = protocols.spike_rate()
    period = rates.width[:, 1:-1] + rates.wait[:, 1:-1]
    np.testing.assert_allclose(period, np.repeat(1 / protocols.RATES[:, None], 9, axis=1))


def test_learning_rules_of_a_device_with_known_changes():
    made = protocols.learning_rules()
    pulses = (made.amplitude != 0).sum(axis=1)
    np.testing.assert_array_equal(pulses, [10, 5, 6, 20])
    np.testing.assert_allclose(made.wait[:, -1], protocols.REST)
    # The second burst of the other polarity begins a rest after the first.
    np.testing.assert_allclose(made.wait[3, -6], protocols.REST)
    np.testing.assert_allclose(made.amplitude[3, -10:], protocols.RESET[0])

    def change(train, pulse, reading):
        last = made.amplitude.shape[1] - 1
        if train == 0:
            return 0.1 * max(pulse - last + 10, 0)
        if train == 1:
            return 0.4 if reading == 0 else 0.3
        # A state of 0.5; the burst moves it by 0.2, of which a quarter is left.
        moved = {0: 0.2, 1: 0.05}[reading] if pulse == last else 0.0
        return 0.5 + (moved if train == 2 else -moved)

    found = protocols.measure_learning_rules(answered(made, change))
    values = [float(each) for each in found.values()]
    np.testing.assert_allclose(values, [0.9, 0.1, 0.25, 0.25])


def test_every_protocol_is_as_long_as_its_arrays_say():
    for name, make in protocols.PROTOCOLS.items():
        analysed = make(INPUTS[:100])
        amplitude, width, wait, delays = analysed.protocol
        assert amplitude.shape == width.shape == wait.shape, name
        assert np.all(amplitude[:, 0] == 0), name
        assert np.all(width > 0), name
        assert np.all(wait > 0), name
        z = np.full((3, *amplitude.shape, len(delays) + 1), 0.9)
        z += 0.01 * np.random.default_rng(1).standard_normal(z.shape)
        assert all(np.isfinite(value) for value in analysed.measure(z).values()), name
        assert np.all(np.isfinite(analysed.curve(z))), name
