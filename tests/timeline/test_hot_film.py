"""A set film that is hot, without current, by LLG and by the kinetics (slow).

Units that reverse within a nanosecond are few in both: an edge without torque writes no film.
"""

import numpy as np
import pytest

from afterpulse.cards.experiment import Mechanisms
from afterpulse.engines.embedded import drive
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import thermalised, to_units
from afterpulse.engines.magnet_system import Conditions
from afterpulse.engines.quiet_film import QuietFilm
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.segment import run_segment
from afterpulse.kinetics.state import SegmentConditions, initial_state

pytestmark = pytest.mark.slow

LANES, RUNS, DURATION = 8, 200, 1e-9


@pytest.mark.parametrize("kelvin", [450.0, 494.0])
def test_few_units_of_a_hot_set_film_reverse_within_a_nanosecond(
    kelvin, device_card, experiment_card
):
    device = device_card({"heat_path.ambient_temperature": f"{kelvin} K"})
    experiment = experiment_card(
        {
            "initial_state": "up",
            "applied_field": ["-20 mT", "0 mT", "0 mT"],
            "numerics.window": "200 nm",
            "numerics.cell": "6.25 nm",
            "numerics.llg_time_step": "350 fs",
        }
    )
    sample = make_sample(device, experiment, np.random.default_rng(5))
    area = sample.unit_area / sample.unit_area.sum()
    m = np.zeros((*sample.unit_index.shape, 3))
    m[..., 2] = 1.0
    grains = np.ones(sample.grain_area.size, dtype=np.int8)
    conditions = Conditions(kelvin, quiet=QuietFilm(device, sample).magnetisation(kelvin))
    cards = device, experiment, sample
    seeds = list(range(LANES))
    systems = [film_system(*cards, m, grains, conditions)] * LANES
    settled = thermalised(drive, systems, experiment.numerics, seeds)
    systems = [film_system(*cards, each, grains, conditions) for each in settled]
    driven = drive(systems, DURATION, 1, [100 + seed for seed in seeds], experiment.numerics)
    llg = np.array([(to_units(sample, each.m) < 0) @ area for each in driven])

    film = make_film(device, experiment, sample, macrospin(device))
    mechanisms = Mechanisms(("afm_viscosity", "fm_aftereffect"))
    segment = SegmentConditions.of_cards(device, experiment, mechanisms)
    kinetics = []
    for run in range(RUNS):
        state = initial_state(film, experiment)
        random = np.random.default_rng([run, 3])
        run_segment(film, state, segment, np.array([DURATION]), random)
        kinetics.append((state.unit_state < 0) @ area)
    kinetics = np.array(kinetics)
    # A unit of all lanes is 0.5 %. At 494 K the kinetics reverse more than LLG in so short a time,
    # 2.1(4) % and 0.2(1) % in 64 runs with the calibration of the card; the tests of a lone cell
    # compare their rates.
    assert llg.mean() < 0.05
    assert kinetics.mean() < 0.05
