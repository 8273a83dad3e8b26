"""Units of measured quantities, and quantities from the command line."""

import re
import unicodedata
from functools import cache

import xarray as xr
from pydantic_core import PydanticCustomError

from afterpulse.cards.quantity import Quantity, quoted
from afterpulse.measured.error import TraceError

TIME = Quantity("time", "s", "1 s")
POSITIVE_TIME = Quantity("time", "s", "500 ms", "positive")
LATER = Quantity("time", "s", "500 ms", "non-negative")
FREQUENCY = Quantity("frequency", "1/s", "60 MHz", "positive")
VOLTAGE = Quantity("voltage", "V", "1 uV")
RESISTANCE = Quantity("resistance", "ohm", "450 mohm")
POSITIVE_RESISTANCE = Quantity("resistance", "ohm", "1 kohm", "positive")
CONDUCTANCE = Quantity("conductance", "S", "1 uS")
CURRENT = Quantity("current", "A", "2 mA")
CURRENT_DENSITY = Quantity("current density", "A/m^2", "8.4e11 A/m^2")
ARBITRARY = Quantity("signal", "a.u.", "1 a.u.")
SIGNALS = VOLTAGE, RESISTANCE, ARBITRARY
"""Quantities that are fitted, the preferred first."""

_ARBITRARY = re.compile(r"a\. ?u\.|au|arb\.? ?(u\.|units?)?|arbitrary units?", re.IGNORECASE)
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
    if quantity is ARBITRARY:
        return 1.0 if _ARBITRARY.fullmatch(text) else None
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


def signal_unit(dataset: xr.Dataset) -> str:
    """Return the unit of the signal of a trace or sweep: V, ohm or a.u."""
    return str(dataset.attrs.get("signal_unit", VOLTAGE.unit))


def signal_name(unit: str) -> str:
    """Return the name of the signal with a unit of `signal_unit`."""
    return {VOLTAGE.unit: "Hall voltage", RESISTANCE.unit: "Hall resistance"}.get(unit, "signal")


def in_unit(dataset: xr.Dataset, unit: str) -> xr.Dataset:
    """Return a labelled dataset of a signal that is not in V, but in this unit.

    The fits treat any signal alike, so the unit of all voltages but coordinates, such as those of
    the pulse, is that of the signal.
    """
    if unit == VOLTAGE.unit:
        return dataset
    name = signal_name(unit)
    dataset = dataset.copy()
    for variable in (dataset.variables[each] for each in dataset.data_vars):
        if variable.attrs.get("units") == VOLTAGE.unit:
            long_name = re.sub("(anomalous )?Hall voltage", name, variable.attrs["long_name"])
            variable.attrs = {**variable.attrs, "units": unit, "long_name": long_name}
    if "parameter_units" in dataset:
        units = [re.sub(r"^V\b", unit, each) for each in dataset["parameter_units"].values]
        dataset["parameter_units"] = dataset["parameter_units"].copy(data=units)
    return dataset.assign_attrs(signal_unit=unit)
