"""Offline page and figures of the decay fits of several measured files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import xarray as xr

from afterpulse import datasets
from afterpulse.figures import retention_map, style, time_constants
from afterpulse.figures.decay_page import image, template, versions
from afterpulse.measured.folder import DATASET, FILES, REPORT, RETENTION_MAP, TIME_CONSTANTS
from afterpulse.measured.joined import sweeps
from afterpulse.measured.summary import OF_FILES, file_rows
from afterpulse.measured.units import signal_name, signal_unit

TIMES = (
    "Parameters of the model that is chosen most often, with intervals, against the pulse "
    "amplitude. Open symbols: another model is chosen. Values that a trace does not determine are "
    "left out."
)


def write(fits: xr.Dataset, folders: Sequence[str], folder: Path) -> None:
    """Draw the figures of several files and write their page.

    Parameters
    ----------
    fits : Dataset
        Result of `afterpulse.measured.joined.join`.
    folders : sequence of str
        Name of the folder of each file in the subfolder `FILES`.
    folder : Path
        Folder of the results, with the dataset.
    """
    stored = datasets.read(folder / DATASET)
    names = [str(name) for name in fits["file"].values]
    text = template("files_page.html.j2").render(
        source=stored.attrs["measured_trace"],
        signal=signal_name(signal_unit(stored)),
        figures=draw(fits, folder),
        headings=OF_FILES,
        rows=file_rows(fits),
        links={
            name: quote(f"{FILES}/{inside}/{REPORT}")
            for name, inside in zip(names, folders, strict=True)
        },
        failures=json.loads(stored.attrs["failures"]),
        confidence=f"{100 * fits.attrs['confidence']:g} %",
        versions=versions(stored),
    )
    with datasets.whole(folder / REPORT) as beside:
        beside.write_text(text, encoding="utf-8")


def draw(fits: xr.Dataset, folder: Path) -> list[dict[str, str]]:
    """Draw a retention map for each sweep, and the time constants; return titles and captions.

    Pulses of a single amplitude and width have neither. A sweep without any fraction retained has
    no map.
    """
    drawn: list[dict[str, str]] = []
    grids = sweeps(fits)
    if all(grid["refused"].size == 1 for _, grid in grids):
        return drawn
    for number, (title, grid) in enumerate(grids, 1):
        if grid["share_retained"].isnull().all():
            continue
        figure = style.new_figure(4.6, width=2 * style.COLUMN)
        retention_map.draw(grid, figure)
        path = style.save(figure, folder / RETENTION_MAP.format(number))[0]
        name = f"Retention map{', ' if title else ''}{title}"
        drawn.append(_entry(name, retention_map.FIGURE.caption, path))
    if time_constants.drawn_model(fits):
        height = 1.2 + 1.6 * len(time_constants.drawn_parameters(fits))
        figure = style.new_figure(height, width=2 * style.COLUMN)
        time_constants.draw(fits, figure)
        path = style.save(figure, folder / TIME_CONSTANTS)[0]
        drawn.append(_entry("Time constants", TIMES, path))
    return drawn


def _entry(title: str, caption: str, path: Path) -> dict[str, str]:
    return {"title": title, "caption": " ".join(caption.split()), "image": image(path)}
