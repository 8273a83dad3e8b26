"""Films that LLG advances together over a stage, and their arrays for a checkpoint."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.sections import digest
from afterpulse.kinetics.state import Record
from afterpulse.timeline.bench import Bench, HallMeans, Trajectory
from afterpulse.timeline.llg_schedule import LlgStep
from afterpulse.timeline.stored_fields import Snapshot


class StageSeries(NamedTuple):
    """Stored steps of a stage.

    Attributes
    ----------
    record : Record
        With times since the start of the stage.
    currents : ndarray, shape (steps,)
        Through the bar (A).
    hall_means : HallMeans
        Means over the Hall cross.
    observed : dict
        From `observables`; empty at the edges of pulses.
    """

    record: Record
    currents: NDArray[np.float64]
    hall_means: HallMeans
    observed: dict[str, NDArray[np.float64]]


@dataclass
class Lane:
    """A film of a batch on its way through a stage.

    Attributes
    ----------
    trajectory : Trajectory
        Its state is advanced.
    amplitude : float
        Of the pulse (A).
    m : ndarray, shape (nx, ny, 3)
        Unit magnetisation.
    series : list of StageSeries
        Of each stored call of the engine.
    snapshots : list of Snapshot
        Stored fields, with times since the start of the stage.
    """

    trajectory: Trajectory
    amplitude: float
    m: NDArray[np.float64]
    series: list[StageSeries] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)

    def joined(self) -> StageSeries:
        """Return the stored steps so far as one series."""
        records, currents, hall_means, observed = zip(*self.series, strict=True)
        columns = {
            name: np.concatenate([getattr(record, name) for record in records])
            for name in Record.__dataclass_fields__
            if name != "engine"
        }
        return StageSeries(
            Record(engine=records[0].engine, **columns),
            np.concatenate(currents),
            HallMeans(*(np.concatenate(each) for each in zip(*hall_means, strict=True))),
            {name: np.concatenate([each[name] for each in observed]) for name in observed[0]},
        )


@dataclass
class LlgBatch:
    """Films of a stage with the same calls of the engine.

    Attributes
    ----------
    stage : str
        Name of the stage.
    planned : tuple of LlgStep
        Calls of the engine.
    lanes : list of Lane
        Films.
    done : int
        Number of calls that are done.
    """

    stage: str
    planned: tuple[LlgStep, ...]
    lanes: list[Lane]
    done: int = 0

    @property
    def finished(self) -> bool:
        """True if all calls are done."""
        return self.done == len(self.planned)

    def arrays(self) -> dict[str, NDArray]:
        """Return all that the rest of the batch and its results need.

        The first axis of most arrays is that of the lanes.
        """
        each = [lane_arrays(lane) for lane in self.lanes]
        stacked = {name: np.stack([arrays[name] for arrays in each]) for name in each[0]}
        # One by one, not copied: they may be large.
        fields = {
            f"field {index} {number}": snapshot.m
            for index, lane in enumerate(self.lanes)
            for number, snapshot in enumerate(lane.snapshots)
        }
        return {"done": np.array(self.done), **stacked, **fields}

    @classmethod
    def of_arrays(
        cls,
        stage: str,
        planned: tuple[LlgStep, ...],
        members: list[tuple[Trajectory, float]],
        arrays: dict[str, NDArray],
    ) -> "LlgBatch":
        """Undo `arrays` for trajectories at the start of the stage and their amplitudes (A)."""
        lanes = []
        for index, (trajectory, amplitude) in enumerate(members):
            own = {
                name: values[index]
                for name, values in arrays.items()
                if name != "done" and not name.startswith("field ")
            }
            fields = [arrays[f"field {index} {n}"] for n in range(own["snapshot time"].size)]
            lanes.append(restored_lane(trajectory, amplitude, own, fields))
        return cls(stage, planned, lanes, int(arrays["done"]))


def batch_name(
    bench: Bench, stage: str, planned: tuple[LlgStep, ...], members: list[tuple[Trajectory, float]]
) -> str:
    """Return a name of a batch: its stage and a digest of all that its numbers follow from.

    The cards and the sample are not part of the digest.
    """
    films = [
        (bench.seed(trajectory, stage), trajectory.point.mechanism_set, amplitude)
        for trajectory, amplitude in members
    ]
    return f"{stage} {digest([planned, films])}"


def lane_arrays(lane: Lane) -> dict[str, NDArray]:
    """Return the state and the stored steps of a film, without its fields."""
    state = lane.trajectory.state
    arrays: dict[str, NDArray] = {
        "m": lane.m,
        **{f"state {name}": np.asarray(value) for name, value in vars(state).items()},
        "snapshot time": np.array([snapshot.time for snapshot in lane.snapshots]),
    }
    if not lane.series:
        return arrays
    series = lane.joined()
    return {
        **arrays,
        **{f"record {name}": np.asarray(value) for name, value in vars(series.record).items()},
        **{f"observed {name}": values for name, values in series.observed.items()},
        "currents": series.currents,
        "hall z": series.hall_means.z,
        "hall xy": series.hall_means.xy,
    }


def restored_lane(
    trajectory: Trajectory,
    amplitude: float,
    own: dict[str, NDArray],
    fields: list[NDArray[np.float32]],
) -> Lane:
    """Undo `lane_arrays`; the state of the trajectory is set."""

    def group(kind: str) -> dict[str, NDArray]:
        return {
            name.removeprefix(f"{kind} "): np.array(values)
            for name, values in own.items()
            if name.startswith(f"{kind} ")
        }

    state = group("state")
    trajectory.state = type(trajectory.state)(
        unit_state=state["unit_state"],
        grain_state=state["grain_state"],
        rise=state["rise"],
        kept_spin_current=float(state["kept_spin_current"]),
    )
    lane = Lane(trajectory, amplitude, np.array(own["m"]))
    times = own["snapshot time"].tolist()
    lane.snapshots = [Snapshot(time, m) for time, m in zip(times, fields, strict=True)]
    if "currents" in own:
        record = group("record")
        engine = str(record.pop("engine"))
        means = HallMeans(own["hall z"], own["hall xy"])
        lane.series = [
            StageSeries(Record(engine, **record), own["currents"], means, group("observed"))
        ]
    return lane
