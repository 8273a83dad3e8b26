import pytest

from afterpulse.timeline.nominal_cost import CELL_STEP, seconds
from afterpulse.timeline.plan import plan, points_of_chunk


def chunks(device, experiment):
    table = plan(device, experiment, None)
    return [
        points_of_chunk(device, experiment, table, chunk)[0] for chunk in table["chunk"].unique()
    ]


@pytest.fixture
def device(device_card):
    return device_card()


def test_work_of_chunks_is_that_of_the_plan_however_it_is_cut(device, experiment_card):
    def whole(points_per_chunk):
        experiment = experiment_card({"numerics.points_per_chunk": points_per_chunk})
        cut = chunks(device, experiment)
        return sum(seconds(device, experiment, chunk) for chunk in cut)

    assert whole(1) == pytest.approx(whole(5)) == pytest.approx(whole(100))


def test_time_of_llg_is_that_of_its_steps(device, experiment_card):
    """Two edges of 50 ps in steps of 0.5 ps are 200 steps of 16 x 16 cells."""
    experiment = experiment_card()
    chunk = chunks(device, experiment)[0]
    by_kinetics = experiment_card({"numerics.micromagnetics": "none"})
    extra = seconds(device, experiment, chunk) - seconds(
        device, by_kinetics, chunks(device, by_kinetics)[0]
    )
    steps = extra / (CELL_STEP["embedded"] * len(chunk) * 16**2)
    assert steps == pytest.approx(200)


def test_a_pulse_within_llg_is_computed_throughout(device, experiment_card):
    """10 ns in place of the leading edge of 50 ps: 20 000 steps more than 100."""
    times = []
    for widths in (["10 ns"], ["10 us"]):
        experiment = experiment_card(
            {
                "sweep.pulse_width": widths,
                "sweep.pulse_amplitude": ["0.9 I_c"],
                "inference": None,
                "replicates": 1,
            }
        )
        chunk = chunks(device, experiment)[0]
        assert len(chunk) == 1
        times.append(seconds(device, experiment, chunk))
    steps = (times[0] - times[1]) / (CELL_STEP["embedded"] * 16**2)
    assert steps == pytest.approx(20_000 - 100)


def test_external_engine_asks_for_more(device, experiment_card):
    ours, theirs = (experiment_card({"engine": engine}) for engine in ("embedded", "oommf"))
    cut = chunks(device, ours)
    assert seconds(device, theirs, cut[0]) > seconds(device, ours, cut[0])
