"""Fig. 1a, Fig. 1b and pulse trains for each set of mechanisms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse import datasets
from afterpulse.figures import fig1a, fig1b, fig2, style
from afterpulse.figures.selection import probe_delay
from afterpulse.figures.spec import FigureSpec
from afterpulse.timeline.protocol import sweep_protocols

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(
    compare: xr.Dataset,
    trains: Mapping[str, xr.Dataset],
    figure: Figure,
    pulse_width: float | None = None,
    probe: float = 0.5,
) -> NDArray[np.object_]:
    """Draw one column per set of mechanisms; rows are Fig. 1a, Fig. 1b and one row per train.

    Parameters
    ----------
    compare : Dataset
        Sweep with dims (mechanism_set, pulse_amplitude, pulse_width, replicate, delay).
    trains : mapping of str to Dataset
        Trains with a dimension mechanism_set.
    figure : Figure
        Figure to draw onto, about 2.4 inches per column and 1.7 inches per row.
    pulse_width : float, optional
        Width for Fig. 1b (s); the middle width by default.
    probe : float
        Probe delay (s).

    Returns
    -------
    ndarray of Axes, shape (2 + trains, sets)
    """
    sets = [str(name) for name in compare["mechanism_set"].values]
    labels = fig2.in_order(trains)
    widths = compare["pulse_width"].values
    width = float(widths[len(widths) // 2]) if pulse_width is None else pulse_width
    panels = figure.subplots(2 + len(labels), len(sets), squeeze=False, sharey="row")
    for column, name in enumerate(sets):
        sweep = compare.sel(mechanism_set=name)
        fig1a.draw(sweep, panels[0, column], probe=probe)
        panels[0, column].set_title(name.replace("_", " "), fontweight="bold")
        fig1b.draw(sweep, panels[1, column], width, probe=probe)
    for row, label in enumerate(labels, start=2):
        limits = fig2.voltage_limits([trains[label]])
        for column, name in enumerate(sets):
            panel = panels[row, column]
            fig2.draw_train(fig2.select_set(trains[label], name), panel, limits)
            panel.set_title(label)
    for panel in panels[:, 1:].ravel():
        panel.set_ylabel("")
    if len(sets) > 1:  # the full label is wider than a column
        for panel in panels[1]:
            panel.set_xlabel(panel.get_xlabel().replace("the end of the", "the"))
    # All columns have the same widths and amplitudes.
    for panel in panels[:2, :-1].ravel():
        panel.get_legend().remove()
    panels[0, -1].get_legend().set(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return np.asarray(panels)


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the sets of mechanisms side by side."""
    compare = datasets.read(paths[0])
    trains = fig2.read_trains(paths[1:])
    columns = compare.sizes["mechanism_set"]
    figure = style.new_figure(1.7 * (2 + len(trains)), width=2.4 * columns)
    draw(compare, trains, figure, probe=probe_delay(compare))
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="mechanisms",
    caption="""\
Figures 1a, 1b and 2 for each set of mechanisms. Pulse edges are by the kinetics, unless LLG
computes whole pulses. Thick: the intermediate state that changes most.""",
    inputs=lambda card: (
        ["compare.nc", "trains/{train}.nc"] if "compare" in sweep_protocols(card) else []
    ),
    draw=draw_files,
)
