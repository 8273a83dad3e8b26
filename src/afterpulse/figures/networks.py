"""Accuracy of networks of memory cells and of other neurons against the wait between steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from afterpulse import datasets
from afterpulse.figures import style
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS, MARKERS

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS = {
    "device": "devices",
    "other_device": "on other devices",
    "surrogate": "their surrogate",
    "leaky": "ideal leaky neurons",
    "lstm": "LSTM",
    "memoryless": "no memory",
}
TITLES = {
    "recall": "four bits recalled, no recurrence",
    "digits": "digits 8 × 8, row by row",
    "mnist": "MNIST, row by row",
}
# Smaller error rates are drawn at this value, since the axis is logarithmic.
SMALLEST_ERROR = 1e-4


def draw(table: pd.DataFrame, figure: Figure) -> None:
    """Draw one panel per task with the mean, worst and best over seeds.

    `table` has the rows of `afterpulse.neuron.comparison.accuracy_table`.
    """
    tasks = [name for name in TITLES if name in set(table["task"])]
    panels = figure.subplots(1, len(tasks), squeeze=False)[0]
    labelled: dict[str, Artist] = {}
    for name, panel in zip(tasks, panels, strict=True):
        rows = table[table["task"] == name]
        if rows["wait_s"].nunique() > 1:
            draw_over_waits(rows, panel)
            labelled |= dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
        else:
            draw_at_one_wait(rows, panel)
        panel.set_title(TITLES[name])
    if labelled:
        figure.legend(
            list(labelled.values()), list(labelled), loc="outside lower left", ncols=6, fontsize=6
        )


def draw_over_waits(table: pd.DataFrame, axes: Axes) -> None:
    """Draw one task against the wait; neurons without a time scale are lines over all waits."""
    waits = np.sort(table["wait_s"].dropna().unique())
    for index, (kind, label) in enumerate(LABELS.items()):
        rows = table[table["tested"] == kind].sort_values("wait_s")
        if rows.empty:
            continue
        timed = rows["wait_s"].notna().to_numpy()
        x = rows["wait_s"].to_numpy() if timed.all() else waits
        mean, worst, best = (
            np.broadcast_to(rows[column].to_numpy(), x.shape)
            for column in ("accuracy", "worst", "best")
        )
        marker = MARKERS[index % len(MARKERS)] if timed.all() else "none"
        axes.plot(x, mean, color=COLOURS[index], marker=marker, label=label)
        axes.fill_between(x, worst, best, color=COLOURS[index], alpha=0.2, linewidth=0)
    axes.set(xscale="log", ylim=(0, 1.02), xlabel="wait between steps (s)", ylabel="accuracy")


def draw_at_one_wait(table: pd.DataFrame, axes: Axes) -> None:
    """Draw the error rate of one task, a row per kind of neuron."""
    rows = table.set_index("tested")
    kinds = [kind for kind in reversed(LABELS) if kind in rows.index]
    columns = ["accuracy", "best", "worst"]
    wrong = (1 - rows.loc[kinds, columns]).clip(lower=SMALLEST_ERROR)
    for height, (kind, (mean, least, most)) in enumerate(zip(kinds, wrong.values, strict=True)):
        index = list(LABELS).index(kind)
        axes.plot([least, most], [height, height], color=COLOURS[index])
        axes.plot(mean, height, color=COLOURS[index], marker=MARKERS[index % len(MARKERS)])
    axes.set_yticks(range(len(kinds)), [LABELS[kind] for kind in kinds])
    lowest = 10 ** np.floor(np.log10(wrong["best"].min()))
    axes.set(xscale="log", xlim=(lowest, 1), xlabel="error rate")


def draw_files(paths: list[str], stem: str) -> None:
    """Draw networks of memory cells and of other neurons."""
    # Importing JAX takes seconds, which the other figures do not need.
    from afterpulse.neuron.comparison import accuracy_table

    table = accuracy_table([datasets.read(path) for path in paths])
    figure = style.new_figure(2.6, width=2 * style.COLUMN)
    draw(table, figure)
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="networks",
    caption="Networks of memory cells and of other neurons, as in the table of networks.",
    inputs=lambda card: ["networks/{network_part}.nc"] if card.network is not None else [],
    draw=draw_files,
)
