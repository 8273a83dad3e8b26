"""Accuracy of networks of memory cells against the wait between steps, beside other neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from afterpulse import datasets
from afterpulse.cards.experiment import Experiment
from afterpulse.figures import style
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS, MARKERS

if TYPE_CHECKING:
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
# Shares below this are drawn here, since the axis is logarithmic.
LEAST_WRONG = 1e-4


def draw(table: pd.DataFrame, figure: Figure) -> None:
    """Draw a panel a task: means over seeds, with the worst and the best.

    Parameters
    ----------
    table : DataFrame
        From `afterpulse.neuron.comparison.accuracy_table`.
    figure : Figure
        Where to draw; about 6.8 by 2.6 inches.
    """
    tasks = [name for name in TITLES if name in set(table["task"])]
    panels = figure.subplots(1, len(tasks), squeeze=False)[0]
    labelled = {}
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
    """Draw one task against the wait; neurons that know no time as lines over all waits."""
    waits = np.sort(table["wait_s"].dropna().unique())
    for number, (kind, label) in enumerate(LABELS.items()):
        rows = table[table["tested"] == kind].sort_values("wait_s")
        if rows.empty:
            continue
        timed = rows["wait_s"].notna().to_numpy()
        x = rows["wait_s"].to_numpy() if timed.all() else waits
        mean, worst, best = (
            np.broadcast_to(rows[column].to_numpy(), x.shape)
            for column in ("accuracy", "worst", "best")
        )
        marker = MARKERS[number % len(MARKERS)] if timed.all() else "none"
        axes.plot(x, mean, color=COLOURS[number], marker=marker, label=label)
        axes.fill_between(x, worst, best, color=COLOURS[number], alpha=0.2, linewidth=0)
    axes.set(xscale="log", ylim=(0, 1.02), xlabel="wait between steps (s)", ylabel="told right")


def draw_at_one_wait(table: pd.DataFrame, axes: Axes) -> None:
    """Draw one task, a row for what is tested: the share that is told wrong."""
    rows = table.set_index("tested")
    kinds = [kind for kind in reversed(LABELS) if kind in rows.index]
    wrong = np.maximum(1 - rows.loc[kinds, ["accuracy", "best", "worst"]], LEAST_WRONG)
    for height, (kind, (mean, least, most)) in enumerate(zip(kinds, wrong.values, strict=True)):
        number = list(LABELS).index(kind)
        axes.plot([least, most], [height, height], color=COLOURS[number])
        axes.plot(mean, height, color=COLOURS[number], marker=MARKERS[number % len(MARKERS)])
    axes.set_yticks(range(len(kinds)), [LABELS[kind] for kind in kinds])
    lowest = 10 ** np.floor(np.log10(wrong["best"].min()))
    axes.set(xscale="log", xlim=(lowest, 1), xlabel="told wrong")


def inputs(experiment: Experiment) -> list[str]:
    """Return the datasets that the figure reads, none if it is not drawn."""
    return ["networks/{network_part}.nc"] if experiment.network is not None else []


def draw_files(paths: list[str], stem: str) -> None:
    """Draw networks of memory cells beside others."""
    # JAX takes seconds to import, which the other figures should not pay.
    from afterpulse.neuron.comparison import accuracy_table

    table = accuracy_table([datasets.read(path) for path in paths])
    figure = style.new_figure(2.6, width=2 * style.COLUMN)
    draw(table, figure)
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="networks",
    caption="Networks of the memory cell beside others, see the table of networks.",
    inputs=inputs,
    draw=draw_files,
)
