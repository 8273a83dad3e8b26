"""Accuracy of networks of memory cells against the wait between steps, beside other neurons."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.style import COLOURS, MARKERS

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


def draw(table: pd.DataFrame, figure: Figure) -> None:
    """Draw a panel a task: means over seeds, with the worst and the best.

    Parameters
    ----------
    table : DataFrame
        From `afterpulse.neuron.comparison.rows`.
    figure : Figure
        Where to draw; about 6.8 by 2.6 inches.
    """
    tasks = [name for name in TITLES if name in set(table["task"])]
    panels = figure.subplots(1, len(tasks), squeeze=False)[0]
    for name, panel in zip(tasks, panels, strict=True):
        draw_task(table[table["task"] == name], panel)
        panel.set_title(TITLES[name])
    panels[0].set_ylabel("told right")
    panels[0].legend(fontsize=6)


def draw_task(table: pd.DataFrame, axes: Axes) -> None:
    """Draw one task; neurons that know no time as lines over all waits."""
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
    axes.set(xscale="log", ylim=(0, 1.02), xlabel="wait between steps (s)")
