"""Data that all points of an experiment share, and one point on its way."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afterpulse.cards.experiment import Experiment, Mechanisms
from afterpulse.cards.numerics import Fields
from afterpulse.device import Device
from afterpulse.engines.quiet_film import QuietFilm
from afterpulse.film.random_streams import stream_seed
from afterpulse.film.sample import Sample
from afterpulse.kinetics.film import Calibrated, Film, make_film
from afterpulse.kinetics.grain_order import exchange_bias_at, unit_grain_order
from afterpulse.kinetics.state import Record, SegmentConditions, State
from afterpulse.timeline import records
from afterpulse.timeline.checkpoint_file import CheckpointFile
from afterpulse.timeline.hall_cross import cell_weight, weight_without_borders
from afterpulse.timeline.protocol import Point, mechanism_sets
from afterpulse.timeline.stored_fields import Snapshot


@dataclass
class Trajectory:
    """A point on its way.

    Attributes
    ----------
    point : Point
        Its pulses.
    state : State
        Present state of the film.
    history : str
        All that has been done, for the random streams.
    clock : float
        Time since the start of the first pulse (s).
    pulse : int
        Index of the last pulse that has begun.
    pulse_end : float
        End of that pulse (s).
    rows : list of dict
        One mapping of arrays a segment, all with a first axis of time.
    loops : list of ndarray
        <m_z> along the hysteresis loops, before the first pulse and after all.
    snapshots : list of Snapshot
        Stored magnetisation fields.
    field : ndarray, shape (nx, ny, 3), optional
        Unit magnetisation where LLG goes on from a stage by LLG.
    """

    point: Point
    state: State
    history: str
    clock: float = 0.0
    pulse: int = -1
    pulse_end: float = 0.0
    rows: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    loops: list[NDArray[np.float64]] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    field: NDArray[np.float64] | None = None


class HallMeans(NamedTuple):
    """Means over the Hall cross, shape (steps,), from which the Hall voltage follows.

    Attributes
    ----------
    z, xy : ndarray
        Weighted means of m_z and of m_x m_y.
    """

    z: NDArray[np.float64]
    xy: NDArray[np.float64]


@dataclass(frozen=True)
class Bench:
    """Cards, film and relaxed state that all points of a sample share.

    Attributes
    ----------
    device, experiment : Device, Experiment
        The cards.
    sample : Sample
        Geometry.
    film : Film
        Couplings of the kinetics.
    ground_state : ndarray, shape (nx, ny, 3)
        Relaxed film in the initial state.
    hall_weight : ndarray, shape (nx, ny), optional
        Weight of each cell in the Hall voltage, with a sum of one; None if all cells contribute
        equally.
    fields : Fields, optional
        Magnetisation fields that trajectories keep.
    checkpoint : CheckpointFile, optional
        Where batches of LLG are kept until all are done.
    """

    device: Device
    experiment: Experiment
    sample: Sample
    film: Film
    ground_state: NDArray[np.float64]
    hall_weight: NDArray[np.float64] | None = None
    fields: Fields | None = None
    checkpoint: CheckpointFile | None = None

    @classmethod
    def of_sample(
        cls,
        device: Device,
        experiment: Experiment,
        sample: Sample,
        ground_state: NDArray[np.float64],
        calibrated: Calibrated,
    ) -> Self:
        """Return the bench of a sample with its relaxed film and its calibrated units."""
        film = make_film(device, experiment, sample, calibrated)
        return cls(device, experiment, sample, film, ground_state, cell_weight(device, sample))

    @cached_property
    def unit_hall_weight(self) -> NDArray[np.float64] | None:
        """Sum of `hall_weight` over the cells of each unit, shape (units,)."""
        if self.hall_weight is None:
            return None
        cells = self.sample.unit_index.ravel()
        return np.bincount(cells, self.hall_weight.ravel()).astype(np.float64)

    @cached_property
    def reading_weight(self) -> NDArray[np.float64]:
        """Weight of each cell in the Hall voltage of a magnetisation field, shape (nx, ny)."""
        return weight_without_borders(self.sample, self.hall_weight)

    @cached_property
    def quiet_film(self) -> QuietFilm:
        """Film under the thermal field of LLG without current."""
        return QuietFilm(self.device, self.sample)

    def mechanisms(self, point: Point) -> Mechanisms:
        """Return the mechanisms of a point's set."""
        return mechanism_sets(self.experiment)[point.mechanism_set]

    def conditions(self, point: Point, current: float = 0.0) -> SegmentConditions:
        """Return the conditions of a segment with a current through the bar (A)."""
        density = self.device.current_density(current)
        return SegmentConditions.of_cards(
            self.device, self.experiment, self.mechanisms(point), density
        )

    def seed(self, trajectory: Trajectory, purpose: str) -> int:
        """Return the seed of a random stream that follows a trajectory's history."""
        point, words = trajectory.point, f"{trajectory.history} {purpose}"
        return stream_seed(self.experiment.seed, point.sample, point.replicate, words)

    def frozen_record(
        self,
        engine: str,
        state: State,
        time: NDArray[np.float64],
        temperature: NDArray[np.float64],
        mean_m: NDArray[np.float64],
    ) -> Record:
        """Return the record of a segment over which the states of units and grains are constant."""
        steps, grains = time.size, state.grain_state
        bias = [exchange_bias_at(self.film, grains, kelvin) for kelvin in temperature]
        return Record(
            engine,
            time,
            temperature,
            mean_m,
            unit_state=np.tile(state.unit_state, (steps, 1)),
            grain_order=np.full(steps, self.film.grain_fraction @ grains),
            unit_grain_order=np.tile(unit_grain_order(self.film, grains), (steps, 1)),
            exchange_bias_field=np.array(bias),
            flicker_error=np.zeros(steps),
            flips=np.zeros(steps, dtype=np.int64),
        )


def store(
    bench: Bench,
    trajectory: Trajectory,
    stage: str,
    current: ArrayLike,
    record: Record,
    of_field: tuple[HallMeans, dict[str, NDArray[np.float64]]] | None = None,
) -> None:
    """Append a segment with a current (A) to a trajectory and advance the clock.

    `of_field` are the means and the observables of a magnetisation field; by default the means
    are those of the record's units.
    """
    if of_field is None:
        weight = bench.unit_hall_weight
        mean_z = record.mean_m[:, 2] if weight is None else record.unit_state @ weight
        of_field = HallMeans(mean_z, np.zeros(record.time.size)), {}
    hall_means, observed = of_field
    voltage = records.voltage(
        bench.device,
        bench.mechanisms(trajectory.point),
        record.temperature,
        *hall_means,
        bench.seed(trajectory, f"{stage} noise"),
    )
    clock = records.Clock(trajectory.clock, trajectory.pulse, trajectory.pulse_end)
    trajectory.rows.append(records.rows(record, clock, stage, current, voltage) | observed)
    trajectory.clock += float(record.time[-1])


def store_start(bench: Bench, trajectory: Trajectory) -> None:
    """Store the state right before the first pulse."""
    state = trajectory.state
    kelvin = bench.device.ambient_temperature + state.rise.sum()
    mean_m = np.array([[0.0, 0.0, state.unit_state @ bench.film.unit_fraction]])
    record = bench.frozen_record("kinetics", state, np.zeros(1), np.array([kelvin]), mean_m)
    store(bench, trajectory, "start", 0.0, record)
