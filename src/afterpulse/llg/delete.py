"""Delete the files of a system's drives."""

import os
import shutil
from pathlib import Path

import micromagneticmodel as mm

from .noise_stream import forget_positions


def delete(system: mm.System, dirname: str | os.PathLike[str] = ".") -> None:
    """Delete the directory of a system in `dirname`, if any, and restart its random numbers."""
    directory = Path(dirname, system.name)
    if directory.exists():
        shutil.rmtree(directory)
    system.drive_number = 0
    forget_positions(system)
