"""Probabilities of the mechanisms and posterior intervals of the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from afterpulse import datasets
from afterpulse.figures import style
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(posterior: xr.Dataset, figure: Figure) -> list[Axes]:
    """Draw the probability of each mechanism beside the posterior of each parameter.

    `posterior` is the result of `afterpulse.inference.infer`. Returns both panels.
    """
    from afterpulse.inference.forests import SURE
    from afterpulse.inference.prior import PRIOR
    from afterpulse.inference.words import spelled

    left, right = figure.subplots(1, 2)
    names = [str(name) for name in posterior["mechanism"].values]
    probability = posterior["mechanism_probability"].values
    rows = np.arange(len(names))[::-1]
    left.barh(rows, probability, color=COLOURS[0], height=0.6)
    for limit in (1 - SURE, SURE):
        left.axvline(limit, color="0.4", linestyle=":", linewidth=0.8)
    left.set_yticks(
        rows,
        [
            f"{spelled(name)}\n{verdict}"
            for name, verdict in zip(names, posterior["mechanism_verdict"].values, strict=True)
        ],
    )
    left.set_xlim(0, 1)
    left.set_xlabel("probability that it is active")
    left.set_title(f"whole combination:\n{spelled(posterior['verdict'].item())}", wrap=True)

    parameters = [str(name) for name in posterior["parameter"].values]
    rows = np.arange(len(parameters))[::-1]
    for row, name in zip(rows, parameters, strict=True):
        low, high = PRIOR[name].low, PRIOR[name].high
        quantile = posterior["parameter_quantile"].sel(parameter=name)
        # All ranges are drawn with the same width, since they differ by decades.
        at = np.log(quantile.values / low) / np.log(high / low)
        outer, inner, middle = at[[0, -1]], at[[1, -2]], at[2]
        right.plot(outer, [row, row], color=COLOURS[0], linewidth=1.0)
        right.plot(inner, [row, row], color=COLOURS[0], linewidth=3.0)
        right.plot(middle, row, "o", color="white", markeredgecolor=COLOURS[0])
        right.annotate(f"{low:g}", (0, row), (2, 3), textcoords="offset points", fontsize=6)
        right.annotate(
            f"{high:g}", (1, row), (-2, 3), textcoords="offset points", fontsize=6, ha="right"
        )
    right.set_yticks(rows, [spelled(name) for name in parameters])
    right.set_ylim(-0.6, len(parameters) - 0.3)
    right.set_xlim(0, 1)
    right.set_xticks([])
    right.set_xlabel("prior range (logarithmic)\nover the card's value, or in s")
    return [left, right]


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the mechanisms that the traces support."""
    figure = style.new_figure(2.6, width=2 * style.COLUMN)
    draw(datasets.read(paths[0]), figure)
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="support",
    caption="""\
Probability of each mechanism given the traces, and posterior of the device parameters: median, 68 %
and 95 % intervals over the prior range. Its ends are factors on the values of the card, or times in
s (persistence).""",
    inputs=lambda card: ["mechanisms.nc"] if card.inference is not None else [],
    draw=draw_files,
)
