import dataclasses
import itertools

import numpy as np
import pytest
from scipy.constants import k as boltzmann
from scipy.integrate import quad, solve_ivp

from afterpulse.cards import CardError
from afterpulse.cards.experiment import Mechanisms
from afterpulse.device.torque_law import log_rate
from afterpulse.film.sample import make_sample
from afterpulse.kinetics import segment
from afterpulse.kinetics.film import Film, macrospin, make_film
from afterpulse.kinetics.grain_order import exchange_bias_at, unit_grain_order
from afterpulse.kinetics.monte_carlo import Couplings, Links
from afterpulse.kinetics.state import SegmentConditions, State, initial_state

AMBIENT, CURIE, EXPONENT, NEEL = 300.0, 800.0, 2.5, 650.0
# Without shape anisotropy K_eff is K_u, which follows the power of the magnetisation.
NO_SHAPE = {"ferromagnet.saturation_magnetisation": "1 kA/m"}
UNIT_ATTEMPTS, GRAIN_ATTEMPTS = 1e9, 1e10
# Two stages; at THRESHOLD the power is 1e9 W/m².
RESISTANCE, TIME_CONSTANT = np.array([4e-7, 1.2e-7]), np.array([1e-6, 1e-4])
THRESHOLD = 1e12
MOMENT, FIELD = 1e-18, 5e-3
BARRIER_FACTOR = 0.9
ALL = Mechanisms(("afm_viscosity", "fm_aftereffect"))
WITH_TORQUE = Mechanisms((*ALL.root, "thermal_spin_torque"))


@pytest.fixture(scope="module")
def device(device_card):
    return device_card(
        {
            "spin_hall_layer.spin_hall_angle": 0.2,
            "spin_hall_layer.resistivity": "20 uohm*cm",
            "heat_path.heated_thickness": "5 nm",
            "heat_path.ambient_temperature": "300 K",
            "ferromagnet.curie_temperature": "800 K",
            "ferromagnet.anisotropy_exponent": EXPONENT,
            **NO_SHAPE,
            "ferromagnet.attempt_frequency": "1e9 1/s",
            "antiferromagnet.neel_temperature": "650 K",
            "antiferromagnet.attempt_frequency": "1e10 1/s",
            "antiferromagnet.easy_axis_polar_angle": "0 deg",
            "thermal_spin_torque.conversion": "0.05 A/W",
            "thermal_spin_torque.polarisation": [0, 0, 1],
            "thermal_spin_torque.spin_current_persistence": None,
            "heat_path.upper_heat_fraction": 0.2,
            "heat_path.upper_heat_capacity": "4 MJ/m^3/K",
            "antiferromagnet.thickness": "5 nm",
        },
        stages=[("4e-7 K*m^2/W", "1 us"), ("1.2e-7 K*m^2/W", "100 us")],
    )


@pytest.fixture(scope="module")
def experiment(experiment_card):
    # A limit that no element reaches: the kinetics are then exact.
    return experiment_card(
        {
            "initial_state": "up",
            "applied_field": [f"{FIELD} T", "0 mT", "0 mT"],
            "numerics.flicker_limit": 1e6,
        }
    )


def copies(count, anisotropy, shape, grain_barriers, couplings):
    """Film of equal units that do not feel each other, each on grains of its own."""
    grains = len(grain_barriers)
    index = np.arange(count * grains, dtype=np.int64)
    energy = np.tile(couplings, count).astype(float)
    nothing = Links(np.zeros(count + 1, np.int64), np.zeros(0, np.int64), np.zeros(0), 1.0)
    return Film(
        device=None,
        numerics=None,
        anisotropy_energy=np.full(count, anisotropy),
        shape_energy=np.full(count, shape),
        unit_moment=np.full(count, MOMENT),
        unit_fraction=np.full(count, 1 / count),
        grain_fraction=np.full(count * grains, 1 / max(1, count * grains)),
        barrier_factor=np.full(count, BARRIER_FACTOR),
        unit_threshold=np.full(count, THRESHOLD),
        attempt_frequency=UNIT_ATTEMPTS,
        torque_law=None,
        unit_heat_threshold=np.full(count, 1e9),
        own_dipolar=np.zeros(count),
        unit_index=np.arange(count, dtype=np.int32)[None],
        dipolar_spectrum=np.zeros((count + 1, 2 * count), dtype=np.float32),
        distant_reach=0.0,
        grain_barrier=np.tile(grain_barriers, count).astype(float),
        couplings=Couplings(
            walls=nothing,
            in_plane_walls=nothing,
            stray_field=nothing,
            grains_of_unit=Links(np.arange(count + 1, dtype=np.int64) * grains, index, energy, 1.0),
            units_of_grain=Links(
                np.arange(count * grains + 1, dtype=np.int64),
                index // max(1, grains),
                energy,
                1.0,
            ),
        ),
        contact_energy=energy,
        in_plane_contact=np.zeros((energy.size, 2)),
        in_plane_wall=np.zeros((0, 2)),
    )


