"""Tasks that need memory: sequences to be classified after the last step."""

from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards import CardError

DIGITS_TESTED, MNIST_TESTED = 497, 2000
BITS, SILENT = 4, 4
RECALL_TRAINED, RECALL_TESTED = 2000, 500


class Task(NamedTuple):
    """Sequences of shape (sequences, steps, inputs), and their classes from 0 on."""

    learned: NDArray[np.float32]
    learned_class: NDArray[np.int_]
    tested: NDArray[np.float32]
    tested_class: NDArray[np.int_]
    shift: int  # largest shift, in steps and inputs, that keeps the class


def split(
    sequences: NDArray[np.floating], classes: NDArray[np.integer], tested: int, shift: int
) -> Task:
    """Scale sequences to mean 0 and variance 1 of the training; the last ones are the test."""
    learned = sequences[:-tested]
    scaled = ((sequences - learned.mean()) / learned.std()).astype(np.float32)
    labels = classes.astype(int)
    return Task(scaled[:-tested], labels[:-tested], scaled[-tested:], labels[-tested:], shift)


def digits() -> Task:
    """Return handwritten digits of 8 x 8 pixels, row by row (Alpaydin and Kaynak, UCI, 1998).

    These are the digits of scikit-learn; the last 497 are tested.
    """
    # Takes half a second to import, which other tasks should not pay.
    from sklearn.datasets import load_digits

    data = load_digits()
    return split(data.images, data.target, DIGITS_TESTED, 0)


def recall(seed: int) -> Task:
    """Return four random bits (-1 or 1), one a step, and four silent steps; 16 classes."""
    count = RECALL_TRAINED + RECALL_TESTED
    bits = np.random.default_rng(seed).integers(0, 2, (count, BITS))
    sequences = np.zeros((count, BITS + SILENT, 1), dtype=np.float32)
    sequences[:, :BITS, 0] = 2 * bits - 1
    classes = bits @ 2 ** np.arange(BITS)
    first, last = slice(RECALL_TRAINED), slice(RECALL_TRAINED, None)
    return Task(sequences[first], classes[first], sequences[last], classes[last], 0)


def mnist(path: str | Path) -> Task:
    """Return handwritten digits of 28 x 28 pixels, row by row (LeCun, Cortes and Burges).

    The file is a NumPy archive with ``images`` (n, 28, 28) and ``labels`` (n,), of which the last
    2,000 are tested. Digits may be shifted by two pixels.

    Raises
    ------
    CardError
        If the file has other content.
    """
    expected = f"config mnist: expected an .npz with images (n, 28, 28) and labels (n,) in {path}"
    try:
        with np.load(path) as archive:
            images, labels = archive["images"], archive["labels"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise CardError([f"{expected}, got {type(error).__name__}: {error}"]) from error
    if images.ndim != 3 or images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
        raise CardError([f"{expected}, got {images.shape} and {labels.shape}"])
    if len(images) < 2 * MNIST_TESTED:
        raise CardError([f"{expected} with n of at least {2 * MNIST_TESTED}, got {len(images)}"])
    return split(images, labels, MNIST_TESTED, 2)
