"""How much the figures move when each assumed value of a device card changes by 20 %.

Usage: python benchmarks/assumed_values.py DEVICE_CARD TABLE.csv [FIELD ...]

Each variant has its own film, calibration (shared between variants that do not change it) and
trajectories: a window of 300 nm, the barrier of the median unit for all, pulse edges by the
kinetics, pulses in units of the critical current of the changed card, the random numbers of the
unchanged card. Rows are added to the table as they are
computed; a second call goes on after the last one. The rows `seed` are the unchanged card with
other random numbers. A row whose card is refused, or whose film runs away, has the reason in place
of numbers. At the end the root mean square change of each group of columns is printed, the larger
of both signs, sorted by the first.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from afterpulse.calibration import calibrate, calibrated
from afterpulse.calibration import rules as calibration_rules
from afterpulse.cards import CardError, Experiment, sections
from afterpulse.cards.device import DeviceCard
from afterpulse.cards.load import check_pair, read_card, validated
from afterpulse.device import Device
from afterpulse.film.random_streams import stream
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.segment import KineticsError
from afterpulse.timeline import protocol
from afterpulse.timeline.bench import Bench
from afterpulse.timeline.trajectory import run_points

CHANGE = 0.2
WINDOW, REPLICATES = "300 nm", 4
AMPLITUDES = 0.85, 1.0, 1.15
DELAYS = 0.5, 10.0
COLUMNS = (
    *(f"m_z at 0.5 s, {amplitude} I_c" for amplitude in AMPLITUDES),
    *(f"recovery from 0.5 to 10 s, {amplitude} I_c" for amplitude in AMPLITUDES),
    "m_z after five pulses of LTP",
    "change by the first pulse of STP",
)
SEEDS = 2
MEASURED: dict[str, xr.Dataset] = {}
"""Calibrations by what they depend on."""


def experiment(seed: int) -> Experiment:
    """Return the demo, reduced to what the table shows."""
    card = read_card(Path(__file__).parents[1] / "experiments/demo.yaml")
    for unused in ("compare", "blocking", "hysteresis", "inference"):
        card.pop(unused, None)
    card["seed"], card["replicates"] = seed, REPLICATES
    card["numerics"]["micromagnetics"], card["numerics"]["window"] = "none", WINDOW
    # Of the calibration only what the kinetics use.
    card["calibration"] = {
        "relative_diameters": [0.6, 1.0, 1.5],
        "pulse_widths": ["1 ns"],
        "units": 1,
    }
    card["sweep"] |= {
        "pulse_amplitude": [f"{amplitude} I_c" for amplitude in AMPLITUDES],
        "pulse_width": ["1 ms"],
        "initialise": ["each"],
    }
    card["trains"] = {name: card["trains"][name] for name in ("ltp", "stp")}
    card["trains"]["ltp"]["pulses"][0]["count"] = 5
    return validated(Experiment, card, "demo")


def assumed(content: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the leaf of each assumed number of a card."""
    if isinstance(content, list):
        content = dict(enumerate(content))
    if not isinstance(content, dict):
        return
    value = content.get("value")
    if str(content.get("source", "")).startswith("assumed") and number(value):
        yield path.lstrip("."), content
    for key, below in content.items():
        yield from assumed(below, f"{path}.{key}")


def number(value: object) -> float:
    """Return the number of a value with or without a unit; 0 if it has none."""
    try:
        return float(str(value).split()[0])
    except ValueError:
        return 0.0


def scaled(value: object, factor: float) -> object:
    """Return a value of a card times a factor."""
    if isinstance(value, str):
        return " ".join([f"{number(value) * factor:.6g}", *value.split()[1:]])
    return number(value) * factor