def on(film, device, experiment=None):
    """Film of given cards."""
    numerics = None if experiment is None else experiment.numerics
    law = macrospin(device).torque_law
    return dataclasses.replace(film, device=device, numerics=numerics, torque_law=law)


def initial(device, experiment, film):
    return initial_state(on(film, device), experiment)


def carry(device, experiment, mechanisms, film, state, density, ends, random):
    """A segment at the field and the ambient temperature of the cards."""
    conditions = SegmentConditions.of_cards(device, experiment, mechanisms, density)
    return segment.run_segment(on(film, device, experiment), state, conditions, ends, random)


def arrhenius(attempts, barrier_energy, bias, kelvin):
    """Rate out of a state with energy -bias (written anew, not the package's)."""
    h = bias / (2 * barrier_energy) if barrier_energy > 0 else np.sign(bias) * np.inf
    height = barrier_energy * (1 + h) ** 2 if abs(h) < 1 else max(2 * bias, 0.0)
    return attempts * np.exp(-height / (boltzmann * kelvin))


def lowered(barrier_energy, across):
    """Barrier that a field in the plane leaves, times the moment `across` (Stoner, Wohlfarth)."""
    return barrier_energy * (1 - abs(across) / (2 * barrier_energy)) ** 2


def driven_rate(law):
    """Rate out of a state under a current."""

    def rate(height, current, across, bias, kelvin):
        sigma = height / (boltzmann * kelvin)
        relative = across / (2 * height), bias / (2 * height)
        return UNIT_ATTEMPTS * np.exp(log_rate(law, current, *relative, sigma))

    return rate


def master_equation(law, anisotropy, shape, grain_barriers, couplings, currents, times):
    """<s> and the grains' mean along segments of (current, duration), from all up."""
    driven = driven_rate(law)
    states = list(itertools.product([1, -1], repeat=1 + len(couplings)))
    place = {state: index for index, state in enumerate(states)}
    m_ambient = 1 - (AMBIENT / CURIE) ** 1.5
    barrier_ambient = BARRIER_FACTOR * (anisotropy * m_ambient**EXPONENT + shape * m_ambient**2)

    def change(_, y, current):
        rise, share = y[:2], y[2:]
        kelvin = AMBIENT + rise.sum()
        m = 1 - (kelvin / CURIE) ** 1.5
        order = 1 - kelvin / NEEL
        height = BARRIER_FACTOR * (anisotropy * m**EXPONENT + shape * m**2)
        relative = current / THRESHOLD / (height / barrier_ambient)
        across = SIGN * FIELD * MOMENT * m
        flow = np.zeros(len(states))
        for index, state in enumerate(states):
            pull = [c * np.sqrt(order) * m * g for c, g in zip(couplings, state[1:], strict=True)]
            bias = state[0] * sum(pull)
            if current:
                rates = [driven(height, relative, state[0] * across, bias, kelvin)]
            else:
                rates = [arrhenius(UNIT_ATTEMPTS, lowered(height, across), bias, kelvin)]
            rates += [
                arrhenius(GRAIN_ATTEMPTS, barrier * order, p * state[0], kelvin)
                for barrier, p in zip(grain_barriers, pull, strict=True)
            ]
            for element, rate in enumerate(rates):
                other = list(state)
                other[element] *= -1
                flow[index] -= rate * share[index]
                flow[place[tuple(other)]] += rate * share[index]
        power = current**2 * 2e-7 * 5e-9
        return np.concatenate([(RESISTANCE * power - rise) / TIME_CONSTANT, flow])

    y = np.zeros(2 + len(states))
    y[2] = 1.0
    signs = np.array(states)
    unit, grain = [], []
    for (current, duration), wanted in zip(currents, times, strict=True):
        solution = solve_ivp(
            change,
            (0, duration),
            y,
            method="LSODA",
            t_eval=wanted,
            args=(current,),
            rtol=1e-6,
            atol=1e-8,
        )
        y = solution.y[:, -1]
        unit += list(signs[:, 0] @ solution.y[2:])
        grain += list(signs[:, 1:].mean(axis=1) @ solution.y[2:])
    return np.array(unit), np.array(grain)


