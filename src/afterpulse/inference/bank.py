"""Traces of a device over the prior range of its parameters, for each combination of mechanisms."""

from collections.abc import Callable
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

Array = NDArray[np.float64]


class Bank(NamedTuple):
    """Simulated traces of one combination of mechanisms.

    Attributes
    ----------
    mechanisms : tuple of str
        That are on, of `afterpulse.cards.mechanisms.SIMULATED`.
    drawn : ndarray, shape (count, parameters)
        See `draws`.
    change : ndarray, shape (count, replicates, pulses, delays)
        Of the Hall voltage, without drift and read noise (V).
    rise : ndarray, shape (pulses, delays)
        Temperature above that before the pulse (K).
    """

    mechanisms: tuple[str, ...]
    drawn: Array
    change: Array
    rise: Array


def simulate_bank(
    device: Device,
    experiment: Experiment,
    calibration: xr.Dataset,
    pulses: list[tuple[float, float]],
    delays: Array,
    mechanisms: tuple[str, ...],
    count: int,
    report: Callable[[float, str], None] = lambda share, line: None,
) -> Bank:
    """Simulate a device at many parameters under one combination of mechanisms.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards; of the experiment initial state, ageing, applied field, window, seed and
        replicates count.
    calibration : xarray.Dataset
        Of the device.
    pulses : list of (float, float)
        Amplitude (A) and width (s), each on a fresh device.
    delays : ndarray, shape (m,)
        After each pulse (s).
    mechanisms : tuple of str
        That are on, of `afterpulse.cards.mechanisms.SIMULATED`.
    count : int
        Number of parameter draws, a power of two. Each has a sample of its own.
    report : callable
        Takes the share of the draws that is done and a line about it.

    Returns
    -------
    Bank
        The traces.
    """
    drawn, values = drawn_values(mechanisms, count, experiment.seed)
    found = []
    for place, one in enumerate(values):
        found.append(
            simulate(device, experiment, calibration, pulses, delays, mechanisms, one, place)
        )
        report((place + 1) / count, f"{place + 1} of {count} draws")
    return joined(mechanisms, drawn, found)


def drawn_values(
    mechanisms: tuple[str, ...], count: int, seed: int
) -> tuple[Array, list[dict[str, float]]]:
    """Draw the parameters of one combination of mechanisms.

    Parameters
    ----------
    mechanisms : tuple of str
        That are on, of `afterpulse.cards.mechanisms.SIMULATED`.
    count : int
        A power of two.
    seed : int
        Of the experiment; each combination has draws of its own.

    Returns
    -------
    drawn : ndarray, shape (count, parameters)
        See `draws`.
    values : list of dict
        The same as factors on the card's values, see `varied`.
    """
    names = parameters_of(mechanisms)
    drawn = draws(names, count, seed + combinations().index(mechanisms))
    return drawn, [dict(zip(names, one, strict=True)) for one in factors(names, drawn).tolist()]


def joined(mechanisms: tuple[str, ...], drawn: Array, found: list[tuple[Array, Array]]) -> Bank:
    """Put what `simulate` gave for each draw of `drawn_values` into a bank."""
    return Bank(mechanisms, drawn, np.array([change for change, _ in found]), found[0][1])


def simulate(
    device: Device,
    experiment: Experiment,
    calibration: xr.Dataset,
    pulses: list[tuple[float, float]],
    delays: Array,
    mechanisms: tuple[str, ...],
    values: dict[str, float],
    number: int,
) -> tuple[Array, Array]:
    """Simulate one draw; see `simulate_bank`.

    Parameters
    ----------
    values : dict
        See `varied`.
    number : int
        Of the draw, for the random streams.

    Returns
    -------
    change : ndarray, shape (replicates, pulses, delays)
        V.
    rise : ndarray, shape (pulses, delays)
        K.
    """
    device = without_read_noise(varied(device, values))
    experiment = experiment.model_copy(
        update={
            "mechanisms": Mechanisms(mechanisms),
            "compare": {},
            "hysteresis": None,
        }
    )
    random = stream(experiment.seed, SAMPLE, 0, f"{'+'.join(mechanisms)}/{number}")
    seeded = experiment.model_copy(update={"seed": int(random.integers(2**31))})
    sample = make_sample(device, seeded, random)
    upright = np.zeros((*sample.unit_index.shape, 3))
    upright[..., 2] = 1.0
    points = [
        Point(
            "sweep",
            OWN_MECHANISMS,
            replicate,
            "kinetics",
            (TimedPulse(amplitude, width, float(delays[-1])),),
            tuple(delays.tolist()),
        )
        for replicate in range(experiment.replicates)
        for amplitude, width in pulses
    ]
    bench = Bench.of_sample(device, seeded, sample, upright, calibrated(calibration, device))
    chunk = run_points(bench, points)
    shape = (experiment.replicates, len(pulses), len(delays))
    change, rise = np.empty(shape), np.empty(shape)
    for place, trajectory in zip(np.ndindex(shape[:2]), trajectories([chunk]), strict=True):
        after, before = after_pulse(trajectory, 0)
        at = after[np.searchsorted(trajectory["delay"][after], delays * (1 - 1e-9))]
        for target, name in ((change, "anomalous_hall_voltage"), (rise, "temperature")):
            values_of = trajectory[name]
            target[place] = values_of[at] - values_of[before]
    return change, rise[0]


def without_read_noise(device: Device) -> Device:
    """Give the card of the same device, read without noise."""
    bar = device.hall_bar
    quiet = bar.model_copy(update={"read_noise": bar.read_noise.model_copy(update={"value": 0.0})})
    return device.model_copy(update={"hall_bar": quiet})


def to_dataset(bank: Bank, pulses: list[tuple[float, float]], delays: Array) -> xr.Dataset:
    """Put a bank into a dataset; parameters as in `simulate_bank`.

    Returns
    -------
    Dataset
        ``hall_voltage_change`` over draw, replicate, pulse and delay, ``temperature_rise``, and
        ``drawn_parameter``, by its place in the prior range.
    """
    names = parameters_of(bank.mechanisms)
    return label(
        xr.Dataset(
            {
                "hall_voltage_change": (("draw", "replicate", "pulse", "delay"), bank.change),
                "temperature_rise": (("pulse", "delay"), bank.rise),
                "drawn_parameter": (("draw", "parameter"), bank.drawn),
                "pulse_amplitude": ("pulse", [amplitude for amplitude, _ in pulses]),
                "pulse_width": ("pulse", [width for _, width in pulses]),
            },
            coords={"parameter": names, "delay": delays},
            attrs={"mechanisms": " ".join(bank.mechanisms)},
        )
    )


def from_dataset(dataset: xr.Dataset) -> Bank:
    """Take a bank from the dataset that `to_dataset` made."""
    return Bank(
        tuple(dataset.attrs["mechanisms"].split()),
        dataset["drawn_parameter"].values,
        dataset["hall_voltage_change"].values,
        dataset["temperature_rise"].values,
    )
