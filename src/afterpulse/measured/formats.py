"""Formats of measured files: how each is recognised and read."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from afterpulse.measured.columns import Column, Recording, distinct, finite, printed
from afterpulse.measured.error import TraceError
from afterpulse.measured.file import opened
from afterpulse.measured.netcdf import MOST_NUMBERS, is_netcdf, read_netcdf
from afterpulse.measured.text_table import decode, parse_table

LABONE_UNITS = {
    "timestamp": "ticks",
    "x": "V",
    "y": "V",
    "r": "V",
    "auxin0": "V",
    "auxin1": "V",
    "freq": "Hz",
}


def read_columns(path: str | Path, skip: int | None = None) -> Recording:
    """Read all columns of a measured file in any known format.

    Parameters
    ----------
    path : str or Path
        NetCDF (QCoDeS), TDMS (National Instruments), LVM (LabVIEW), ``.dat`` of Quantum Design,
        CSV of Zurich Instruments LabOne, or any other table in text (`parse_table`).
    skip : int, optional
        Lines of a text before the header.

    Raises
    ------
    TraceError
        If the file cannot be read; the message names the file and, for text, the line.
    """
    with opened(path) as stream:
        head = stream.read(8)
    if is_netcdf(path, head):
        return read_netcdf(path)
    if head.startswith(b"TDSm") or Path(path).suffix.lower() == ".tdms":
        return read_tdms(path)
    if head.startswith(b"PK\x03\x04"):
        raise TraceError(
            str(path), "a table in text or NetCDF (export as CSV)", "a workbook or zip"
        )
    text = decode(path)
    if skip is None:
        for begins, reader in TEXT_FORMATS:
            if begins(text):
                return reader(str(path), text)
    return parse_table(str(path), text, skip or 0)


def read_lvm(file: str, text: str) -> Recording:
    """Read a measurement file of LabVIEW, with units by ``Y_Unit_Label``.

    If the column of times is empty, these follow from ``X0`` and ``Delta_X``.
    """
    lines = text.split("\n")
    ends = [i for i, line in enumerate(lines) if line.startswith("***End_of_Header***")]
    if not ends:
        raise TraceError(file, "a line ***End_of_Header***", "none")
    fields: dict[str, list[str]] = {}
    for line in lines[: ends[-1]]:
        name, *cells = re.split(r"[\t,]" if "\t" not in line else r"\t", line)
        fields[name] = [cell.strip() for cell in cells]
    recording = parse_table(file, text, ends[-1] + 1)
    units = iter(fields.get("Y_Unit_Label", []))
    start, step = (_number(fields.get(name, [""])[0]) for name in ("X0", "Delta_X"))
    columns = []
    for column in recording.columns:
        if not column.name.startswith("X_Value"):
            columns.append(replace(column, unit=column.unit or next(units, "")))
        elif np.isnan(column.values).all():
            values = start + step * np.arange(column.values.size, dtype=np.float64)
            columns.append(replace(column, unit="s", values=values))
        else:
            columns.append(replace(column, unit="s"))
    return recording._replace(columns=columns)


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return np.nan


def read_quantum_design(file: str, text: str) -> Recording:
    """Read a ``.dat`` file of a PPMS, MPMS or VersaLab: the table below ``[Data]``."""
    lines = text.split("\n")
    data = next((i for i, line in enumerate(lines) if line.strip() == "[Data]"), None)
    if data is None:
        raise TraceError(file, "a line [Data]", "none")
    return parse_table(file, text, data + 1)


def read_labone(file: str, text: str) -> Recording:
    """Read samples of a demodulator from Zurich Instruments LabOne, which writes no units."""
    recording = parse_table(file, text)
    columns = [
        replace(column, unit=LABONE_UNITS.get(column.name, column.unit))
        for column in recording.columns
    ]
    return recording._replace(columns=columns)


def read_tdms(path: str | Path) -> Recording:
    """Read the channels of a TDMS file of National Instruments, those of the largest group.

    Without a channel of times these follow from the properties of the waveform. Raises TraceError
    if the file cannot be read or npTDMS is not installed.
    """
    file = str(path)
    try:
        import nptdms
    except ImportError:
        install = "the package npTDMS to read TDMS: pip install 'afterpulse[tdms]'"
        raise TraceError(file, install, "none") from None
    with opened(path) as stream:
        try:
            content = nptdms.TdmsFile.read_metadata(stream)
            groups = [group.channels() for group in content.groups()]
            largest: list = max(groups, key=lambda group: sum(map(len, group)), default=[])
            size = sum(map(len, largest))
            if size > MOST_NUMBERS:
                raise TraceError(file, f"at most {MOST_NUMBERS} samples", size)
            stream.seek(0)
            read = nptdms.TdmsFile.read(stream)
            columns = _channels([read[c.group_name][c.name] for c in largest])
        except TraceError:
            raise
        except Exception as error:
            # The library raises exceptions of any type for a damaged file.
            raise TraceError(file, "a TDMS file", f"{type(error).__name__}: {error}") from error
    if not columns:
        raise TraceError(file, "channels of numbers", "none")

    def place(row: int, column: int | None = None) -> str:
        return file if row < 0 or column is None else f"{file}: {columns[column].name}[{row}]"

    return Recording(file, columns, place)


def _channels(channels: Sequence) -> list[Column]:
    """Return the channels of a TDMS group that have the usual length, and a time if none has."""
    lengths = [len(channel) for channel in channels if len(channel)]
    if not lengths:
        return []
    length = max(set(lengths), key=lengths.count)
    names = distinct([printed(channel.name) for channel in channels])
    columns = []
    for name, channel in zip(names, channels, strict=True):
        data = channel[:]
        if len(data) != length or data.dtype.kind not in "iufM":
            continue
        unit = channel.properties.get("unit_string") or channel.properties.get("NI_UnitDescription")
        if data.dtype.kind == "M":
            seconds = data.astype("datetime64[us]").astype(np.int64) / 1e6
            columns.append(Column(name, "s", seconds, name, is_date=True))
        else:
            columns.append(Column(name, printed(str(unit or "")), finite(data), name))
    if not any(column.unit == "s" for column in columns):
        step = next(
            (c.properties["wf_increment"] for c in channels if c.properties.get("wf_increment")),
            None,
        )
        if step is not None:
            columns.insert(
                0, Column("time", "s", float(step) * np.arange(length, dtype=np.float64), "time")
            )
    return columns


TEXT_FORMATS: Sequence[tuple[Callable[[str], bool], Callable[[str, str], Recording]]] = (
    (lambda text: text.startswith("LabVIEW Measurement"), read_lvm),
    (lambda text: text.lstrip().startswith("[Header]"), read_quantum_design),
    (lambda text: text.startswith(("chunk;timestamp", "%chunk;timestamp")), read_labone),
)
"""How a format in text begins, and its reader. All others need no reader of their own."""
