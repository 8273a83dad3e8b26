"""Units of measured quantities, and quantities with a unit from the command line."""

from pydantic_core import PydanticCustomError

from afterpulse.cards.quantity import Quantity
from afterpulse.measured.error import TraceError

TIME = Quantity("time", "s", "1 s")
POSITIVE_TIME = Quantity("time", "s", "500 ms", "positive")
VOLTAGE = Quantity("voltage", "V", "1 uV")
CURRENT = Quantity("current", "A", "2 mA")
CURRENT_DENSITY = Quantity("current density", "A/m^2", "8.4e11 A/m^2")


def unit_of_any(unit: str, *among: Quantity) -> tuple[float, Quantity] | None:
    """Tell which quantity a unit is of.

    Parameters
    ----------
    unit : str
        As it stands in a file, such as ``"uV"``.
    *among : Quantity
        What it may be a unit of.

    Returns
    -------
    float, Quantity
        Size of the unit in SI, and its quantity.
    None
        Instead of both where it is a unit of none of them.
    """
    for quantity in among:
        try:
            return quantity.parse(f"1 {unit}"), quantity
        except PydanticCustomError:
            continue
    return None


def parsed(text: str, quantity: Quantity, place: str) -> float:
    """Read a number with a unit.

    Parameters
    ----------
    text : str
        Such as ``"500 ms"``.
    quantity : Quantity
        What it should be.
    place : str
        Where it stands, for the message.

    Returns
    -------
    float
        In SI.

    Raises
    ------
    TraceError
        Where it is no such quantity.
    """
    try:
        return quantity.parse(text)
    except PydanticCustomError as error:
        said = error.context or {}
        raise TraceError(place, said["expected"], f"{said['got']}{said['reason']}") from error
