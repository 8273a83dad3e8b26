"""Position in the random numbers of a seed, so that no two drives see one noise.

A step draws its thermal field from the seed and from the number of the step. The number goes on
from drive to drive: the system and the evolver remember how many steps of each seed they used.
"""

import dataclasses
from typing import Any

POSITIONS = "_noise_positions"


@dataclasses.dataclass
class NoiseStream:
    """Random numbers of one seed.

    Attributes
    ----------
    seed : int
        0 to 2**64 - 1.
    position : int
        Number of steps whose random numbers are used up.
    """

    seed: int
    position: int = 0


def resume_stream(seed: int, *owners: Any) -> NoiseStream:
    """Continue the stream of a seed after all that its owners used of it.

    Parameters
    ----------
    seed : int
        Of the thermal field.
    *owners
        The system, and the evolver if there is one.

    Returns
    -------
    NoiseStream
        At 0 if no owner used the seed before.
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
    """Let every stream begin anew for an owner."""
    setattr(owner, POSITIONS, {})
