"""File from which a killed job by LLG goes on with the same numbers."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from afterpulse.datasets import DatasetError, whole
from afterpulse.datasets.whole_files import remove_unfinished

INTERVAL = 10.0
"""Least wall time between two checkpoints (s)."""

LARGEST_LOAD = 0.05
"""Largest fraction of the wall time that writing takes."""

OWNER = "owner"

logger = logging.getLogger("afterpulse")

Arrays = dict[str, NDArray]


class CheckpointFile:
    """Arrays of the batches of a chunk: those that are finished and the running one.

    The file is NumPy's ``npz`` without pickled objects. It is written whole or not at all. A file
    that is damaged, or that belongs to another chunk, is not used.

    Parameters
    ----------
    path : str or Path
        File; it need not exist.
    owner : str
        What the numbers follow from, such as a digest of points, cards, inputs and versions.
    clock : callable
        Returns the wall time (s).
    """

    def __init__(
        self, path: str | Path, owner: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path, self.owner = Path(path), owner
        self._clock, self._due = clock, clock() + INTERVAL
        self._batches = self._read()

    def saved(self, batch: str) -> Arrays | None:
        """Return the arrays of a batch that `update` kept, if there are any."""
        return self._batches.get(batch)

    def update(self, batch: str, arrays: Callable[[], Arrays], finished: bool) -> None:
        """Keep the arrays of a batch if it is finished or a checkpoint is due.

        Batch and names may have any characters but a slash.
        """
        due = self._clock() >= self._due
        if due or finished:
            self._batches[batch] = arrays()
        if due:
            self._write()

    def remove(self) -> None:
        """Remove the file, also one that was not completed."""
        self.path.unlink(missing_ok=True)
        if self.path.parent.is_dir():
            remove_unfinished(self.path)

    def _write(self) -> None:
        began = self._clock()
        members = {
            f"{batch}/{name}": values
            for batch, arrays in self._batches.items()
            for name, values in arrays.items()
        }
        try:
            with whole(self.path) as beside, beside.open("wb") as file:
                np.savez(file, allow_pickle=False, **{OWNER: np.array(self.owner)}, **members)
        except DatasetError as error:
            # The results may still find space.
            logger.warning("no checkpoint: %s", error)
        now = self._clock()
        self._due = now + max(INTERVAL, (now - began) / LARGEST_LOAD)

    def _read(self) -> dict[str, Arrays]:
        if not self.path.exists():
            return {}
        batches: dict[str, Arrays] = {}
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                if str(stored[OWNER]) != self.owner:
                    logger.warning("%s: of other points, cards or versions, not used", self.path)
                    return {}
                for member in stored.files:
                    batch, slash, name = member.partition("/")
                    if slash:
                        # Each member has a checksum.
                        batches.setdefault(batch, {})[name] = stored[member]
        except Exception as error:
            # Damage of a ZIP archive has many kinds of errors; the numbers can be computed again.
            logger.warning("%s: damaged (%s), not used", self.path, error)
            return {}
        logger.info("goes on from %s", self.path)
        return batches
