"""State of the units of a film under pulses of nanoseconds, by thermal LLG and by the kinetics.

Units of pt_co_irmn at 400 K without heating, on set grains that are held. The current rises within
2 ns in both. Run as a script it prints the table of docs/validation.md, which takes an hour of one
core; arguments are the times (ns) at which it reads.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from afterpulse.calibration.calibrate import calibrate, calibrated
from afterpulse.cards import Experiment
from afterpulse.cards.load import read_card
from afterpulse.device import Device
from afterpulse.engines.embedded import drive
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import thermalised, to_units
from afterpulse.engines.magnet_system import Conditions
from afterpulse.engines.quiet_film import QuietFilm
from afterpulse.film.sample import Sample, make_sample
from afterpulse.kinetics.film import Calibrated, make_film
from afterpulse.kinetics.segment import run_segment
from afterpulse.kinetics.state import SegmentConditions, initial_state

ROOT = Path(__file__).parents[1]
KELVIN, WINDOW, CELLS = 400.0, 250e-9, 32
RISE, RISE_STEPS = 2e-9, 20
LESS_HEAT = 1e-6
SAMPLES, REPEATS = 3, 40
FIELDS, CURRENTS = (-5.0, -20.0, -50.0), (0.7, 1.0, 1.3, -1.3)


@dataclass(frozen=True)
class PulsedFilm:
    """A film under a pulse: its cards, its sample and the current density (A/m²)."""

    device: Device
    experiment: Experiment
    sample: Sample
    density: float

    def segments(self, times: list[float]) -> list[tuple[float, float]]:
        """Return durations (s) and current densities (A/m²): the rise, then one for each time."""
        rise = (np.arange(RISE_STEPS) + 0.5) / RISE_STEPS * self.density
        plateau = np.diff([RISE, *times])
        return [(RISE / RISE_STEPS, float(each)) for each in rise] + [
            (float(each), self.density) for each in plateau
        ]


def device_at(kelvin: float) -> Device:
    """Return the device of the card at an ambient temperature (K), without heating."""
    card = read_card(ROOT / "devices/pt_co_irmn.yaml")
    card["heat_path"]["ambient_temperature"]["value"] = f"{kelvin} K"
    for stage in card["heat_path"]["stages"]:
        size, unit = stage["resistance"]["value"].split()
        stage["resistance"]["value"] = f"{LESS_HEAT * float(size)} {unit}"
    return Device.model_validate(card)


def experiment_in(along_x: float) -> Experiment:
    """Return an experiment in a field along the current (mT)."""
    card = read_card(ROOT / "experiments/tiny.yaml")
    card |= {
        "samples": 1,
        "mechanisms": ["fm_aftereffect"],
        "compare": {},
        "applied_field": [f"{along_x} mT", "0 mT", "0 mT"],
        "calibration": {"relative_diameters": [0.8, 1.0, 1.25], "pulse_widths": ["1 ns"]},
    }
    card["numerics"] |= {
        "window": f"{WINDOW} m",
        "cell": f"{WINDOW / CELLS} m",
        "llg_time_step": "350 fs",
    }
    return Experiment.model_validate(card)


def film_under(along_x: float, relative_current: float, number: int) -> PulsedFilm:
    """Return the sample of a number in a field (mT) under a current over J_c of the whole film."""
    device, experiment = device_at(KELVIN), experiment_in(along_x)
    sample = make_sample(device, experiment, np.random.default_rng(number))
    density = relative_current * device.critical_current_density
    return PulsedFilm(device, experiment, sample, density)


def calibration() -> Calibrated:
    """Return the calibration of the device at the temperature of the pulses."""
    device, experiment = device_at(KELVIN), experiment_in(-20.0)
    sample = make_sample(device, experiment, np.random.default_rng(0))
    return calibrated(calibrate(device, experiment, sample), device)


def llg_states(
    films: list[PulsedFilm], times: list[float], seeds: list[int]
) -> NDArray[np.float64]:
    """Return the mean state of the units at times (s, above the rise), shape (films, times)."""
    numerics = films[0].experiment.numerics
    quiets = [QuietFilm(each.device, each.sample).magnetisation(KELVIN) for each in films]
    fields = [np.zeros((CELLS, CELLS, 3)) for _ in films]
    for m in fields:
        m[..., 2] = 1.0

    def systems(densities: list[float]) -> list:
        result = []
        for film, m, quiet, density in zip(films, fields, quiets, densities, strict=True):
            grains = np.ones(film.sample.grain_area.size, dtype=np.int8)
            conditions = Conditions(KELVIN, density, quiet=quiet)
            cards = film.device, film.experiment, film.sample
            result.append(film_system(*cards, m, grains, conditions))
        return result

    fields = thermalised(drive, systems([0.0] * len(films)), numerics, seeds)
    states = []
    for number, parts in enumerate(zip(*(each.segments(times) for each in films), strict=True)):
        # Every segment has new systems, and so random numbers of its own.
        own = [1000 * (number + 1) + seed for seed in seeds]
        driven = drive(systems([part[1] for part in parts]), parts[0][0], 1, own, numerics)
        fields = [each.m for each in driven]
        if number >= RISE_STEPS:
            pairs = zip(films, fields, strict=True)
            states.append([to_units(film.sample, m).mean() for film, m in pairs])
    return np.array(states).T


def kinetic_states(
    film: PulsedFilm, units: Calibrated, times: list[float], seed: int
) -> NDArray[np.float64]:
    """Return the mean state of the units at times (s), shape (repeats, times)."""
    device, experiment = film.device, film.experiment
    couplings = make_film(device, experiment, film.sample, units)
    result = np.empty((REPEATS, len(times)))
    for repeat in range(REPEATS):
        random = np.random.default_rng([seed, repeat])
        state = initial_state(couplings, experiment)
        for number, (duration, density) in enumerate(film.segments(times)):
            conditions = SegmentConditions.of_cards(
                device, experiment, experiment.mechanisms, density
            )
            run_segment(couplings, state, conditions, np.array([duration]), random)
            if number >= RISE_STEPS:
                result[repeat, number - RISE_STEPS] = state.unit_state.mean()
    return result


def compared(
    along_x: float, relative_current: float, samples: int, units: Calibrated, times: list[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return means over samples by LLG and by the kinetics and the error of their difference.

    Each of shape (times,). LLG runs once on each sample, the kinetics `REPEATS` times; LLG is given
    the scatter of the kinetics between repeats, or at least that of half a unit per film.
    """
    films = [film_under(along_x, relative_current, number) for number in range(samples)]
    seeds = [
        round(100 * number - along_x + 10 * abs(relative_current)) for number in range(samples)
    ]
    llg = llg_states(films, times, seeds)
    kinetics = [kinetic_states(film, units, times, number) for number, film in enumerate(films)]
    least = np.sqrt(2) / np.mean([film.sample.unit_area.size for film in films])
    scatter = np.mean([np.var(each, axis=0, ddof=1) for each in kinetics], axis=0)
    error = np.sqrt(np.maximum(scatter, least**2) / samples + scatter / (samples * REPEATS))
    return llg.mean(axis=0), np.mean(kinetics, axis=(0, 1)), error


def main() -> None:
    """Print the table."""
    times = [float(each) * 1e-9 for each in sys.argv[1:]] or [20e-9, 100e-9]
    units = calibration()
    for along_x in FIELDS:
        for current in CURRENTS:
            llg, kinetics, error = compared(along_x, current, SAMPLES, units, times)
            for values in zip(times, llg, kinetics, error, strict=True):
                print(along_x, current, "{:.0e} s: {:.3f} {:.3f} error {:.3f}".format(*values))


if __name__ == "__main__":
    main()
