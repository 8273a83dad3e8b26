import functools
import itertools

import numpy as np
import pytest
from scipy.constants import k as boltzmann
from scipy.integrate import quad
from scipy.linalg import expm

from afterpulse.device.macrospin_rates import Macrospin, Torque
from afterpulse.device.torque_law import STEPS, TorqueLaw, attempt_frequency, macrospin_law
from afterpulse.kinetics.monte_carlo import (
    Couplings,
    EarlyStop,
    Elements,
    Links,
    System,
    advance,
    element_of,
    element_rate,
    empty_ceilings,
    fill_ceilings,
    find_leaf,
    set_leaf,
    shared_by,
)

KELVIN = 300.0
THERMAL = boltzmann * KELVIN
NO_LAW = TorqueLaw.of_tables(*np.zeros((2, 2, 2, 2, 2)), np.zeros((2, 2, 2), dtype=bool), STEPS)


def links_of(matrix):
    """Links of the rows of a coupling matrix to its columns."""
    row, column = np.nonzero(matrix)
    start = np.searchsorted(row, np.arange(matrix.shape[0] + 1))
    return Links(start, column.astype(np.int64), matrix[row, column] * THERMAL, 1.0)


def run(
    unit_state,
    grain_state,
    duration,
    random,
    unit_barrier=0.0,
    unit_bias=0.0,
    unit_coupling=None,
    unit_thermally=True,
    grain_barrier=0.0,
    grains_turn=True,
    contact=None,
    current=0.0,
    in_plane=0.0,
    in_plane_coupling=None,
    law=NO_LAW,
    flicker_limit=1e12,
    moved=0.0,
    most_moved=np.inf,
    most_flips=10**9,
    whole=False,
):
    """One step; energies in k_B T, attempt frequencies of 1e9 /s."""
    units, grains = unit_state.size, grain_state.size
    coupling = np.zeros((units, units)) if unit_coupling is None else unit_coupling
    contact = np.zeros((units, grains)) if contact is None else contact
    across = np.zeros((units, units)) if in_plane_coupling is None else in_plane_coupling

    def each(value, count):
        return np.broadcast_to(value * THERMAL, count).copy()

    unit_energy = each(unit_bias + coupling @ unit_state + contact @ grain_state, units)
    grain_energy = each(unit_state @ contact, grains)
    flips = np.zeros(units + grains, dtype=np.int64)
    all_units = Elements(
        unit_state,
        each(unit_barrier, units),
        unit_energy,
        1e9,
        unit_thermally,
        np.full(units, current),
        each(in_plane + across.T @ unit_state, units),
        law,
    )
    all_grains = Elements(
        grain_state,
        each(grain_barrier, grains),
        grain_energy,
        1e9 if grains_turn else 0.0,
        True,
        np.zeros(grains),
        np.zeros(grains),
        law,
    )
    system = System(
        all_units,
        all_grains,
        # A coupling of two kinds acts like one of their sum.
        Couplings(
            links_of(0.75 * coupling),
            links_of(across),
            links_of(0.5 * coupling)._replace(factor=0.5),
            links_of(contact),
            links_of(contact.T),
        ),
        empty_ceilings(units, grains),
        KELVIN,
        flicker_limit / duration,
    )
    fill_ceilings(system)
    stop = EarlyStop(moved, most_moved, most_flips)
    time = advance(system, np.full(units, 1 / max(1, units)), duration, stop, flips, random)
    return system if whole else (flips.sum(), time)


def states(units, grains=0):
    return np.ones(units, dtype=np.int8), np.ones(grains, dtype=np.int8)


def test_lone_units_relax_exponentially():
    # Arrhenius: KV = 10 k_B T with a bias of 1 k_B T along -z.
    leave = 1e9 * np.exp(-10 * (1 - 1 / 20) ** 2)
    back = 1e9 * np.exp(-10 * (1 + 1 / 20) ** 2)
    equilibrium = (back - leave) / (back + leave)
    random = np.random.default_rng(11)
    units = 900
    state, grains = states(units)
    clock = 0.0
    for step in (0.2, 0.5, 1.0, 4.0):
        duration = step / (leave + back)
        run(state, grains, duration, random, unit_barrier=10.0, unit_bias=-1.0)
        clock += step
        expected = equilibrium + (1 - equilibrium) * np.exp(-clock)
        error = np.sqrt((1 - expected**2) / units)
        assert state.mean() == pytest.approx(expected, abs=3 * error)


def test_grains_leave_at_the_rate_of_neel():
    rate = 1e9 * np.exp(-12)
    state, grains = states(0, 4000)
    duration = 0.4 / rate
    flips, _ = run(state, grains, duration, np.random.default_rng(5), grain_barrier=12.0)
    assert flips == pytest.approx(1600, abs=3 * 40)
    expected = np.exp(-2 * 0.4)
    error = np.sqrt((1 - expected**2) / grains.size)
    assert grains.mean() == pytest.approx(expected, abs=3 * error)


