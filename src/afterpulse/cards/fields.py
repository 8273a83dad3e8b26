"""The base of all sections of cards, and the types of their fields."""

import itertools
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, Strict
from pydantic_core import PydanticCustomError

from afterpulse.cards import quantity as q

T = TypeVar("T")


class SectionError(RuntimeError):
    """A section of a card that a rule reads and does not declare."""


class Card(BaseModel):
    """Base of every section of a card: frozen, no unknown keys, finite numbers only."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )
    # Set by `afterpulse.cards.sections.restricted`.
    _record: tuple[dict[str, Any], tuple[str, ...]] | None = PrivateAttr(None)

    if not TYPE_CHECKING:  # or any misspelt field would pass mypy

        def __getattr__(self, name: str) -> Any:
            """Raise SectionError for a field that `restricted` took away."""
            if name in type(self).model_fields:
                raise SectionError(
                    f"{type(self).__name__}.{name} is read but not declared: see "
                    "afterpulse.cards.sections.reads"
                )
            return super().__getattr__(name)


def fault(field: str | None, expected: str, got: str) -> PydanticCustomError:
    """Return the error of a field; None is the value that is being validated."""
    context = {"expected": expected, "got": got} | ({} if field is None else {"field": field})
    return PydanticCustomError("consistency", "expected {expected}, got {got}", context)


def _different(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise fault(None, "values that all differ", "one of them twice")
    return values


def _rising(values: tuple[float, ...]) -> tuple[float, ...]:
    for before, after in itertools.pairwise(values):
        if after <= before:
            raise fault(None, "rising values", f"{after:g} after {before:g}")
    return values


NAME_PATTERN = r"^[a-z][a-z0-9_]{0,63}$"
Name = Annotated[str, Strict(), Field(pattern=NAME_PATTERN)]
Text = Annotated[str, Strict(), Field(min_length=1)]
Count = Annotated[int, Strict(), Field(ge=1, le=1_000_000)]
Several = Annotated[int, Strict(), Field(ge=2, le=1000)]
Filled = Annotated[tuple[T, ...], Field(min_length=1)]
Different = Annotated[tuple[T, ...], Field(min_length=1), AfterValidator(_different)]
Rising = Annotated[tuple[T, ...], Field(min_length=1), AfterValidator(_rising)]
Vector = tuple[q.MagneticFluxDensity, q.MagneticFluxDensity, q.MagneticFluxDensity]
