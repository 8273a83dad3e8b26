import numpy as np
import pandas as pd
import pytest

from afterpulse.engines import Driven
from afterpulse.timeline import cost
from afterpulse.timeline.plan import plan
from afterpulse.timeline.protocol import points


@pytest.fixture
def cards(device_card, experiment_card):
    """Four LLG points of the tiny card, whose two widths share their leading edges."""
    return device_card(), experiment_card(
        {
            "compare": {},
            "trains": {},
            "inference": None,
            "replicates": 1,
            "sweep.pulse_amplitude": ["0.5 I_c", "0.9 I_c"],
            "sweep.pulse_width": ["10 us", "1 ms"],
            "sweep.initialise": ["each"],
        }
    )


def test_costs_are_those_of_the_pulses_films_and_steps(cards):
    calls = {"sweep": 2.0}
    timing = cost.Timing({"sweep": 2.0}, {"sweep": 1e3}, film=7.0, call=3.0, step=0.1, calls=calls)
    (row,) = cost.costs(cards[1], plan(*cards, None), timing).to_dict("records")
    assert (row["points"], row["jobs"]) == (4, 1)
    assert row["kinetics_s"] == 8.0
    assert row["bytes"] == 4e3
    # Two leading and four trailing edges of 50 ps in steps of 0.5 ps.
    assert row["llg_s"] == pytest.approx(6 * 10.0 + 6 * 100 * 0.1)
    alone = cards[1].model_copy(
        update={"numerics": cards[1].numerics.model_copy(update={"points_per_chunk": 1})}
    )
    (row,) = cost.costs(alone, plan(cards[0], alone, None), timing).to_dict("records")
    # Each job computes its own leading edge.
    assert row["llg_s"] == pytest.approx(8 * 10.0 + 8 * 100 * 0.1)


def test_points_that_are_timed_span_the_amplitudes(cards):
    chosen = cost.representative(points(*cards))
    amplitudes = [point.pulses[0].amplitude for point in points(*cards)]
    assert chosen[0].pulses[0].amplitude == min(amplitudes)
    assert chosen[-1].pulses[0].amplitude == max(amplitudes)
    assert {point.micromagnetics for point in chosen} == {"none"}


def test_timing_tells_what_a_film_and_a_step_take(cards, monkeypatch):
    """An engine that takes 0.5 s a film and 0.01 s a step, and kinetics that take no time."""
    clock = 0.0

    def engine(systems, duration, outputs, seeds, numerics):
        nonlocal clock
        clock += len(systems) * (0.5 + 0.01 * duration / numerics.llg_time_step)
        return [Driven(*[None] * 4, np.zeros((1, 1, 1, 3)))] * len(systems)

    monkeypatch.setattr(cost, "engine_of", lambda name: engine)
    monkeypatch.setattr(cost.time, "perf_counter", lambda: clock)
    timing = cost.measure(*cards)
    assert timing.step == pytest.approx(0.01)
    # The film settles for 0.1 ns, 200 steps of 0.5 ps, before it is driven.
    assert timing.film == pytest.approx(0.5 + 200 * 0.01)
    assert timing.call == pytest.approx(0.5)
    assert timing.calls == {"sweep": 2.0}
    assert timing.pulse == {"sweep": 0.0}
    # A step of a unit is stored as a sign and the order of its grains, some hundred steps.
    assert 1e3 < timing.stored["sweep"] < 1e6


def test_summary_adds_up():
    found = pd.DataFrame(
        {
            "points": [3, 4],
            "jobs": [1, 2],
            "kinetics_s": [1800.0, 0.0],
            "llg_s": [0.0, 3600.0],
            "bytes": [1e6, 2e6],
        }
    )
    said = cost.cost_summary(found)
    assert said.startswith("7 points to compute in 3 jobs: 1.50 core hours and 3 MB")


def test_costs_of_whole_pulses_count_their_calls(cards):
    """Four pulses of 1 ns and 4 ns after each, in steps of 0.5 ps."""
    sweep = cards[1].sweep.model_copy(
        update={"pulse_width": (1e-9,), "duration": 4e-9, "probe_delay": 1e-9}
    )
    for kind, films, simulated in (("throughout", 2, 2 * 5e-9), ("pulse", 2, 2 * 1.05e-9)):
        numerics = cards[1].numerics.model_copy(update={"micromagnetics": kind})
        whole = cards[1].model_copy(update={"sweep": sweep, "numerics": numerics})
        timing = cost.Timing({"sweep": 0.0}, {"sweep": 0.0}, 7.0, 3.0, 0.1, {"sweep": 11.0})
        (row,) = cost.costs(whole, plan(cards[0], whole, None), timing).to_dict("records")
        steps = simulated / numerics.llg_time_step
        assert row["llg_s"] == pytest.approx(films * 7.0 + 2 * 11 * 3.0 + steps * 0.1)
