"""Which observations tell hypotheses about a device apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afterpulse.figures import style
from afterpulse.figures.spec import FigureSpec, Variant
from afterpulse.figures.style import COLOURS, MARKERS, printed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

ROW = 0.42
"""Height of an observation (inches)."""


def draw(table: pd.DataFrame, axes: Axes) -> Axes:
    """Draw the changes under two hypotheses, one row per observation, the most different on top.

    Parameters
    ----------
    table : DataFrame
        From `afterpulse.decay.deciding.table`, with one other hypothesis.
    axes : Axes
        Axes to draw onto, which are returned.
    """
    observations = list(dict.fromkeys(table["observation"]))
    first, other = table["hypothesis"].iloc[0], table["other"].iloc[0]
    readings = sorted(set(table["reading"]))
    for row, observation in enumerate(observations):
        of_one = table[table["observation"] == observation].sort_values("reading")
        offsets = np.linspace(-0.14, 0.14, len(of_one)) if len(of_one) > 1 else [0.0]
        for offset, (_, each) in zip(offsets, of_one.iterrows(), strict=True):
            early, delay = each["reading"] == readings[0], printed(each["reading"], "s")
            for column, label, number in (("", first, 0), ("other_", other, 1)):
                axes.errorbar(
                    each[f"{column}change"],
                    row + offset,
                    xerr=each[f"{column}scatter"],
                    color=COLOURS[number],
                    marker=MARKERS[number],
                    markerfacecolor=COLOURS[number] if early else "white",
                    linewidth=0.8,
                    label=None if row else f"{label.replace('_', ' ')}, {delay}",
                )
        largest = of_one["separation"].max()
        axes.annotate(
            f"{largest:.1f}",
            (1.0, row),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
        )
    for change in (0.0, 1.0):
        axes.axvline(change, color="0.6", linewidth=0.6, linestyle="--", zorder=0)
    axes.set_yticks(range(len(observations)), [each.replace("_", " ") for each in observations])
    axes.set_ylim(len(observations) - 0.5, -0.5)
    axes.set_xlabel("change over that after the reference pulse")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return axes


def draw_files(variants: list[Variant], stem: str) -> None:
    """Draw the first two hypotheses of variants, whose files are their trains."""
    # pandas' and SciPy's parts of the room take a second to import.
    from afterpulse.decay import deciding, rules

    roles = {
        str(number): (each.hypothesis, each.condition)
        for number, each in enumerate(variants)
        if each.hypothesis
    }
    paths = [path for each in variants if each.hypothesis for path in each.files]
    trains = rules.own_trains(roles, paths)
    two = list(dict.fromkeys(role.hypothesis for role in trains))[:2]
    found = deciding.table({r: each for r, each in trains.items() if r.hypothesis in two})
    rows = found["observation"].nunique()
    figure = style.new_figure(1.2 + ROW * rows, 1.6 * style.COLUMN)
    draw(found, figure.subplots())
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="deciding",
    caption="""\
Which observation tells two hypotheses apart: change of the Hall voltage over that after the
reference pulse, at two readings; 1 is the change of the reference, 0 none. Bars: scatter of one
measured device, read noise included. Right: largest difference over the scatter of both
hypotheses.""",
    inputs=lambda card: (
        ["trains/{train}.nc"]
        if card.trains and card.vary is not None and card.vary.conditions
        else []
    ),
    draw=draw_files,
    of_variants=True,
)
