"""Progress of long work, for logs and terminals."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

Report = Callable[[float, str], None]
"""Takes the fraction that is done and a line for the log."""

logger = logging.getLogger("afterpulse")


def progress(name: str, clock: Callable[[], float]) -> Report:
    """Return a report that logs a line every five seconds with the time gone and the time left.

    The time left follows from the points alone, since LLG edges come before the first point.
    """
    started = clock()
    last = -np.inf
    first: tuple[float, float] | None = None

    def report(fraction: float, line: str) -> None:
        nonlocal last, first
        elapsed = clock() - started
        if first is None and fraction > 0:
            first = fraction, elapsed
        if elapsed - last > 5:
            last = elapsed
            left = ""
            if first is not None and fraction > first[0]:
                pace = (elapsed - first[1]) / (fraction - first[0])
                left = f", {pace * (1 - fraction):.0f} s left"
            logger.info("%s: %s, %.0f s gone%s", name, line, elapsed, left)

    return report


@contextmanager
def shown(transient: bool = False) -> Iterator[Report]:
    """Show progress on standard error; remove it at the end if it is transient."""
    # Workflow jobs, which log their progress, do not need rich.
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    # In a log, progress that is removed would leave an empty line.
    hidden = transient and not console.is_terminal
    with Progress(console=console, transient=transient, disable=hidden) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda fraction, line: bar.update(task, completed=fraction, description=line)