# theta and B_x are positive, the current is not: the torque favours m_z < 0.
SIGN = -1

STIFF = (9e-20, 1e-20, [9e-20, 1.0e-19, 1.2e-19], [1.0e-20, 6e-21, 8e-21], 3e-6, 1e-3)
SOFT = (6e-20, 1e-20, [4e-20, 5e-20, 6e-20], [1.0e-20, 6e-21, 8e-21], 1e-6, 2e-5)


@pytest.mark.parametrize("values", [STIFF, SOFT], ids=["stiff", "soft"])
def test_pulse_and_relaxation_follow_the_master_equation(values, device, experiment):
    *energies, width, rest = values
    current = 0.3 * THRESHOLD
    count, runs = 50, 40
    film = copies(count, *energies)
    ends = [segment.step_ends(duration, 16) for duration in (width, rest)]
    unit, grain = [], []
    for run in range(runs):
        random = np.random.default_rng(run)
        state = initial(device, experiment, film)
        parts = [
            carry(device, experiment, ALL, film, state, density, grid, random)
            for density, grid in zip((-current, 0.0), ends, strict=True)
        ]
        unit.append(np.concatenate([part.unit_state.mean(axis=1) for part in parts]))
        grain.append(np.concatenate([part.grain_order for part in parts]))
    law = macrospin(device).torque_law
    expected = master_equation(law, *energies, [(current, width), (0.0, rest)], ends)
    # Every eighth step: half decades, over the pulse and after it.
    shown = np.arange(sum(map(len, ends)))[7::8]
    assert expected[0][shown].max() - expected[0][shown].min() > 0.5
    assert expected[1][shown].max() - expected[1][shown].min() > 0.3
    for found, exact in zip((unit, grain), expected, strict=True):
        found = np.array(found)[:, shown]
        # The scatter of few flips says little: at least the exact error of independent units.
        exact_error = np.sqrt((1 - exact[shown] ** 2) / (count * runs))
        error = np.maximum(found.std(axis=0, ddof=1) / np.sqrt(runs), exact_error)
        np.testing.assert_array_less(np.abs(found.mean(axis=0) - exact[shown]) / error, 3.0)


@pytest.mark.parametrize(
    ("share", "field", "expected"),
    [(-0.6, "40 mT", 0), (-1.0, "40 mT", 20), (-1.0, "-40 mT", 0), (1.0, "-40 mT", 20)],
)
def test_torque_takes_the_barrier_away(share, field, expected, device, experiment_card):
    # A macrospin in B_x = 0.13 B_K is lost at 1 -+ sqrt(2) 0.13 of its threshold, 0.81 or 1.19, by
    # the polarity (Lee et al. 2013).
    experiment = experiment_card(
        {
            "initial_state": "up",
            "applied_field": [field, "0 mT", "0 mT"],
            "numerics.flicker_limit": 1e6,
        }
    )
    film = copies(20, 2.5e-19, 0.0, [], [])
    state = initial(device, experiment, film)
    frozen, current = ALL.without("fm_aftereffect"), share * THRESHOLD
    ends, random = np.array([1e-9, 2e-8]), np.random.default_rng(0)
    carry(device, experiment, frozen, film, state, current, ends, random)
    assert np.count_nonzero(state.unit_state == -1) == expected


@pytest.mark.parametrize("sign", [1, -1])
def test_size_of_the_field_along_the_current_matters(sign, device, experiment_card):
    # A polarity that a field of 1 pT would decide as well is none.
    film, means = copies(1000, 6e-20, 0.0, [], []), []
    for field in (1e-12, 1e-3, 5e-3):
        experiment = experiment_card(
            {"applied_field": [f"{sign * field} T", "0 mT", "0 mT"], "numerics.flicker_limit": 1e6}
        )
        state = initial(device, experiment, film)
        random = np.random.default_rng(2)
        carry(device, experiment, ALL, film, state, 0.4 * THRESHOLD, np.array([1e-6]), random)
        means.append(sign * state.unit_state.mean())
    assert abs(means[0]) < 3 / np.sqrt(1000)
    assert means[0] + 0.1 < means[1] < means[2] - 0.2


