"""Wall time of one pulse and the ten seconds after it by kinetic Monte Carlo, on one core.

Two films with some 1,300 units: one of stiff grains and small units, one of the card pt_co_irmn;
then films of the stiff kind that grow to a million grains, laid out of equal tiles. Compilation,
sample and ageing do not count. The columns after the time: reversals, reversals a second, time and
memory of the film a grain, <m_z> at the end. The times of the stiff films go into a plot.
"""

import os
import time
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])

import numpy as np  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from afterpulse.cards import Experiment  # noqa: E402
from afterpulse.cards.load import read_card  # noqa: E402
from afterpulse.device import (
    Device,  # noqa: E402
)
from afterpulse.film import sample, stray_field  # noqa: E402
from afterpulse.kinetics.film import macrospin, make_film  # noqa: E402
from afterpulse.kinetics.segment import run_segment, step_ends  # noqa: E402
from afterpulse.kinetics.state import SegmentConditions, initial_state  # noqa: E402

ROOT = Path(__file__).parents[1]
PLOT = ROOT / "results/benchmarks/kinetics.png"
STIFF = {
    "ferromagnet.effective_anisotropy": "0.22 MJ/m^3",
    "ferromagnet.unit_diameter": "23 nm",
    "ferromagnet.wall_energy_between_units": "0.6 mJ/m^2",
    "antiferromagnet.thickness": "8 nm",
    "antiferromagnet.grain_diameter": "9.5 nm",
    "antiferromagnet.grain_diameter_spread": 0.12,
    "antiferromagnet.interface_coupling": "0.11 mJ/m^2",
    "switching.critical_current_spread": 0.3,
}
# Temperature rises of the Foster stages at the critical current in K.
RISES = (100, 65, 30, 4, 2)
CELL = 5.75e-9
AMPLITUDES = (0.3, 0.6, 0.9)
WIDTH, WAIT = 1e-3, 10.0
TILES = (2, 4, 11)


def cards(cells: int, cell: float, changes: dict[str, Any]) -> tuple[Device, Experiment]:
    """Cards of a square film, with the card's heating at its own critical current."""
    experiment = read_card(ROOT / "experiments/demo.yaml")
    experiment["numerics"] |= {"window": f"{cells * cell} m", "cell": f"{cell} m"}
    valid = Experiment.model_validate(experiment)
    device = read_card(ROOT / "devices/pt_co_irmn.yaml")
    for name, value in changes.items():
        part, field = name.split(".")
        device[part][field]["value"] = value
    model = Device.model_validate(device)
    power = model.areal_power(model.critical_current_density)
    for stage, rise in zip(device["heat_path"]["stages"], RISES, strict=True):
        stage["resistance"]["value"] = f"{rise / power} K*m^2/W"
    return Device.model_validate(device), valid


def tiled(one: sample.Sample, times: int, thickness: float) -> sample.Sample:
    """Lay a film out of equal tiles, their units coupled across the seams."""

    def spread(index: np.ndarray) -> np.ndarray:
        count = index.max() + 1
        rows = np.arange(times)[:, None] * times + np.arange(times)
        return np.block([[index + count * tile for tile in row] for row in rows]).astype(np.int32)

    units, grains = spread(one.unit_index), spread(one.grain_index)
    unit, other = stray_field.near_pairs(units)
    each = np.arange(units.max() + 1)
    contacts = sample.contacts(units, grains, one.cell / sample.PIXELS_PER_CELL)
    repeated = {
        name: np.tile(getattr(one, name), (times**2,) + (1,) * (getattr(one, name).ndim - 1))
        for name in (
            "unit_area",
            "unit_anisotropy_factor",
            "unit_threshold_factor",
            "grain_area",
            "grain_axis",
        )
    }
    return replace(
        one,
        unit_index=units,
        grain_index=grains,
        anisotropy_factor=np.tile(one.anisotropy_factor, (times, times)),
        pair_unit=unit,
        pair_other=other,
        pair_border_length=sample.border_lengths(units, one.cell, unit, other),
        pair_dipolar_volume=stray_field.dipolar_volumes(units, one.cell, thickness, unit, other),
        own_dipolar_volume=stray_field.dipolar_volumes(units, one.cell, thickness, each, each),
        contact_unit=contacts[0],
        contact_grain=contacts[1],
        contact_area=contacts[2],
        **repeated,
    )


def report(
    name: str, device: Device, experiment: Experiment, one: sample.Sample
) -> tuple[int, list[float]]:
    """Print one line an amplitude; return the number of grains and the times (s)."""
    film = make_film(device, experiment, one, macrospin(device))
    aged = initial_state(film, experiment)
    threshold = device.critical_current_density
    steps = experiment.numerics.steps_per_decade

    def carry(state: Any, density: float, duration: float, seed: int) -> tuple[int, float]:
        random = np.random.default_rng(seed)
        ends = step_ends(duration, steps)
        conditions = SegmentConditions.of_cards(device, experiment, experiment.mechanisms, density)
        record = run_segment(film, state, conditions, ends, random)
        return int(record.flips.sum()), float(record.unit_state[-1] @ film.unit_fraction)

    carry(aged, 0.0, 1e4, 0)
    grains = film.grain_fraction.size
    links = [array for kind in film.couplings for array in kind[:3]]
    values = [getattr(film, field.name) for field in fields(film)]
    memory = sum(array.nbytes for array in [*values, *links] if isinstance(array, np.ndarray))
    walls = []
    for amplitude in AMPLITUDES:
        state = deepcopy(aged)
        start = time.perf_counter()
        during, _ = carry(state, amplitude * threshold, WIDTH, 1)
        after, magnetisation = carry(state, 0.0, WAIT, 2)
        wall = time.perf_counter() - start
        walls.append(wall)
        flips = during + after
        print(
            f"{name:5} {film.unit_fraction.size:7} {grains:8} {amplitude:5.1f} {wall:9.3f} "
            f"{flips:10} {flips / wall:10.2e} {wall / grains * 1e6:9.1f} {memory / grains:7.0f} "
            f"{magnetisation:8.3f}",
            flush=True,
        )
    return grains, walls


def plot(grains: list[int], walls: list[list[float]]) -> None:
    """Draw time against grains, with lines of a time proportional to them."""
    figure = Figure(figsize=(3.4, 2.8), layout="constrained", dpi=200)
    axes = figure.add_subplot()
    for amplitude, times in zip(AMPLITUDES, np.transpose(walls), strict=True):
        (points,) = axes.loglog(grains, times, "o", label=f"{amplitude:g} J$_c$")
        axes.loglog(
            grains, times[0] * np.divide(grains, grains[0]), color=points.get_color(), linewidth=0.8
        )
    axes.set_xlabel("grains")
    axes.set_ylabel("pulse of 1 ms and 10 s after it (s)")
    axes.legend(title="lines: linear")
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOT)
    print(f"Plot: {PLOT.relative_to(ROOT)}")


def main() -> None:
    """Print a table."""
    print("film    units   grains  I/I_c    s          flips    flips/s  us/grain B/grain  <m_z>")
    random = np.random.default_rng(1)
    device, experiment = cards(128, CELL, {})
    report("soft", device, experiment, sample.make_sample(device, experiment, random))
    device, experiment = cards(128, CELL, STIFF)
    tile = sample.make_sample(device, experiment, random)
    rows = [report("stiff", device, experiment, tile)]
    for times in TILES:
        larger = tiled(tile, times, device.ferromagnet.thickness.value)
        rows.append(report("stiff", device, experiment, larger))
    plot([grains for grains, _ in rows], [walls for _, walls in rows])


if __name__ == "__main__":
    main()
