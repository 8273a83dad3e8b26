"""Interactive page: the retention map with the trace of each point."""

from __future__ import annotations

from afterpulse import datasets
from afterpulse.figures.spec import FigureSpec
from afterpulse.timeline.protocol import sweep_protocols


def draw_files(paths: list[str], stem: str) -> None:
    """Write the page with its scripts and data (2 MB)."""
    # Importing Bokeh takes a second, which the other figures do not need.
    from afterpulse.figures import explore_page

    ahe, decay = (datasets.read(path) for path in paths)
    with datasets.whole(f"{stem}.html") as beside:
        beside.write_text(explore_page.page(ahe, decay), encoding="utf-8")


FIGURE = FigureSpec(
    name="explore",
    caption="Retention map of a sweep, and the traces of the selected point.",
    inputs=lambda card: ["ahe.nc", "decay.nc"] if "sweep" in sweep_protocols(card) else [],
    draw=draw_files,
    endings=("html",),
    in_report=False,
)
