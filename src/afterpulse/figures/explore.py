"""Page to click on: the retention map with the trace of each point."""

from __future__ import annotations

from afterpulse import datasets
from afterpulse.cards.experiment import Experiment
from afterpulse.figures.spec import FigureSpec
from afterpulse.timeline.protocol import sweep_protocols


def inputs(experiment: Experiment) -> list[str]:
    """Return the datasets that the figure reads, none if it is not drawn."""
    return ["ahe.nc", "decay.nc"] if "sweep" in sweep_protocols(experiment) else []


def draw_files(paths: list[str], stem: str) -> None:
    """Write the page, with scripts and data of its own (2 MB)."""
    # Bokeh takes a second to import, which the other figures should not pay.
    from afterpulse.figures import explore_page

    ahe, decay = (datasets.read(path) for path in paths)
    with datasets.whole(f"{stem}.html") as beside:
        beside.write_text(explore_page.page(ahe, decay), encoding="utf-8")


FIGURE = FigureSpec(
    name="explore",
    caption="Retention map of a sweep, and the traces behind the point that is picked.",
    inputs=inputs,
    draw=draw_files,
    endings=("html",),
    in_report=False,
)