def decay_of_grains(barriers, times):
    """Mean state at the times of grains that start up, barriers in k_B T."""
    state, grains = states(0, barriers.size)
    random, clock, means = np.random.default_rng(17), 0.0, []
    for time in times:
        run(state, grains, time - clock, random, grain_barrier=barriers, flicker_limit=30.0)
        clock = time
        means.append(grains.mean())
    return np.array(means)


def test_gaussian_barriers_relax_as_the_integral_over_them():
    count, mean, spread = 30_000, 25.0, 2.0
    barriers = np.random.default_rng(3).normal(mean, spread, count)
    times = np.geomspace(1e-2, 1e4, 13) * np.exp(mean) / 2e9

    def exact(time):
        def integrand(z):
            turns = 2e9 * time * np.exp(-mean - spread * z)
            return np.exp(-turns - z * z / 2) / np.sqrt(2 * np.pi)

        return quad(integrand, -8, 8, limit=200)[0]

    expected = np.array([exact(time) for time in times])
    found = decay_of_grains(barriers, times)
    error = np.sqrt((1 - expected**2) / count)
    np.testing.assert_array_less(np.abs(found - expected) / error, 3.5)
    # The exponent of a stretched exponential through two decades about the middle.
    around = slice(2, 7, 4)
    stretch = np.diff(np.log(-np.log(found[around]))) / np.diff(np.log(times[around]))
    wanted = np.diff(np.log(-np.log(expected[around]))) / np.diff(np.log(times[around]))
    slack = error[around] / (expected[around] * np.abs(np.log(expected[around])))
    assert wanted < 0.5
    assert stretch == pytest.approx(wanted, abs=3 * np.hypot(*slack) / np.log(1e2))


def test_flat_barriers_give_a_logarithmic_viscosity():
    count, low, high = 40_000, 12.0, 36.0
    barriers = np.random.default_rng(4).uniform(low, high, count)
    # Well inside the distribution m = 1 - (ln(2 f_0 t) + 0.5772 - low) / (high - low).
    logarithm = np.linspace(low + 5, high - 5, 9)
    found = decay_of_grains(barriers, np.exp(logarithm) / 2e9)
    expected = 1 - (logarithm + np.euler_gamma - low) / (high - low)
    error = np.sqrt((1 - expected**2) / count)
    np.testing.assert_array_less(np.abs(found - expected) / error, 3.5)


def test_coupled_film_visits_its_states_with_boltzmann_weights():
    # Two units and three grains, all coupled; the flicker limit cuts the quick ones' rates.
    contact = np.array([[1.2, 0.4, 0.0], [0.0, 0.7, -0.9]])
    pair = np.array([[0.0, 0.8], [0.8, 0.0]])
    unit_bias = np.array([0.3, -0.5])
    every = np.array(list(itertools.product([-1, 1], repeat=5)))
    units, grains = every[:, :2], every[:, 2:]
    energy = -(
        units @ unit_bias
        + 0.8 * units[:, 0] * units[:, 1]
        + np.einsum("su,ug,sg->s", units, contact, grains)
    )
    weight = np.exp(-energy)
    weight /= weight.sum()

    random = np.random.default_rng(21)
    unit_state, grain_state = states(2, 3)
    samples, seen, flips = 12_000, np.zeros(32), 0
    for _ in range(samples):
        # About ten turns a sample: without the limit it would be thousands.
        flips += run(
            unit_state,
            grain_state,
            1e-4,
            random,
            unit_barrier=np.array([2.0, 3.0]),
            unit_bias=unit_bias,
            unit_coupling=pair,
            grain_barrier=np.array([1.0, 2.0, 3.0]),
            contact=contact,
            flicker_limit=10.0,
        )[0]
        bits = (np.concatenate([unit_state, grain_state]) + 1) // 2
        seen[bits @ [16, 8, 4, 2, 1]] += 1
    assert 10 * samples < flips < 100 * samples
    # Ten turns of each element leave samples nearly independent; allow for twice the variance.
    error = np.sqrt(2 * weight * (1 - weight) / samples)
    assert np.abs((seen / samples - weight) / error).max() < 3.5
    assert np.mean(((seen / samples - weight) / error) ** 2) < 1.5