def test_grains_on_a_cooling_film_follow_the_integrated_rate(device, experiment):
    # Without coupling a grain's mean is exp(-2 integral of its rate).
    barrier = 1.1e-19
    film = copies(1, 1e-18, 0.0, [barrier] * 3000, [0.0] * 3000)
    start = np.array([60.0, 40.0])

    def rate(time):
        kelvin = AMBIENT + np.sum(start * np.exp(-time / TIME_CONSTANT))
        return arrhenius(GRAIN_ATTEMPTS, barrier * (1 - kelvin / NEEL), 0.0, kelvin)

    ends = segment.step_ends(1e-4, 12)
    state = dataclasses.replace(initial(device, experiment, film), rise=start)
    record = carry(device, experiment, ALL, film, state, 0.0, ends, np.random.default_rng(3))
    for step in (20, 35, 48, ends.size - 1):
        turns = quad(rate, 0, ends[step], limit=200, points=[min(1e-6, ends[step] / 2)])[0]
        expected = np.exp(-2 * turns)
        error = np.sqrt((1 - expected**2) / 3000)
        assert record.grain_order[step] == pytest.approx(expected, abs=3 * error)
    assert record.grain_order[-1] < 0.7


def test_blocking_curve_of_lognormal_grains(device_card, experiment_card):
    # York protocol: grains set up, the ferromagnet down, thermal activation at rising temperature.
    count, median, spread, thickness, anisotropy = 4000, 8e-9, 0.2, 5e-9, 6e5
    coupling, duration, attempts = 1e-4, 100.0, 1e10
    diameter = median * np.exp(spread * np.random.default_rng(6).standard_normal(count))
    area = np.pi / 4 * diameter**2
    film = copies(1, 1e-15, 0.0, anisotropy * area * thickness, coupling * area)
    frozen_magnet = ALL.without("fm_aftereffect")
    experiment = experiment_card({"initial_state": "up", "numerics.flicker_limit": 30})

    def turned(area, kelvin):
        """Mean state of a grain at the end, by the two rates of the card's barriers."""
        order = 1 - kelvin / NEEL
        pull = coupling * area * np.sqrt(order) * (1 - (kelvin / 1000) ** 1.5)
        barrier = anisotropy * area * thickness * order
        down, up = (arrhenius(attempts, barrier, side * pull, kelvin) for side in (-1, 1))
        rest = (down - up) / (down + up)
        return -rest + (1 + rest) * np.exp(-(down + up) * duration)

    curve = []
    for kelvin in (150.0, 250.0, 350.0, 500.0):
        device = device_card(
            {
                "heat_path.ambient_temperature": f"{kelvin} K",
                "ferromagnet.curie_temperature": "1000 K",
                "antiferromagnet.neel_temperature": f"{NEEL} K",
                "antiferromagnet.attempt_frequency": f"{attempts} 1/s",
            }
        )
        state = initial(device, experiment, film)
        state.unit_state[:] = -1
        ends, random = segment.step_ends(duration, 12), np.random.default_rng(7)
        carry(device, experiment, frozen_magnet, film, state, 0.0, ends, random)
        # An integral over the grains' distribution, weighted by number.
        expected = quad(
            lambda z, kelvin=kelvin: (
                turned(np.pi / 4 * (median * np.exp(spread * z)) ** 2, kelvin)
                * np.exp(-z * z / 2)
                / np.sqrt(2 * np.pi)
            ),
            -6,
            6,
            limit=200,
        )[0]
        found = state.grain_state.mean()
        assert found == pytest.approx(expected, abs=3 * np.sqrt((1 - expected**2) / count))
        curve.append(expected)
    # Set, half blocked, reversed; the hottest film keeps only its equilibrium.
    assert curve[0] > 0.7
    assert min(curve) < -0.2
    assert curve[-1] < 0


