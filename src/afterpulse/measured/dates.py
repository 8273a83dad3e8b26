"""Dates and times of day in text files."""

import pandas as pd
from numpy.typing import NDArray

CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
ISO = rf"[0-9]{{4}}[-/][0-9]{{2}}[-/][0-9]{{2}}[ T]{CLOCK}(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})?"
YEAR_LAST = rf"[0-9]{{1,2}}(?P<mark>[-/.])[0-9]{{1,2}}(?P=mark)[0-9]{{4}},?[ T]+{CLOCK}"
"""Date with the year after day and month, in either order."""
ANY_DAY = 20_000 * 86_400.0
"""Day of times of day (s), so that their clock counts from a date like any other."""

DAY_FIRST, MONTH_FIRST = "dd/mm/yyyy", "mm/dd/yyyy"
EITHER_ORDER = f"{DAY_FIRST} or {MONTH_FIRST}"
"""Unit of a column of dates that leave the order of day and month open."""

_PARTS = rf"(?P<first>\d+)(?P<mark>\D)(?P<second>\d+)\D(?P<year>\d+)\D+(?P<clock>{CLOCK})"


def seconds_of_day(words: pd.Series) -> NDArray:
    """Return times of day such as ``12:00:00.5`` in s, on `ANY_DAY`."""
    return ANY_DAY + _seconds(words)


def seconds_of_iso(words: pd.Series) -> NDArray:
    """Return dates in ISO 8601 in s since 1970 (UTC), NaN where there is no such date."""
    return since_1970(
        pd.to_datetime(words.str.replace("/", "-"), format="ISO8601", utc=True, errors="coerce")
    )


def seconds_of_year_last(words: pd.Series, header: str = "") -> tuple[NDArray, str]:
    """Return dates in the form of `YEAR_LAST` in s since 1970, NaN where there is no such date.

    The day is first if dots separate, or if a first number is above 12. The month is first if a
    second number is above 12. Otherwise the order is that of `header`, such as ``"dd/mm/yyyy"``.
    The second result is empty, or `EITHER_ORDER` if the order is open; the day is first then.
    """
    parts = words.str.extract(_PARTS)
    first, second, year = (parts[name].astype(int) for name in ("first", "second", "year"))
    proved = ""
    if (parts["mark"] == ".").any() or (first > 12).any():
        proved = DAY_FIRST
    elif (second > 12).any():
        proved = MONTH_FIRST
    order = proved or order_of(header)
    day, month = (second, first) if order == MONTH_FIRST else (first, second)
    dates = pd.to_datetime({"year": year, "month": month, "day": day}, utc=True, errors="coerce")
    return since_1970(dates) + _seconds(parts["clock"]), "" if order else EITHER_ORDER


def order_of(text: str) -> str:
    """Return `DAY_FIRST` or `MONTH_FIRST` for a text such as ``"DD.MM.YYYY hh:mm"``, else ""."""
    order = text.strip().casefold()[:5].replace(".", "/").replace("-", "/")
    return {"dd/mm": DAY_FIRST, "mm/dd": MONTH_FIRST}.get(order, "")


def with_month_first(seconds: NDArray) -> NDArray:
    """Exchange day and month of dates in s since 1970 of which no day is above 12."""
    dates = pd.Series(pd.to_datetime(seconds // 86_400, unit="D", utc=True))
    parts = {"year": dates.dt.year, "month": dates.dt.day, "day": dates.dt.month}
    return since_1970(pd.to_datetime(pd.DataFrame(parts), utc=True)) + seconds % 86_400


def since_1970(dates: pd.Series) -> NDArray:
    """Return dates in s since 1970 (UTC), NaN for a missing date."""
    return (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(float)


def _seconds(clocks: pd.Series) -> NDArray:
    """Return times of day in s after midnight."""
    parts = clocks.str.replace(",", ".").str.split(":", expand=True).astype(float).fillna(0.0)
    scales = pd.Series([3600.0, 60.0, 1.0])[: parts.shape[1]]
    return (parts * scales).sum(axis=1).to_numpy(float)
