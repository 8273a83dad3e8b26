"""The directory that a drive leaves behind."""

import datetime
import importlib.metadata
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import micromagneticmodel as mm
import pandas as pd

UNITS = {"t": "s", "E": "J", "mx": "", "my": "", "mz": ""}


@contextmanager
def drive_directory(
    system: mm.System, dirname: str | os.PathLike[str], driver: str, **arguments: Any
) -> Iterator[Path]:
    """Open a directory to write into that becomes `<system.name>/drive-<n>` at the end.

    `m0.omf` and `info.json` are written here, everything else by the caller. An exception
    leaves nothing behind. Sets ``system.drive_number`` to the number of the next drive.

    Parameters
    ----------
    system : micromagneticmodel.System
        System before it is driven.
    dirname : path
        Where the system's directory is.
    driver : str
        Name of the driver.
    **arguments
        Arguments of the drive, for `info.json`.

    Yields
    ------
    pathlib.Path
        Temporary directory.
    """
    parent = Path(dirname, system.name)
    parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".drive-", dir=parent))
    try:
        scratch.chmod(0o755)
        start = datetime.datetime.now()
        system.m.to_file(str(scratch / "m0.omf"))
        yield scratch
        end = datetime.datetime.now()
        number = _next_number(parent)
        info = {
            "drive_number": number,
            "date": start.strftime("%Y-%m-%d"),
            "time": start.strftime("%H:%M:%S"),
            "start_time": start.isoformat(timespec="seconds"),
            "adapter": "afterpulse",
            "adapter_version": importlib.metadata.version("afterpulse"),
            "driver": driver,
            **arguments,
            "end_time": end.isoformat(timespec="seconds"),
            "elapsed_time": str(end - start),
            "success": True,
        }
        while True:
            info["drive_number"] = number
            (scratch / "info.json").write_text(json.dumps(info), encoding="utf-8")
            try:
                # Fails if another process took the number since: its directory is not empty.
                os.replace(scratch, parent / f"drive-{number}")
                break
            except OSError:
                if not (parent / f"drive-{number}").exists():
                    raise
                number += 1
        system.drive_number = number + 1
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _next_number(parent: Path) -> int:
    numbers = [int(path.name.removeprefix("drive-")) for path in parent.glob("drive-*")]
    return max(numbers, default=-1) + 1


def write_table(table: pd.DataFrame, path: Path, title: str) -> None:
    """Write a table in OOMMF's ODT format.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns out of `UNITS`.
    path : pathlib.Path
        File to write.
    title : str
        Title of the table.
    """
    lines = [
        "# ODT 1.0",
        "# Table Start",
        f"# Title: {title}",
        "# Columns: " + " ".join(f"{{{name}}}" for name in table.columns),
        "# Units: " + " ".join(f"{{{UNITS[name]}}}" for name in table.columns),
    ]
    lines += [" ".join(f"{value:.17g}" for value in row) for row in table.to_numpy()]
    lines += ["# Table End"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def delete(system: mm.System, dirname: str | os.PathLike[str] = ".") -> None:
    """Delete all drives of a system.

    Parameters
    ----------
    system : micromagneticmodel.System
        System whose directory is removed.
    dirname : path, optional
        Where the system's directory is.

    Raises
    ------
    FileNotFoundError
        If the system has no directory there.
    """
    shutil.rmtree(Path(dirname, system.name))
    system.drive_number = 0
