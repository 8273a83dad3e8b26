"""Random streams that depend on what is computed, never on where or in which order."""

import hashlib

import numpy as np

# An experiment has one sample so far; its replicates are repeats on it.
SAMPLE = 0


def stream_seed(experiment_seed: int, sample: int, replicate: int, history: str) -> int:
    """Seed of one segment of one trajectory.

    Parameters
    ----------
    experiment_seed : int
        From the experiment card.
    sample, replicate : int
        Which film, and which of its repeats.
    history : str
        All that has been done to the film, the segment at hand included. Trajectories with a
        common beginning so share its random numbers, and adding points changes none.

    Returns
    -------
    int
        Between 0 and 2**63 - 1.
    """
    words = f"{experiment_seed}/{sample}/{replicate}/{history}".encode()
    return int.from_bytes(hashlib.sha256(words).digest()[:8], "big") >> 1


def stream(experiment_seed: int, sample: int, replicate: int, history: str) -> np.random.Generator:
    """Generator with the seed of `stream_seed`; same parameters."""
    return np.random.default_rng(stream_seed(experiment_seed, sample, replicate, history))
