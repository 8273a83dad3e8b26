"""Format in which datasets are stored.

Datasets of an experiment lie at ``results/<device>/<experiment>/<name>.nc``; docs/data.md lists
their variables and dimensions. `read` reads a dataset into memory. `opened` reads values when they
are needed, so that the dataset need not fit in memory.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from math import prod
from pathlib import Path
from typing import Any

import dask
import h5py
import numpy as np
import xarray as xr

from afterpulse.datasets.whole_files import DatasetError, whole

LAYOUT = "afterpulse 3"
"""Value of the attribute ``layout`` by which `read` knows its own files."""

VOCABULARY = "afterpulse, docs/data.md"
"""Document that defines the standard names; CF's table has none for Hall bars."""

CLOCKS = ("step", "delay", "time", "loop_step")
"""Dimensions along time."""

STORED_BYTES = 2**18
"""Maximum size of a stored chunk before compression."""

STORED_STEPS = 128
"""Maximum number of steps in a chunk of a variable above `STORED_BYTES`."""

PIECE_BYTES = 2**22
"""Maximum size of a piece that a lazily opened dataset reads at a time."""

LIBRARIES = (
    "dask",
    "discretisedfield",
    "h5netcdf",
    "h5py",
    "jax",
    "lmfit",
    "micromagneticmodel",
    "numba",
    "numpy",
    "scikit-learn",
    "scipy",
    "xarray",
)


class OutdatedError(DatasetError):
    """A dataset at `path` that has to be computed again: damaged, or of other cards."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = str(path)


def write(
    dataset: xr.Dataset, path: str | Path, attributes: Mapping[str, Any] | None = None
) -> None:
    """Write a dataset whole or not at all.

    The file carries no time of writing: the same data, attributes, commit and library versions
    give the same bytes. Numbers are compressed in chunks (`stored_chunk`), each with a Fletcher-32
    checksum.

    Parameters
    ----------
    dataset : Dataset
        Labelled data, see `label`. A lazy dataset (dask) is computed piece by piece.
    path : str or Path
        File to write; its folder is made.
    attributes : mapping, optional
        Global attributes. Texts and numbers are stored as they are, anything else as JSON.

    Raises
    ------
    ValueError
        If a data variable or a numeric coordinate lacks ``units`` or ``long_name``.
    """
    for name, variable in dataset.variables.items():
        numeric = np.issubdtype(variable.dtype, np.number)
        if name in dataset.data_vars or numeric:
            for attribute in ("units", "long_name"):
                if attribute not in variable.attrs:
                    raise ValueError(f"variable {str(name)!r} has no {attribute}")
    complete = dataset.assign_attrs(
        {name: _attribute(value) for name, value in (attributes or {}).items()}
        | {
            "layout": LAYOUT,
            "standard_name_vocabulary": VOCABULARY,
            "afterpulse_version": version("afterpulse"),
            "git_state": _git_state(),
            "library_versions": json.dumps({name: version(name) for name in LIBRARIES}),
        }
    )
    encoding: dict[str, dict[str, Any]] = {}
    for name, variable in complete.variables.items():
        numbers = variable.dtype.kind in "biuf"
        encoding[str(name)] = {"_FillValue": None} if numbers else {}
        if variable.size and variable.ndim:
            # HDF5 keeps a reference of 16 bytes to each text, whatever its length.
            itemsize = variable.dtype.itemsize if numbers else 16
            encoding[str(name)]["chunksizes"] = stored_chunk(variable.sizes, itemsize)
        if numbers and variable.ndim:
            encoding[str(name)] |= {
                "zlib": True,
                "complevel": 4,
                "shuffle": True,
                "fletcher32": True,
            }
    # Threads would store the chunks of a lazy dataset in an order of their own.
    with (
        dask.config.set(scheduler="synchronous"),
        whole(path) as beside,
        _disk(beside, "w+") as disk,
    ):
        complete.drop_encoding().to_netcdf(disk, engine="h5netcdf", encoding=encoding)


def stored_chunk(sizes: Mapping[Hashable, int], itemsize: int) -> tuple[int, ...]:
    """Return the shape of the chunks in which a variable is stored.

    A small variable is a single chunk. A chunk of a larger variable has few steps of few
    trajectories, so that a trajectory, or a delay of all trajectories, is read without most of the
    rest.

    Parameters
    ----------
    sizes : mapping
        Size of each dimension by its name, in their order.
    itemsize : int
        Bytes per number.

    Returns
    -------
    tuple of int
        A chunk has at most `STORED_BYTES`, unless a single number is larger.
    """
    shape = dict(sizes)
    if prod(shape.values()) * itemsize > STORED_BYTES:
        for dim in shape:
            if dim in CLOCKS:
                shape[dim] = min(shape[dim], STORED_STEPS)
    return tuple(_cut(shape, itemsize, STORED_BYTES).values())


def _cut(sizes: Mapping[Hashable, int], itemsize: int, most: int) -> dict[Hashable, int]:
    """Return a shape of at most `most` bytes: trajectories come first and are cut first."""
    shape = dict(sizes)
    for dim in shape:
        others = itemsize * prod(size for other, size in shape.items() if other != dim)
        shape[dim] = max(1, min(shape[dim], most // max(1, others)))
    return shape


def opened(path: str | Path) -> xr.Dataset:
    """Open a dataset that `write` wrote, without reading its data.

    Parameters
    ----------
    path : str or Path
        File to open.

    Returns
    -------
    Dataset
        A context manager that closes the file. Values are read when they are needed, and not
        kept; variables above `PIECE_BYTES` are dask arrays in pieces of that size. Values read
        inside `reading` raise errors that name the file.

    Raises
    ------
    OutdatedError, DatasetError
        As `read`, except for damage in the data.
    """
    with reading(path):
        _check_layout(path)
        # Values that were read are not kept in the dataset.
        dataset = xr.open_dataset(path, engine="h5netcdf", cache=False)
    # Not made absolute: messages and commands name the file as the workflow does.
    dataset.encoding["source"] = str(path)
    for name, variable in dataset.data_vars.items():
        if variable.nbytes > PIECE_BYTES:
            pieces = _cut(variable.sizes, variable.dtype.itemsize, PIECE_BYTES)
            dataset[name] = variable.chunk(pieces)
    return dataset


def read(path: str | Path) -> xr.Dataset:
    """Read a dataset that `write` wrote into memory.

    Parameters
    ----------
    path : str or Path
        File to read.

    Returns
    -------
    Dataset
        All data, verified against the Fletcher-32 checksum of each chunk.

    Raises
    ------
    OutdatedError
        If the file is cut short or damaged.
    DatasetError
        If the file is missing, cannot be read or is not a dataset of this layout.
    """
    with reading(path):
        _check_layout(path)
        with xr.open_dataset(path, engine="h5netcdf", cache=False) as dataset:
            return dataset.load()


@contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """Raise errors of HDF5 and xarray in this block as errors that name the file and the cause.

    Raises
    ------
    MemoryError
        If memory ran out. HDF5 reports this in several ways.
    DatasetError
        If the operating system did not deliver the bytes.
    OutdatedError
        If the bytes are not those of an HDF5 file, or a chunk does not match its checksum.
    """
    try:
        yield
    except DatasetError:
        raise
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, SystemError) as error:
        words = " ".join(str(error).split())
        if isinstance(error, SystemError) or "alloc" in words:
            raise MemoryError(f"while reading {path}: {words}") from error
        cause = _system_error(path, error, words)
        if cause is not None:
            raise DatasetError(f"{path}: cannot be read ({cause})") from error
        damage = _damage(path)
        if damage is not None:
            raise OutdatedError(path, f"damaged or cut short ({damage})") from error
        if isinstance(error, OSError):
            # A filter that finds no memory fails as one that finds damage.
            raise MemoryError(f"while reading {path}: {words}") from error
        raise DatasetError(f"{path}: not a NetCDF-4 file ({words})") from error


def _damage(path: str | Path) -> str | None:
    """Return HDF5's message about a damaged file, None if all stored chunks can be read."""
    try:
        # Without a cache of chunks, so that little memory is enough.
        with h5py.File(path, "r", rdcc_nbytes=0) as file:
            for variable in file.values():
                pieces = [()] if variable.chunks is None else variable.iter_chunks()
                for piece in pieces:
                    variable[piece]
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        try:
            bytearray(16 * STORED_BYTES)
        except MemoryError:
            return None
        return " ".join(str(error).split())
    except (MemoryError, SystemError):
        return None
    return None


