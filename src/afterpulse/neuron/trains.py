"""Random pulse trains, and the readings of a simulated device after each pulse."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.experiment import OWN_MECHANISMS, Experiment
from afterpulse.datasets import label
from afterpulse.device import Device
from afterpulse.film.random_streams import SAMPLE
from afterpulse.film.sample import Sample
from afterpulse.kinetics.film import Calibrated
from afterpulse.timeline.bench import Bench
from afterpulse.timeline.protocol import Point, TimedPulse
from afterpulse.timeline.trajectory import run_points

Array = NDArray[np.float64]
Train = tuple[TimedPulse, ...]

AMPLITUDE = (0.2, 1.1)
"""Range of the pulse amplitude, either polarity, over the critical current. Weaker pulses do
nothing; after stronger ones the film is too hot to keep the written state."""
WIDTH = (1e-6, 1e-2)
"""Range of the pulse width (s)."""
WAIT = (1e-2, 5.0)
"""Range of the wait after a pulse (s)."""
REST = (5.0, 30.0)
"""Range of the wait after the last pulse of a train (s)."""
REPEATED = 0.5
"""Probability that a pulse equals the one before, as in potentiation by equal pulses."""
DELAYS = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0, 10.0)
"""Delays of the readings after a pulse (s); the end of each wait is read too."""


@dataclass(frozen=True)
class SimulatedDevice:
    """Device with a film of its own, as the kinetics simulate it."""

    device: Device
    experiment: Experiment  # initial state, ageing, applied field, mechanisms, numerics and seed
    sample: Sample
    calibrated: Calibrated  # properties of the units from micromagnetics


def random_trains(
    critical_current: float, count: int, pulses: int, random: np.random.Generator
) -> list[Train]:
    """Draw `count` trains of pulses over the range of the memory-cell model.

    Widths and waits are log-uniform, amplitudes uniform (`critical_current` in A). Each train has
    its own fraction of positive pulses, from 0.3 to 1, so that states of all depths occur.
    """
    trains = []
    for _ in range(count):
        positive = random.uniform(0.3, 1.0)
        train: list[TimedPulse] = []
        for _ in range(pulses):
            if train and random.random() < REPEATED:
                train.append(train[-1])
                continue
            sign = 1 if random.random() < positive else -1
            train.append(
                TimedPulse(
                    sign * random.uniform(*AMPLITUDE) * critical_current,
                    _log_uniform(WIDTH, random),
                    _log_uniform(WAIT, random),
                )
            )
        last = train[-1]
        train[-1] = TimedPulse(last.amplitude, last.width, _log_uniform(REST, random))
        trains.append(tuple(train))
    return trains


def _log_uniform(bounds: tuple[float, float], random: np.random.Generator) -> float:
    return float(np.exp(random.uniform(*np.log(bounds))))


def simulate_trains(
    simulated: SimulatedDevice,
    trains: list[Train],
    replicates: range,
    delays: tuple[float, ...] = DELAYS,
    report: Callable[[float, str], None] = lambda fraction, line: None,
) -> xr.Dataset:
    """Simulate pulse trains on a device, edges included, by the kinetics, and read it.

    Trains have equally many pulses; `replicates` are the numbers of the replicates of each train.
    `report` takes the fraction done and a line of progress.

    Returns
    -------
    xarray.Dataset
        ``magnetisation_z`` and ``grain_order`` over (train, replicate, pulse_number, reading),
        NaN where the delay is longer than the wait; ``delay`` over (train, pulse_number, reading),
        of which the last reading is the end of the wait; the pulses; and
        ``initial_magnetisation_z`` and ``initial_grain_order`` over (train, replicate).
    """
    device, experiment, sample = simulated.device, simulated.experiment, simulated.sample
    upright = np.zeros((*sample.unit_index.shape, 3))
    upright[..., 2] = 1.0  # start of LLG edges, which these points do not have
    points = [
        Point("neuron", OWN_MECHANISMS, SAMPLE, replicate, "none", train, delays)
        for train in trains
        for replicate in replicates
    ]
    bench = Bench.of_sample(device, experiment, sample, upright, simulated.calibrated)
    raw = run_points(bench, points, report)
    amplitude, width, wait = (
        np.array([[getattr(pulse, name) for pulse in train] for train in trains])
        for name in ("amplitude", "width", "wait")
    )
    delay = reading_times(wait, delays)
    shape = (len(trains), len(replicates), *delay.shape[1:])
    current = device.critical_current
    dims, of_pulse = ("train", "replicate", "pulse_number", "reading"), ("train", "pulse_number")
    values = _readings(raw, delay, shape)
    return label(
        xr.Dataset(
            {
                **{name: (dims, read) for name, read in values.items()},
                **{
                    f"initial_{name}": (dims[:2], raw[name].values[:, 0].reshape(shape[:2]))
                    for name in values
                },
                "delay": ((*of_pulse, "reading"), delay),
                "pulse_amplitude": (of_pulse, amplitude),
                "relative_amplitude": (of_pulse, amplitude / current),
                "pulse_width": (of_pulse, width),
                "critical_current": ((), current),
            }
        )
    )


def reading_times(wait: Array, delays: tuple[float, ...]) -> Array:
    """Return the delays (s) of the readings after each pulse, shape (trains, pulses, delays + 1).

    Delays beyond the wait, of shape (trains, pulses), are NaN; the last reading ends the wait.
    """
    times = np.full((*wait.shape, len(delays) + 1), np.nan)
    times[..., :-1] = np.where(np.array(delays) < wait[..., None], delays, np.nan)
    times[..., -1] = wait
    return times


def _readings(raw: xr.Dataset, delay: Array, shape: tuple[int, ...]) -> dict[str, Array]:
    """Return readings of (train, replicate, pulse, reading) from the trajectories of all points."""
    values = {name: np.full(shape, np.nan) for name in ("magnetisation_z", "grain_order")}
    stage, pulse_index, times = (raw[name].values for name in ("stage", "pulse", "delay"))
    for point, (train, replicate) in enumerate(np.ndindex(shape[:2])):
        for pulse in range(shape[2]):
            steps = np.flatnonzero((stage[point] == "wait") & (pulse_index[point] == pulse))
            known = ~np.isnan(delay[train, pulse])
            wanted = delay[train, pulse][known]
            at = np.searchsorted(times[point, steps], wanted * (1 - 1e-6))
            at = steps[np.minimum(at, steps.size - 1)]
            np.testing.assert_allclose(times[point, at], wanted, rtol=1e-4)
            for name, read in values.items():
                read[train, replicate, pulse, known] = raw[name].values[point, at]
    return values
