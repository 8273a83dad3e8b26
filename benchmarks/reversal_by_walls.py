"""Why LLG and the kinetics of `film_under_torque` differ: walls, and the tilt of a hot film.

Run as a script it prints both tables of docs/validation.md, in six minutes of one core:

- Units of the highest thresholds, all others reversed: the fraction that is still up under a
  current, by LLG and by the kinetics, with the walls of the card and with a quarter of their
  energy.
- Tilt of a set film that no unit leaves, by LLG without temperature and at that of the pulses.
"""

from dataclasses import replace

import numpy as np
from film_under_torque import (
    CELLS,
    KELVIN,
    PulsedFilm,
    calibration,
    device_at,
    film_under,
)
from numpy.typing import NDArray

from afterpulse.device import Device
from afterpulse.engines.embedded import drive
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import relaxed, thermalised, to_units
from afterpulse.engines.magnet_system import Conditions
from afterpulse.engines.quiet_film import QuietFilm
from afterpulse.kinetics.film import Calibrated, make_film
from afterpulse.kinetics.segment import run_segment
from afterpulse.kinetics.state import SegmentConditions, initial_state

SAMPLES, REPEATS = 3, 20
TIMES = np.array([5e-9, 20e-9, 50e-9])
SETTLING = 0.1e-9
ALONG_X, CURRENTS = -50.0, (1.0, 1.3)
WALLS = ("0.8 mJ/m^2", "0.2 mJ/m^2")
# Field (mT) and current over J_c of films that stay set.
QUIET = ((-50.0, 0.0), (-5.0, 0.7), (-5.0, 1.0), (-50.0, -1.3))
FIRST, PARTS, PART = 0.5e-9, 12, 0.1e-9


def with_walls(energy: str) -> Device:
    """Return the device of `film_under_torque` with another wall energy between units."""
    device = device_at(KELVIN)
    card = device.model_dump()
    card["ferromagnet"]["wall_energy_between_units"]["value"] = energy
    return Device.model_validate(card)


def system(film: PulsedFilm, m: NDArray[np.float64], conditions: Conditions):
    """Return the system of a film on set grains."""
    grains = np.ones(film.sample.grain_area.size, dtype=np.int8)
    return film_system(film.device, film.experiment, film.sample, m, grains, conditions)


def hot(film: PulsedFilm) -> Conditions:
    """Return the conditions of LLG at the temperature of the pulses."""
    quiet = QuietFilm(film.device, film.sample).magnetisation(KELVIN)
    return Conditions(KELVIN, film.density, quiet=quiet)


def surrounded(film: PulsedFilm, units: Calibrated) -> NDArray[np.int8]:
    """Return states with the third of highest thresholds up and all others down."""
    threshold = make_film(film.device, film.experiment, film.sample, units).unit_threshold
    state = -np.ones(threshold.size, dtype=np.int8)
    state[np.argsort(threshold)[-threshold.size // 3 :]] = 1
    return state


def left_by_llg(films: list[PulsedFilm], starts: list[NDArray[np.int8]]) -> NDArray[np.float64]:
    """Return the fraction of the units up at the start that still are, at `TIMES`."""
    numerics, conditions = films[0].experiment.numerics, [hot(film) for film in films]
    fields = []
    for film, start in zip(films, starts, strict=True):
        m = np.zeros((CELLS, CELLS, 3))
        m[..., 2] = start[film.sample.unit_index]
        fields.append(m)

    def systems():
        return [system(*each) for each in zip(films, fields, conditions, strict=True)]

    fields = thermalised(drive, systems(), numerics, list(range(len(films))))
    left = []
    for number, duration in enumerate(np.diff([SETTLING, *TIMES])):
        seeds = [100 * (number + 1) + index for index in range(len(films))]
        driven = drive(systems(), float(duration), 1, seeds, numerics)
        fields = [each.m for each in driven]
        states = [to_units(film.sample, m) for film, m in zip(films, fields, strict=True)]
        still = [state[start > 0] > 0 for state, start in zip(states, starts, strict=True)]
        left.append(np.concatenate(still).mean())
    return np.array(left)


def left_by_kinetics(
    films: list[PulsedFilm], starts: list[NDArray[np.int8]], units: Calibrated
) -> NDArray[np.float64]:
    """Return the same by the kinetics, the mean of `REPEATS` runs."""
    still = []
    for number, (film, start) in enumerate(zip(films, starts, strict=True)):
        couplings = make_film(film.device, film.experiment, film.sample, units)
        conditions = SegmentConditions.of_cards(
            film.device, film.experiment, film.experiment.mechanisms, film.density
        )
        runs = []
        for repeat in range(REPEATS):
            random = np.random.default_rng([number, repeat])
            state = initial_state(couplings, film.experiment)
            state.unit_state[:] = start
            found = []
            for duration in np.diff([0.0, *TIMES]):
                run_segment(couplings, state, conditions, np.array([duration]), random)
                found.append(state.unit_state[start > 0] > 0)
            runs.append(found)
        still.append(np.mean(runs, axis=0))
    return np.concatenate(still, axis=1).mean(axis=1)


def tilts(along_x: float, relative_current: float) -> tuple[float, float, float]:
    """Return tan of the tilt of a set film without temperature, hot, and the hot one's error."""
    films = [film_under(along_x, relative_current, number) for number in range(SAMPLES)]
    numerics, conditions = films[0].experiment.numerics, [hot(film) for film in films]
    fields = []
    for _ in films:
        m = np.zeros((CELLS, CELLS, 3))
        m[..., 2] = 1.0
        fields.append(m)

    def systems(conditions):
        return [system(*each) for each in zip(films, fields, conditions, strict=True)]

    cold = [Conditions(KELVIN, film.density) for film in films]
    fields = relaxed(drive, systems(cold), numerics, 3 * FIRST)
    still = np.array([m.mean(axis=(0, 1)) for m in fields])
    means = []
    for number in range(PARTS + 1):
        seeds = [100 * (number + 1) + index for index in range(SAMPLES)]
        driven = drive(systems(conditions), PART if number else FIRST, 1, seeds, numerics)
        fields = [each.m for each in driven]
        means.append([m.mean(axis=(0, 1)) for m in fields])
    mean = np.mean(means[1:], axis=0)
    change = mean[:, 0] / mean[:, 2] - still[:, 0] / still[:, 2]
    before = float(np.mean(still[:, 0] / still[:, 2]))
    return before, before + change.mean(), change.std(ddof=1) / np.sqrt(SAMPLES)


def main() -> None:
    """Print both tables."""
    units = calibration()
    for energy in WALLS:
        device = with_walls(energy)
        for current in CURRENTS:
            plain = [film_under(ALONG_X, current, number) for number in range(SAMPLES)]
            films = [replace(film, device=device) for film in plain]
            starts = [surrounded(film, units) for film in plain]
            llg, kinetics = left_by_llg(films, starts), left_by_kinetics(films, starts, units)
            for row in zip(TIMES, llg, kinetics, strict=True):
                print(energy, current, "{:.0e} s: {:.2f} {:.2f}".format(*row), flush=True)
    for along_x, current in QUIET:
        print(along_x, current, "{:.3f} {:.3f} error {:.3f}".format(*tilts(along_x, current)))


if __name__ == "__main__":
    main()
