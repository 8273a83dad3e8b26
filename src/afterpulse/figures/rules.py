"""Workflow rules that draw figures and pages."""

import logging
from os.path import splitext
from pathlib import Path
from typing import Any

from afterpulse.cards.sections import reads
from afterpulse.figures import table_page as pages
from afterpulse.figures import variants as of_variants
from afterpulse.figures.registry import FIGURES

logger = logging.getLogger("afterpulse")


@reads()
def figure(inputs: list[str], figure: str, target: str) -> None:
    """Draw a figure in all its file formats."""
    FIGURES[figure].draw(inputs, splitext(target)[0])


# Separate rules, because their files have other suffixes and folders.
animation = explore = figure


def figures(drawn: dict[str, list[str]]) -> None:
    """Draw all figures again, given the datasets of each by the figure's path without suffix."""
    for stem, files in drawn.items():
        logger.info("%s", stem)
        FIGURES[Path(stem).name].draw(files, stem)


def variants_figure(changes: dict[str, dict[str, Any]], inputs: list[str], target: str) -> None:
    """Draw the sweeps of the variants of an experiment; `inputs` are in the order of `changes`."""
    of_variants.draw_files(changes, inputs, splitext(target)[0])


def table_page(inputs: list[str], target: str) -> None:
    """Write a CSV table as an HTML page."""
    pages.write(inputs[0], target)
