"""Traces of a device over the prior range of its parameters, for each set of mechanisms."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.calibration import calibrated
from afterpulse.cards.experiment import OWN_MECHANISMS, Experiment, Mechanisms
from afterpulse.cards.mechanisms import combinations
from afterpulse.datasets import label
from afterpulse.device import Device
from afterpulse.film.random_streams import SAMPLE, stream
from afterpulse.film.sample import make_sample
from afterpulse.inference.prior import draws, factors, parameters_of, varied
from afterpulse.timeline.bench import Bench
from afterpulse.timeline.protocol import Point, TimedPulse
from afterpulse.timeline.reduction import after_pulse, trajectories
from afterpulse.timeline.trajectory import run_points
from afterpulse.workflow.progress import Report

Array = NDArray[np.float64]


class Measurement(NamedTuple):
    """Measurement to simulate.

    Attributes
    ----------
    device, experiment : Device, Experiment
        The cards. Of the experiment only initial state, ageing, applied field, numerics, seed and
        replicates are used.
    calibration : Dataset
        Of the device.
    pulses : list of (float, float)
        Amplitude (A) and width (s), each applied to a fresh device.
    delays : ndarray, shape (m,)
        Times of reading after each pulse (s).
    """

    device: Device
    experiment: Experiment
    calibration: xr.Dataset
    pulses: list[tuple[float, float]]
    delays: Array


@dataclass(frozen=True)
class PriorDraw:
    """Point of the prior range under one combination of mechanisms."""

    mechanisms: tuple[str, ...]  # active ones, of `afterpulse.cards.mechanisms.SIMULATED`
    factors: dict[str, float]  # on the values of the device card, see `varied`
    index: int  # selects the random streams


class Bank(NamedTuple):
    """Simulated traces under one combination of mechanisms.

    Attributes
    ----------
    mechanisms : tuple of str
        Active mechanisms.
    drawn : ndarray, shape (draws, parameters)
        See `afterpulse.inference.prior.draws`.
    change : ndarray, shape (draws, replicates, pulses, delays)
        Change of the Hall voltage, without drift and read noise (V).
    rise : ndarray, shape (pulses, delays)
        Temperature minus that before the pulse (K).
    """

    mechanisms: tuple[str, ...]
    drawn: Array
    change: Array
    rise: Array


def simulate_bank(
    measurement: Measurement,
    mechanisms: tuple[str, ...],
    count: int,
    report: Report = lambda fraction, line: None,
) -> Bank:
    """Simulate a measurement at many prior draws under one combination of mechanisms.

    The number of draws `count` is a power of two, and each draw has its own sample. `report`
    receives the finished fraction and a line of progress.
    """
    drawn, prior_draws = draw_prior(mechanisms, count, measurement.experiment.seed)
    simulated = []
    for done, draw in enumerate(prior_draws, 1):
        simulated.append(simulate(measurement, draw))
        report(done / count, f"{done} of {count} draws")
    return assemble(mechanisms, drawn, simulated)


def draw_prior(mechanisms: tuple[str, ...], count: int, seed: int) -> tuple[Array, list[PriorDraw]]:
    """Return the prior draws of a combination of mechanisms.

    Each combination has its own draws, as numbers (see `draws`) and as `PriorDraw`.
    """
    names = parameters_of(mechanisms)
    drawn = draws(names, count, seed + combinations().index(mechanisms))
    return drawn, [
        PriorDraw(mechanisms, dict(zip(names, row, strict=True)), index)
        for index, row in enumerate(factors(names, drawn).tolist())
    ]


def assemble(
    mechanisms: tuple[str, ...], drawn: Array, simulated: list[tuple[Array, Array]]
) -> Bank:
    """Combine the results of `simulate` for all draws of `draw_prior`."""
    return Bank(mechanisms, drawn, np.array([change for change, _ in simulated]), simulated[0][1])


def simulate(measurement: Measurement, draw: PriorDraw) -> tuple[Array, Array]:
    """Simulate one prior draw; return `change` without the draws, and `rise`, as in `Bank`."""
    _, experiment, calibration, pulses, delays = measurement
    device = without_read_noise(varied(measurement.device, draw.factors))
    random = stream(experiment.seed, SAMPLE, 0, f"{'+'.join(draw.mechanisms)}/{draw.index}")
    experiment = experiment.model_copy(
        update={
            "mechanisms": Mechanisms(draw.mechanisms),
            "compare": {},
            "hysteresis": None,
            "seed": int(random.integers(2**31)),
        }
    )
    sample = make_sample(device, experiment, random)
    upright = np.zeros((*sample.unit_index.shape, 3))
    upright[..., 2] = 1.0
    points = [
        Point(
            "sweep",
            OWN_MECHANISMS,
            SAMPLE,
            replicate,
            "none",
            (TimedPulse(amplitude, width, float(delays[-1])),),
            tuple(delays.tolist()),
        )
        for replicate in range(experiment.replicates)
        for amplitude, width in pulses
    ]
    bench = Bench.of_sample(device, experiment, sample, upright, calibrated(calibration, device))
    chunk = run_points(bench, points)
    shape = (experiment.replicates, len(pulses), len(delays))
    change, rise = np.empty(shape), np.empty(shape)
    for position, trajectory in zip(np.ndindex(shape[:2]), trajectories([chunk]), strict=True):
        after, before = after_pulse(trajectory, 0)
        at = after[np.searchsorted(trajectory["delay"][after], delays * (1 - 1e-9))]
        for target, name in ((change, "anomalous_hall_voltage"), (rise, "temperature")):
            target[position] = trajectory[name][at] - trajectory[name][before]
    return change, rise[0]


def without_read_noise(device: Device) -> Device:
    """Return the same device, read without noise."""
    bar = device.hall_bar
    quiet = bar.model_copy(update={"read_noise": bar.read_noise.model_copy(update={"value": 0.0})})
    return device.model_copy(update={"hall_bar": quiet})


def to_dataset(bank: Bank, pulses: list[tuple[float, float]], delays: Array) -> xr.Dataset:
    """Convert a bank to a dataset; pulses and delays as in `Measurement`."""
    return label(
        xr.Dataset(
            {
                "hall_voltage_change": (("draw", "replicate", "pulse", "delay"), bank.change),
                "temperature_rise": (("pulse", "delay"), bank.rise),
                "drawn_parameter": (("draw", "parameter"), bank.drawn),
                "pulse_amplitude": ("pulse", [amplitude for amplitude, _ in pulses]),
                "pulse_width": ("pulse", [width for _, width in pulses]),
            },
            coords={"parameter": parameters_of(bank.mechanisms), "delay": delays},
            attrs={"mechanisms": " ".join(bank.mechanisms)},
        )
    )


def from_dataset(dataset: xr.Dataset) -> Bank:
    """Convert a dataset of `to_dataset` to a bank."""
    return Bank(
        tuple(dataset.attrs["mechanisms"].split()),
        dataset["drawn_parameter"].values,
        dataset["hall_voltage_change"].values,
        dataset["temperature_rise"].values,
    )
