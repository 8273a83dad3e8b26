"""Call the function of a rule with the files and values that Snakemake gives."""

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

from afterpulse.cards import load_experiment
from afterpulse.device import load_device
from afterpulse.workflow.process import start

RULES = {
    "film": ("sample",),
    "engines": ("ground_state",),
    "calibration": ("calibration",),
    "timeline": (
        "trajectories",
        "refine",
        "reduce_sweep",
        "reduce_train",
        "trains_table",
        "failed",
        "blocking",
    ),
    "decay": ("fit", "variants"),
    "inference": ("traces", "bank", "mechanisms"),
    "neuron": (
        "neuron_trains",
        "cell",
        "protocol",
        "protocols",
        "energy",
        "network",
        "networks",
    ),
    "figures": ("figure", "figures", "animation", "explore", "table_page"),
}
"""Names of the rules by the package whose module ``rules`` has their functions."""


def run(snakemake: Any) -> None:
    """Run the job of a rule.

    The function of the rule's name is called with what its parameters name: ``device`` and
    ``experiment`` (the cards), named inputs, outputs and params, wildcards; ``inputs`` and
    ``target`` are the inputs and the only output where these have no names.

    Parameters
    ----------
    snakemake : object
        The object that Snakemake gives to scripts.
    """
    named = [
        f"{value}"
        for name, value in snakemake.wildcards.items()
        if name not in ("base", snakemake.rule)
    ]
    start(snakemake, " ".join([snakemake.rule, *named]))
    function = function_of(snakemake.rule)
    function(**arguments(function, snakemake))


def function_of(rule: str) -> Callable[..., None]:
    """Return the function of a rule; its package is imported only here.

    Raises
    ------
    LookupError
        If no package has the rule.
    """
    for package, rules in RULES.items():
        if rule in rules:
            found: Callable[..., None] = getattr(import_module(f"afterpulse.{package}.rules"), rule)
            return found
    raise LookupError(f"no package has the rule {rule}")


def arguments(function: Callable[..., None], snakemake: Any) -> dict[str, Any]:
    """Return the arguments of a rule's function.

    Parameters
    ----------
    function : callable
        Its parameters have the names of the rule's files and values.
    snakemake : object
        See `run`.

    Returns
    -------
    dict
        By the names of the parameters; those annotated as int are converted.
    """
    given: dict[str, Any] = {"inputs": list(snakemake.input)}
    if snakemake.output:
        given["target"] = snakemake.output[0]
    for part in (snakemake.wildcards, snakemake.params, snakemake.output, snakemake.input):
        given |= {
            name: value if isinstance(value, str | dict | tuple) else _listed(value)
            for name, value in part.items()
        }
    if "device" in given:
        given |= {
            "device": load_device(given["device"]),
            "experiment": load_experiment(given["experiment"]),
        }
    wanted = inspect.signature(function).parameters
    return {
        name: int(given[name]) if parameter.annotation is int else given[name]
        for name, parameter in wanted.items()
    }


def _listed(value: Any) -> Any:
    """Return several files as a list, and anything else as it is."""
    return list(value) if hasattr(value, "__iter__") else value
