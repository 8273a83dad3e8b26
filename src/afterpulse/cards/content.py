"""What of the cards a part of the work depends on, as a short digest.

A part is computed anew when its digest changes, and not when a card was touched, got another
title or asks for more pulses.
"""

import hashlib
import json
from typing import Any

from afterpulse import __version__
from afterpulse.cards.device import DeviceCard
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.load import resolved

DIGITS = 12

MATERIALS = (
    "spin_hall_layer",
    "ferromagnet",
    "antiferromagnet",
    "switching",
    "heat_path",
    "thermal_spin_torque",
)
GRID = ("seed", "numerics.window", "numerics.cell")
LLG = ("initial_state", "applied_field", "numerics.llg_time_step", "numerics.precision")
# Of the cards, device first; each part also depends on what those before it that it uses do.
READ = {
    "sample": (("ferromagnet", "antiferromagnet", "switching"), GRID),
    "ground_state": (MATERIALS, (*GRID, *LLG)),
    "calibration": (MATERIALS, (*GRID, *LLG, "engine", "calibration")),
    "trajectories": (
        (*MATERIALS, "hall_bar"),
        (
            *GRID,
            *LLG,
            "engine",
            "calibration",
            "preparation",
            "ageing",
            "hysteresis",
            "numerics.llg_pulse_max",
            "numerics.leading_edge",
            "numerics.trailing_edge",
            "numerics.steps_per_decade",
            "numerics.flicker_limit",
        ),
    ),
}


def digest(value: Any) -> str:
    """Short digest of anything that JSON can hold.

    Parameters
    ----------
    value : object
        Numbers, texts, lists, mappings.

    Returns
    -------
    str
        `DIGITS` hexadecimal digits.
    """
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def content(device: DeviceCard, experiment: Experiment, part: str) -> str:
    """Digest of all that a part reads from the cards, and of this package's version.

    Parameters
    ----------
    device, experiment : DeviceCard, Experiment
        The cards.
    part : str
        One of `READ`, or "all" for whole cards, names and titles included.

    Returns
    -------
    str
        Equal digests mean equal results of that part.
    """
    return stored_content(resolved(device), resolved(experiment), __version__, part)


def stored_content(
    device: dict[str, Any], experiment: dict[str, Any], version: str, part: str
) -> str:
    """Return the digest of `content` for the resolved cards and the version of a dataset.

    Parameters
    ----------
    device, experiment : dict
        Resolved cards, as the attributes of a dataset hold them.
    version : str
        Version of afterpulse that computed the dataset.
    part : str
        See `content`.

    Returns
    -------
    str
        The digest.

    Raises
    ------
    KeyError
        If a card lacks a field that the part reads: it is of another version.
    """
    cards = device, experiment
    if part == "all":
        return digest([version, *cards])
    read = [
        {path: without_sources(at(card, path)) for path in paths}
        for card, paths in zip(cards, READ[part], strict=True)
    ]
    return digest([version, *read])


def at(card: dict[str, Any], path: str) -> Any:
    """Part of a resolved card at a path of keys joined by dots."""
    found: Any = card
    for key in path.split("."):
        found = found[key]
    return found


def without_sources(value: Any) -> Any:
    """Part of a resolved card without the texts that say where its numbers come from."""
    if isinstance(value, dict):
        return {
            key: without_sources(each)
            for key, each in value.items()
            if key not in ("source", "material")
        }
    if isinstance(value, list):
        return [without_sources(each) for each in value]
    return value
