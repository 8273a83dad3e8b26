"""Random streams that depend only on what is computed, not on where or in which order."""

import hashlib

import numpy as np

SAMPLE = 0
"""Index of the first sample, which calibration, inference and memory-cell models use."""


def stream_seed(experiment_seed: int, sample: int, replicate: int, history: str) -> int:
    """Return the seed of one segment of one trajectory, between 0 and 2**63 - 1.

    The history is all that has been done to the film, the segment itself included. Trajectories
    with a common beginning share its random numbers, and adding points changes none.
    """
    words = f"{experiment_seed}/{sample}/{replicate}/{history}".encode()
    return int.from_bytes(hashlib.sha256(words).digest()[:8], "big") >> 1


def stream(experiment_seed: int, sample: int, replicate: int, history: str) -> np.random.Generator:
    """Return the generator with the seed of `stream_seed`; same parameters."""
    return np.random.default_rng(stream_seed(experiment_seed, sample, replicate, history))
