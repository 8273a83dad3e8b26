"""A table as a page: Snakemake's report shows pages, and only offers a CSV file to be saved."""

from __future__ import annotations

import re

import pandas as pd

from afterpulse import datasets

STYLE = """<!doctype html>
<meta charset="utf-8">
<style>
  body { font: 13px sans-serif; margin: 1em; }
  table { border-collapse: collapse; }
  th, td { padding: 0.2em 0.7em; text-align: right; vertical-align: top; }
  td { white-space: nowrap; }
  thead th { position: sticky; top: 0; background: white; border-bottom: 1px solid; }
  tbody tr:nth-child(even) { background: #f2f2f2; }
</style>
"""

MOST_ROWS = 1000
"""A page of more is slow to open, and the report holds all pages."""

PART = re.compile(r"_(stderr|(interval_)?(lower|upper))$")


def write(table: str, target: str) -> None:
    """Write a CSV file as a page, whole or not at all.

    Parameters
    ----------
    table : str
        The CSV file; may be empty.
    target : str
        Where to write.
    """
    with datasets.whole(target) as beside:
        beside.write_text(page(pd.read_csv(table)), encoding="utf-8")


def page(table: pd.DataFrame) -> str:
    """Lay a table out in HTML.

    Parameters
    ----------
    table : DataFrame
        With columns named as the variables of a dataset, in SI units.

    Returns
    -------
    str
        The page; four digits of each number, and the unit of each column that has one. Of a long
        table its first rows, and how many there are.
    """
    rows = table.head(MOST_ROWS).rename(columns=heading)
    shown = rows.to_html(index=False, na_rep="", float_format=digits, border=0)
    if len(table) <= MOST_ROWS:
        return STYLE + shown
    return STYLE + f"<p>The first {MOST_ROWS} of {len(table)} rows of the file.</p>\n" + shown


def digits(number: float) -> str:
    """Four digits of a number; zero has no sign."""
    return f"{number + 0.0:.4g}"


def heading(column: str) -> str:
    """Name of a column with its unit.

    Parameters
    ----------
    column : str
        Name of a variable, perhaps with that of an end of its interval or of its standard error.

    Returns
    -------
    str
        As it is printed.
    """
    # A header may break behind an underscore.
    name = column.replace("_", "_\u200b")
    unit, _ = datasets.VARIABLES.get(PART.sub("", column), ("1", ""))
    return name if unit == "1" else f"{name} ({unit})"
