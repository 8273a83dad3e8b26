"""Read cards from files and say in one line each what is wrong with them."""

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

import yaml
from pydantic import BaseModel, ValidationError

from afterpulse.cards.device import DeviceCard
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.quantity import printable, quoted

LARGEST_CARD = 1024 * 1024

C = TypeVar("C", bound=DeviceCard | Experiment)


class CardError(Exception):
    """A card that cannot be used.

    Attributes
    ----------
    faults : list of str
        One line a fault: "card: field: expected ..., got ...".
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


class _Refused(yaml.YAMLError):
    """Valid YAML that a card may not contain."""


class _CardLoader(yaml.SafeLoader):
    """YAML of plain values: no anchors, no repeated keys, numbers such as 1e9 as in YAML 1.2."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        # An alias of an alias of an alias can unfold a small card into gigabytes.
        event = self.peek_event()
        if getattr(event, "anchor", None) is not None:
            line = event.start_mark.line + 1
            raise _Refused(f"expected no YAML anchors or aliases, got one in line {line}")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: set[str] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == _MERGE:
                line = key_node.start_mark.line + 1
                raise _Refused(f"expected a plain word as key, got another in line {line}")
            if key_node.value in keys:
                line = key_node.start_mark.line + 1
                raise _Refused(
                    f"{printable(key_node.value)}: expected each key once, "
                    f"got it again in line {line}"
                )
            keys.add(key_node.value)
        return super().construct_mapping(node, deep)


_MERGE = "tag:yaml.org,2002:merge"
_CardLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$", re.ASCII),
    list("-+0123456789"),
)


