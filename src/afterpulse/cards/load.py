"""Read cards from files and report each fault in one line."""

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

import yaml
from pydantic import BaseModel, ValidationError

from afterpulse.cards.device import DeviceCard
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.quantity import printable, quoted

C = TypeVar("C", bound=DeviceCard | Experiment)


class CardError(Exception):
    """A card that cannot be used.

    Attributes
    ----------
    faults : list of str
        One line for each fault: "card: field: expected ..., got ...".
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


class _RepeatedKeyError(Exception):
    """A key that a mapping has twice; YAML would keep the last one without a word."""


class _CardLoader(yaml.SafeLoader):
    """YAML with each key once, and with numbers such as 1e9 as in YAML 1.2."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in keys:
                line = key.start_mark.line + 1
                raise _RepeatedKeyError(
                    f"{printable(key.value)}: expected each key once, got it again in line {line}"
                )
            keys.add(key.value if isinstance(key, yaml.ScalarNode) else None)
        return super().construct_mapping(node, deep)


_CardLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$", re.ASCII),
    list("-+0123456789"),
)


def read_card(path: str | Path) -> dict[str, Any]:
    """Read the mapping in a YAML file.

    Raises
    ------
    CardError
        If there is no such file, or it is not text, not YAML or not a mapping.
    """
    try:
        content = yaml.load(_text(Path(path)), Loader=_CardLoader)
    except _RepeatedKeyError as error:
        raise CardError([f"{printable(path)}: {error}"]) from error
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        problem = printable(" ".join(str(getattr(error, "problem", None) or error).split()))
        raise CardError([f"{printable(path)}: expected YAML, got {problem}{where}"]) from error
    if not isinstance(content, dict):
        got = "an empty file" if content is None else quoted(content)
        raise CardError([f"{printable(path)}: expected a mapping, got {got}"])
    return content


def _text(path: Path) -> str:
    try:
        # Reading a pipe would wait for ever.
        if not path.is_file():
            kind = "something that is not a file" if path.exists() else "no such file"
            kind = "a folder" if path.is_dir() else kind
            raise CardError([f"{printable(path)}: expected a card, got {kind}"])
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        fault = f"expected text in UTF-8, got other bytes at position {error.start}"
        raise CardError([f"{printable(path)}: {fault}"]) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CardError([f"{printable(path)}: expected a readable file, got: {reason}"]) from error


