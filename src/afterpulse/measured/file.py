"""Opening of measured files."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from afterpulse.measured.error import TraceError


@contextmanager
def opened(path: str | Path) -> Iterator[BufferedReader]:
    """Open a regular file for reading bytes.

    Raises
    ------
    TraceError
        If there is no such file or it cannot be read.
    """
    file = Path(path)
    try:
        if file.is_dir():
            raise TraceError(str(path), "a file", "a folder")
        if not file.exists():
            raise TraceError(str(path), "a file", "no such file")
        if not file.is_file():
            raise TraceError(str(path), "a file", "a pipe or a device")
        with file.open("rb") as stream:
            yield stream
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise TraceError(str(path), "a readable file", reason) from error