@pytest.mark.parametrize(
    ("spin_current", "acts"), [(0.0, True), (1e8, True), (-1e8, True), (1e8, False)]
)
def test_thermal_spin_current_and_field_bias_the_wells(spin_current, acts, device_card, experiment):
    lasting = device_card(
        {
            "thermal_spin_torque.spin_current_persistence": "1e6 s",
            "ferromagnet.curie_temperature": "800 K",
            "ferromagnet.anisotropy_exponent": EXPONENT,
            **NO_SHAPE,
            "heat_path.ambient_temperature": "300 K",
        }
    )
    field = 2e-3
    upwards = experiment.model_copy(update={"applied_field": (5e-3, 0.0, field)})
    film = copies(1500, 3e-20, 0.0, [], [])
    state = initial(lasting, upwards, film)
    state.kept_spin_current = spin_current
    mechanisms = WITH_TORQUE if acts else ALL
    ends, random = np.array([2e-7]), np.random.default_rng(9)
    carry(lasting, upwards, mechanisms, film, state, 0.0, ends, random)
    m = 1 - (AMBIENT / CURIE) ** 1.5
    # 2KV J/J_c, both at T = 0, and M_s V B; a mechanism that is off adds nothing.
    energy = 2 * 3e-20 * acts * spin_current / 1e9 + 1e-18 * m * field
    expected = np.tanh(energy / (boltzmann * AMBIENT))
    error = np.sqrt((1 - expected**2) / 1500)
    assert state.unit_state.mean() == pytest.approx(expected, abs=3 * error)


def test_thermal_spin_torque_sets_the_weights_of_browns_equation(device_card, experiment):
    # Stationary density of m_z, exp(sigma x² + 2 sigma (J/J_c) x), Brown, Phys. Rev. 130, 1677
    # (1963), with the field a_J/alpha of the torque. At 5 k_BT and 0.2 J_c the mean sign of m_z
    # is 0.936 by quadrature; of two states it is tanh(2KV J/(J_c k_BT)) = 0.964.
    count, sigma, ratio = 4000, 5.0, 0.2
    x = np.linspace(-1, 1, 20001)
    weight = np.exp(sigma * (x**2 - 1) + 2 * sigma * ratio * x)
    exact = np.trapezoid(weight * np.sign(x), x) / np.trapezoid(weight, x)
    lasting = device_card(
        {
            "thermal_spin_torque.spin_current_persistence": "1e6 s",
            "ferromagnet.curie_temperature": "1e5 K",
            "heat_path.ambient_temperature": "300 K",
        }
    )
    film = copies(count, sigma * boltzmann * AMBIENT, 0.0, [], [])
    state = initial(lasting, experiment, film)
    state.kept_spin_current = ratio * film.unit_heat_threshold[0]
    mechanisms = WITH_TORQUE
    ends, random = np.array([1e-5]), np.random.default_rng(5)
    carry(lasting, experiment, mechanisms, film, state, 0.0, ends, random)
    found = state.unit_state.mean()
    error = np.sqrt((1 - found**2) / count)
    assert found == pytest.approx(np.tanh(2 * sigma * ratio), abs=3 * error)
    assert found == pytest.approx(exact, abs=0.03 + 3 * error)


# Upper layer of the device: 20 % of the heat, 0.02 J/(m² K).
UPPER_FRACTION, UPPER_CAPACITY, CONVERSION = 0.2, 4e6 * 5e-9, 0.05


def test_spin_current_of_a_segment_balances_the_energy(device, experiment):
    density, width, wait = 0.3 * THRESHOLD, 1e-5, 1.0
    power = density**2 * 2e-7 * 5e-9
    state = initial(device, experiment, copies(1, 1e-18, 0.0, [], []))
    conditions = SegmentConditions.of_cards(device, experiment, WITH_TORQUE, density)
    ends = segment.step_ends(width, 12)
    pulse = segment.heat_steps(device, state, conditions, ends)
    hot = state.rise.sum()
    # What is released above the interface heats the upper layer or crosses the interface.
    crossed = pulse.spin_current @ np.diff(ends, prepend=0.0) / CONVERSION
    assert crossed == pytest.approx(UPPER_FRACTION * power * width - UPPER_CAPACITY * hot)

    ends = segment.step_ends(wait, 12)
    conditions = SegmentConditions.of_cards(device, experiment, WITH_TORQUE)
    after = segment.heat_steps(device, state, conditions, ends)
    released = after.spin_current @ np.diff(ends, prepend=0.0) / CONVERSION
    assert (after.spin_current >= 0).all()
    # A second is 10,000 time constants of the slowest stage.
    assert released == pytest.approx(UPPER_CAPACITY * hot, rel=1e-9)


