"""The folder that holds what the analysis of a trace gives."""

import re
from pathlib import Path

import xarray as xr

from afterpulse import datasets
from afterpulse.measured.error import TraceError

DATASET, TABLE = "decay.nc", "decay.csv"
FIGURE = "pulse_{}"
"""Name of a figure without its ending, by the number of the pulse."""

REPORT = "report.html"
SUPPORT, COMPARED = "support", "compared"
"""Names of the figures of the mechanisms, without their endings."""

_OURS = re.compile(
    r"decay\.(nc|csv)|(pulse_[0-9]+|support|compared)\.(png|pdf)"
    r"|mechanisms(\.(nc|csv))?|self_test\.csv|report\.html"
)


def beside(path: str | Path) -> Path:
    """Folder beside a trace, named after it."""
    return Path(path).with_name(f"{Path(path).stem}_fit")


def check_folder(folder: str | Path) -> None:
    """Make sure that nothing is lost by writing to a folder.

    Parameters
    ----------
    folder : str or Path
        It need not exist.

    Raises
    ------
    TraceError
        Where it is no folder, or holds what `write_fits` and the figures did not put there.
    """
    folder = Path(folder)
    expected = "a new folder, or one that afterpulse fit has written"
    try:
        if folder.exists() and not folder.is_dir():
            raise TraceError(str(folder), expected, "a file")
        names = [path.name for path in folder.iterdir()] if folder.exists() else []
    except OSError as error:
        raise TraceError(str(folder), expected, error.strerror) from error
    # A name with a dot in front is what a killed process left, or the system's own.
    seen = [name for name in names if not name.startswith(".")]
    if not seen:
        return
    try:
        ours = "measured_trace" in datasets.read(folder / DATASET).attrs
    except datasets.DatasetError:
        ours = False
    if not ours or not all(_OURS.fullmatch(name) for name in seen):
        raise TraceError(str(folder), expected, "another one")


def write_fits(fits: xr.Dataset, folder: str | Path, trace: str) -> None:
    """Write the fits as a dataset and a table, and remove what an analysis before has found.

    What an inference of mechanisms has simulated stays; its files say what they follow from.

    Parameters
    ----------
    fits : Dataset
        From `fit_pulses`.
    folder : str or Path
        Made where it is not there.
    trace : str
        File of the trace.
    """
    from afterpulse import decay

    folder = Path(folder)
    datasets.write(fits, folder / DATASET, {"measured_trace": Path(trace).name})
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path.is_file() and path.name != DATASET:
            path.unlink()
    with datasets.whole(folder / TABLE) as beside_it:
        decay.to_table(fits).to_csv(beside_it, index=False)
