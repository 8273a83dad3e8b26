import numpy as np
import pytest
from scipy.constants import k as boltzmann

from afterpulse.cards.experiment import Blocking, Hysteresis, Mechanisms
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.blocking import activated_loops
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.hysteresis import loop_fields, shift_and_coercivity
from afterpulse.kinetics.state import SegmentConditions, initial_state

ALL = Mechanisms(("afm_viscosity", "fm_aftereffect"))
TEMPERATURES = (320.0, 380.0, 420.0, 460.0, 520.0, 600.0)
ACTIVATION, NEEL, ATTEMPTS = 100.0, 650.0, 1e10
ANISOTROPY, THICKNESS, COUPLING = 6e5, 8e-9, 5e-5


def by_name(name):
    """Generator that depends on the name alone."""
    return np.random.default_rng(list(name.encode()))


def turned(area, pull, kelvin):
    """Mean state of grains that start up under a film that is down (written anew)."""
    order = 1 - kelvin / NEEL
    barrier, energy = (
        ANISOTROPY * area * THICKNESS * order,
        pull * np.sqrt(order) * (1 - (kelvin / 1000) ** 1.5),
    )
    h = energy / (2 * barrier)
    down, up = (
        ATTEMPTS
        * np.exp(
            -np.where(h < 1, barrier * (1 + side * h) ** 2, max(side, 0) * 2 * energy)
            / (boltzmann * kelvin)
        )
        for side in (-1, 1)
    )
    rest = (down - up) / (down + up)
    return -rest + (1 + rest) * np.exp(-(down + up) * ACTIVATION)


def test_activated_grains_follow_their_two_rates(device_card, experiment_card):
    device = device_card(
        {
            "ferromagnet.effective_anisotropy": "0.22 MJ/m^3",
            "ferromagnet.unit_diameter": "30 nm",
            "ferromagnet.curie_temperature": "1000 K",
            "antiferromagnet.anisotropy": f"{ANISOTROPY} J/m^3",
            "antiferromagnet.thickness": f"{THICKNESS} m",
            "antiferromagnet.grain_diameter": "10 nm",
            "antiferromagnet.grain_diameter_spread": 0.2,
            "antiferromagnet.interface_coupling": f"{COUPLING} J/m^2",
            "antiferromagnet.neel_temperature": f"{NEEL} K",
            "antiferromagnet.attempt_frequency": f"{ATTEMPTS} 1/s",
            "antiferromagnet.easy_axis_spread": "0 deg",
        }
    )
    experiment = experiment_card({"numerics.window": "300 nm", "initial_state": "up"})
    sample = make_sample(device, experiment, np.random.default_rng(1))
    film = make_film(device, experiment, sample, macrospin(device))
    state = initial_state(film, experiment)
    conditions = SegmentConditions.of_cards(device, experiment, ALL)
    blocking = Blocking.model_validate(
        {
            "activation_temperature": [f"{kelvin} K" for kelvin in TEMPERATURES],
            "activation_field": "-1 T",
            "activation_time": f"{ACTIVATION} s",
            "cooling_time": "1 fs",  # what was hot is frozen in
        }
    )
    loop = Hysteresis.model_validate({"largest_field": "800 mT", "steps": 80, "dwell": "1 ms"})

    loops, bias = activated_loops(film, state, conditions, blocking, loop, by_name)
    assert (state.grain_state == 1).all()
    area = sample.grain_area
    full = film.couplings.units_of_grain.energy.sum()
    set_field = np.sqrt(1 - 300 / NEEL) * full / film.unit_moment.sum()
    expected = np.array([area @ turned(area, COUPLING * area, t) for t in TEMPERATURES])
    expected *= set_field / area.sum()
    # One flip changes the mean by 2 area; grains are independent under a film that is held.
    spread = [
        np.sqrt(np.sum(area**2 * (1 - turned(area, COUPLING * area, t) ** 2))) for t in TEMPERATURES
    ]
    error = set_field / area.sum() * np.array(spread)
    np.testing.assert_array_less(np.abs(bias - expected), 3 * error + 1e-12)
    assert expected[0] > 0.7 * set_field
    assert expected.min() < -0.15 * set_field
    # The loop shows what the grains do, but for those that turn during it and an uneven film.
    shifts = [shift_and_coercivity(loop_fields(loop), one)[0] for one in loops]
    np.testing.assert_allclose(shifts, bias, atol=0.2 * set_field)
    assert shifts[0] > 0 > min(shifts)


def test_result_depends_on_the_names_alone(device_card, experiment_card, small_sample):
    device, experiment = device_card(), experiment_card({"initial_state": "up"})
    film = make_film(device, experiment, small_sample, macrospin(device))
    state = initial_state(film, experiment)
    conditions = SegmentConditions.of_cards(device, experiment, ALL)
    loop = Hysteresis.model_validate({"largest_field": "400 mT", "steps": 8, "dwell": "1 ms"})

    def measured(*kelvins):
        blocking = Blocking.model_construct(
            activation_temperature=kelvins,
            activation_field=-0.5,
            activation_time=1.0,
            cooling_time=10.0,
        )
        return activated_loops(film, state, conditions, blocking, loop, by_name)

    both, alone = measured(350.0, 450.0), measured(450.0)
    for one, other in zip(both, alone, strict=True):
        np.testing.assert_array_equal(one[1:], other)
    assert both[1][0] != pytest.approx(both[1][1])


def test_a_film_cooled_in_the_field_keeps_the_order_of_lower_temperatures(
    device_card, experiment_card, small_sample
):
    device, experiment = device_card(), experiment_card({"initial_state": "up"})
    film = make_film(device, experiment, small_sample, macrospin(device))
    state = initial_state(film, experiment)
    conditions = SegmentConditions.of_cards(device, experiment, ALL)
    loop = Hysteresis.model_validate({"largest_field": "400 mT", "steps": 8, "dwell": "1 ms"})
    bias = []
    for cooling in (1e-15, 600.0):
        blocking = Blocking.model_construct(
            activation_temperature=(560.0,),
            activation_field=-0.5,
            activation_time=1.0,
            cooling_time=cooling,
        )
        found = activated_loops(film, state, conditions, blocking, loop, by_name)
        bias.append(found[1][0])
    assert bias[1] < bias[0] < 0
