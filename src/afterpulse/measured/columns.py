"""Columns of a measured file, whatever its format."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.quantity import Quantity, quoted
from afterpulse.measured.units import CONDUCTANCE, CURRENT, SIGNALS, TIME, size_of_unit

QUANTITIES = (TIME, *SIGNALS, CONDUCTANCE, CURRENT)
OVERRANGE = 9.9e37, 9.92e37
"""Range of the numbers by which instruments write an overrange or a missing reading (SCPI)."""

_BRACKETS = re.compile(r"(.*\S)\s*(?:\(([^()]*)\)|\[([^\[\]]*)\])")
_SLASH = re.compile(r"(.*[^\s/,])\s*[/,]\s*([^\s/,]+)")
_UNDERSCORE = re.compile(r"(.*[^_])_([^\W_]+)")
# "V_h" is a Hall voltage and "V_A" that of a contact, no hours and amperes.
_NAMES = {TIME: re.compile(r"t|elapsed|delay|zeit|clock", re.I), CURRENT: re.compile(r"i", re.I)}


@dataclass(frozen=True, eq=False)
class Column:
    """Column of a measured file.

    Attributes
    ----------
    name : str
        Printable name without the unit.
    unit : str
        As in the file; empty if there is none.
    values : ndarray, shape (rows,)
        In this unit, NaN if missing.
    header : str
        Name and unit as they stand in the file.
    is_date : bool
        Whether the values are dates, in seconds since 1970 (UTC), or times of day.
    fault : tuple of int and str, optional
        First row that is no number, and its text.
    """

    name: str
    unit: str
    values: NDArray[np.float64]
    header: str = ""
    is_date: bool = False
    fault: tuple[int, str] | None = None

    @property
    def size(self) -> float:
        """Size of the unit in SI; NaN if unknown."""
        sizes = (size_of_unit(self.unit, quantity) for quantity in QUANTITIES)
        return next((size for size in sizes if size is not None), np.nan)

    @property
    def quantity(self) -> Quantity | None:
        """Quantity that has this unit; None if unknown, as for dates that are ambiguous."""
        known = (quantity for quantity in QUANTITIES if size_of_unit(self.unit, quantity))
        return next(known, None)

    @property
    def is_text(self) -> bool:
        """Whether fewer than half of the cells are numbers."""
        return self.fault is not None and bool(np.isnan(self.values).mean() > 0.5)

    @property
    def is_constant(self) -> bool:
        """Whether all numbers are equal, as those of a status or a setting; true without any."""
        values = self.values[np.isfinite(self.values)]
        return not values.size or bool((values == values[0]).all())

    def described(self) -> str:
        """Return name, unit and kind on one line, for a message."""
        kinds = [self.unit or "no unit"]
        if self.quantity is not None:
            kinds.append(self.quantity.dimension)
        if self.is_text or np.isnan(self.values).all():
            kinds = [f"text such as {quoted(self.fault[1])}" if self.fault else "empty"]
        elif self.is_date:
            kinds = ["dates" if self.unit == "s" else f"dates, {self.unit}"]
        elif self.is_constant:
            kinds.append("constant")
        return f"{self.name!r} ({', '.join(kinds)})"


class Recording(NamedTuple):
    """Columns of a measured file."""

    file: str  # path as given
    columns: Sequence[Column]
    place: Callable[[int, int | None], str]  # names row (-1: header) and column for a message

    def position(self, column: Column) -> int:
        """Return the index of a column, which may have another unit or other values by now."""
        return [each.name for each in self.columns].index(column.name)


def named(header: str) -> tuple[str, str]:
    """Split the header of a column into a name and a unit, which may be empty.

    Accepted are ``name (unit)``, ``name [unit]``, ``name/unit``, ``name, unit`` and
    ``name_unit``. The latter three need a known unit, and "name_h" is a time only if the name is
    that of a time.
    """
    text = " ".join(header.split())
    if match := _BRACKETS.fullmatch(text):
        return printed(match[1]), printed((match[2] or match[3] or "").strip())
    for pattern in (_SLASH, _UNDERSCORE):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        for quantity in QUANTITIES:
            begin = _NAMES.get(quantity)
            if size_of_unit(match[2], quantity) and (begin is None or begin.match(match[1])):
                return printed(match[1]), printed(match[2])
    return printed(text), ""


def printed(text: str) -> str:
    """Return a text with escapes in place of control characters of a terminal."""
    return text if text.isprintable() else ascii(text)[1:-1]


def distinct(names: Sequence[str]) -> list[str]:
    """Return names of which no two are equal: a repeated name gets a number."""
    used: list[str] = []
    for index, name in enumerate(names, 1):
        first = candidate = name or f"column {index}"
        count = 1
        while candidate in used:
            count += 1
            candidate = f"{first} {count}"
        used.append(candidate)
    return used


def finite(values: NDArray) -> NDArray[np.float64]:
    """Return numbers with NaN for an infinite or overrange reading."""
    numbers = np.asarray(values, dtype=np.float64)
    low, high = OVERRANGE
    size = abs(numbers)
    return np.where(np.isinf(size) | ((size >= low) & (size < high)), np.nan, numbers)