def figures(content: dict[str, Any], seed: int) -> list[float]:
    """Return the numbers of `COLUMNS` for a card."""
    plan = experiment(seed)
    card = validated(DeviceCard, content, "device")
    check_pair(card, plan)
    device = Device.of(card)
    sample = make_sample(device, plan, stream(plan.seed, 0, 0, "sample"))
    up = np.zeros((*sample.unit_index.shape, 3))
    up[..., 2] = 1.0
    read = sections.declaration(calibration_rules.calibration).sections
    key = sections.digest(sections.content(device, plan, read))
    if key not in MEASURED:
        MEASURED[key] = calibrate(device, plan, sample)
    factors = calibrated(MEASURED[key], device)
    bench = Bench.of_sample(device, plan, sample, up, factors)
    share = sample.unit_area / sample.unit_area.sum()

    def traces(name: str) -> Iterator[tuple[protocol.Point, Any, Any, Any]]:
        points = [point for point in protocol.points(device, plan) if point.protocol == name]
        chunk = run_points(bench, points)
        for index, point in enumerate(points):
            one = chunk.isel(point=index)
            yield point, one["unit_state"].values @ share, one["delay"].values, one

    found: dict[float, list[list[float]]] = {}
    for point, state, delay, one in traces("sweep"):
        waits = np.where(one["stage"].values == "wait", delay, np.inf)
        level = [float(state[np.argmin(np.abs(waits - wanted))]) for wanted in DELAYS]
        found.setdefault(point.pulses[0].amplitude, []).append(level)
    means = np.array([np.mean(found[amplitude], axis=0) for amplitude in sorted(found)])
    after: dict[str, list[float]] = {"ltp": [], "stp": []}
    for name, pulse in (("ltp", -1), ("stp", 0)):
        for point, state, _, one in traces(name):
            last = pulse % len(point.pulses)
            end = np.flatnonzero((one["pulse"].values == last) & (one["stage"].values == "wait"))
            after[name].append(state[end[-1]] - (state[0] if name == "stp" else 0.0))
    return [
        *means[:, 0],
        *(means[:, 1] - means[:, 0]),
        float(np.mean(after["ltp"])),
        float(np.mean(after["stp"])),
    ]


def main(card: str, table: str, *only: str) -> None:
    """Add the missing rows to the table."""
    target = Path(table)
    if not target.exists():
        target.write_text(",".join(["field", "value", *(f'"{name}"' for name in COLUMNS)]) + "\n")
    with target.open(newline="") as stream_:
        done = {(row["field"], row["value"]) for row in csv.DictReader(stream_)}
    content = read_card(card)
    fields = {name: leaf for name, leaf in assumed(content) if not only or name in only}
    seed = experiment(0).seed
    runs = [("", "", 1.0, seed)]
    runs += [("seed", str(seed + k), 1.0, seed + k) for k in range(1, SEEDS + 1)]
    runs += [(name, "", f, seed) for f in (1 + CHANGE, 1 - CHANGE) for name in fields]
    for index, (name, label, factor, used) in enumerate(runs, start=1):
        leaf = fields.get(name)
        before = leaf["value"] if leaf else None
        label = str(scaled(before, factor)) if leaf else label
        print(f"{index} of {len(runs)}: {name} {label}", file=sys.stderr)
        if (name, label) in done:
            continue
        if leaf:
            leaf["value"] = scaled(before, factor)
        try:
            row: list[object] = [f"{value:.4f}" for value in figures(content, used)]
        except (CardError, KineticsError) as error:
            row = [str(error).replace("\n", "; ")]
        if leaf:
            leaf["value"] = before
        with target.open("a", newline="") as stream_:
            csv.writer(stream_).writerow([name, label, *row])


GROUPS = {
    "Fig. 1a": COLUMNS[: len(AMPLITUDES)],
    "Fig. 1b": COLUMNS[len(AMPLITUDES) : 2 * len(AMPLITUDES)],
    "LTP": COLUMNS[-2:-1],
    "STP": COLUMNS[-1:],
}


def summary(table: str) -> pd.DataFrame:
    """Return how much each field moves each figure, in <m_z>."""
    rows = pd.read_csv(table, keep_default_na=False)
    values = rows[list(COLUMNS)].apply(pd.to_numeric, errors="coerce")
    change = values - values[rows["field"] == ""].iloc[0]
    moved = pd.DataFrame(
        {
            name: np.sqrt((change[list(columns)] ** 2).mean(axis=1))
            for name, columns in GROUPS.items()
        }
    )
    by_field = moved[rows["field"] != ""].groupby(rows["field"]).max()
    return by_field.sort_values("Fig. 1a", ascending=False).round(2)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
    print(summary(sys.argv[2]).to_string())
