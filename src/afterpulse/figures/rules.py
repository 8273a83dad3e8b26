"""Workflow rules that draw figures and pages."""

import logging
from os.path import splitext
from pathlib import Path
from typing import Any

from afterpulse.cards.sections import reads
from afterpulse.figures import table_page as pages
from afterpulse.figures.registry import FIGURES
from afterpulse.figures.spec import Variant

logger = logging.getLogger("afterpulse")


@reads()
def figure(inputs: list[str], figure: str, target: str) -> None:
    """Draw a figure in all its file formats."""
    FIGURES[figure].draw(inputs, splitext(target)[0])


# Separate rules, because their files have other suffixes and folders.
animation = explore = figure


def variants_figure(
    figure: str,
    changes: dict[str, dict[str, Any]],
    roles: dict[str, tuple[str, str]],
    inputs: list[str],
    target: str,
) -> None:
    """Draw a figure of variants.

    `inputs` are in the order of `changes`, those of one variant side by side.
    """
    FIGURES[figure].draw(grouped(changes, roles, inputs), splitext(target)[0])


def grouped(
    changes: dict[str, dict[str, Any]], roles: dict[str, tuple[str, str]], files: list[str]
) -> list[Variant]:
    """Return variants with their files, which are in the order of the changes."""
    each = len(files) // len(changes)
    return [
        Variant(values, *roles.get(name, ("", "")), files[number * each : (number + 1) * each])
        for number, (name, values) in enumerate(changes.items())
    ]


def figures(
    drawn: dict[str, list[str]],
    varied: dict[str, list[str]],
    changes: dict[str, dict[str, Any]],
    roles: dict[str, tuple[str, str]],
) -> None:
    """Draw all figures again, given the datasets of each by the figure's path without suffix.

    `varied` are the figures of variants.
    """
    for stem, files in (drawn | varied).items():
        logger.info("%s", stem)
        inputs = grouped(changes, roles, files) if stem in varied else files
        FIGURES[Path(stem).name].draw(inputs, stem)


def table_page(inputs: list[str], target: str) -> None:
    """Write a CSV table as an HTML page."""
    pages.write(inputs[0], target)
