"""Position in the random numbers of a seed, so that no two drives see the same noise.

A step draws its thermal field from the seed and from the number of the step. The number goes on
from drive to drive: system and evolver remember how many steps of each seed they have used.
"""

import dataclasses
from typing import Any

POSITIONS = "_noise_positions"


@dataclasses.dataclass
class NoiseStream:
    """Random numbers of a seed (0 to 2**64 - 1), of which `position` steps are used."""

    seed: int
    position: int = 0


def resume_stream(seed: int, *owners: Any) -> NoiseStream:
    """Continue the stream of a seed after the numbers that its owners have used.

    The owners are the system and the evolver, if there is one.
    """
    used = [getattr(owner, POSITIONS, {}).get(seed, 0) for owner in owners]
    return NoiseStream(seed, max(used, default=0))


def store_position(stream: NoiseStream, *owners: Any) -> None:
    """Remember with each owner that a stream is used up to its position."""
    for owner in owners:
        positions = getattr(owner, POSITIONS, {})
        position = max(stream.position, positions.get(stream.seed, 0))
        # A new dictionary: a copy of the owner keeps its own.
        setattr(owner, POSITIONS, {**positions, stream.seed: position})


def forget_positions(owner: Any) -> None:
    """Restart every stream of an owner."""
    setattr(owner, POSITIONS, {})
