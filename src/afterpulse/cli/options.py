"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Pulses = Annotated[
    Path | None, typer.Option(help="CSV file with start, width and amplitude of the pulses.")
]
TimeColumn = Annotated[
    str | None, typer.Option(help='Column of the time: name, "name (unit)" or position.')
]
Columns = Annotated[
    list[str] | None,
    typer.Option(help="Column of the Hall voltage; repeat the option for each repeat."),
]
Repeats = Annotated[bool, typer.Option("--repeats", help="All columns of voltages are repeats.")]
ReadCurrent = Annotated[
    str | None, typer.Option(help='Read current that makes a resistance a voltage: "100 uA".')
]
Skip = Annotated[int | None, typer.Option(min=0, help="Lines of the file before the header.")]
Output = Annotated[
    Path | None, typer.Option(help="Output folder; by default beside the file, folder or table.")
]