def test_spin_current_does_not_persist_unless_the_card_says_so(device):
    state = State(np.ones(1, np.int8), np.ones(1, np.int8), np.zeros(2), 4e7)
    # 3 K in 2 s of a layer that holds 0.02 J/(m² K).
    found = segment.thermal_spin_current(device, state, 0.0, -3.0, 2.0)
    assert found == pytest.approx(CONVERSION * 0.03)


@pytest.mark.parametrize("sign", [1, -1])
def test_spin_current_at_the_end_of_a_pulse_persists(sign, device_card):
    device = device_card(
        {
            "thermal_spin_torque.spin_current_persistence": "2 s",
            "thermal_spin_torque.conversion": f"{sign * CONVERSION} A/W",
            "spin_hall_layer.resistivity": "20 uohm*cm",
            "heat_path.heated_thickness": "5 nm",
            "heat_path.upper_heat_fraction": UPPER_FRACTION,
        }
    )
    state = State(np.ones(1, np.int8), np.ones(1, np.int8), np.zeros(2), 0.0)

    def mean(density, duration):
        return segment.thermal_spin_current(device, state, density, 0.0, duration)

    # 1e9 W/m² at THRESHOLD.
    driven = sign * CONVERSION * UPPER_FRACTION * 1e9
    assert mean(THRESHOLD, 1e-3) == pytest.approx(driven)
    assert mean(0.0, 2.0) == pytest.approx(driven * (1 - 1 / np.e))
    assert state.kept_spin_current == pytest.approx(driven / np.e)
    # A weaker pulse does not replace what is left, a stronger one does.
    assert mean(THRESHOLD / 3, 1e-3) == pytest.approx(driven / np.e, rel=1e-3)
    assert mean(THRESHOLD, 1e-3) == pytest.approx(driven)
    assert mean(0.0, 4.0) == pytest.approx(driven * (1 - np.e**-2) / 2)
    assert state.kept_spin_current == pytest.approx(driven / np.e**2)


def test_temperature_of_a_segment(device, experiment):
    film = copies(1, 1e-18, 0.0, [], [])
    state = initial(device, experiment, film)
    ends = segment.step_ends(1e-5, 12)
    record = carry(
        device, experiment, ALL, film, state, 0.3 * THRESHOLD, ends, np.random.default_rng(0)
    )
    power = (0.3 * THRESHOLD) ** 2 * 2e-7 * 5e-9
    rise = power * RESISTANCE * (1 - np.exp(-ends[:, None] / TIME_CONSTANT))
    np.testing.assert_allclose(record.temperature, AMBIENT + rise.sum(axis=1))
    np.testing.assert_array_equal(record.time, ends)


def test_exchange_bias_of_aligned_and_mixed_grains(device):
    film = copies(2, 1e-20, 0.0, [1e-19, 1e-19], [2e-20, 3e-20])
    up = np.ones(4, dtype=np.int8)
    # (2 + 3)e-20 J on 1e-18 A m² is 50 mT at T = 0.
    assert exchange_bias_at(on(film, device), up, 0.0) == pytest.approx(0.05)
    mixed = np.array([1, -1, 1, 1], dtype=np.int8)
    assert exchange_bias_at(on(film, device), mixed, 0.0) == pytest.approx(0.02)
    # J_int carries M_s(T), which the field has in its denominator.
    warm = 0.05 * np.sqrt(1 - 325 / NEEL)
    assert exchange_bias_at(on(film, device), up, 325.0) == pytest.approx(warm)


def test_order_of_the_grains_under_each_unit():
    film = copies(2, 1e-20, 0.0, [1e-19, 1e-19], [2e-20, 3e-20])
    mixed = np.array([1, -1, 1, 1], dtype=np.int8)
    # (2 - 3) of 5, and all.
    np.testing.assert_allclose(unit_grain_order(film, mixed), [-0.2, 1.0])
    bare = copies(2, 1e-20, 0.0, [], [])
    assert np.isnan(unit_grain_order(bare, np.zeros(0, dtype=np.int8))).all()


