import numpy as np
import pytest
import xarray as xr

from afterpulse.cards import CardError
from afterpulse.engines import EngineError, EngineKilled, EngineMissing
from afterpulse.kinetics.segment import KineticsError
from afterpulse.timeline.failures import run_computable
from afterpulse.timeline.protocol import Point, TimedPulse


def point(number):
    return Point("sweep", "card", 0, number, "edges", (TimedPulse(1e-3, 1e-3, 20.0),), ())


def dataset(points, bad, error):
    """Point number n has n + 1 steps, as in a chunk padded to the longest."""
    for each in points:
        if each.replicate in bad:
            raise error
    steps = max(each.replicate for each in points) + 1
    m = np.full((len(points), steps), np.nan)
    stage, state = np.full(m.shape, ""), np.zeros((*m.shape, 2), dtype=np.int8)
    stage = stage.astype("U4")
    for row, each in enumerate(points):
        m[row, : each.replicate + 1] = each.replicate
        stage[row, : each.replicate + 1] = "wait"
        state[row, : each.replicate + 1] = -1
    return xr.Dataset(
        {
            "magnetisation_z": (("point", "step"), m),
            "stage": (("point", "step"), stage),
            "unit_state": (("point", "step", "unit"), state),
            "loop_field": ("loop_step", np.arange(3.0)),
        }
    )


@pytest.mark.parametrize("bad", [(), (0,), (3, 4), (1, 6), tuple(range(6))])
@pytest.mark.parametrize(
    "error",
    [
        KineticsError("too many reversals"),
        EngineError("diverged"),
        CardError(["device: curie_temperature: expected more"]),
    ],
)
def test_the_others_are_as_if_the_failed_had_not_been_asked_for(bad, error):
    asked = [point(number) for number in range(7)]
    found, failures = run_computable(lambda points: dataset(points, bad, error), asked)
    assert failures == {index: str(error) for index in bad}
    rest = [each for each in asked if each.replicate not in bad]
    xr.testing.assert_identical(found, dataset(rest, (), error))
    assert found["unit_state"].dtype == np.int8


def test_none_left_gives_an_empty_dataset():
    asked = [point(number) for number in range(3)]
    error = EngineError("diverged")
    found, failures = run_computable(lambda points: dataset(points, range(3), error), asked)
    assert set(failures) == {0, 1, 2}
    assert found.sizes["point"] == 0


@pytest.mark.parametrize(
    "error", [EngineMissing("no oommf"), EngineKilled("signal 9"), ZeroDivisionError("ours")]
)
def test_what_is_no_fault_of_a_point_stops_the_chunk(error):
    with pytest.raises(type(error)):
        run_computable(lambda points: dataset(points, (1,), error), [point(0), point(1)])
