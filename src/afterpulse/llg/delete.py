"""Delete what drives have left behind."""

import os
import shutil
from pathlib import Path

import micromagneticmodel as mm

from .noise_stream import forget_positions


def delete(system: mm.System, dirname: str | os.PathLike[str] = ".") -> None:
    """Delete all drives of a system, where there are any, and begin its random numbers anew.

    Parameters
    ----------
    system : micromagneticmodel.System
        System whose directory is removed.
    dirname : path, optional
        Where the system's directory is.
    """
    directory = Path(dirname, system.name)
    if directory.exists():
        shutil.rmtree(directory)
    system.drive_number = 0
    forget_positions(system)
