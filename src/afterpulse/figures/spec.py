"""What the workflow has to know of a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from afterpulse.cards.experiment import Experiment


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
        From the experiment card to the datasets that the figure reads, relative to the results
        folder. An empty list: the figure is not drawn for this experiment. The workflow expands
        the placeholders of `PLACEHOLDERS`, so that ``trains/{train}.nc`` means all trains.
    draw : callable
        Write the figure, given the paths of its inputs and that of its files without an ending.
    endings : tuple of str
        Endings of its files.
    in_report : bool
        Whether the report shows the figure. If so, its files are in ``figures/``; otherwise they
        are beside the report.
    """

    name: str
    caption: str
    inputs: Callable[[Experiment], list[str]]
    draw: Callable[[list[str], str], None]
    endings: tuple[str, ...] = ("png", "pdf")
    in_report: bool = True

    @property
    def stem(self) -> str:
        """Path of the figure's files in the results folder, without an ending."""
        return f"figures/{self.name}" if self.in_report else self.name

    @property
    def files(self) -> list[str]:
        """Paths of the figure's files in the results folder."""
        return [f"{self.stem}.{ending}" for ending in self.endings]


PLACEHOLDERS = ("first_chunk", "train", "held_out_part", "neuron_protocol", "network_part")
"""What the workflow expands in a figure's inputs: the first chunk of the plan, the pulse trains of
the card, the parts of the held-out random trains, the neuron protocols and the parts of the
networks."""
