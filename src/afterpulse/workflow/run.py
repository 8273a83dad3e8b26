"""Call the function of a rule with the files and values that Snakemake gives."""

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

from afterpulse.cards import load_experiment
from afterpulse.cards.sections import WITHOUT_EFFECT, Sections, declaration, restricted
from afterpulse.device import load_device
from afterpulse.workflow.process import check_inputs, end_with_parent, start_log


def run(snakemake: Any) -> None:
    """Run the job of a rule.

    The parameter ``function`` of the rule names a function, such as ``film.sample`` for
    `afterpulse.film.rules.sample`. Its arguments are taken by name from the rule's wildcards and
    named inputs, outputs and params. ``device`` and ``experiment`` are the cards with the sections
    that the function declares (`afterpulse.cards.sections.reads`); ``inputs`` and ``target`` are
    the inputs and the only output if these have no names.

    Parameters
    ----------
    snakemake : object
        The object that Snakemake gives to scripts.
    """
    wildcards = [
        str(value)
        for name, value in snakemake.wildcards.items()
        if name not in ("base", snakemake.rule)
    ]
    start_log(snakemake.log[0], " ".join([snakemake.rule, *wildcards]), snakemake.config)
    end_with_parent()
    function = function_of(snakemake.params.function)
    function(**arguments(function, snakemake))


def function_of(name: str) -> Callable[..., None]:
    """Return the function of a rule by its room and name; the room is imported only here."""
    room, _, function = name.partition(".")
    named: Callable[..., None] = getattr(import_module(f"afterpulse.{room}.rules"), function)
    return named


def arguments(function: Callable[..., None], snakemake: Any) -> dict[str, Any]:
    """Return the arguments of a rule's function, by name.

    Those annotated as int are converted; those with a default may be missing. If the rule has
    cards, its inputs are checked against them (`afterpulse.workflow.process.check_inputs`).
    """
    given: dict[str, Any] = {"inputs": list(snakemake.input)}
    if snakemake.output:
        given["target"] = snakemake.output[0]
    for named in (snakemake.wildcards, snakemake.params, snakemake.output, snakemake.input):
        given |= {
            name: value if isinstance(value, str | dict | tuple) else _listed(value)
            for name, value in named.items()
        }
    if "device" in given:
        device, experiment = load_device(given["device"]), load_experiment(given["experiment"])
        inherited = check_inputs(snakemake.input, device, experiment)
        cards = readable_cards((device, experiment), function, inherited)
        given["device"], given["experiment"] = cards
    return {
        name: int(given[name]) if parameter.annotation is int else given[name]
        for name, parameter in inspect.signature(function).parameters.items()
        if name in given or parameter.default is parameter.empty
    }


def readable_cards(
    cards: tuple[Any, Any], function: Callable[..., None], inherited: Sections
) -> tuple[Any, Any]:
    """Return cards with the sections that a function declares.

    A dataset that the function saves depends on these and on those that its inputs depend on.
    """
    sections, keyed = declaration(function)
    readable = sections | keyed | WITHOUT_EFFECT
    device, experiment = map(restricted, cards, readable, sections | inherited)
    return device, experiment


def _listed(value: Any) -> Any:
    """Return several files as a list, and anything else as it is."""
    return list(value) if hasattr(value, "__iter__") else value
