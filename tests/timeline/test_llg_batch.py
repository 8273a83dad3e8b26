"""Arrays of a batch of LLG for a checkpoint."""

from dataclasses import replace

import numpy as np
import pytest

from afterpulse.kinetics.state import Record, State
from afterpulse.timeline import protocol
from afterpulse.timeline.bench import HallMeans, Trajectory
from afterpulse.timeline.llg_batch import Lane, LlgBatch, StageSeries, batch_name
from afterpulse.timeline.llg_schedule import LlgStep
from afterpulse.timeline.stored_fields import Snapshot

UNITS, GRAINS, CELLS = 3, 5, 4
PLANNED = (LlgStep(2e-10, 2, 1.0, kept=(1,)), LlgStep(3e-10, 3, 0.5), LlgStep(1e-10, 1, 0.0))


def signs(random, *shape):
    return random.choice([-1, 1], shape).astype(np.int8)


def made_up_series(random, steps):
    """Stored steps of a call of the engine, all of them random."""
    record = Record(
        "embedded",
        random.random(steps),
        random.random(steps),
        random.random((steps, 3)),
        signs(random, steps, UNITS),
        random.random(steps),
        random.random((steps, UNITS)),
        random.random(steps),
        random.random(steps),
        random.integers(0, 9, steps),
    )
    means = HallMeans(random.random(steps), random.random(steps))
    return StageSeries(record, random.random(steps), means, {"wall_length": random.random(steps)})


def made_up_lane(random, point, calls):
    state = State(signs(random, UNITS), signs(random, GRAINS), random.random(2), random.random())
    lane = Lane(Trajectory(point, state, "aged"), random.random(), random.random((CELLS, CELLS, 3)))
    lane.series = [made_up_series(random, step.outputs) for step in PLANNED[:calls]]
    lane.snapshots = [
        Snapshot(random.random(), random.random((CELLS, CELLS, 3), dtype=np.float32))
        for step in PLANNED[:calls]
        for _ in step.kept
    ]
    return lane


def assert_equal(found, expected):
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            assert_equal(found[name], value)
    else:
        np.testing.assert_array_equal(found, expected)
        assert np.asarray(found).dtype == np.asarray(expected).dtype


@pytest.mark.parametrize("calls", [0, 2, 3])
def test_arrays_give_back_the_batch(bench, calls):
    own, random = bench({}), np.random.default_rng(calls)
    (point,) = protocol.points(own.device, own.experiment)
    batch = LlgBatch("plateau", PLANNED, [made_up_lane(random, point, calls) for _ in range(2)])
    batch.done = calls
    empty = State(*[np.zeros(0)] * 3, 0.0)
    members = [(Trajectory(point, empty, "aged"), lane.amplitude) for lane in batch.lanes]
    restored = LlgBatch.of_arrays("plateau", PLANNED, members, batch.arrays())
    assert (restored.stage, restored.planned, restored.done) == ("plateau", PLANNED, calls)
    assert restored.finished == (calls == 3)
    for found, lane in zip(restored.lanes, batch.lanes, strict=True):
        assert found.amplitude == lane.amplitude
        assert_equal(found.m, lane.m)
        assert_equal(vars(found.trajectory.state), vars(lane.trajectory.state))
        assert isinstance(found.trajectory.state.kept_spin_current, float)
        assert [each.time for each in found.snapshots] == [each.time for each in lane.snapshots]
        for snapshot, expected in zip(found.snapshots, lane.snapshots, strict=True):
            assert_equal(snapshot.m, expected.m)
        if calls:
            series, expected = found.joined(), lane.joined()
            assert_equal(vars(series.record), vars(expected.record))
            assert_equal(series.currents, expected.currents)
            assert_equal(series.hall_means, expected.hall_means)
            assert_equal(series.observed, expected.observed)
    # What is restored belongs to nobody else.
    restored.lanes[0].trajectory.state.grain_state[:] = 0
    assert batch.lanes[0].trajectory.state.grain_state.all()


def test_batch_is_named_by_all_that_its_numbers_follow_from(bench):
    own = bench({})
    (point,) = protocol.points(own.device, own.experiment)
    trajectory = Trajectory(point, State(*[np.zeros(0)] * 3, 0.0), "aged|1.0 A")

    def named(trajectory=trajectory, stage="plateau", planned=PLANNED, amplitude=1.0):
        return batch_name(own, stage, planned, [(trajectory, amplitude)])

    others = [
        named(stage="wait"),
        named(planned=PLANNED[:2]),
        named(planned=(PLANNED[0]._replace(kept=()), *PLANNED[1:])),
        named(amplitude=2.0),
        named(replace(trajectory, history="aged|2.0 A")),
        named(replace(trajectory, point=replace(point, replicate=1))),
        named(replace(trajectory, point=replace(point, mechanism_set="other"))),
    ]
    assert len({named(), *others}) == 1 + len(others)
    assert named() == named(replace(trajectory, clock=1.0))
