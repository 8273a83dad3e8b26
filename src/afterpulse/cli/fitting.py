"""Fits of measured files, with their figures and pages."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from afterpulse import datasets, measured
from afterpulse.measured import folder as folders
from afterpulse.measured.joined import check_units, join
from afterpulse.measured.runs import Run, names_of, of_files, read_runs
from afterpulse.measured.summary import summary
from afterpulse.measured.units import TIME, parsed, signal_unit
from afterpulse.workflow.pool import in_parallel
from afterpulse.workflow.progress import shown

FORESEEN = (measured.TraceError, datasets.DatasetError)
UNFORESEEN = (ArithmeticError, ValueError, MemoryError)
"""Errors that no check foresees, and that must not lose the other files."""


class Request(NamedTuple):
    """Selected columns, delays of probe and fraction retained (s), and options of the fits."""

    selection: measured.Selection
    probe: float
    at: float
    options: measured.FitOptions


def pulses_of(
    place: str, pulses: Path | None, single: Sequence[str | None]
) -> list[measured.Pulse]:
    """Return the pulses of a file by their options: a table, or start, width and amplitude.

    Raises TraceError, which begins with `place`, for other options.
    """
    if pulses is not None and not any(single):
        return measured.read_pulses(pulses)
    start, width, amplitude = single
    if pulses is None and start and width and amplitude:
        return [measured.parse_pulse(start, width, amplitude)]
    expected = "its pulses by --pulses, or by --pulse-start, --pulse-width and --pulse-amplitude"
    raise measured.TraceError(place, expected, "other options")


def runs_of(
    files: Sequence[Path], table: Path, pulses: Path | None, single: Sequence[str | None]
) -> tuple[list[Run], dict[Path, str]]:
    """Return the runs of some files by a table, of all its files if none is given.

    Files that the table does not have follow, each with the reason. Raises TraceError if the
    options give pulses besides their start.
    """
    start, *others = single
    if pulses is not None or any(others):
        options = "--pulses, --pulse-width and --pulse-amplitude"
        raise measured.TraceError(str(table), f"its pulses without {options}", "other options")
    runs = read_runs(table, None if start is None else parsed(start, TIME, "--pulse-start"))
    return of_files(files, runs) if files else (runs, {})


def fit_file(
    samples: xr.Dataset, pulses: Sequence[measured.Pulse], request: Request, folder: Path
) -> tuple[xr.Dataset, list[list[str]]]:
    """Fit a trace and write fits and figures to a folder.

    Returns
    -------
    fits : Dataset
        Result of `afterpulse.measured.fit_pulses`.
    summaries : list of list of str
        Lines of `afterpulse.measured.summary.summary` for each pulse.
    """
    _, probe, at, options = request
    sweeps, fits = measured.fit_pulses(samples, pulses, probe, at, options)
    folders.write_fits(fits, folder, samples)
    # Importing Matplotlib takes a second, which invalid input does not need.
    from afterpulse.api import plot
    from afterpulse.figures import style

    summaries = []
    for index, sweep in enumerate(sweeps):
        fit_of_pulse = fits.isel(pulse=index)
        style.save(plot(sweep, fit_of_pulse), folder / folders.FIGURE.format(index + 1))
        summaries.append(summary(fit_of_pulse, probe, at))
    return fits, summaries


def read_unit(file: Path, selection: measured.Selection) -> tuple[str, str]:
    """Read a file; return the unit of its signal and the error, one of which is empty."""
    try:
        return signal_unit(measured.read_trace(file, selection)), ""
    except (*FORESEEN, *UNFORESEEN) as error:
        return "", reason_of(file, error)


def fit_run(item: tuple[Run, Path], request: Request) -> xr.Dataset | str:
    """Read and fit a file and write its results to a folder; return the fits, or the error."""
    run, folder = item
    try:
        samples = measured.read_trace(run.file, request.selection)
        pulses = measured.on_clock(run.pulses, samples)
        fits, summaries = fit_file(samples, pulses, request, folder)
    except (*FORESEEN, *UNFORESEEN) as error:
        return reason_of(run.file, error)
    from afterpulse.figures import decay_page

    decay_page.write(summaries, folder)
    return fits


def reason_of(file: Path, error: Exception) -> str:
    """Return an error of a file in one line that names the file."""
    if isinstance(error, FORESEEN):
        return str(error)
    words = " ".join(str(error).split()) or type(error).__name__
    return str(measured.TraceError(str(file), "a trace", words))


def fit_runs(
    runs: Sequence[Run],
    missing: dict[Path, str],
    source: str,
    request: Request,
    folder: Path,
    cores: int,
) -> tuple[xr.Dataset | None, dict[str, str]]:
    """Fit several files in parallel, and write the results to a folder.

    Parameters
    ----------
    runs : sequence of Run
        Files with their pulses.
    missing : dict
        Further files that cannot be fitted, each with the reason.
    source : str
        Name of all files together.
    request : Request
        Options.
    folder : Path
        Folder of the results. Those of each file go to a folder in its subfolder `folders.FILES`.
    cores : int
        Number of processes, on which the results do not depend.

    Returns
    -------
    fits : Dataset or None
        Result of `afterpulse.measured.joined.join`, None if no file could be fitted.
    failures : dict
        Names of the other files, each with the reason.

    Raises
    ------
    TraceError
        If the signals of two files have different units; no file is fitted then.
    """
    names = names_of([*(run.file for run in runs), *missing])
    stems = folders.folder_names(names[: len(runs)])
    files = [run.file for run in runs]
    with shown(transient=True) as report:
        # Starting more processes takes longer than reading usual files in this process.
        read = in_parallel(partial(read_unit, selection=request.selection), files, 1, report)
    readable = [index for index, (unit, _) in enumerate(read) if unit]
    check_units({files[index]: read[index][0] for index in readable})
    items = [(runs[index], folder / folders.FILES / stems[index]) for index in readable]
    with shown() as report:
        done = in_parallel(partial(fit_run, request=request), items, cores, report)
    results: list[xr.Dataset | str] = [reason for _, reason in read]
    for index, result in zip(readable, done, strict=True):
        results[index] = result
    reasons = dict(zip(names, [*results, *missing.values()], strict=True))
    failures = {name: reason for name, reason in reasons.items() if isinstance(reason, str)}
    fitted = {name: fits for name, fits in reasons.items() if not isinstance(fits, str)}
    if not fitted:
        return None, failures
    temperature = [
        run.temperature for run, name in zip(runs, names, strict=False) if name in fitted
    ]
    fits = join(list(fitted.values()), list(fitted), temperature)
    folders.write_joined(fits, folder, source, failures)
    kept = [stem for stem, name in zip(stems, names, strict=False) if name in fitted]
    folders.remove_files(folder, kept)
    from afterpulse.figures import files_page

    files_page.write(fits, kept, folder)
    return fits, failures
