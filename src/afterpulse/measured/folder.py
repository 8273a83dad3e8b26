"""Folder with the results of the analysis of a trace."""

import re
from pathlib import Path

import xarray as xr

from afterpulse import datasets
from afterpulse.measured.error import TraceError

DATASET, TABLE, REPORT = "decay.nc", "decay.csv", "report.html"
FIGURE = "pulse_{}"
"""Name of a pulse's figure without its ending."""
SUPPORT, COMPARED = "support", "compared"
"""Names of the figures of the mechanisms without their endings."""

_OURS = re.compile(
    r"decay\.(nc|csv)|(pulse_[0-9]+|support|compared)\.(png|pdf)"
    r"|mechanisms(\.(nc|csv))?|self_test\.csv|report\.html"
)

TRAIN, PULSES, CURVES, CURVE_FIGURE = "train.nc", "pulses.csv", "curves.csv", "curves"
"""Files of `afterpulse train`; the figure without its endings."""
_OF_TRAIN = re.compile(r"train\.nc|pulses\.csv|curves\.(csv|png|pdf)")


def beside(path: str | Path, command: str = "fit") -> Path:
    """Return the default folder of the results of a command, named after the trace."""
    return Path(path).with_name(f"{Path(path).stem}_{command}")


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
        ours = "measured_trace" in datasets.read(folder / dataset).attrs
    except datasets.DatasetError:
        ours = False
    if not ours or not all(pattern.fullmatch(name) for name in visible):
        raise TraceError(str(folder), expected, "another one")


def write_fits(fits: xr.Dataset, folder: str | Path, trace: xr.Dataset) -> None:
    """Write the fits of `fit_pulses` as dataset and table; remove files of an earlier analysis.

    The folder is created if it does not exist. The name of the file and the columns that were read
    are those of `trace`, from `read_trace`. Simulations for an inference of mechanisms stay,
    because the names identify the inputs.
    """
    from afterpulse import decay

    folder = Path(folder)
    source = {
        "measured_trace": Path(trace.attrs["file"]).name,
        "columns": trace.attrs["columns"],
    }
    datasets.write(fits, folder / DATASET, source)
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path.is_file() and path.name != DATASET:
            path.unlink()
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
