"""Folder with the results of the analysis of a trace."""

import re
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from afterpulse import datasets
from afterpulse.measured.columns import distinct
from afterpulse.measured.error import TraceError

DATASET, TABLE, REPORT = "decay.nc", "decay.csv", "report.html"
FIGURE = "pulse_{}"
"""Name of a pulse's figure without its ending."""
FILES = "files"
"""Subfolder with a folder for each of several files."""
RETENTION_MAP, TIME_CONSTANTS = "retention_map_{}", "time_constants"
"""Names of the figures of several files without their endings."""
SUPPORT, COMPARED = "support", "compared"
"""Names of the figures of the mechanisms without their endings."""

_OURS = re.compile(
    r"decay\.(nc|csv)|(pulse_[0-9]+|support|compared|retention_map_[0-9]+|time_constants)\.(png|pdf)"
    r"|mechanisms(\.(nc|csv))?|self_test\.csv|report\.html|files"
)

TRAIN, PULSES, CURVES, CURVE_FIGURE = "train.nc", "pulses.csv", "curves.csv", "curves"
"""Files of `afterpulse train`; the figure without its endings."""
_OF_TRAIN = re.compile(r"train\.nc|pulses\.csv|curves\.(csv|png|pdf)")


def beside(path: str | Path, command: str = "fit") -> Path:
    """Return the default folder of the results of a command.

    It is beside the trace, or the folder or table of traces, and named after it.
    """
    path = Path(path)
    # "." and ".." have no name.
    path = path if path.name.strip(".") else path.resolve()
    return path.with_name(f"{path.stem}_{command}")


def folder_names(names: Sequence[str]) -> list[str]:
    """Return the name of a folder for each of several files, of which no two are equal."""
    stems = [str(Path(name).with_suffix("")).replace("/", "_").strip(".") for name in names]
    return distinct([stem or "file" for stem in stems])


def check_folder(folder: str | Path, command: str = "fit") -> None:
    """Raise TraceError if a folder holds files that a command did not write, or is none.

    The folder need not exist. Commands are fit and train.
    """
    folder = Path(folder)
    expected = f"a new folder, or one that afterpulse {command} has written"
    dataset, pattern = (DATASET, _OURS) if command == "fit" else (TRAIN, _OF_TRAIN)
    try:
        if folder.exists() and not folder.is_dir():
            raise TraceError(str(folder), expected, "a file")
        names = [path.name for path in folder.iterdir()] if folder.exists() else []
    except OSError as error:
        raise TraceError(str(folder), expected, error.strerror) from error
    # A name that begins with a dot was left by a killed process or by the system.
    visible = [name for name in names if not name.startswith(".")]
    if not visible:
        return
    try:
        # A killed fit of several files has left these alone.
        ours = visible == [FILES] or "measured_trace" in datasets.read(folder / dataset).attrs
    except datasets.DatasetError:
        ours = False
    if not ours or not all(pattern.fullmatch(name) for name in visible):
        raise TraceError(str(folder), expected, "another one")
    if FILES in visible:
        for inside in sorted((folder / FILES).iterdir()):
            check_folder(inside)


def write_fits(fits: xr.Dataset, folder: str | Path, trace: xr.Dataset) -> None:
    """Write the fits of `fit_pulses` as dataset and table; remove files of an earlier analysis.

    The folder is created if it does not exist. The name of the file and the columns that were read
    are those of `trace`, from `read_trace`. Simulations for an inference of mechanisms stay,
    because the names identify the inputs.
    """
    source = {
        "measured_trace": Path(trace.attrs["file"]).name,
        "columns": trace.attrs["columns"],
    }
    folder = Path(folder)
    _write(fits, folder, source)
    remove_files(folder, [])


def write_joined(fits: xr.Dataset, folder: str | Path, source: str, failures: dict) -> None:
    """Write the fits of several files as `write_fits`, with the reason of each file without fits.

    `source` is a name of all of them.
    """
    _write(fits, Path(folder), {"measured_trace": source, "failures": failures})


def remove_files(folder: Path, kept: Sequence[str]) -> None:
    """Remove the results of single files of an earlier analysis, but for the folders `kept`."""
    if not (folder / FILES).is_dir():
        return
    for inside in (folder / FILES).iterdir():
        if inside.is_dir() and inside.name not in kept:
            _clear(inside)
            if not any(inside.iterdir()):
                inside.rmdir()
    if not any((folder / FILES).iterdir()):
        (folder / FILES).rmdir()


def _clear(folder: Path, kept: str = "") -> None:
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path.is_file() and path.name != kept:
            path.unlink()


def _write(fits: xr.Dataset, folder: Path, attributes: dict) -> None:
    from afterpulse import decay

    datasets.write(fits, folder / DATASET, attributes)
    _clear(folder, DATASET)
    with datasets.whole(folder / TABLE) as temporary:
        decay.to_table(fits).to_csv(temporary, index=False)


def write_train(train: xr.Dataset, folder: str | Path, trace: str) -> None:
    """Write a train with its curves as a dataset, a table of pulses and one of curves.

    The folder is created if it does not exist.
    """
    from afterpulse.measured.curves import curve_table, pulse_table

    folder = Path(folder)
    datasets.write(train, folder / TRAIN, {"measured_trace": Path(trace).name})
    for name, table in ((PULSES, pulse_table(train)), (CURVES, curve_table(train))):
        with datasets.whole(folder / name) as temporary:
            table.to_csv(temporary, index=False)
