"""Short-term changes and depression in the words of the paper, from stable states (slow).

Statements of the seed paper: a burst below the threshold changes a state that lasts, in both
polarities, and the change fades; after a strong pulse <m_z> relaxes, and sparse pulses read higher
than dense ones.
"""

from pathlib import Path

import numpy as np
import pytest

from afterpulse.cards.experiment import Experiment
from afterpulse.cards.load import read_card
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin
from afterpulse.timeline import protocol, trajectory
from afterpulse.timeline.bench import Bench

pytestmark = pytest.mark.slow

CARD = Path(__file__).parents[2] / "experiments/fig2.yaml"
REPEATS = 8
STRONG = {"amplitude": "1.0 I_c", "width": "1 ms"}


def means(device, trains):
    """Function of a train, a pulse and a delay after it (s): <m_z> of all repeats."""
    card = read_card(CARD)
    for key in ("compare", "sweep"):
        card.pop(key, None)
    card |= {"replicates": REPEATS, "trains": trains}
    card["numerics"] |= {"window": "350 nm", "cell": "7 nm"}
    experiment = Experiment.model_validate(card)
    sample = make_sample(device, experiment, np.random.default_rng(4))
    upright = np.zeros((*sample.unit_index.shape, 3))
    upright[..., 2] = 1.0
    bench = Bench.of_sample(device, experiment, sample, upright, macrospin(device))
    points, chunks = protocol.points(device, experiment), {}
    for train in trains:
        chosen = [point for point in points if point.protocol == train]
        chunks[train] = trajectory.run_points(bench, chosen)

    def read(train, pulse, delay):
        chunk = chunks[train]
        waits = (chunk["stage"].values == "wait") & (chunk["pulse"].values == pulse)
        away = np.where(waits, np.abs(chunk["delay"].values - delay), np.inf)
        steps = np.argmin(away, axis=1)
        return chunk["magnetisation_z"].values[np.arange(REPEATS), steps]

    return read


def difference(one, other):
    """Mean difference and its standard error, by pairs of repeats.

    A repeat of two trains has one state and one random stream until the trains differ.
    """
    return np.mean(one - other), np.std(one - other, ddof=1) / np.sqrt(REPEATS)


def burst_on_a_lasting_state(device, size, before=()):
    """Trains that end with a burst (I_c) on a written state, and with next to no current."""
    write = [STRONG | {"count": 14, "interval": "1 s"}, STRONG | {"interval": "1e5 s"}]
    trains = {
        name: {
            "description": name,
            "pulses": [
                *write,
                *before,
                {"amplitude": f"{each} I_c", "width": "1 us", "count": 5, "interval": "100 ms"},
            ],
            "rest": "100 s",
        }
        for name, each in (("alone", 1e-4), ("burst", size))
    }
    return means(device, trains)


def test_a_burst_changes_a_lasting_state_and_fades(device_card):
    read = burst_on_a_lasting_state(device_card(), 0.85)
    change, error = difference(read("burst", 19, 1e-4), read("alone", 19, 1e-4))
    left, error_left = difference(read("burst", 19, 100.0), read("alone", 19, 100.0))
    # In the field of the card a positive current favours m_z < 0.
    assert -change > max(3 * error, 0.05)
    assert error_left < 0.04
    assert abs(left) < max(3 * error_left, 0.3 * abs(change))
    # The state that was written lasts by itself.
    drift, error_drift = difference(read("alone", 19, 100.0), read("alone", 14, 1e5))
    assert abs(drift) <= 3 * error_drift


def test_a_second_burst_of_the_other_polarity_fades_in_part(device_card):
    # The first one changes the written state for good.
    weak = {"amplitude": "-1.0 I_c", "width": "1 us"}
    before = [weak | {"count": 4, "interval": "100 ms"}, weak | {"interval": "1e5 s"}]
    read = burst_on_a_lasting_state(device_card(), -1.0, before)
    change, error = difference(read("burst", 24, 1e-4), read("alone", 24, 1e-4))
    left, error_left = difference(read("burst", 24, 100.0), read("alone", 24, 100.0))
    assert change > max(3 * error, 0.05)
    assert left < change - 3 * np.hypot(error, error_left)


def test_depression_after_single_and_sparse_pulses(device_card):
    trains = {
        "single": {"description": "one pulse", "pulses": [STRONG], "rest": "100 s"},
        "train": {
            "description": "a dense train, then the same pulses 10 s apart",
            "pulses": [
                STRONG | {"count": 14, "interval": "10 ms"},
                STRONG | {"interval": "10 s"},
                STRONG | {"count": 5, "interval": "10 s"},
            ],
            "rest": "100 s",
        },
    }
    read = means(device_card(), trains)
    # After one pulse <m_z> rises from decade to decade.
    decades = [read("single", 0, delay) for delay in (1e-3, 1e-1, 1e1)]
    for early, late in zip(decades, decades[1:], strict=False):
        rise, error = difference(late, early)
        assert rise > 3 * error
    # Before the next pulse a sparse train reads higher than a dense one.
    dense = read("train", 13, 9e-3)
    for pulse in range(15, 19):
        rise, error = difference(read("train", pulse, 10.0), dense)
        assert rise > 3 * error
    # Dense pulses accumulate.
    fall, error = difference(dense, read("single", 0, 9e-3))
    assert fall < -3 * error