def _keys_at(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """Return the keys that a model has at a location."""
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


_MESSAGES = {
    "missing": "expected a value, got nothing",
    "model_type": "expected a mapping of {keys}, got {got}",
    "dict_type": "expected a mapping, got {got}",
    "tuple_type": "expected a list, got {got}",
    "too_short": "expected at least {min_length} items, got {actual_length}",
    "too_long": "expected at most {max_length} items, got {actual_length}",
    "string_pattern_mismatch": (
        "expected a name of lower-case letters, digits and _ that starts with a letter "
        "and has at most 64 characters, got {got}"
    ),
}
"""Messages in words of a card for kinds of pydantic's errors that speak of Python."""


def _describe(error: Mapping[str, Any], model: type[BaseModel]) -> str:
    """Return the field and the message of an error of pydantic."""
    location, kind, context = list(error["loc"]), error["type"], error.get("ctx", {})
    got = quoted(error["input"])
    if kind == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
        expected = f'"{near[0]}"' if near else "one of " + ", ".join(known)
        message = f"expected {expected}, got an unknown key"
    elif kind in _MESSAGES:
        keys = ", ".join(_keys_at(model, location))
        message = _MESSAGES[kind].format(keys=keys, **{"got": got} | context)
    else:
        message = error["msg"].removeprefix("Input should be ")
        if not message.startswith("expected "):
            message = f"expected {message}, got {got}"
    steps = [printable(step)[:80] or '""' for step in location if step != "[key]"]
    if "field" in context:
        steps.append(context["field"])
    return ": ".join([".".join(steps), message] if steps else [message])


def validated(model: type[C], content: object, card: str) -> C:
    """Validate plain values as a DeviceCard or an Experiment, which has all quantities in SI.

    Raises
    ------
    CardError
        With one line for each fault; ``card`` is the name of the card in it.
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


def _load(model: type[C], path: str | Path, content: dict[str, Any]) -> C:
    card, stem = printable(path), Path(path).stem
    device, experiment = _known(content, DeviceCard), _known(content, Experiment)
    if issubclass(model, DeviceCard) and experiment > device:
        raise CardError([f"{card}: expected a device card, got an experiment card"])
    if issubclass(model, Experiment) and device > experiment:
        raise CardError([f"{card}: expected an experiment card, got a device card"])
    loaded = validated(model, content, card)
    if loaded.name != stem:
        raise CardError(
            [f'{card}: name: expected the file\'s name "{printable(stem)}", got "{loaded.name}"']
        )
    return loaded


def load_device(path: str | Path) -> DeviceCard:
    """Read a device card; raise CardError with one line for each fault."""
    return _load(DeviceCard, path, read_card(path))


def load_experiment(path: str | Path) -> Experiment:
    """Read an experiment card; raise CardError with one line for each fault."""
    return _load(Experiment, path, read_card(path))


def card_for_engine(path: str | Path, engine: str) -> dict[str, Any]:
    """Return the content of an experiment card for another engine of micromagnetics.

    The engine becomes the end of the card's name. Raises CardError with one line for each fault.
    """
    load_experiment(path)
    content = read_card(path)
    content |= {"name": f"{content['name']}_{engine}", "engine": engine}
    validated(Experiment, content, f"{printable(path)} for engine {printable(engine)}")
    return content


def _known(content: dict[str, Any], model: type[DeviceCard] | type[Experiment]) -> int:
    return len(set(content) & (set(model.model_fields) - {"name"}))


def load_card(path: str | Path) -> DeviceCard | Experiment:
    """Read a card of the kind that its keys show; raise CardError with one line for each fault."""
    content = read_card(path)
    device, experiment = _known(content, DeviceCard), _known(content, Experiment)
    if device == experiment:
        raise CardError(
            [f"{printable(path)}: expected a device or an experiment card, got other keys"]
        )
    return _load(DeviceCard if device > experiment else Experiment, path, content)


def check_pair(device: DeviceCard, experiment: Experiment) -> None:
    """Check that the grid and the temperatures of an experiment suit a device.

    Raises
    ------
    CardError
        With one line for each fault, with card and field.
    """
    window, cell = experiment.numerics.window, experiment.numerics.cell
    grain = device.antiferromagnet.grain_diameter.value
    unit = device.ferromagnet.unit_diameter.value
    faults = [
        f"{device.name}: {field}.value: expected less than the window of {window:g} m "
        f"(numerics.window of {experiment.name}), got {diameter:g} m"
        for field, diameter in (
            ("antiferromagnet.grain_diameter", grain),
            ("ferromagnet.unit_diameter", unit),
        )
        if diameter >= window
    ]
    if cell > unit / 2:
        faults.append(
            f"{experiment.name}: numerics.cell: expected at most the unit radius of {unit / 2:g} m "
            f"(ferromagnet.unit_diameter of {device.name}), got {cell:g} m"
        )
    # Grains are drawn on a raster of four points along a cell; a smaller one may own no point.
    if grain < cell / 2:
        faults.append(
            f"{device.name}: antiferromagnet.grain_diameter.value: expected at least half the "
            f"cell of {cell:g} m (numerics.cell of {experiment.name}), got {grain:g} m"
        )
    arm = device.hall_bar.arm_width
    # The sensitivity of the cross is that at the centres of the cells.
    if arm is not None and arm.value < 2 * cell:
        faults.append(
            f"{device.name}: hall_bar.arm_width.value: expected at least two cells of {cell:g} m "
            f"(numerics.cell of {experiment.name}), got {arm.value:g} m"
        )
    magnet = device.ferromagnet
    largest = 2 * magnet.effective_anisotropy.value / magnet.saturation_magnetisation.value
    in_plane = math.hypot(*experiment.applied_field[:2])
    if magnet.effective_anisotropy.at == magnet.saturation_magnetisation.at and in_plane >= largest:
        faults.append(
            f"{experiment.name}: applied_field: expected less in the plane than the anisotropy "
            f"field of {largest:.3g} T (2 K_eff/M_s of {device.name}), got {in_plane:.3g} T"
        )
    curie = device.ferromagnet.curie_temperature.value
    faults += [
        f"{experiment.name}: {field}: expected less than the Curie temperature of {curie:g} K "
        f"(ferromagnet.curie_temperature of {device.name}), got {kelvin:g} K"
        for field, kelvin in treatment_temperatures(experiment).items()
        if kelvin >= curie
    ]
    if faults:
        raise CardError(faults)


def treatment_temperatures(experiment: Experiment) -> dict[str, float]:
    """Return the temperatures (K) that an experiment sets, by field."""
    temperatures = {
        f"preparation.{index}.{field}": getattr(treatment, field)
        for index, treatment in enumerate(experiment.preparation)
        for field in ("start_temperature", "end_temperature")
    }
    if experiment.blocking is not None:
        for index, kelvin in enumerate(experiment.blocking.activation_temperature):
            temperatures[f"blocking.activation_temperature.{index}"] = kelvin
    return temperatures


def resolved(card: DeviceCard | Experiment) -> dict[str, Any]:
    """Return a card with all its defaults for JSON, quantities as strings in SI units.

    ``type(card).model_validate`` gives the card back.
    """
    return card.model_dump(mode="json")
