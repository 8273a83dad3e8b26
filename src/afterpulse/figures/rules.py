"""The rules that draw figures, tables and pages."""

import logging
from pathlib import Path

from afterpulse.figures import figures as drawing
from afterpulse.figures import table_page as pages

logger = logging.getLogger("afterpulse")


def figure(inputs: list[str], figure: str, png: str) -> None:
    """Draw a figure as PNG and PDF."""
    drawing.FIGURES[figure](inputs, png.removesuffix(".png"))


def figures(drawn: dict[str, list[str]]) -> None:
    """Draw all figures again from their datasets.

    Parameters
    ----------
    drawn : dict of str to list of str
        Datasets by the path of the figure without its ending.
    """
    for stem, files in drawn.items():
        logger.info("%s", stem)
        drawing.FIGURES[Path(stem).name](files, stem)


def animation(inputs: list[str], gif: str) -> None:
    """Draw the animation of the film."""
    drawing.draw_animation(inputs, gif.removesuffix(".gif"))


def explore(inputs: list[str], target: str) -> None:
    """Write the page of the retention map and the traces."""
    drawing.draw_explore(inputs, target.removesuffix(".html"))


def table_page(inputs: list[str], target: str) -> None:
    """Write a table as a page."""
    pages.write(inputs[0], target)
