"""Limit the processor cores that a drive uses."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .arguments import whole_number


@contextmanager
def limited_threads(count: int | None) -> Iterator[None]:
    """Bind all threads of the process to a number of cores (None: all) while the context lasts.

    XLA makes its threads when it starts and gives no way to change their number; the kernel can
    still keep them on fewer cores. Only Linux can do that: elsewhere nothing happens.
    """
    if count is not None:
        count = whole_number("n_threads", count)
    tasks = Path("/proc/self/task")
    if count is None or not (hasattr(os, "sched_setaffinity") and tasks.is_dir()):
        yield
        return
    cores = os.sched_getaffinity(0)
    chosen = set(sorted(cores)[:count])
    try:
        _bind(tasks, chosen)
        yield
    finally:
        _bind(tasks, cores)


def _bind(tasks: Path, cores: set[int]) -> None:
    for task in tasks.iterdir():
        try:
            os.sched_setaffinity(int(task.name), cores)
        except ProcessLookupError:
            # The thread has ended in the meantime.
            continue