def test_weakly_coupled_units_relax_as_their_master_equation():
    # Each of 60 units feels all others alike, so the number of units up is a chain of 61 states
    # (Curie and Weiss). A flip changes e of the others by less than a ceiling's slack.
    size, copies, coupling, height, field = 60, 600, 0.02, 6.0, -0.1
    up = np.arange(size + 1)

    def leave(sign, linked):
        bias = sign * (field + coupling * linked)
        return 1e9 * np.exp(-height * (1 + bias / (2 * height)) ** 2)

    down = up * leave(1, 2 * up - size - 1)
    rise = (size - up) * leave(-1, 2 * up - size + 1)
    change = np.diag(-down - rise) + np.diag(down[1:], 1) + np.diag(rise[:-1], -1)
    times = np.array([0.3, 1.0, 3.0, 30.0]) * np.exp(height) / 1e9
    random, found = np.random.default_rng(23), np.empty((copies, times.size))
    for copy in range(copies):
        state, grains = states(size)
        for place, duration in enumerate(np.diff(times, prepend=0.0)):
            run(
                state,
                grains,
                duration,
                random,
                unit_barrier=height,
                unit_bias=field,
                unit_coupling=coupling * (1 - np.eye(size)),
            )
            found[copy, place] = state.sum()
    for time, sums in zip(times, found.T, strict=True):
        share = expm(change * time)[:, -1]
        for power in (1, 2):
            expected = share @ (2.0 * up - size) ** power
            spread = np.sqrt(share @ (2.0 * up - size) ** (2 * power) - expected**2)
            error = spread / np.sqrt(copies)
            assert np.mean(sums**power) == pytest.approx(expected, abs=3 * error)


def test_flicker_limit_bounds_the_turns():
    state, grains = states(50)
    flips, _ = run(state, grains, 1.0, np.random.default_rng(2), unit_barrier=1.0, flicker_limit=30)
    # Without a bias the limit is met exactly: a Poisson number for each unit.
    assert flips == pytest.approx(30 * 50, abs=4 * np.sqrt(30 * 50))


def test_flicker_limit_keeps_the_ratio_of_the_rates():
    def both(limit):
        ones, zeros = np.ones(2), np.zeros(2)
        state, energy = np.array([1, -1], dtype=np.int8), 2.0 * THERMAL * ones
        pair = Elements(state, 5 * THERMAL * ones, energy, 1e9, True, zeros, zeros, NO_LAW)
        shared = shared_by(pair, KELVIN, limit)
        return [element_rate(element_of(pair, index), shared, NO_LAW) for index in range(2)]

    free, limited = both(1e30), both(100.0)
    assert free[1] / free[0] == pytest.approx(np.exp(2 * 2.0))
    assert limited[1] / limited[0] == pytest.approx(np.exp(2 * 2.0))
    assert 2 / (1 / limited[0] + 1 / limited[1]) == pytest.approx(100.0)


def test_frozen_grains_do_not_move():
    unit_state, grain_state = states(4, 4)
    flips, _ = run(
        unit_state,
        grain_state,
        1e-6,
        np.random.default_rng(0),
        unit_barrier=1.0,
        grains_turn=False,
        contact=np.eye(4),
    )
    assert flips > 0
    assert (grain_state == 1).all()


def test_without_aftereffect_only_units_without_a_barrier_flip():
    bias = np.array([-0.9, -1.1, 0.5, 3.0])
    unit_state, grain_state = states(4)
    # The second unit's well is gone: |bias| > 2 KV; the others would flip 1e9 times.
    flips, _ = run(
        unit_state,
        grain_state,
        1.0,
        np.random.default_rng(0),
        unit_barrier=0.5,
        unit_bias=bias,
        unit_thermally=False,
    )
    assert flips == 1
    np.testing.assert_array_equal(unit_state, [1, -1, 1, 1])


@pytest.mark.parametrize(("before", "count"), [(0.0, 5), (-0.06, 2), (0.06, 8)])
def test_stops_where_the_mean_state_has_moved(before, count):
    unit_state, grain_state = states(100)
    flips, time = run(
        unit_state,
        grain_state,
        1.0,
        np.random.default_rng(0),
        unit_barrier=0.5,
        unit_bias=-2.0,
        unit_thermally=False,
        moved=before,
        most_moved=0.099,
    )
    # Each of a hundred units moves the mean by -0.02; each waits for 1 ns / 100 on average.
    assert flips == count
    assert unit_state.mean() == pytest.approx(1 - 0.02 * count)
    assert 0 < time < 1e-9


def test_stops_after_so_many_flips():
    unit_state, grain_state = states(10)
    flips, time = run(
        unit_state, grain_state, 1.0, np.random.default_rng(0), unit_barrier=1.0, most_flips=70
    )
    assert flips == 70
    assert 0 < time < 1e-6


