"""Each figure of the workflow: files in, PNG and PDF out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure

from afterpulse import datasets
from afterpulse.figures import (
    animation,
    blocking,
    calibration,
    domains,
    exchange_bias,
    fig1a,
    fig1b,
    fig2,
    mechanisms,
    memory_cell,
    networks,
    retention_map,
    style,
    support,
)


def probe_delay(dataset: xr.Dataset) -> float:
    """Probe delay of the experiment that a dataset is from, in s."""
    return in_seconds(dataset, "sweep.probe_delay")


def in_seconds(dataset: xr.Dataset, field: str) -> float:
    """Time at a field of the experiment that a dataset is from, in s."""
    found = json.loads(dataset.attrs["experiment_card"])
    for key in field.split("."):
        found = found[key]
    value, unit = found.split()
    if unit != "s":
        raise ValueError(f"a resolved card has its times in s, got {unit!r}")
    return float(value)


def trains(paths: list[str]) -> dict[str, xr.Dataset]:
    """Protocols by the name that they are drawn under: the paper's four, without them all."""
    protocols = {Path(path).stem.upper(): datasets.read(path) for path in paths}
    of_paper = {label: train for label, train in protocols.items() if label in fig2.ORDER}
    return of_paper or protocols


def draw_fig1a(paths: list[str], stem: str) -> None:
    """Hall voltage at the probe against pulse amplitude."""
    sweeps = [datasets.read(path) for path in paths]
    figure = style.new_figure(2.8)
    fig1a.draw(sweeps[0], figure.add_subplot(), *sweeps[1:], probe=probe_delay(sweeps[0]))
    style.save(figure, stem)