def test_segments_depend_on_the_seed_alone(device, experiment):
    film = copies(50, *STIFF[:4])

    def final(seed):
        state = initial(device, experiment, film)
        carry(
            device,
            experiment,
            ALL,
            film,
            state,
            -0.3 * THRESHOLD,
            segment.step_ends(1e-6, 12),
            np.random.default_rng(seed),
        )
        return np.concatenate([state.unit_state, state.grain_state])

    assert np.array_equal(final(1), final(1))
    assert not np.array_equal(final(1), final(2))


@pytest.mark.parametrize(
    ("kelvin", "density", "duration"),
    [
        (1e-3, 0.0, 1.0),  # frozen
        (1e-3, 3 * THRESHOLD, 1e-7),  # far above the critical current
        (700.0, 0.0, 1.0),  # above the Neel temperature: the grains have no barrier left
        (300.0, 0.0, 1e10),  # a wait of 300 years
    ],
)
def test_extreme_input_comes_to_an_end(kelvin, density, duration, device_card, experiment_card):
    device = device_card(
        {
            "heat_path.ambient_temperature": f"{kelvin} K",
            "ferromagnet.curie_temperature": "800 K",
            **NO_SHAPE,
            "antiferromagnet.neel_temperature": "650 K",
        },
        stages=[("1e-9 K*m^2/W", "1 us")],
    )
    experiment = experiment_card({"initial_state": "up", "numerics.flicker_limit": 30})
    # The last grain has no volume.
    film = copies(10, 9e-20, 1e-20, [1e-19, 5e-20, 0.0], [1e-20, 1e-20, 0.0])
    state = initial(device, experiment, film)
    random, ends = np.random.default_rng(0), segment.step_ends(duration, 12)
    record = carry(device, experiment, ALL, film, state, density, ends, random)
    assert np.isfinite(record.exchange_bias_field).all()
    assert set(np.unique(state.grain_state)) <= {-1, 1}
    if kelvin < 1:
        # Only what has no barrier moves: units above their critical current, either way, and
        # empty grains.
        assert (state.unit_state == 1).all() == (density == 0.0)
        assert (state.grain_state.reshape(10, 3)[:, :2] == 1).all()
    elif kelvin > 650:
        assert abs(state.grain_state.mean()) < 0.6


def test_film_above_its_curie_temperature_is_refused(device, experiment):
    film = copies(1, 1e-19, 0.0, [], [])
    state = initial(device, experiment, film)
    with pytest.raises(CardError, match=r"ferromagnet.curie_temperature: expected more than"):
        carry(
            device,
            experiment,
            ALL,
            film,
            state,
            -2 * THRESHOLD,
            np.array([1e-3]),
            np.random.default_rng(0),
        )


def test_a_runaway_is_named(device, experiment, monkeypatch):
    monkeypatch.setattr(segment, "RUNAWAY", 1e-7)
    film = copies(3, 1e-19, 0.0, [1e-21], [0.0])
    state = initial(device, experiment, film)
    with pytest.raises(segment.KineticsError, match=r"reversals in a step of .* of grain [012]:"):
        carry(device, experiment, ALL, film, state, 0.0, np.array([1e-6]), np.random.default_rng(0))


def test_initial_state_follows_the_card(device, experiment, experiment_card):
    film = copies(2, *STIFF[:4])
    down = experiment_card({"initial_state": "down"})
    for card, sign in ((experiment, 1), (down, -1)):
        state = initial(device, card, film)
        assert (state.unit_state == sign).all()
        assert (state.grain_state == sign).all()
        np.testing.assert_array_equal(state.rise, [0.0, 0.0])


@pytest.mark.parametrize("duration", [3e-10, 1e-9, 1e-6, 0.37, 20.0])
@pytest.mark.parametrize("marks", [(), (1e-7, 0.2), (1.0000001e-7,)])
def test_steps_are_logarithmic_and_end_at_duration_and_marks(duration, marks):
    ends = segment.step_ends(duration, 6, marks)
    assert ends[-1] == duration
    assert (np.diff(ends) > 0).all()
    assert ends[0] > 0
    assert {mark for mark in marks if mark < duration} <= set(ends)
    ratio = ends[1:] / ends[:-1]
    assert (ratio <= 10 ** (1 / 6) * (1 + 2e-3)).all()
    assert (ratio > 1 + 1e-4).all()
    if duration == 20.0 and not marks:
        # 1 ns to 20 s are 10.3 decades.
        assert ends.size == 63
        np.testing.assert_allclose(ratio[:-1], 10 ** (1 / 6))