def test_flips_change_the_neighbours_fields():
    # A chain: the first unit has no well left, each other one only loses it with its neighbour.
    units = 6
    pair = np.diag(np.full(units - 1, 2.0), 1) + np.diag(np.full(units - 1, 2.0), -1)
    bias = np.full(units, -1.5)
    bias[0] = -6.0
    bias[-1] = -1.0
    unit_state, grain_state = states(units)
    flips, _ = run(
        unit_state,
        grain_state,
        1.0,
        np.random.default_rng(0),
        unit_barrier=0.25,
        unit_bias=bias,
        unit_coupling=pair,
        unit_thermally=False,
    )
    assert flips == units
    assert (unit_state == -1).all()


def test_result_depends_on_the_generator_alone():
    def final(seed):
        unit_state, grain_state = states(30, 30)
        run(
            unit_state,
            grain_state,
            1e-5,
            np.random.default_rng(seed),
            unit_barrier=8.0,
            grain_barrier=8.0,
            contact=np.eye(30),
        )
        return np.concatenate([unit_state, grain_state])

    assert np.array_equal(final(1), final(1))
    assert not np.array_equal(final(1), final(2))


def test_tree_finds_leaves_in_proportion():
    leaves = np.array([0.5, 0.0, 2.0, 1.0, 0.0, 0.25])
    tree = np.zeros(16)
    for leaf, value in enumerate(leaves):
        set_leaf(tree, leaf, value)
    assert tree[1] == pytest.approx(leaves.sum())
    ends = np.cumsum(leaves)
    for share in np.linspace(0, ends[-1], 400, endpoint=False):
        leaf, into = find_leaf(tree, share)
        assert leaf == np.searchsorted(ends, share, side="right")
        assert into == pytest.approx(share - ends[leaf] + leaves[leaf], abs=1e-12)
    assert leaves[find_leaf(tree, np.nextafter(ends[-1], 10))[0]] > 0


@functools.cache
def law_of_torque():
    return macrospin_law(0.15)


@pytest.mark.parametrize(("current", "in_plane", "bias"), [(0.4, 0.1, 0.0), (0.6, -0.05, 0.1)])
def test_units_under_torque_reach_the_ratio_of_their_rates(current, in_plane, bias):
    # Equilibrium of two rates from the Fokker-Planck equation itself.
    barrier, units = 8.0, 4000
    macrospin = Macrospin(0.15, 32)
    up, down = macrospin.rates(barrier, Torque(current, in_plane, bias))
    # Ten relaxation times, with 1e9/s for f_0.
    duration = 1e-8 * attempt_frequency(macrospin, barrier) / (up + down)
    state, grains = states(units)
    law, random = law_of_torque(), np.random.default_rng(8)
    values = {"unit_bias": 2 * barrier * bias, "in_plane": 2 * barrier * in_plane}
    run(state, grains, duration, random, unit_barrier=barrier, current=current, law=law, **values)
    log_ratio = np.log((1 + state.mean()) / (1 - state.mean()))
    error = 2 / np.sqrt(units * (1 - state.mean() ** 2))
    # The table between its points and temperatures is good to 0.3 or so.
    assert log_ratio == pytest.approx(np.log(down / up), abs=0.4 + 3 * error)
    assert abs(log_ratio) > 0.4


def test_ceilings_under_torque_stay_above_the_rates():
    units, grains, random = 30, 10, np.random.default_rng(12)
    coupling = random.normal(0, 0.3, (units, units))
    coupling += coupling.T
    np.fill_diagonal(coupling, 0.0)
    across, contact = random.normal(0, 0.3, (units, units)), random.normal(0, 1, (units, grains))
    np.fill_diagonal(across, 0.0)
    for seed in range(20):
        state, grain_state = states(units, grains)
        system = run(
            state,
            grain_state,
            1e-7,
            np.random.default_rng(seed),
            unit_barrier=random.uniform(3, 12, units),
            grain_barrier=6.0,
            unit_coupling=coupling,
            in_plane_coupling=across,
            contact=contact,
            current=random.uniform(0.1, 1.5),
            in_plane=random.normal(0, 1.0),
            law=law_of_torque(),
            most_flips=40,
            whole=True,
        )
        tree = system.ceilings.tree
        ceilings = tree[tree.size // 2 :]
        for elements, first in ((system.units, 0), (system.grains, units)):
            for index in range(elements.state.size):
                shared = shared_by(elements, KELVIN, system.turn_limit)
                rate = element_rate(element_of(elements, index), shared, elements.law)
                assert ceilings[first + index] >= rate * (1 - 1e-9)
        # The fields in the plane are those of the present states.
        expected = system.units.in_plane[0] - (across.T @ state)[0] * THERMAL
        fields = system.units.in_plane - across.T @ state * THERMAL
        np.testing.assert_allclose(fields, expected, atol=1e-9 * THERMAL)
