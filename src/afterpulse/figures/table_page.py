"""CSV table as an HTML page, since Snakemake's report shows a CSV file only as a download."""

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
"""Longer pages open slowly, and the report contains all pages."""

SUFFIX = re.compile(r"_(stderr|(interval_)?(lower|upper))$")


def write(table: str, target: str) -> None:
    """Write the CSV file `table` as a page, whole or not at all."""
    with datasets.whole(target) as beside:
        beside.write_text(page(pd.read_csv(table)), encoding="utf-8")


def page(table: pd.DataFrame) -> str:
    """Return a table as HTML, with four digits per number and the unit of each column.

    Columns have the names of stored variables and SI units. A long table is cut after `MOST_ROWS`.
    """
    rows = table.head(MOST_ROWS).rename(columns=heading)
    shown = rows.to_html(index=False, na_rep="", float_format=digits, border=0)
    if len(table) <= MOST_ROWS:
        return STYLE + shown
    return STYLE + f"<p>The first {MOST_ROWS} of {len(table)} rows of the file.</p>\n" + shown


def digits(number: float) -> str:
    """Return a number with four digits; zero has no sign."""
    return f"{number + 0.0:.4g}"


def heading(column: str) -> str:
    """Return the name of a column with the unit of its variable."""
    # A header may break behind an underscore.
    name = column.replace("_", "_\u200b")
    unit, _ = datasets.VARIABLES.get(SUFFIX.sub("", column), ("1", ""))
    return name if unit == "1" else f"{name} ({unit})"
