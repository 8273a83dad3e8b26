"""Pulse trains that teach a memory cell what a device does, and the device's readings."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.experiment import OWN_MECHANISMS, Experiment
from afterpulse.datasets import label
from afterpulse.device import Device
from afterpulse.film.sample import Sample
from afterpulse.kinetics.film import Calibrated
from afterpulse.timeline.bench import Bench
from afterpulse.timeline.protocol import Point, TimedPulse, critical_current
from afterpulse.timeline.trajectory import run_points

Array = NDArray[np.float64]
Train = tuple[TimedPulse, ...]

AMPLITUDE = (0.2, 1.1)
"""Range of the pulse amplitude, either polarity, over the critical current. Below it pulses do
nothing; above it the film comes out of the pulse too hot to keep what was written."""
WIDTH = (1e-6, 1e-2)
"""Range of the pulse width (s)."""
WAIT = (1e-2, 5.0)
"""Range of the wait after a pulse (s)."""
REST = (5.0, 30.0)
"""Range of the wait after a train's last pulse (s)."""
REPEATED = 0.5
"""Chance that a pulse is like the one before, as in potentiation by equal pulses."""
DELAYS = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0, 10.0)
"""When the device is read after a pulse (s); it is also read at the end of each wait."""


def random_trains(
    critical_current: float, count: int, pulses: int, random: np.random.Generator
) -> list[Train]:
    """Draw pulse trains over the range in which the cell shall hold.

    Widths and waits are drawn evenly on a logarithmic scale, amplitudes evenly. Each train has a
    share of positive pulses of its own, from 0.3 to 1, so that states of all depths are visited.

    Parameters
    ----------
    critical_current : float
        Of the device (A).
    count, pulses : int
        Number of trains, and of pulses in each.
    random : numpy.random.Generator
        Draws them.

    Returns
    -------
    list of tuple of TimedPulse
        The trains.
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
    device: Device,
    experiment: Experiment,
    sample: Sample,
    calibrated: Calibrated,
    trains: list[Train],
    replicates: range,
    delays: tuple[float, ...] = DELAYS,
    report: Callable[[float, str], None] = lambda share, line: None,
) -> xr.Dataset:
    """Read a simulated device after each pulse of some trains.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards; of the experiment initial state, ageing, applied field, mechanisms, numerics and
        seed count. The kinetics compute the pulses' edges.
    sample : Sample
        The film.
    calibrated : Calibrated
        What micromagnetics says of the units.
    trains : list of tuple of TimedPulse
        Of equally many pulses.
    replicates : range
        Numbers of the repeats of each train.
    delays : tuple of float
        When the device is read after a pulse (s).
    report : callable
        Takes the share that is done and a line about it.

    Returns
    -------
    xarray.Dataset
        ``magnetisation_z`` and ``grain_order`` over (train, replicate, pulse_number, reading),
        NaN where the delay is longer than the wait; ``delay`` over (train, pulse_number, reading),
        of which the last reading is the end of the wait; the pulses; and
        ``initial_magnetisation_z`` and ``initial_grain_order`` over (train, replicate).
    """
    upright = np.zeros((*sample.unit_index.shape, 3))
    upright[..., 2] = 1.0  # for the LLG edges only, which there are none of
    points = [
        Point("neuron", OWN_MECHANISMS, replicate, "kinetics", train, delays)
        for train in trains
        for replicate in replicates
    ]
    bench = Bench.of_sample(device, experiment, sample, upright, calibrated)
    raw = run_points(bench, points, report)
    current = critical_current(device, experiment)
    return readings(raw, trains, len(replicates), current, delays)


def reading_times(wait: Array, delays: tuple[float, ...]) -> Array:
    """Times of the readings after each pulse: the delays within its wait, NaN beyond, and its end.

    Parameters
    ----------
    wait : ndarray, shape (trains, pulses)
        s.
    delays : tuple of float
        s.

    Returns
    -------
    ndarray, shape (trains, pulses, delays + 1)
        s.
    """
    found = np.full((*wait.shape, len(delays) + 1), np.nan)
    found[..., :-1] = np.where(np.array(delays) < wait[..., None], delays, np.nan)
    found[..., -1] = wait
    return found


def readings(
    raw: xr.Dataset,
    trains: list[Train],
    replicates: int,
    critical_current: float,
    delays: tuple[float, ...],
) -> xr.Dataset:
    """Take the readings out of trajectories, those of a train's replicates one after the other.

    Parameters and result as in `simulate_trains`; `critical_current` in A.
    """
    wait = np.array([[pulse.wait for pulse in train] for train in trains])
    amplitude = np.array([[pulse.amplitude for pulse in train] for train in trains])
    width = np.array([[pulse.width for pulse in train] for train in trains])
    delay = reading_times(wait, delays)
    shape = (len(trains), replicates, *delay.shape[1:])
    found = {name: np.full(shape, np.nan) for name in ("magnetisation_z", "grain_order")}
    stage, number = raw["stage"].values, raw["pulse"].values
    times = raw["delay"].values
    for point, (train, replicate) in enumerate(np.ndindex(shape[:2])):
        for pulse in range(shape[2]):
            steps = np.flatnonzero((stage[point] == "wait") & (number[point] == pulse))
            asked = delay[train, pulse]
            known = ~np.isnan(asked)
            at = np.searchsorted(times[point, steps], asked[known] * (1 - 1e-6))
            at = steps[np.minimum(at, steps.size - 1)]
            np.testing.assert_allclose(times[point, at], asked[known], rtol=1e-4)
            for name, values in found.items():
                values[train, replicate, pulse, known] = raw[name].values[point, at]
    dims = ("train", "replicate", "pulse_number", "reading")
    of_pulse = ("train", "pulse_number")
    first = {
        f"initial_{name}": (dims[:2], raw[name].values[:, 0].reshape(shape[:2])) for name in found
    }
    return label(
        xr.Dataset(
            {
                **{name: (dims, values) for name, values in found.items()},
                **first,
                "delay": (("train", "pulse_number", "reading"), delay),
                "pulse_amplitude": (of_pulse, amplitude),
                "relative_amplitude": (of_pulse, amplitude / critical_current),
                "pulse_width": (of_pulse, width),
                "critical_current": ((), critical_current),
            }
        )
    )
