"""Where an integration stands, on disk, so that one that was killed goes on with the same numbers.

A checkpoint is a directory with `output-<k>.npy`, the magnetisation at each output so far, and
`state.npz`, which is replaced as a whole and says how many of them count.
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
    """Digest of all that a drive depends on.

    Parameters
    ----------
    *arguments
        Pytrees of arrays, numbers and strings.

    Returns
    -------
    str
        Hexadecimal.
    """
    leaves, structure = jax.tree.flatten(arguments)
    digest = hashlib.sha256(str(structure).encode())
    for leaf in leaves:
        array = np.asarray(leaf)
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def save(directory: Path, drive: str, outputs: int, state: Any) -> None:
    """Store a state; a kill at any moment leaves the last one or this one.

    Parameters
    ----------
    directory : Path
        Made if it is missing.
    drive : str
        Fingerprint of the drive.
    outputs : int
        How many outputs there were before.
    state : pytree of jax.Array
        What the integrator goes on from.
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


def save_output(directory: Path, number: int, m: NDArray[Any]) -> None:
    """Store the magnetisation at an output."""
    directory.mkdir(parents=True, exist_ok=True)
    np.save(directory / f"output-{number}.npy", m)


def load(directory: Path, drive: str, like: State) -> tuple[int, State] | None:
    """Read a state.

    Parameters
    ----------
    directory : Path
        From `save`.
    drive : str
        Fingerprint of the drive that is to go on.
    like : pytree of jax.Array
        A state of the same structure.

    Returns
    -------
    tuple or None
        Number of outputs and state; None where there is no checkpoint.

    Raises
    ------
    ValueError
        If the checkpoint belongs to another drive.
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


def load_output(directory: Path, number: int) -> NDArray[Any]:
    """Read the magnetisation at an output."""
    result: NDArray[Any] = np.load(directory / f"output-{number}.npy")
    return result


def remove(directory: Path) -> None:
    """Delete a checkpoint, if there is one."""
    shutil.rmtree(directory, ignore_errors=True)
