import numpy as np
import pytest
from scipy.constants import e as elementary_charge
from scipy.constants import hbar
from scipy.constants import k as boltzmann

from afterpulse.cards.experiment import Mechanisms
from afterpulse.device.torque_law import log_rate
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.grain_order import in_plane_exchange
from afterpulse.kinetics.monte_carlo import element_of, escape_rate, shared_by
from afterpulse.kinetics.neighbours import Neighbours
from afterpulse.kinetics.parameters import Factors, system_at
from afterpulse.kinetics.segment import run_segment, step_ends
from afterpulse.kinetics.state import SegmentConditions, initial_state

KELVIN = 300.0
COUPLING, ANISOTROPY, THICKNESS, ATTEMPTS = 0.2e-3, 0.5e6, 4e-9, 1e10
VISCOSITY = Mechanisms(("afm_viscosity",))
TORQUE = Mechanisms(("afm_viscosity", "afm_spin_torque"))
# Units do not reverse, the torque on them is negligible and nothing heats up.
CARD = {
    "ferromagnet.attempt_frequency": "1 1/s",
    "ferromagnet.damping": 0.1,
    "ferromagnet.curie_temperature": "800 K",
    "spin_hall_layer.spin_hall_angle": 1e-4,
    "spin_hall_layer.field_like_spin_hall_angle": 0.0,
    "switching.critical_current_density": None,
    "heat_path.ambient_temperature": "300 K",
    "antiferromagnet.neel_temperature": "600 K",
    "antiferromagnet.anisotropy": "0.5 MJ/m^3",
    "antiferromagnet.thickness": "4 nm",
    "antiferromagnet.interface_coupling": "0.2 mJ/m^2",
    "antiferromagnet.attempt_frequency": "1e10 1/s",
    "antiferromagnet.grain_diameter": "9 nm",
    "antiferromagnet.easy_axis_polar_angle": "0 deg",
    "antiferromagnet.easy_axis_spread": "0 deg",
}
EFFICIENCY = 10.0
# hbar theta J/2e = K_AF(300 K) t_AF, with K_AF = K_AF(0)/2.
GRAIN_THRESHOLD = ANISOTROPY / 2 * THICKNESS * 2 * elementary_charge / (hbar * EFFICIENCY)


@pytest.fixture(scope="module")
def film_of(device_card, experiment_card):
    def make(changes=None, field=0.2):
        device = device_card(
            CARD | {"antiferromagnet.spin_torque_efficiency": EFFICIENCY} | (changes or {}),
            stages=[("1e-14 K*m^2/W", "1 us")],
        )
        experiment = experiment_card({"applied_field": [f"{field} T", "0 T", "0 T"]})
        sample = make_sample(device, experiment, np.random.default_rng(3))
        return make_film(device, experiment, sample, macrospin(device)), experiment, sample

    return make


def system(film, experiment, mechanisms, current):
    state = initial_state(film, experiment)
    conditions = SegmentConditions.of_cards(film.device, experiment, mechanisms, current)
    neighbours = Neighbours.of_states(film, state.unit_state, state.grain_state)
    factors = Factors.at(film.device, KELVIN)
    return system_at(film, state, neighbours, conditions, factors, 0.0)


def both_rates(grains, grain):
    """Rates out of both states of a grain."""
    shared = shared_by(grains, KELVIN, np.inf)
    lone = element_of(grains, grain)
    return [escape_rate(lone, spin, shared, grains.law) for spin in (1.0, -1.0)]


@pytest.mark.parametrize("polarity", [1, -1])
@pytest.mark.parametrize("efficiency", [EFFICIENCY, -EFFICIENCY])
def test_rates_of_a_lone_grain(film_of, polarity, efficiency):
    # Units that hardly feel each other, and so tilt by themselves.
    field = 0.5
    film, experiment, sample = film_of(
        {
            "antiferromagnet.spin_torque_efficiency": efficiency,
            "ferromagnet.saturation_magnetisation": "70 kA/m",
            "ferromagnet.effective_anisotropy": "0.05 MJ/m^3",
            "ferromagnet.thickness": "1 nm",
            "ferromagnet.wall_energy_between_units": "0 mJ/m^2",
        },
        field,
    )
    grains = system(film, experiment, TORQUE, polarity * 0.5 * GRAIN_THRESHOLD).grains
    # A grain below one unit.
    grain = int(np.flatnonzero(np.bincount(sample.contact_grain) == 1)[0])
    unit = int(sample.contact_unit[sample.contact_grain == grain][0])
    # J_int(300 K), with the order of both layers; over 2 K_AF t_AF, along z and along x.
    coupling = COUPLING * np.sqrt(0.5) * (1 - (300 / 800) ** 1.5)
    exchange = coupling / (ANISOTROPY * THICKNESS)
    covered = sample.contact_area[sample.contact_unit == unit].sum() / sample.unit_area[unit]
    moment = float(film.device.saturation_magnetisation(KELVIN))
    anisotropy = film.device.effective_anisotropy(KELVIN)
    tilt = moment * field / (2 * anisotropy + coupling * covered / 1e-9)
    along_x = np.sign(polarity * efficiency) * exchange * tilt
    sigma = ANISOTROPY / 2 * THICKNESS * sample.grain_area[grain] / (boltzmann * KELVIN)
    expected = []
    for spin in (1, -1):
        exponent = log_rate(film.torque_law, 0.5, along_x * spin, exchange * spin, sigma)
        expected.append(ATTEMPTS * np.exp(exponent))
    rates = both_rates(grains, grain)
    # The stray field of tilted neighbours changes the tilt by a hundredth.
    np.testing.assert_allclose(rates, expected, rtol=0.02)
    # The torque lowers both barriers.
    quiet = system(film, experiment, TORQUE, 0.0).grains
    before = both_rates(quiet, grain)
    gain = np.log(rates) - np.log(before)
    assert (gain > 1).all()


