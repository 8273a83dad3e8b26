"""Neuron protocols on the device and on its memory-cell model."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse import datasets
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.mechanisms import FILM, MECHANISMS
from afterpulse.figures import style
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS, MARKERS
from afterpulse.neuron import protocols

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES = {
    "card": {"color": COLOURS[0], "marker": MARKERS[0], "linestyle": "none", "label": "device"},
    protocols.CELL: {"color": COLOURS[1], "label": "cell"},
    protocols.QUIET: {"color": COLOURS[1], "linestyle": ":", "label": "cell without noise"},
} | {
    # Colours and markers follow the order of the mechanisms.
    f"without_{name}": {
        "color": colour,
        "marker": marker,
        "linewidth": 0.5,
        "label": f"no {MECHANISMS[name].label}",
    }
    for name, colour, marker in zip(
        FILM, itertools.cycle(["0.5", *COLOURS[2:]]), itertools.cycle(MARKERS[1:]), strict=False
    )
}


def draw(
    device: Mapping[str, xr.Dataset],
    cell: Mapping[str, xr.Dataset],
    inputs: NDArray[np.float64],
    figure: Figure,
) -> None:
    """Draw one panel per protocol, with standard errors over the replicates.

    Parameters
    ----------
    device, cell : mapping of str to Dataset
        Responses by the name of the protocol, see `afterpulse.neuron.responses`.
    inputs : ndarray
        Inputs of the reservoir.
    figure : Figure
        Figure to draw onto, about 6.8 by 8.8 inches.
    """
    # Importing JAX takes seconds, which the other figures do not need.
    from afterpulse.neuron import responses

    panels = figure.subplots(-(-len(PANELS) // 2), 2)
    for panel in panels.ravel()[len(PANELS) :]:
        panel.remove()
    for panel, (name, make) in zip(panels.ravel(), protocols.PROTOCOLS.items(), strict=False):
        curve_of = make(inputs).curve
        for answer in (device[name], cell[name]):
            for key in answer["mechanism_set"].values:
                z = responses.readings(answer, str(key))
                curve, error = protocols.estimate(curve_of, z)
                PANELS[name](panel, curve, error, dict(STYLES[str(key)]))
        panel.set_title(name.replace("_", " "))
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))


def draw_leaky_integration(axes: Axes, curve: NDArray, error: NDArray, style: dict) -> None:
    """Draw the change during the train and the wait after it against the time since its start."""
    made = protocols.leaky_integration()
    train = made.wait.shape[1] - 1
    after = (*made.delays[1:], protocols.REST)
    time = np.concatenate([0.1 * np.arange(train), 0.1 * (train - 1) + np.array(after)])
    axes.errorbar(time + 0.1, curve, error, **style)
    axes.set_xscale("log")
    axes.set_xlabel("time (s), first pulse at 0.1 s")
    axes.set_ylabel(r"change of $\langle m_z\rangle$")


def draw_fire_and_reset(axes: Axes, curve: NDArray, error: NDArray, style: dict) -> None:
    """Draw the reading before each next pulse, with the threshold."""
    pulse = np.arange(1, curve.size + 1)
    axes.errorbar(pulse, curve, error, **style)
    axes.axhline(protocols.THRESHOLD, color="0.7", linewidth=0.6, linestyle="--", zorder=0)
    axes.set_xlabel(f"pulse, every {protocols.SPIKES + 1}th a reset")
    axes.set_ylabel(r"$\langle m_z\rangle$ after the wait")


def draw_paired_pulses(axes: Axes, curve: NDArray, error: NDArray, style: dict) -> None:
    """Draw facilitation against interval, unless the pulses have no effect."""
    if error.max() < 1:
        axes.errorbar(protocols.INTERVALS, curve, error, **style)
    axes.axhline(1.0, color="0.7", linewidth=0.6, linestyle="--", zorder=0)
    axes.set_xscale("log")
    axes.set_xlabel("interval (s)")
    axes.set_ylabel("second change over first")


def draw_spike_rate(axes: Axes, curve: NDArray, error: NDArray, style: dict) -> None:
    """Draw the change after ten pulses against rate; pale after 30 s, for device and model only."""
    for readings, alpha in (
        (slice(0, protocols.RATES.size), 1.0),
        (slice(protocols.RATES.size, None), 0.4),
    ):
        if alpha == 1.0 or style["label"] in ("device", "cell"):
            axes.errorbar(protocols.RATES, curve[readings], error[readings], **style, alpha=alpha)
    axes.set_xscale("log")
    axes.set_xlabel("rate (Hz); pale: 30 s later")
    axes.set_ylabel(r"change of $\langle m_z\rangle$")


def draw_timing_window(axes: Axes, curve: NDArray, error: NDArray, style: dict) -> None:
    """Draw the lasting change against the shift of the pulses."""
    axes.errorbar(1e3 * protocols.SHIFTS, curve, error, **style)
    axes.axhline(0.0, color="0.7", linewidth=0.6, linestyle="--", zorder=0)
    axes.set_xlabel("post pulse less pre pulse (ms)")
    axes.set_ylabel(r"change of $\langle m_z\rangle$ after 30 s")


def draw_reservoir(axes: Axes, curve: NDArray, error: NDArray, style: dict) -> None:
    """Draw memory against lag."""
    axes.errorbar(np.arange(curve.size), curve, error, **style)
    axes.set_xlabel("inputs back")
    axes.set_ylabel(r"memory $r^2$")


def draw_learning_rules(axes: Axes, curve: NDArray, error: NDArray, style: dict) -> None:
    """Draw the change right after each pulse, train by train; pale at the end of its wait."""
    given = (protocols.learning_rules().amplitude[:, 1:] != 0).sum(axis=1)
    pulse = np.arange(1, given.sum() + 1)
    for readings, alpha in ((slice(0, pulse.size), 1.0), (slice(pulse.size, None), 0.4)):
        if alpha == 1.0 or style["label"] in ("device", "cell"):
            axes.errorbar(pulse, curve[readings], error[readings], **style, alpha=alpha)
    starts = np.concatenate([[0], np.cumsum(given)[:-1]])
    for start, label in zip(starts, protocols.TRAINS, strict=True):
        axes.axvline(start + 0.5, color="0.7", linewidth=0.6, linestyle="--", zorder=0)
        axes.annotate(label, (start + 0.7, 0.97), xycoords=("data", "axes fraction"), va="top")
    axes.set_xlabel("pulse; pale: at the end of the wait")
    axes.set_ylabel(r"change of $\langle m_z\rangle$")


PANELS = {
    "leaky_integration": draw_leaky_integration,
    "fire_and_reset": draw_fire_and_reset,
    "paired_pulses": draw_paired_pulses,
    "spike_rate": draw_spike_rate,
    "timing_window": draw_timing_window,
    "reservoir": draw_reservoir,
    "learning_rules": draw_learning_rules,
}


def inputs(experiment: Experiment) -> list[str]:
    """Return the datasets that the figure reads, none if it is not drawn."""
    if experiment.memory_cell is None:
        return []
    return ["protocols/{neuron_protocol}.nc", "protocols/cell/{neuron_protocol}.nc"]


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the neuron protocols."""
    half = len(paths) // 2
    device, cell = (
        {Path(path).stem: datasets.read(path) for path in group}
        for group in (paths[:half], paths[half:])
    )
    driven = device["reservoir"].isel(train=0, pulse_number=slice(1, None))
    figure = style.new_figure(8.8, width=2 * style.COLUMN)
    # The readout is linear, so amplitudes serve as inputs.
    draw(device, cell, driven["relative_amplitude"].values, figure)
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="protocols",
    caption="""\
Neuron protocols on the device, on its memory-cell model with and without noise, and on the device
without each mechanism. Bars: standard error over the replicates (jackknife).""",
    inputs=inputs,
    draw=draw_files,
)
