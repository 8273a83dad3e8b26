"""The rules that draw figures, tables and pages."""

import logging
from os.path import splitext
from pathlib import Path

from afterpulse.cards.sections import reads
from afterpulse.figures import table_page as pages
from afterpulse.figures.registry import FIGURES

logger = logging.getLogger("afterpulse")


@reads()
def figure(inputs: list[str], figure: str, target: str) -> None:
    """Draw a figure with all its endings."""
    FIGURES[figure].draw(inputs, splitext(target)[0])


# Rules of their own only because their files have other endings and places.
animation = explore = figure


def figures(drawn: dict[str, list[str]]) -> None:
    """Draw all figures again from their datasets.

    Parameters
    ----------
    drawn : dict of str to list of str
        Datasets by the path of the figure without its ending.
    """
    for stem, files in drawn.items():
        logger.info("%s", stem)
        FIGURES[Path(stem).name].draw(files, stem)


def table_page(inputs: list[str], target: str) -> None:
    """Write a table as a page."""
    pages.write(inputs[0], target)
