"""The sections of the cards that the rules of the workflow read.

The function of a rule declares its sections by `reads`. Their values (`content`) are a parameter of
the rule's jobs: a job is computed again if one of them changes. The function gets cards without all
other sections (`restricted`), so that a section that is read and not declared is an error.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from afterpulse import __version__
from afterpulse.cards.device import DeviceCard
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.fields import Card
from afterpulse.cards.load import resolved

DIGITS = 12
TEXTS = ("title", "description", "references", "source", "material")
"""Fields that change no result, wherever they stand."""

C = TypeVar("C", bound=Card)
W = TypeVar("W", bound=DeviceCard | Experiment)
F = TypeVar("F", bound=Callable[..., object])


class Sections(NamedTuple):
    """Fields of both cards, with all that is below them.

    Attributes
    ----------
    device, experiment : tuple of str
        Keys joined by dots, such as ``numerics.window``.
    """

    device: tuple[str, ...] = ()
    experiment: tuple[str, ...] = ()

    def __or__(self, other: "Sections") -> "Sections":
        """Return the union."""
        return Sections(
            *(tuple(dict.fromkeys(ours + theirs)) for ours, theirs in zip(self, other, strict=True))
        )


LAYERS = Sections(
    device=(
        "spin_hall_layer",
        "ferromagnet",
        "antiferromagnet",
        "heat_path.ambient_temperature",
        "thermal_spin_torque.polarisation",
    )
)
MATERIALS = LAYERS | Sections(device=("switching", "heat_path", "thermal_spin_torque"))
GRID = Sections(experiment=("seed", "numerics.window", "numerics.cell"))
LLG = Sections(
    experiment=("initial_state", "applied_field", "numerics.llg_time_step", "numerics.precision")
)
CRITICAL_CURRENT_DENSITY = Sections(
    device=("spin_hall_layer", "ferromagnet", "antiferromagnet", "switching", "heat_path"),
    experiment=("initial_state", "applied_field"),
)
KINETICS = Sections(
    experiment=(
        "seed",
        "initial_state",
        "applied_field",
        "preparation",
        "ageing",
        "numerics.steps_per_decade",
        "numerics.flicker_limit",
    )
)
WITHOUT_EFFECT = Sections(device=("name",), experiment=("name", "numerics.engine_time_limit"))
"""Fields that every rule may read: names are in messages, the time limit changes no result."""


class Declaration(NamedTuple):
    """The sections that a rule reads.

    Attributes
    ----------
    sections : Sections
        The rule's jobs depend on their values.
    keyed : Sections
        Read as well, but the job depends only on the part that its wildcards or other parameters
        name: a chunk has the name of its points, whatever else is in the sweep.
    """

    sections: Sections
    keyed: Sections


def reads(
    *groups: Sections,
    device: tuple[str, ...] = (),
    experiment: tuple[str, ...] = (),
    keyed: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """Declare the sections of the cards that the function of a rule reads.

    Parameters
    ----------
    *groups : Sections
        Sections that several rules read.
    device, experiment : tuple of str
        Further sections.
    keyed : tuple of str
        Sections of the experiment card for `Declaration.keyed`.
    """
    declared = Sections(device, experiment)
    for group in reversed(groups):
        declared = group | declared

    def declare(function: F) -> F:
        function.__dict__["reads"] = Declaration(declared, Sections(experiment=keyed))
        return function

    return declare


def declaration(function: Callable[..., object]) -> Declaration:
    """Return what `reads` declared of a function; nothing if it was not used."""
    declared: Declaration = function.__dict__.get("reads", Declaration(Sections(), Sections()))
    return declared


def digest(value: Any) -> str:
    """Return `DIGITS` hexadecimal digits that follow from anything that JSON can hold."""
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def content(device: DeviceCard, experiment: Experiment, sections: Sections) -> list[Any]:
    """Return the version of this package and the values of sections, without `TEXTS`."""
    return stored_content(resolved(device), resolved(experiment), __version__, sections)


def stored_content(
    device: dict[str, Any], experiment: dict[str, Any], version: str, sections: Sections
) -> list[Any]:
    """Return `content` for resolved cards and the version of afterpulse that read them.

    Raises
    ------
    KeyError
        If a card lacks a section: it is of another version.
    """
    read = [
        {path: _without_texts(_at(card, path)) for path in paths}
        for card, paths in zip((device, experiment), sections, strict=True)
    ]
    return [version, *read]


def _at(card: Any, path: str) -> Any:
    """Return the value at a path of keys joined by dots, None below a section without value."""
    for key in path.split("."):
        card = None if card is None else card[key]
    return card


def _without_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_texts(each) for key, each in value.items() if key not in TEXTS}
    return [_without_texts(each) for each in value] if isinstance(value, list) else value


def restricted(card: W, readable: Iterable[str], recorded: Iterable[str]) -> W:
    """Return a card on which only some sections can be read.

    Parameters
    ----------
    card : DeviceCard or Experiment
        A card.
    readable : iterable of str
        Its sections; reading another one raises `afterpulse.cards.fields.SectionError`.
    recorded : iterable of str
        Sections that a dataset that is saved with this card depends on.
    """
    copy = _restricted(card, readable)
    copy._record = resolved(card), tuple(recorded)
    return copy


def _restricted(card: C, readable: Iterable[str]) -> C:
    below: dict[str, set[str]] = {}
    for path in readable:
        name, _, rest = path.partition(".")
        below.setdefault(name, set()).add(rest)
    copy = card.model_copy()
    for name in type(card).model_fields:
        value = getattr(card, name)
        if name not in below:
            del copy.__dict__[name]
        elif "" not in below[name] and value is not None:
            copy.__dict__[name] = _restricted(value, below[name])
    return copy


def record(card: DeviceCard | Experiment) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the whole card behind one that is `restricted`, resolved, and its recorded sections.

    A card that is not restricted has all sections recorded.
    """
    every = tuple(name for name in type(card).model_fields if name not in TEXTS)
    return card._record or (resolved(card), every)