def test_efficiency_of_the_other_sign_is_the_other_polarity(film_of):
    energies = {}
    for efficiency in (EFFICIENCY, -EFFICIENCY):
        film, experiment, _ = film_of({"antiferromagnet.spin_torque_efficiency": efficiency})
        for polarity in (1, -1):
            grains = system(film, experiment, TORQUE, polarity * GRAIN_THRESHOLD / 2).grains
            np.testing.assert_allclose(grains.current, 0.5)
            energies[np.sign(efficiency) * polarity, polarity] = grains.in_plane
    # The field is along x: h_x is positive for theta J > 0.
    assert (energies[1, 1] > 0).all()
    np.testing.assert_allclose(energies[1, -1], energies[1, 1], rtol=1e-3)
    np.testing.assert_allclose(energies[-1, 1], -energies[1, 1], rtol=1e-3)
    np.testing.assert_allclose(energies[-1, -1], -energies[1, 1], rtol=1e-3)


def test_moment_and_axis_count_by_their_angle(film_of):
    # Grains whose axes are parallel to the tilted moments above them feel no field across.
    angle = np.radians(5)
    film, _, sample = film_of({"antiferromagnet.easy_axis_polar_angle": "5 deg"})
    up = np.ones(film.unit_moment.size, dtype=np.int8)
    tilt = np.tile([np.sin(angle), 0.0], (up.size, 1))
    contact = COUPLING * np.bincount(sample.contact_grain, sample.contact_area)
    np.testing.assert_allclose(in_plane_exchange(film, up, tilt), 0.0, atol=1e-12 * contact.max())
    # Reversed moments tilted to the same side have twice the angle with the line of the axis.
    both = in_plane_exchange(film, -up, tilt)
    np.testing.assert_allclose(both[:, 0], 2 * np.sin(angle) * contact)


def test_grain_torque_that_is_off_changes_nothing(film_of):
    # Grains of 7 nm reverse within the pulse by themselves.
    small, current = {"antiferromagnet.grain_diameter": "7 nm"}, 0.3 * GRAIN_THRESHOLD
    runs = []
    for efficiency, mechanisms in ((0.0, VISCOSITY), (0.0, TORQUE), (EFFICIENCY, VISCOSITY)):
        film, experiment, _ = film_of(
            small | {"antiferromagnet.spin_torque_efficiency": efficiency}
        )
        runs.append(pulse(film, experiment, mechanisms, current))
    for _, record in runs[1:]:
        for name, values in vars(runs[0][1]).items():
            np.testing.assert_array_equal(getattr(record, name), values)
    assert runs[0][1].flips.sum() > 100
    # With the torque the grains flip more often.
    film, experiment, _ = film_of(small)
    assert pulse(film, experiment, TORQUE, current)[1].flips.sum() > runs[0][1].flips.sum()


def pulse(film, experiment, mechanisms, current, state=None):
    state = initial_state(film, experiment) if state is None else state
    conditions = SegmentConditions.of_cards(film.device, experiment, mechanisms, current)
    ends, random = step_ends(2e-3, 4), np.random.default_rng(5)
    return state, run_segment(film, state, conditions, ends, random)


@pytest.mark.parametrize("efficiency", [EFFICIENCY, -EFFICIENCY])
@pytest.mark.parametrize("field", [0.6, -0.6])
def test_pulses_set_the_grains_without_the_ferromagnet(film_of, efficiency, field):
    """The units point up all the time; large grains keep their state without a pulse."""
    film, experiment, _ = film_of(
        {
            "antiferromagnet.grain_diameter": "14 nm",
            "antiferromagnet.interface_coupling": "0.1 mJ/m^2",
            "antiferromagnet.spin_torque_efficiency": efficiency,
        },
        field,
    )
    state = None
    for polarity in (-1, 1, -1):
        current = polarity * 0.9 * GRAIN_THRESHOLD
        state, record = pulse(film, experiment, TORQUE, current, state)
        favoured = np.sign(efficiency * polarity * field)
        assert favoured * record.grain_order[-1] > 0.3
        assert np.sign(record.exchange_bias_field[-1]) == favoured
        assert (record.unit_state == 1).all()
        _, wait = pulse(film, experiment, TORQUE, 0.0, state)
        assert wait.grain_order[-1] == pytest.approx(record.grain_order[-1], abs=0.05)


def test_grains_without_viscosity_move_under_the_torque_alone(film_of):
    film, experiment, _ = film_of()
    only = Mechanisms(("afm_spin_torque",))
    for relative in (0.0, 0.5):
        _, record = pulse(film, experiment, only, relative * GRAIN_THRESHOLD)
        assert (record.flips.sum() > 0) == (relative > 0)
