"""Whether a file is undamaged, told by its bytes as they are compressed."""

import hashlib
import json
from collections.abc import Iterator

import h5py
import numpy as np


def checksum(file: h5py.File) -> str:
    """SHA-256 of what a NetCDF-4 file without groups stores of its variables.

    Parameters
    ----------
    file : h5py.File
        Open to read.

    Returns
    -------
    str
        Hexadecimal. Attributes are not part of it, save for the names of dimensions.
    """
    sums = hashlib.sha256()
    for name in sorted(file):
        variable = file[name]
        dimensions = [file[one[0]].name for one in variable.attrs.get("DIMENSION_LIST", [])]
        header = [name, variable.shape, variable.dtype.str, dimensions]
        sums.update(json.dumps(header).encode())
        for stored in stored_bytes(variable):
            sums.update(stored)
    return sums.hexdigest()


def stored_bytes(variable: h5py.Dataset) -> Iterator[bytes]:
    """Bytes of a variable, compressed where they are so.

    Parameters
    ----------
    variable : h5py.Dataset
        Of numbers, truth values or texts.

    Yields
    ------
    bytes
        In the order of the variable's axes.
    """
    if h5py.check_string_dtype(variable.dtype) is not None:
        # Its chunks hold places of words that lie elsewhere in the file.
        words = np.ravel(variable[()]).tolist()
        yield json.dumps([word.decode() for word in words]).encode()
    elif variable.chunks is None:
        yield np.asarray(variable[()]).tobytes()
    else:
        places: list[tuple[int, ...]] = []
        variable.id.chunk_iter(lambda chunk: places.append(chunk.chunk_offset))
        for place in sorted(places):
            yield variable.id.read_direct_chunk(place)[1]
