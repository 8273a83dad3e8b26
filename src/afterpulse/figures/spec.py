"""Declaration of a figure for the workflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from afterpulse.cards.experiment import Experiment


class Variant(NamedTuple):
    """A variant of an experiment, as the figures of variants read it.

    Attributes
    ----------
    changes : dict
        Its values by field.
    hypothesis, condition : str
        Its role on the card; both are empty if it has none.
    files : list of str
        Its datasets, in the order of the figure's inputs.
    """

    changes: dict[str, Any]
    hypothesis: str
    condition: str
    files: list[str]


@dataclass(frozen=True)
class FigureSpec:
    """A figure of the results folder, declared by the module that draws it.

    Attributes
    ----------
    name : str
        Name of the module and of the figure's files.
    caption : str
        Caption in the report, as reStructuredText.
    inputs : callable
        Return the datasets that the figure reads, relative to the results folder, for an experiment
        card; an empty list if the figure is not drawn. The workflow expands `PLACEHOLDERS`:
        ``trains/{train}.nc`` means all trains.
    draw : callable
        Write the figure, given the paths of its inputs and the path of its files without suffix.
        A figure of variants gets a list of `Variant` instead of the paths.
    endings : tuple of str
        Suffixes of its files, without dot.
    in_report : bool
        Whether the report shows the figure. Its files are then in ``figures/``, otherwise beside
        the report.
    of_variants : bool
        Whether the figure compares the variants of an experiment. Its inputs are then relative to
        the folder of each variant.
    """

    name: str
    caption: str
    inputs: Callable[[Experiment], list[str]]
    draw: Callable[[Any, str], None]
    endings: tuple[str, ...] = ("png", "pdf")
    in_report: bool = True
    of_variants: bool = False

    @property
    def stem(self) -> str:
        """Path of the figure's files in the results folder, without suffix."""
        return f"figures/{self.name}" if self.in_report else self.name

    @property
    def files(self) -> list[str]:
        """Paths of the figure's files in the results folder."""
        return [f"{self.stem}.{ending}" for ending in self.endings]


PLACEHOLDERS = ("first_chunk", "train", "held_out_part", "neuron_protocol", "network_part")
"""Placeholders in the inputs of a figure: the first chunk of the plan, the pulse trains of the
card, the parts of the held-out random trains, the neuron protocols and the parts of networks."""
