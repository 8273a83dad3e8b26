"""Units of measured quantities, and quantities from the command line."""

from pydantic_core import PydanticCustomError

from afterpulse.cards.quantity import Quantity, quoted
from afterpulse.measured.error import TraceError

TIME = Quantity("time", "s", "1 s")
POSITIVE_TIME = Quantity("time", "s", "500 ms", "positive")
VOLTAGE = Quantity("voltage", "V", "1 uV")
CURRENT = Quantity("current", "A", "2 mA")
CURRENT_DENSITY = Quantity("current density", "A/m^2", "8.4e11 A/m^2")


def size_of_unit(unit: str, quantity: Quantity) -> float | None:
    """Return the size of a unit in SI; None if it is no unit of the quantity."""
    try:
        return quantity.parse(f"1 {unit}")
    except PydanticCustomError:
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
