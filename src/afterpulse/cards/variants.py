"""Variants of the cards that an experiment asks for with `vary`."""

import csv
import difflib
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml

from afterpulse.cards.device import DeviceCard
from afterpulse.cards.experiment import Experiment, Vary
from afterpulse.cards.load import CardError, check_pair, resolved, validated
from afterpulse.cards.mechanisms import MECHANISMS
from afterpulse.cards.quantity import printable, quoted
from afterpulse.cards.sections import digest

Changes = dict[str, Any]
D = TypeVar("D", bound=DeviceCard)
# Folders are named by the names, and a variant has no variants.
FIXED = ("device.name", "experiment.name", "experiment.vary")


class Role(NamedTuple):
    """What a variant stands for among hypotheses.

    Attributes
    ----------
    hypothesis, condition : str
        Labels of the card; the condition is empty where the cards are measured as they are.
    """

    hypothesis: str
    condition: str


def variants(
    device: D, experiment: Experiment, folder: str | Path
) -> dict[str, tuple[D, Experiment, Changes]]:
    """Return the cards of every variant, with the changed values by field.

    Parameters
    ----------
    device, experiment : DeviceCard, Experiment
        The cards; without `vary` there are no variants.
    folder : str or Path
        Folder of the experiment card and of the table of `vary.table`.

    Returns
    -------
    dict
        By a name that follows from the changes: the letter v and hexadecimal digits.

    Raises
    ------
    CardError
        With one line for each fault.
    """
    made, faults = {}, []
    for where, changes in changes_of(experiment, Path(folder)):
        try:
            cards = changed(device, experiment, changes, where)
            check_pair(*cards)
        except CardError as error:
            faults += error.faults
            continue
        name = "v" + digest(changes)
        if name in made and where.startswith("vary.hypotheses"):
            faults.append(
                f"{experiment.name}: {where}: expected other values, got those of another"
            )
        made[name] = (*cards, changes)
    if faults:
        raise CardError(list(dict.fromkeys(faults)))
    return made


def roles(experiment: Experiment) -> dict[str, Role]:
    """Return the role of each variant that compares hypotheses, by its name; else nothing."""
    if experiment.vary is None:
        return {}
    compared = _compared(experiment.vary).items()
    return {"v" + digest(changes): Role(*labels) for labels, changes in compared}


def _compared(vary: Vary) -> dict[tuple[str, str], Changes]:
    """Return the values by field of each hypothesis, without conditions and under each one."""
    conditions: dict[str, Changes] = {"": {}, **vary.conditions}
    return {
        (hypothesis, condition): {**explained, **conditions[condition]}
        for hypothesis, explained in vary.hypotheses.items()
        for condition in conditions
    }


def changes_of(experiment: Experiment, folder: Path) -> Iterator[tuple[str, Changes]]:
    """Yield the location of each variant on the card and its values by field."""
    vary = experiment.vary
    if vary is None:
        return
    for values in itertools.product(*vary.grid.values()) if vary.grid else ():
        yield "vary.grid", dict(zip(vary.grid, values, strict=True))
    for index, row in enumerate(vary.rows):
        yield f"vary.rows.{index}", dict(row)
    for (hypothesis, condition), changes in _compared(vary).items():
        under = f" under vary.conditions.{condition}" if condition else ""
        yield f"vary.hypotheses.{hypothesis}{under}", changes
    if vary.table is not None:
        yield from rows_of_table(f"{experiment.name}: vary.table", folder / vary.table)


def rows_of_table(field: str, path: Path) -> Iterator[tuple[str, Changes]]:
    """Yield the rows of a CSV file whose columns are fields, with values as on a card."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            lines = list(csv.DictReader(stream, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CardError([f"{field}: expected a CSV file {path.name}, got: {reason}"]) from error
    if not lines:
        raise CardError([f"{field}: expected rows in {path.name}, got none"])
    for index, line in enumerate(lines, start=2):
        where = f"{field}: line {index} of {path.name}"
        if None in line or None in line.values():
            raise CardError([f"{where}: expected a value for each column"])
        try:
            values = {name: yaml.safe_load(text) for name, text in line.items()}
        except yaml.YAMLError as error:
            raise CardError([f"{where}: expected plain values"]) from error
        yield f"vary.table: line {index}", values


def changed(
    device: D, experiment: Experiment, changes: Mapping[str, Any], where: str
) -> tuple[D, Experiment]:
    """Return cards with some values replaced, the experiment without `vary`.

    Parameters
    ----------
    changes : mapping
        Values by field, such as ``device.ferromagnet.damping``; list items have indices from 0.
    where : str
        Location of the changes on the experiment card, for messages.

    Raises
    ------
    CardError
        With one line for each fault.
    """
    content = {"device": resolved(device), "experiment": resolved(experiment) | {"vary": None}}
    for field, value in changes.items():
        label = f"{experiment.name}: {where}: {printable(field)[:80]}"
        kind, *steps = field.split(".")
        if kind not in content or not steps or field in FIXED:
            raise CardError(
                [f'{label}: expected a field such as "device.ferromagnet.damping", got another']
            )
        parent: Any = content[kind]
        step = steps[0]
        try:
            for step in steps[:-1]:
                parent = parent[int(step) if isinstance(parent, list) else step]
            step = steps[-1]
            if steps[0] in ("mechanisms", "compare") and isinstance(parent, list):
                switch(parent, steps[-1], value, label)
                continue
            last = int(steps[-1]) if isinstance(parent, list) else steps[-1]
            old = parent[last]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            known = [str(key) for key in parent] if isinstance(parent, dict) else []
            near = difflib.get_close_matches(step, known, n=1)
            hint = f', such as "{near[0]}"' if near else ""
            raise CardError(
                [f"{label}: expected a field of the {kind} card{hint}, got {quoted(step)}"]
            ) from error
        if isinstance(old, dict) and set(old) >= {"value", "source"}:
            old["value"] = value
        elif isinstance(old, dict | list):
            raise CardError([f"{label}: expected a single field, got {quoted(steps[-1])}"])
        else:
            parent[last] = value
    card = f"{experiment.name}: {where}"
    return (
        validated(type(device), content["device"], f"{card}: device"),
        validated(Experiment, content["experiment"], f"{card}: experiment"),
    )


def switch(acting: list[str], name: str, value: Any, label: str) -> None:
    """Switch a mechanism on or off in a list of those that act; ``label`` is for messages."""
    if name not in MECHANISMS:
        raise CardError([f"{label}: expected one of {', '.join(MECHANISMS)}, got another name"])
    if not isinstance(value, bool):
        raise CardError([f"{label}: expected true or false, got {quoted(value)}"])
    others = [other for other in acting if other != name]
    acting[:] = [*others, name] if value else others
