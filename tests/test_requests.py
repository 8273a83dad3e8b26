import pytest

from afterpulse import requests
from afterpulse.timeline import protocol


def chunks(device, experiment):
    return protocol.chunks(
        protocol.points(device, experiment), experiment.numerics.points_per_chunk
    )


@pytest.fixture
def device(device_card):
    return device_card()


def test_work_of_chunks_is_that_of_the_plan_however_it_is_cut(device, experiment_card):
    def whole(points_per_chunk):
        experiment = experiment_card({"numerics.points_per_chunk": points_per_chunk})
        cut = chunks(device, experiment)
        return sum(requests.chunk_seconds(device, experiment, chunk) for chunk in cut)

    assert whole(1) == pytest.approx(whole(5)) == pytest.approx(whole(100))


def test_time_of_llg_is_that_of_its_steps(device, experiment_card):
    """Two edges of 50 ps in steps of 0.5 ps are 200 steps of 16 x 16 cells."""
    experiment = experiment_card()
    chunk = chunks(device, experiment)[0]
    by_kinetics = experiment_card({"numerics.pulse_edges": "kinetics"})
    extra = requests.chunk_seconds(device, experiment, chunk) - requests.chunk_seconds(
        device, by_kinetics, chunks(device, by_kinetics)[0]
    )
    steps = extra / (requests.CELL_STEP["embedded"] * len(chunk) * 16**2)
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
        times.append(requests.chunk_seconds(device, experiment, chunk))
    steps = (times[0] - times[1]) / (requests.CELL_STEP["embedded"] * 16**2)
    assert steps == pytest.approx(20_000 - 100)


def test_all_chunks_ask_for_what_the_largest_needs(device, experiment_card):
    experiment = experiment_card()
    cut = chunks(device, experiment)
    largest = max(
        requests.by_rule(device, experiment, [chunk])["trajectories"].runtime for chunk in cut
    )
    asked = requests.by_rule(device, experiment, cut)["trajectories"]
    assert asked.runtime == largest
    # Shuffling the plan changes nothing.
    assert requests.by_rule(device, experiment, cut[::-1])["trajectories"] == asked


def test_external_engine_asks_for_more(device, experiment_card):
    ours, theirs = (experiment_card({"engine": engine}) for engine in ("embedded", "oommf"))
    cut = chunks(device, ours)
    assert requests.chunk_seconds(device, theirs, cut[0]) > requests.chunk_seconds(
        device, ours, cut[0]
    )


def test_bank_grows_with_its_draws(device, experiment_card):
    few, many = (
        requests.bank_seconds(device, experiment_card({"inference.draws": draws}))
        for draws in (2, 64)
    )
    assert many == pytest.approx(32 * few)


def test_a_card_without_sweep_and_inference_asks_for_something(device, experiment_card):
    experiment = experiment_card({"inference": None, "sweep": None, "compare": {}, "trains": {}})
    asked = requests.by_rule(device, experiment, chunks(device, experiment))
    assert min(asked["trajectories"]) > 0
    assert min(asked["bank"]) > 0
