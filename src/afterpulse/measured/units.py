"""Units of measured quantities, and quantities from the command line."""

import re
import unicodedata
from functools import cache

from pydantic_core import PydanticCustomError

from afterpulse.cards.quantity import Quantity, quoted
from afterpulse.measured.error import TraceError

TIME = Quantity("time", "s", "1 s")
POSITIVE_TIME = Quantity("time", "s", "500 ms", "positive")
FREQUENCY = Quantity("frequency", "1/s", "60 MHz", "positive")
VOLTAGE = Quantity("voltage", "V", "1 uV")
RESISTANCE = Quantity("resistance", "ohm", "450 mohm")
POSITIVE_RESISTANCE = Quantity("resistance", "ohm", "1 kohm", "positive")
CONDUCTANCE = Quantity("conductance", "S", "1 uS")
CURRENT = Quantity("current", "A", "2 mA")
CURRENT_DENSITY = Quantity("current density", "A/m^2", "8.4e11 A/m^2")

_SPELLINGS = (
    (re.compile(r"(?<=[Vvts])[ _]?(dc|ac|rms)$", re.IGNORECASE), ""),  # Vdc, uVrms, "Volt DC"
    (re.compile(r"volts?$", re.IGNORECASE), "V"),
    (re.compile(r"ohms?$", re.IGNORECASE), "ohm"),
    (re.compile(r"sec(onds?)?s?$", re.IGNORECASE), "s"),
    (re.compile(r"^minutes?$", re.IGNORECASE), "min"),
    (re.compile(r"^hours?$", re.IGNORECASE), "h"),
)
"""Spellings of instruments that are no units by themselves."""


@cache
def size_of_unit(unit: str, quantity: Quantity) -> float | None:
    """Return the size of a unit, in any usual spelling, in SI; None if of another quantity."""
    # The micro sign and the ohm sign become the Greek letters.
    text = spelled = unicodedata.normalize("NFKC", unit).strip()
    for pattern, replacement in _SPELLINGS:
        spelled = pattern.sub(replacement, spelled)
    for each in (text, spelled):
        try:
            return quantity.parse(f"1 {each}")
        except PydanticCustomError:
            continue
    return None


def identify_unit(unit: str, *quantities: Quantity, place: str) -> tuple[float, Quantity]:
    """Return the size of a unit in SI and the first of some quantities that has this unit.

    Raises TraceError, which begins with `place`, if no quantity has this unit.
    """
    for quantity in quantities:
        size = size_of_unit(unit, quantity)
        if size is not None:
            return size, quantity
    expected = f"a unit of {' or '.join(quantity.dimension for quantity in quantities)}"
    raise TraceError(place, expected, quoted(unit))


def parsed(text: str, quantity: Quantity, place: str) -> float:
    """Read a number with a unit, such as ``"500 ms"``, in SI.

    Raises TraceError, which begins with `place`, if the text is no such quantity.
    """
    try:
        return quantity.parse(text)
    except PydanticCustomError as error:
        context = error.context or {}
        got = f"{context['got']}{context['reason']}"
        raise TraceError(place, context["expected"], got) from error


def parsed_window(text: str, place: str) -> tuple[float, float]:
    """Read two times such as ``"0 s to 4.9 s"`` in SI.

    Raises TraceError, which begins with `place`, if the text is no such window.
    """
    ends = text.split(" to ")
    if len(ends) != 2:
        raise TraceError(place, 'two times such as "0 s to 4.9 s"', quoted(text))
    first, last = (parsed(end, TIME, place) for end in ends)
    if last <= first:
        raise TraceError(place, "a second time after the first", quoted(text))
    return first, last