def test_fast_method_agrees_with_the_exact_one(device_card, experiment_card):
    # A film of some 37 units on 320 grains, of which the fastest turn 1e5 times in the second.
    changes = {
        "ferromagnet.unit_diameter": "30 nm",
        "ferromagnet.effective_anisotropy": "0.07 MJ/m^3",
        "ferromagnet.wall_energy_between_units": "0.2 mJ/m^2",
        "antiferromagnet.thickness": "6 nm",
        "antiferromagnet.grain_diameter": "10 nm",
        "antiferromagnet.grain_diameter_spread": 0.1,
        "antiferromagnet.anisotropy": "0.35 MJ/m^3",
        "antiferromagnet.interface_coupling": "0.05 mJ/m^2",
    }
    device = device_card(changes)
    runs, width, rest = 48, 1e-5, 1.0
    ends = [segment.step_ends(duration, 12) for duration in (width, rest)]
    found, flips = {}, {}
    for limit in (30.0, 1e12):
        experiment = experiment_card(
            {
                "initial_state": "up",
                "applied_field": ["-5 mT", "0 mT", "0 mT"],
                "numerics.window": "160 nm",
                "numerics.cell": "5 nm",
                "numerics.flicker_limit": limit,
            }
        )
        sample = make_sample(device, experiment, np.random.default_rng(5))
        film = make_film(device, experiment, sample, macrospin(device))
        density = 0.6 * device.critical_current_density
        rows, count = [], 0
        for run in range(runs):
            random = np.random.default_rng([run, int(limit)])
            state = initial(device, experiment, film)
            parts = [
                carry(device, experiment, ALL, film, state, current, grid, random)
                for current, grid in zip((density, 0.0), ends, strict=True)
            ]
            magnetisation = np.concatenate([part.unit_state @ film.unit_fraction for part in parts])
            order = np.concatenate([part.grain_order for part in parts])
            rows.append([magnetisation, order])
            count += sum(int(part.flips.sum()) for part in parts)
        found[limit], flips[limit] = np.array(rows), count
    fast, exact = found.values()
    assert flips[1e12] > 10 * flips[30.0]
    # Each decade's end, over the pulse and after it.
    pulse, wait = (grid.size for grid in ends)
    shown = [*range(pulse - 1, 0, -12)[::-1], *range(pulse + 12, pulse + wait, 12)]
    fast, exact = fast[:, :, shown], exact[:, :, shown]
    assert (np.ptp(exact.mean(axis=0), axis=1) > 0.3).all()
    difference = fast.mean(axis=0) - exact.mean(axis=0)
    error = np.sqrt((fast.var(axis=0, ddof=1) + exact.var(axis=0, ddof=1)) / runs)
    # Where no run has seen a flip the spread is no measure: one flip of the smallest share.
    error = np.maximum(error, 1e-3)
    # 26 values, few of them independent: what a film has at one time it keeps to the next.
    np.testing.assert_array_less(np.abs(difference) / error, 3.0)


def test_limit_that_would_change_the_mean_is_doubled(device, experiment_card, monkeypatch):
    # Grains turn some 1e6 times a second; the unit sees only two of the turns in its lifetime.
    card = experiment_card({"initial_state": "up", "numerics.flicker_limit": 2})
    coupling = boltzmann * 300 / np.sqrt(1 - 300 / NEEL) / (1 - (300 / CURIE) ** 1.5)
    barrier = 7 * boltzmann * 300 / (1 - 300 / NEEL)
    film = copies(2000, 1.2e-19, 0.0, [barrier] * 3, [coupling] * 3)
    ends = segment.step_ends(1e-2, 12)
    flips, errors = [], []
    for most in (0.02, np.inf):
        monkeypatch.setattr(segment, "MOST_FLICKER_ERROR", most)
        state = initial(device, card, film)
        random = np.random.default_rng(1)
        record = carry(device, card, ALL, film, state, 0.0, ends, random)
        flips.append(record.flips.sum())
        errors.append(record.flicker_error)
    assert errors[1].max() > 0.05
    assert errors[0].max() < 0.7 * errors[1].max()
    assert flips[0] > 1.2 * flips[1]
