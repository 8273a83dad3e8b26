"""Checkpoints of an integration, from which a killed drive continues with the same numbers.

A checkpoint is a directory with `output-<k>.npy`, the magnetisation at each output so far, and
`state.npz`, which is replaced as a whole and counts the valid outputs.
"""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

STATE = "state.npz"

State = TypeVar("State")


def fingerprint(*arguments: Any) -> str:
    """Return a hexadecimal digest of pytrees of arrays, numbers and strings."""
    leaves, structure = jax.tree.flatten(arguments)
    digest = hashlib.sha256(str(structure).encode())
    for leaf in leaves:
        array = np.asarray(leaf)
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def save(directory: Path, drive: str, outputs: int, state: Any) -> None:
    """Store the state of a drive and its number of outputs.

    A kill at any moment leaves the previous state or this one.
    """
    directory.mkdir(parents=True, exist_ok=True)
    new = directory / f"new-{STATE}"
    stored: dict[str, Any] = {"drive": drive, "outputs": outputs}
    stored |= {f"leaf{k}": np.asarray(leaf) for k, leaf in enumerate(jax.tree.leaves(state))}
    with new.open("wb") as file:
        np.savez(file, **stored)
        file.flush()
        os.fsync(file.fileno())
    new.replace(directory / STATE)


def save_output(directory: Path, output: int, m: NDArray[Any]) -> None:
    """Store the magnetisation at an output."""
    directory.mkdir(parents=True, exist_ok=True)
    np.save(directory / f"output-{output}.npy", m)


def load(directory: Path, drive: str, like: State) -> tuple[int, State] | None:
    """Return the number of outputs and the state, or None without a checkpoint.

    `like` is a state of the same structure. A checkpoint of another drive raises ValueError.
    """
    path = directory / STATE
    if not path.exists():
        return None
    with np.load(path) as stored:
        if str(stored["drive"]) != drive:
            raise ValueError(f"checkpoint '{directory}' belongs to another drive; delete it")
        leaves, structure = jax.tree.flatten(like)
        restored = [jnp.asarray(stored[f"leaf{k}"]) for k in range(len(leaves))]
        return int(stored["outputs"]), jax.tree.unflatten(structure, restored)


def load_output(directory: Path, output: int) -> NDArray[Any]:
    """Return the magnetisation at an output."""
    result: NDArray[Any] = np.load(directory / f"output-{output}.npy")
    return result


def remove(directory: Path) -> None:
    """Delete a checkpoint if there is one."""
    shutil.rmtree(directory, ignore_errors=True)
