"""Tasks that need memory: sequences, and a class to tell after the last step."""

from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards import CardError

DIGITS_TESTED, MNIST_TESTED = 497, 2000
BITS, SILENT = 4, 4
RECALLED, RECALLED_TESTED = 2000, 500


class Task(NamedTuple):
    """Sequences and classes.

    Attributes
    ----------
    learned, tested : ndarray of float32, shape (sequences, steps, inputs)
        Scaled to mean 0 and variance 1 of what is learned from.
    learned_class, tested_class : ndarray of int, shape (sequences,)
        From 0 on.
    shift : int
        Most steps and inputs by which a sequence may be shifted and stays in its class.
    """

    learned: NDArray[np.float32]
    learned_class: NDArray[np.int_]
    tested: NDArray[np.float32]
    tested_class: NDArray[np.int_]
    shift: int


def split(
    sequences: NDArray[np.floating], classes: NDArray[np.integer], tested: int, shift: int
) -> Task:
    """Keep the last sequences for the test, and scale all."""
    learned = sequences[:-tested]
    scaled = ((sequences - learned.mean()) / learned.std()).astype(np.float32)
    number = classes.astype(int)
    return Task(scaled[:-tested], number[:-tested], scaled[-tested:], number[-tested:], shift)


def digits() -> Task:
    """Handwritten digits of 8 x 8 pixels, row by row (Alpaydin and Kaynak, UCI, 1998).

    Returns
    -------
    Task
        The part that scikit-learn carries, its last 497 for the test.
    """
    # Takes half a second to import, which the other tasks should not pay.
    from sklearn.datasets import load_digits

    found = load_digits()
    return split(found.images, found.target, DIGITS_TESTED, 0)


def recall(seed: int) -> Task:
    """Four random bits, one a step, and four silent steps; the class is which of 16 they were.

    Parameters
    ----------
    seed : int
        Of the bits.

    Returns
    -------
    Task
        One input, -1 or 1 and then 0.
    """
    count = RECALLED + RECALLED_TESTED
    bits = np.random.default_rng(seed).integers(0, 2, (count, BITS))
    sequences = np.zeros((count, BITS + SILENT, 1), dtype=np.float32)
    sequences[:, :BITS, 0] = 2 * bits - 1
    number = bits @ 2 ** np.arange(BITS)
    kept = slice(RECALLED), slice(RECALLED, None)
    return Task(sequences[kept[0]], number[kept[0]], sequences[kept[1]], number[kept[1]], 0)


def mnist(path: str | Path) -> Task:
    """Handwritten digits of 28 x 28 pixels, row by row (LeCun, Cortes and Burges).

    Parameters
    ----------
    path : str or Path
        NumPy's archive with ``images`` (n, 28, 28) and ``labels`` (n,); the last 2,000 are tested.

    Returns
    -------
    Task
        Digits may be shifted by two pixels.

    Raises
    ------
    CardError
        If the file holds something else.
    """
    expected = f"config mnist: expected an .npz with images (n, 28, 28) and labels (n,) in {path}"
    try:
        with np.load(path) as found:
            images, labels = found["images"], found["labels"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise CardError([f"{expected}, got {type(error).__name__}: {error}"]) from error
    if images.ndim != 3 or images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
        raise CardError([f"{expected}, got {images.shape} and {labels.shape}"])
    if len(images) < 2 * MNIST_TESTED:
        raise CardError([f"{expected} with n of at least {2 * MNIST_TESTED}, got {len(images)}"])
    return split(images, labels, MNIST_TESTED, 2)
