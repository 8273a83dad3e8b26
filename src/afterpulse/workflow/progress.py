"""Progress of long work, for logs."""

import logging
from collections.abc import Callable

import numpy as np

Report = Callable[[float, str], None]
"""Takes the fraction that is done and a line that says where the work is."""

logger = logging.getLogger("afterpulse")


def progress(name: str, clock: Callable[[], float]) -> Report:
    """Report that logs a line every five seconds, with the time gone and the time left.

    LLG edges come before the first point is done; the rest goes at the pace of the points.
    """
    started = clock()
    last = -np.inf
    first: tuple[float, float] | None = None

    def report(share: float, line: str) -> None:
        nonlocal last, first
        elapsed = clock() - started
        if first is None and share > 0:
            first = share, elapsed
        if elapsed - last > 5:
            last = elapsed
            left = ""
            if first is not None and share > first[0]:
                pace = (elapsed - first[1]) / (share - first[0])
                left = f", {pace * (1 - share):.0f} s left"
            logger.info("%s: %s, %.0f s gone%s", name, line, elapsed, left)

    return report
