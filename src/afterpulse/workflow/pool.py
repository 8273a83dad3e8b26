"""Work on several processes."""

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

from threadpoolctl import threadpool_limits

from afterpulse.workflow.progress import Report

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(
    function: Callable[[T], R], items: Sequence[T], cores: int, report: Report
) -> list[R]:
    """Return the results of a function for all items, in their order.

    With one core or one item no process is started. `report` receives the finished fraction and a
    line of progress. The first exception ends all work.
    """
    total = len(items)
    report(0.0, f"0 of {total}")
    if min(cores, total) < 2:
        results = []
        for done, item in enumerate(items, 1):
            results.append(function(item))
            report(done / total, f"{done} of {total}")
        return results
    with ProcessPoolExecutor(min(cores, total), get_context("spawn"), settle) as pool:
        try:
            futures = [pool.submit(function, item) for item in items]
            for done, future in enumerate(as_completed(futures), 1):
                future.result()
                report(done / total, f"{done} of {total}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]


def settle() -> None:
    """Prepare a process of the pool: one thread, no interrupts, an end with its parent."""
    threadpool_limits(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=exit_with_parent, daemon=True).start()


def exit_with_parent() -> None:
    """Exit this process once its parent has ended in any way."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
