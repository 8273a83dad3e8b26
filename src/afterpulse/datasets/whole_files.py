"""Files that appear whole or not at all."""

import glob
import os
import platform
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DatasetError(RuntimeError):
    """A dataset is missing, damaged or of another layout, or cannot be written."""


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path to write to, and rename the file to `path` once it is complete.

    The temporary file is in the folder of `path`, which is created, and has the same suffix. It is
    removed if the block raises.

    Raises
    ------
    DatasetError
        If the file cannot be written, for example on a full disk.
    """
    path = Path(path)
    mark = f"{host_name()}-{os.getpid()}-{uuid.uuid4().hex}"
    beside = path.with_name(f".{mark}.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_unfinished(path)
        yield beside
        _flush(beside)
        os.replace(beside, path)
        _flush(path.parent)
    except Exception as error:
        # Libraries may fail again while they close a file that could not be written.
        cause = next((each for each in _chain(error) if isinstance(each, OSError)), None)
        if cause is None:
            raise
        raise DatasetError(f"{path}: cannot be written ({cause.strerror or cause})") from cause
    finally:
        beside.unlink(missing_ok=True)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and the errors during whose handling it was raised."""
    while error is not None:
        yield error
        error = error.__context__


def remove_unfinished(path: Path) -> None:
    """Remove temporary files of `path` that killed processes of this machine left."""
    for beside in path.parent.glob(f".{host_name()}-*.{glob.escape(path.name)}"):
        match = re.match(r"\.\w+-(\d+)-[0-9a-f]{32}\.", beside.name)
        if match and not is_alive(int(match[1])):
            beside.unlink(missing_ok=True)


def host_name() -> str:
    """Return the name of this machine, reduced to letters and digits."""
    return re.sub("[^A-Za-z0-9]", "", platform.node()) or "host"


def is_alive(process: int) -> bool:
    """Return whether a process of this machine, given by its ID, has not ended."""
    try:
        # Linux keeps a process that has ended until its parent asks for it.
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        state = "unknown"
    if state == "Z":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