def read_card(path: str | Path) -> dict[str, Any]:
    """Read the mapping in a YAML file.

    Parameters
    ----------
    path : str or pathlib.Path
        A card.

    Returns
    -------
    dict
        The keys and values as they stand on the card.

    Raises
    ------
    CardError
        If there is no such file, or it is too large, not text, not YAML or not a mapping.
    """
    card = printable(path)
    try:
        file = Path(path)
        if file.is_dir():
            raise CardError([f"{card}: expected a card, got a folder"])
        if not file.exists():
            raise CardError([f"{card}: expected a card, got no such file"])
        if not file.is_file():
            raise CardError([f"{card}: expected a card, got something that is not a file"])
        with file.open("rb") as stream:
            raw = stream.read(LARGEST_CARD + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CardError([f"{card}: expected a readable file, got: {reason}"]) from error
    if len(raw) > LARGEST_CARD:
        raise CardError([f"{card}: expected at most {LARGEST_CARD} bytes, got more"])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CardError(
            [f"{card}: expected text in UTF-8, got other bytes at position {error.start}"]
        ) from error
    try:
        content = yaml.load(text, Loader=_CardLoader)
    except _Refused as error:
        raise CardError([f"{card}: {error}"]) from error
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        problem = printable(error.problem or "a fault")
        raise CardError([f"{card}: expected YAML, got {problem}{where}"]) from error
    except RecursionError as error:
        raise CardError([f"{card}: expected YAML, got too many nested levels"]) from error
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        problem = printable(" ".join(str(error).split()))
        raise CardError([f"{card}: expected YAML, got {problem}"]) from error
    if content is None:
        raise CardError([f"{card}: expected a mapping, got an empty file"])
    if not isinstance(content, dict):
        raise CardError([f"{card}: expected a mapping, got {quoted(content)}"])
    return content


def _keys_at(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """Return the known keys of the part of ``model`` at ``location``."""
    candidates: list[Any] = [model]
    for step in location:
        following: list[Any] = []
        for candidate in candidates:
            field = candidate.model_fields.get(step)
            following.extend(_models(field.annotation) if field is not None else [candidate])
        candidates = following or candidates
    return [key for candidate in candidates for key in candidate.model_fields]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _describe(error: Mapping[str, Any], model: type[BaseModel]) -> str:
    location = list(error["loc"])
    kind, context, got = error["type"], error.get("ctx", {}), error["input"]
    if kind == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
        expected = f'"{near[0]}"' if near else "one of " + ", ".join(known)
        message = f"expected {expected}, got an unknown key"
    elif kind == "missing":
        message = "expected a value, got nothing"
    elif kind in ("model_type", "dataclass_type", "dict_type", "model_attributes_type"):
        keys = _keys_at(model, location) if kind != "dict_type" else []
        of = " of " + ", ".join(keys) if keys else ""
        message = f"expected a mapping{of}, got {quoted(got)}"
    elif kind == "string_pattern_mismatch":
        message = (
            "expected a name of lower-case letters, digits and _ that starts with a letter "
            f"and has at most 64 characters, got {quoted(got)}"
        )
    elif kind in ("too_short", "too_long"):
        limit = context.get("min_length", context.get("max_length"))
        bound = "at least" if kind == "too_short" else "at most"
        message = f"expected {bound} {limit} items, got {context.get('actual_length')}"
    elif kind == "tuple_type":
        message = f"expected a list, got {quoted(got)}"
    elif str(error["msg"]).startswith("expected "):
        message = str(error["msg"])
    else:
        expected = str(error["msg"]).removeprefix("Input should be ")
        message = f"expected {expected}, got {quoted(got)}"
    steps = [printable(step)[:80] or '""' for step in location if step != "[key]"]
    if "field" in context:
        steps.append(context["field"])
    return ": ".join([".".join(steps), message] if steps else [message])


def validated(model: type[C], content: object, card: str) -> C:
    """Make a card of plain values.

    Parameters
    ----------
    model : type
        DeviceCard or Experiment.
    content : object
        Keys and values.
    card : str
        What messages call it.

    Returns
    -------
    DeviceCard or Experiment
        All quantities in SI.

    Raises
    ------
    CardError
        With one line for each fault.
    """
    try:
        return cast(C, model.model_validate(content))
    except ValidationError as error:
        # pydantic also calls a list too short when it dropped faulty items from it.
        errors = [
            entry
            for entry in error.errors(include_url=False)
            if entry["type"] != "too_short" or len(entry["input"]) < entry["ctx"]["min_length"]
        ]
        faults = [f"{card}: {_describe(entry, model)}" for entry in errors]
        raise CardError(faults) from error


def _load(model: type[C], path: str | Path, content: object) -> C:
    card = printable(path)
    loaded = validated(model, content, card)
    stem = Path(path).stem
    if loaded.name != stem:
        raise CardError(
            [f'{card}: name: expected the file\'s name "{printable(stem)}", got "{loaded.name}"']
        )
    return loaded


def load_device(path: str | Path) -> DeviceCard:
    """Read a device card.

    Parameters
    ----------
    path : str or pathlib.Path
        The card.

    Returns
    -------
    DeviceCard
        All quantities in SI.

    Raises
    ------
    CardError
        With one line for each fault.
    """
    return _load(DeviceCard, path, read_card(path))


def load_experiment(path: str | Path) -> Experiment:
    """Read an experiment card.

    Parameters
    ----------
    path : str or pathlib.Path
        The card.

    Returns
    -------
    Experiment
        All quantities in SI.

    Raises
    ------
    CardError
        With one line for each fault.
    """
    return _load(Experiment, path, read_card(path))


def card_for_engine(path: str | Path, engine: str) -> dict[str, Any]:
    """Content of an experiment card whose micromagnetics another engine computes.

    Parameters
    ----------
    path : str or pathlib.Path
        The card.
    engine : str
        Another engine; it becomes the end of the card's name.

    Returns
    -------
    dict
        To be written as YAML.

    Raises
    ------
    CardError
        With one line for each fault, also one of the engine.
    """
    load_experiment(path)
    content = read_card(path)
    content |= {"name": f"{content['name']}_{engine}", "engine": engine}
    validated(Experiment, content, f"{printable(path)} for engine {printable(engine)}")
    return content


def load_card(path: str | Path) -> DeviceCard | Experiment:
    """Read a card of either kind; its keys say which it is.

    Parameters
    ----------
    path : str or pathlib.Path
        The card.

    Returns
    -------
    DeviceCard or Experiment
        All quantities in SI.

    Raises
    ------
    CardError
        With one line for each fault.
    """
    content = read_card(path)
    keys = set(content)
    as_device = len(keys & (set(DeviceCard.model_fields) - {"name"}))
    as_experiment = len(keys & (set(Experiment.model_fields) - {"name"}))
    if as_device == as_experiment:
        raise CardError(
            [f"{printable(path)}: expected a device or an experiment card, got other keys"]
        )
    if as_device > as_experiment:
        return _load(DeviceCard, path, content)
    return _load(Experiment, path, content)


def check_pair(device: DeviceCard, experiment: Experiment) -> None:
    """Check that an experiment's grid and temperatures suit a device.

    Parameters
    ----------
    device : DeviceCard
        A device card.
    experiment : Experiment
        An experiment card.

    Raises
    ------
    CardError
        With one line for each fault, naming card and field.
    """
    window, cell = experiment.numerics.window, experiment.numerics.cell
    diameters = {
        "antiferromagnet.grain_diameter": device.antiferromagnet.grain_diameter.value,
        "ferromagnet.unit_diameter": device.ferromagnet.unit_diameter.value,
    }
    faults = [
        f"{device.name}: {field}.value: expected less than the window of {window:g} m "
        f"(numerics.window of {experiment.name}), got {diameter:g} m"
        for field, diameter in diameters.items()
        if diameter >= window
    ]
    radius = device.ferromagnet.unit_diameter.value / 2
    if cell > radius:
        faults.append(
            f"{experiment.name}: numerics.cell: expected at most the unit radius of {radius:g} m "
            f"(ferromagnet.unit_diameter of {device.name}), got {cell:g} m"
        )
    grain = device.antiferromagnet.grain_diameter.value
    # Grains are drawn on a raster of four points along a cell; a smaller one may own no point.
    if grain < cell / 2:
        faults.append(
            f"{device.name}: antiferromagnet.grain_diameter.value: expected at least half the "
            f"cell of {cell:g} m (numerics.cell of {experiment.name}), got {grain:g} m"
        )
    curie = device.ferromagnet.curie_temperature.value
    temperatures = {
        f"preparation.{index}.{field}": getattr(treatment, field)
        for index, treatment in enumerate(experiment.preparation)
        for field in ("start_temperature", "end_temperature")
    }
    if experiment.blocking is not None:
        for index, kelvin in enumerate(experiment.blocking.activation_temperature):
            temperatures[f"blocking.activation_temperature.{index}"] = kelvin
    faults += [
        f"{experiment.name}: {field}: expected less than the Curie temperature of {curie:g} K "
        f"(ferromagnet.curie_temperature of {device.name}), got {kelvin:g} K"
        for field, kelvin in temperatures.items()
        if kelvin >= curie
    ]
    if faults:
        raise CardError(faults)


def resolved(card: DeviceCard | Experiment) -> dict[str, Any]:
    """Return a card with all its defaults, ready for JSON.

    Parameters
    ----------
    card : DeviceCard or Experiment
        A card.

    Returns
    -------
    dict
        Quantities are strings in SI units; ``type(card).model_validate`` gives the card back.
    """
    return card.model_dump(mode="json")