def _system_error(path: str | Path, error: Exception, words: str) -> str | None:
    """Return the operating system's message if it caused a failed read."""
    code = getattr(error, "errno", None)
    quoted = re.search(r"errno = (\d+)", words)
    if code is None and quoted is not None:
        code = int(quoted[1])
    if code:
        return os.strerror(code)
    # HDF5 does not always pass the cause on: read the bytes without it.
    try:
        with open(path, "rb", buffering=0) as file:
            while file.read(PIECE_BYTES):
                pass
    except OSError as failed:
        return failed.strerror or str(failed)
    return None


def _check_layout(path: str | Path) -> None:
    if not Path(path).is_file():
        raise DatasetError(f"{path}: no such dataset")
    with h5py.File(path, "r") as file:
        layout = file.attrs.get("layout")
    if layout != LAYOUT:
        raise DatasetError(
            f"{path}: not a dataset of the layout {LAYOUT!r} (its layout is {layout!r})"
        )


class _Disk(io.FileIO):
    """File for HDF5, which crashes if a write fails while it closes a file.

    The first error is kept in `failed`; later writes are dropped.
    """

    failed: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all bytes, or keep the error."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while len(left) and self.failed is None:
                left = left[super().write(left) :]
        except OSError as error:
            self.failed = error
        return size

    def truncate(self, size: int | None = None) -> int:
        """Set the size, or keep the error."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.failed = self.failed or error
            return size or 0


@contextmanager
def _disk(path: Path, mode: str) -> Iterator[_Disk]:
    """Open a file for HDF5, and raise the error of its first failed write on closing."""
    with _Disk(path, mode) as disk:
        yield disk
        if disk.failed is not None:
            raise disk.failed


def _attribute(value: Any) -> Any:
    if isinstance(value, str | int | float | np.number) and not isinstance(value, bool):
        return value
    return json.dumps(value, sort_keys=True)


def version(distribution: str) -> str:
    """Return the version of a distribution, or "not installed"."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


@cache
def _git_state() -> str:
    """Return the commit of this package, with ``-dirty`` if tracked files were changed."""
    git = ["git", "--no-optional-locks", "-C", str(Path(__file__).parent)]
    commands = (
        # An installed package may lie in a folder that a repository of something else ignores.
        [*git, "ls-files", "--error-unmatch", Path(__file__).name],
        [*git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
    )
    try:
        runs = [subprocess.run(c, capture_output=True, text=True, check=True) for c in commands]
    except subprocess.CalledProcessError as error:
        # Git does not read a checkout of another account: its configuration could run programs.
        if "dubious ownership" in error.stderr:
            return "checkout of another account, commit unknown"
        return "not a git checkout"
    except OSError:
        return "git not found"
    return runs[-1].stdout.strip()
