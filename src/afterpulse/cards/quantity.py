"""Quantities on cards: strings with a unit, read as floats in SI.

A field of a card is declared as ``Annotated[float, Quantity(...)]``. The string is matched by a
tight grammar before pint sees its unit, so nothing on a card is ever evaluated.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

if TYPE_CHECKING:
    import pint

LONGEST = 64

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_SYMBOL = r"[A-Za-zµμΩ]+(?:\^-?[1-9])?"
_UNIT = rf"(?:1 ?/ ?)?{_SYMBOL}(?: ?[*/.] ?{_SYMBOL}| {_SYMBOL})*"
_QUANTITY = re.compile(rf"({_NUMBER}) *({_UNIT})", re.ASCII)
_RELATIVE = re.compile(rf"({_NUMBER}) *I_c", re.ASCII)
_ANGLE_UNITS = {"degree", "radian", "milliradian"}

Sign = Literal["any", "non-negative", "positive"]


@cache
def _registry() -> "pint.UnitRegistry[Decimal]":
    """Return all units, which take long to read; stored cards are in SI and need none.

    Decimal arithmetic makes "5 nm" exactly the float 5e-9.
    """
    import pint

    return pint.UnitRegistry(non_int_type=Decimal)


def quoted(value: object) -> str:
    """Return a value of a card as one printable line of at most 60 characters, for a message."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if value is None:
        return "null"
    text = ascii(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 60 else text[:56] + " ..."


def printable(text: object) -> str:
    """Return a text on one line, with escapes if it holds control characters of a terminal."""
    word = str(text)
    return word if word.isprintable() else ascii(word)


class _Field:
    """A type of field that is a string on cards and another value in code."""

    def expected(self) -> str:
        """Return in words what the field takes."""
        raise NotImplementedError

    def examples(self) -> list[str]:
        """Return valid strings."""
        raise NotImplementedError

    def parse(self, value: object) -> Any:
        """Return the value for what stands on a card."""
        raise NotImplementedError

    def format(self, value: Any) -> str:
        """Return a string that `parse` reads back to the same value."""
        raise NotImplementedError

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Parse on validation, write with the SI unit on serialisation."""
        return core_schema.no_info_plain_validator_function(
            self.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(self.format),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the string for editors."""
        return {
            "type": "string",
            "$comment": self.expected(),
            "examples": self.examples(),
            "maxLength": LONGEST,
        }


@dataclass(frozen=True)
class Quantity(_Field):
    """A field with a dimension, a float in SI.

    Attributes
    ----------
    dimension : str
        Name of the dimension, for messages.
    unit : str
        SI unit of the float.
    example : str
        A valid string.
    sign : {"any", "non-negative", "positive"}
        Constraint on the value.
    least, most : float
        Smallest and largest size of a value other than zero, in `unit`: far beyond any film, but
        within the range of floating-point arithmetic.
    """

    dimension: str
    unit: str
    example: str
    sign: Sign = "any"
    least: float = 0.0
    most: float = math.inf

    def examples(self) -> list[str]:
        """Return the valid string."""
        return [self.example]

    def expected(self) -> str:
        """Return in words what the field takes."""
        kind = self.dimension if self.sign == "any" else f"{self.sign} {self.dimension}"
        article = "an" if kind[0] in "aeiou" else "a"
        return f'{article} {kind} with its unit, such as "{self.example}"'

    def _refuse(self, value: object, reason: str) -> PydanticCustomError:
        context = {"expected": self.expected(), "got": quoted(value), "reason": reason}
        return PydanticCustomError("quantity", "expected {expected}, got {got}{reason}", context)

    def parse(self, value: object) -> float:
        """Return the value of a string with a unit in ``self.unit``.

        Raises
        ------
        pydantic_core.PydanticCustomError
            If it is no string of the form number and unit, has another dimension, is not finite
            or has the wrong sign.
        """
        if not isinstance(value, str):
            bare = isinstance(value, int | float) and not isinstance(value, bool)
            raise self._refuse(value, " (a bare number, no unit)" if bare else "")
        match = _QUANTITY.fullmatch(value.strip()) if len(value) <= LONGEST else None
        if match is None:
            raise self._refuse(value, "")
        number, unit = match.groups()
        result = float(number) if unit == self.unit else self._converted(value, number, unit)
        if not math.isfinite(result):
            raise self._refuse(value, " (not finite)")
        if (self.sign == "positive" and result <= 0) or (self.sign != "any" and result < 0):
            raise self._refuse(value, "")
        if result and not self.least <= abs(result) <= self.most:
            bounds = f" (not between {self.least:g} and {self.most:g} {self.unit} in size)"
            raise self._refuse(value, bounds)
        return result

    def _converted(self, value: str, number: str, unit: str) -> float:
        """Return the value of a string, a number and a unit, in ``self.unit``."""
        from pint.errors import DimensionalityError, PintError

        try:
            parsed = _registry().parse_units(unit.replace(".", "*"))
            quantity = _registry().Quantity(Decimal(number), parsed)
        except (PintError, ArithmeticError, ValueError, AttributeError) as error:
            raise self._refuse(value, f" (unknown unit {quoted(unit)})") from error
        if self.dimension == "angle" and str(parsed) not in _ANGLE_UNITS:
            raise self._refuse(value, " (not an angle)")
        try:
            return float(quantity.to(self.unit).magnitude)
        except DimensionalityError as error:
            raise self._refuse(value, f" (not of the dimension {self.dimension})") from error
        except (PintError, ArithmeticError, ValueError) as error:
            raise self._refuse(value, "") from error

    def format(self, value: float) -> str:
        """Return the string with the SI unit."""
        return f"{float(value)!r} {self.unit}"


PositiveLength = Annotated[float, Quantity("length", "m", "5 nm", "positive", 1e-12, 1)]
PositiveTime = Annotated[float, Quantity("time", "s", "10 us", "positive", 1e-15, 1e15)]
NonNegativeTime = Annotated[float, Quantity("time", "s", "10 us", "non-negative", 1e-15, 1e15)]
PositiveTemperature = Annotated[float, Quantity("temperature", "K", "300 K", "positive", 1e-3, 1e5)]
NonNegativeTemperature = Annotated[
    float, Quantity("temperature", "K", "300 K", "non-negative", 1e-3, 1e5)
]
PositiveFrequency = Annotated[float, Quantity("frequency", "1/s", "1e9 1/s", "positive", 1, 1e18)]
MagneticFluxDensity = Annotated[
    float, Quantity("magnetic flux density", "T", "120 mT", "any", 1e-15, 1e3)
]
PositiveMagneticFluxDensity = Annotated[
    float, Quantity("magnetic flux density", "T", "120 mT", "positive", 1e-15, 1e3)
]
PositiveMagnetisation = Annotated[
    float, Quantity("magnetisation", "A/m", "1.0 MA/m", "positive", 1, 1e8)
]
PositiveCurrent = Annotated[float, Quantity("current", "A", "2 mA", "positive", 1e-15, 1e3)]
PositiveCurrentDensity = Annotated[
    float, Quantity("current density", "A/m^2", "8.4e11 A/m^2", "positive", 1, 1e16)
]
PositiveResistivity = Annotated[
    float, Quantity("resistivity", "ohm*m", "30 uohm*cm", "positive", 1e-12, 1e3)
]
Resistance = Annotated[float, Quantity("resistance", "ohm", "0.5 ohm", "any", 1e-15, 1e12)]
ResistanceDrift = Annotated[
    float, Quantity("resistance per temperature", "ohm/K", "1 mohm/K", "any", 1e-15, 1e9)
]
NonNegativeVoltage = Annotated[float, Quantity("voltage", "V", "1 uV", "non-negative", 1e-18, 1e3)]
PositiveExchangeStiffness = Annotated[
    float, Quantity("energy per length", "J/m", "15 pJ/m", "positive", 1e-18, 1e-6)
]
PositiveEnergyDensity = Annotated[
    float, Quantity("energy density", "J/m^3", "0.05 MJ/m^3", "positive", 1, 1e10)
]
EnergyPerArea = Annotated[
    float, Quantity("energy per area", "J/m^2", "0.12 mJ/m^2", "any", 1e-12, 1e3)
]
NonNegativeEnergyPerArea = Annotated[
    float, Quantity("energy per area", "J/m^2", "0.12 mJ/m^2", "non-negative", 1e-12, 1e3)
]
NonNegativeArealDensity = Annotated[
    float, Quantity("number per area", "1/m^2", "20 1/um^2", "non-negative", 1, 1e18)
]
PositiveArealThermalResistance = Annotated[
    float,
    Quantity("thermal resistance times area", "K*m^2/W", "1e-7 K*m^2/W", "positive", 1e-18, 1e3),
]
PositiveVolumetricHeatCapacity = Annotated[
    float, Quantity("heat capacity per volume", "J/m^3/K", "3 MJ/m^3/K", "positive", 1, 1e10)
]
CurrentPerPower = Annotated[
    float, Quantity("current per power", "A/W", "0.3 A/W", "any", 1e-12, 1e12)
]
Angle = Annotated[float, Quantity("angle", "rad", "5 deg", "any", 1e-12, 1e3)]
NonNegativeAngle = Annotated[float, Quantity("angle", "rad", "5 deg", "non-negative", 1e-12, 1e3)]

Number = Annotated[float, Strict(), Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
PositiveNumber = Annotated[float, Strict(), Field(allow_inf_nan=False, gt=0, le=1e6)]
NonNegativeNumber = Annotated[float, Strict(), Field(allow_inf_nan=False, ge=0, le=1e6)]
# Of ln(size), or relative: at 2 the largest of a hundred is some 10,000 times the smallest.
Spread = Annotated[float, Strict(), Field(allow_inf_nan=False, ge=0, le=2)]
Fraction = Annotated[float, Strict(), Field(allow_inf_nan=False, ge=0, le=1)]
PositiveFraction = Annotated[float, Strict(), Field(allow_inf_nan=False, gt=0, le=1)]


def _nonzero(value: float) -> float:
    if value == 0:
        raise PydanticCustomError("nonzero", "expected a number other than zero, got 0")
    return value


def _normalised(vector: tuple[float, float, float]) -> tuple[float, float, float]:
    norm = math.hypot(*vector)
    if norm == 0:
        raise PydanticCustomError("zero_vector", "expected a direction, got the zero vector")
    # A vector that is already normalised stays as it is, so that a stored card reads back equal.
    if abs(norm - 1) < 1e-12:
        return vector
    return (vector[0] / norm, vector[1] / norm, vector[2] / norm)


NonzeroNumber = Annotated[Number, AfterValidator(_nonzero)]
Direction = Annotated[tuple[Number, Number, Number], AfterValidator(_normalised)]


class PulseAmplitude(NamedTuple):
    """Amplitude of a current pulse.

    Attributes
    ----------
    value : float
        In ``unit``; the sign is the direction of the current along x.
    unit : {"A", "I_c"}
        Ampere, or multiples of the device's critical current.
    """

    value: float
    unit: Literal["A", "I_c"]


_CURRENT = Quantity("current", "A", "1.2 mA", "any", 1e-15, 1e3)
# Largest multiple of the critical current.
_MOST_RELATIVE = 1e6


class _PulseAmplitudeField(_Field):
    """Field of a `PulseAmplitude`."""

    def expected(self) -> str:
        return 'a current such as "1.2 mA" or a multiple of the critical current such as "0.8 I_c"'

    def examples(self) -> list[str]:
        return ["0.8 I_c", "-1.2 mA"]

    def parse(self, value: object) -> PulseAmplitude:
        if isinstance(value, str) and len(value) <= LONGEST:
            match = _RELATIVE.fullmatch(value.strip())
            if match is not None and abs(float(match[1])) <= _MOST_RELATIVE:
                return PulseAmplitude(float(match[1]), "I_c")
        try:
            return PulseAmplitude(_CURRENT.parse(value), "A")
        except PydanticCustomError as error:
            context = {"expected": self.expected(), "got": quoted(value)}
            raise PydanticCustomError(
                "pulse_amplitude", "expected {expected}, got {got}", context
            ) from error

    def format(self, amplitude: PulseAmplitude) -> str:
        return f"{float(amplitude.value)!r} {amplitude.unit}"


PulseAmplitudeField = Annotated[PulseAmplitude, _PulseAmplitudeField()]