def draw_fig1b(paths: list[str], stem: str) -> None:
    """Decay of the Hall voltage, at the middle pulse width."""
    sweep = datasets.read(paths[0])
    widths = sweep["pulse_width"].values
    figure = style.new_figure(2.8)
    fig1b.draw(sweep, figure.add_subplot(), float(widths[widths.size // 2]), probe_delay(sweep))
    style.save(figure, stem)


def draw_fig2(paths: list[str], stem: str) -> None:
    """Pulse trains."""
    figure = style.new_figure(4.2, width=2 * style.COLUMN)
    fig2.draw(trains(paths), figure)
    style.save(figure, stem)


def draw_retention_map(paths: list[str], stem: str) -> None:
    """Retention against amplitude and width."""
    figure = style.new_figure(4.6, width=2 * style.COLUMN)
    retention_map.draw(datasets.read(paths[0]), figure)
    style.save(figure, stem)


def draw_mechanisms(paths: list[str], stem: str) -> None:
    """Compare sets of mechanisms."""
    compare = datasets.read(paths[0])
    protocols = trains(paths[1:])
    columns = compare.sizes["mechanism_set"]
    figure = style.new_figure(1.7 * (2 + len(protocols)), width=2.4 * columns)
    mechanisms.draw(compare, protocols, figure, probe=probe_delay(compare))
    style.save(figure, stem)


def draw_support(paths: list[str], stem: str) -> None:
    """Mechanisms that the traces support."""
    figure = style.new_figure(2.6, width=2 * style.COLUMN)
    support.draw(datasets.read(paths[0]), figure)
    style.save(figure, stem)


def draw_no_point(figure: Figure) -> None:
    """Say that a chunk is empty since all of its points failed."""
    figure.text(0.5, 0.5, "no point of this chunk could\nbe computed: failed.csv", ha="center")


def draw_domains(paths: list[str], stem: str) -> None:
    """Film at the end of the strongest trajectory of the first chunk."""
    sample, chunk = (datasets.read(path) for path in paths)
    figure = style.new_figure(2.8)
    if not chunk.sizes["point"]:
        draw_no_point(figure)
        style.save(figure, stem)
        return
    strongest = int(np.argmax(np.abs(chunk["pulse_amplitude"].values).max(axis=1)))
    point = chunk.isel(point=strongest)
    last = int(np.flatnonzero(point["time"].notnull().values)[-1])
    film = sample[["unit_index"]].assign(unit_state=("unit", point["unit_state"].values[last]))
    axes = domains.draw(film, figure.add_subplot())
    amplitude, width = point["pulse_amplitude"].values[0], point["pulse_width"].values[0]
    delay = float(point["delay"][last])
    axes.set_title(
        f"{style.printed(delay, 's')} after a pulse of {style.printed(amplitude, 'A')}, "
        f"{style.printed(width, 's')}"
    )
    style.save(figure, stem)


def draw_animation(paths: list[str], stem: str) -> None:
    """Film through the pulse of the first chunk after which most comes back."""
    sample, chunk = (datasets.read(path) for path in paths)
    figure = style.new_figure(3.2)
    if not chunk.sizes["point"]:
        draw_no_point(figure)
        style.save_animation(FuncAnimation(figure, lambda frame: [], frames=1), stem)
        return
    point = chunk.isel(point=animation.returns_most(chunk))
    style.save_animation(animation.draw(sample, point, figure), stem)


def draw_exchange_bias(paths: list[str], stem: str) -> None:
    """Exchange bias and coercivity against pulse amplitude."""
    figure = style.new_figure(2.8, width=2 * style.COLUMN)
    exchange_bias.draw(datasets.read(paths[0]), figure)
    style.save(figure, stem)


def draw_blocking(paths: list[str], stem: str) -> None:
    """Exchange bias against activation temperature."""
    figure = style.new_figure(2.8)
    blocking.draw(datasets.read(paths[0]), figure.add_subplot())
    style.save(figure, stem)


def draw_calibration(paths: list[str], stem: str) -> None:
    """Critical currents and barriers of single units."""
    figure = style.new_figure(4.6, width=2 * style.COLUMN)
    calibration.draw(datasets.read(paths[0]), figure)
    style.save(figure, stem)


def draw_memory_cell(paths: list[str], stem: str) -> None:
    """Memory cell against the device on held-out trains."""
    # JAX takes seconds to import, which the other figures should not pay.
    from afterpulse.neuron import dataset, identify

    source = datasets.read(paths[0])
    cell, _ = dataset.from_dataset(source)
    device = identify.trains_of([datasets.read(path) for path in paths[1:]])
    found = identify.predicted(cell, device, in_seconds(source, "ageing"))
    figure = style.new_figure(2.8, width=2 * style.COLUMN)
    scatter = np.sqrt(np.nanmean(device.scatter**2) / device.replicates)
    memory_cell.draw(device.magnetisation, scatter, found, device.delay, figure)
    style.save(figure, stem)


def draw_protocols(paths: list[str], stem: str) -> None:
    """Neuron protocols on the device, then on the cell."""
    # JAX takes seconds to import, which the other figures should not pay.
    from afterpulse.figures import protocols

    half = len(paths) // 2
    device, cell = (
        {Path(path).stem: datasets.read(path) for path in some}
        for some in (paths[:half], paths[half:])
    )
    driven = device["reservoir"].isel(train=0, pulse_number=slice(1, None))
    figure = style.new_figure(6.6, width=2 * style.COLUMN)
    # The readout is linear, so that amplitudes do for inputs.
    protocols.draw(device, cell, driven["relative_amplitude"].values, figure)
    style.save(figure, stem)


def draw_networks(paths: list[str], stem: str) -> None:
    """Networks of memory cells beside others."""
    # JAX takes seconds to import, which the other figures should not pay.
    from afterpulse.neuron.comparison import rows

    table = pd.DataFrame(rows([datasets.read(path) for path in paths]))
    figure = style.new_figure(2.6, width=2 * style.COLUMN)
    networks.draw(table, figure)
    style.save(figure, stem)


def draw_explore(paths: list[str], stem: str) -> None:
    """Page with the retention map and the trace of each point."""
    # Bokeh takes a second to import, which the other figures should not pay.
    from afterpulse.figures import explore

    ahe, decay = (datasets.read(path) for path in paths)
    with datasets.whole(f"{stem}.html") as beside:
        beside.write_text(explore.page(ahe, decay), encoding="utf-8")


FIGURES: dict[str, Callable[[list[str], str], None]] = {
    "networks": draw_networks,
    "fig1a": draw_fig1a,
    "fig1b": draw_fig1b,
    "fig2": draw_fig2,
    "retention_map": draw_retention_map,
    "mechanisms": draw_mechanisms,
    "support": draw_support,
    "domains": draw_domains,
    "animation": draw_animation,
    "explore": draw_explore,
    "exchange_bias": draw_exchange_bias,
    "blocking": draw_blocking,
    "calibration": draw_calibration,
    "memory_cell": draw_memory_cell,
    "protocols": draw_protocols,
}
