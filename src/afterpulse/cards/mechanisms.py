"""Registry of the mechanisms that may act after a pulse: names, labels and prior ranges.

This is the only list of mechanisms. Cards, schemas, inference, figures and workflow read it.
"""

import itertools
from typing import Literal, NamedTuple


class Range(NamedTuple):
    """Prior range of a device parameter, uniform in its logarithm.

    Attributes
    ----------
    part, field : str
        Section and field of the device card.
    low, high : float
        Relative to the value of the card, or in SI units if the card has no value.
    """

    part: str
    field: str
    low: float
    high: float


class Mechanism(NamedTuple):
    """A mechanism that may act after a pulse.

    Attributes
    ----------
    label : str
        Name in figures and verdicts.
    description : str
        Effect, for the table of card fields.
    changes : {"film", "voltage"}
        The state of the film, or only the voltage that is read.
    inferred : bool
        True if `afterpulse.inference` decides on the mechanism. If only the voltage changes, this
        needs an entry of `afterpulse.inference.training.ADDITIONS`.
    prior : dict
        Ranges by name of the device parameters that matter only if the mechanism acts; for
        inferred mechanisms that change the film.
    """

    label: str
    description: str
    changes: Literal["film", "voltage"]
    inferred: bool = False
    prior: dict[str, Range] = {}


MECHANISMS = {
    "afm_viscosity": Mechanism(
        "AFM viscosity",
        "Grains of the antiferromagnet reverse thermally.",
        changes="film",
        inferred=True,
    ),
    "fm_aftereffect": Mechanism(
        "FM after-effect",
        "Units of the ferromagnet reverse thermally.",
        changes="film",
        inferred=True,
    ),
    "thermal_spin_torque": Mechanism(
        "thermal spin torque",
        "The heat flux through the AFM/FM interface drives a spin current.",
        changes="film",
        inferred=True,
        # A visible spin current is far larger than the spin-dependent Seebeck effect gives.
        prior={
            "thermal_conversion": Range("thermal_spin_torque", "conversion", 30.0, 10000.0),
            "spin_current_persistence": Range(
                "thermal_spin_torque", "spin_current_persistence", 0.1, 30.0
            ),
        },
    ),
    # Not inferred: each inferred mechanism doubles the simulations of the bank.
    "afm_spin_torque": Mechanism(
        "torque on the AFM",
        "During a pulse a spin-orbit torque reverses grains of the antiferromagnet.",
        changes="film",
    ),
    "resistance_drift": Mechanism(
        "resistance drift",
        "The offset resistance follows the temperature.",
        changes="voltage",
        inferred=True,
    ),
}
"""All mechanisms by their names on cards. The order is that of lists, figures and bank files."""

FILM = tuple(name for name, each in MECHANISMS.items() if each.changes == "film")
"""Mechanisms that change the state of the film."""
SIMULATED = tuple(name for name in FILM if MECHANISMS[name].inferred)
"""Inferred mechanisms that need simulations of their own."""
ADDED = tuple(
    name for name, each in MECHANISMS.items() if each.inferred and each.changes == "voltage"
)
"""Inferred mechanisms that are added to simulated voltages."""


def combinations() -> list[tuple[str, ...]]:
    """Return all combinations of `SIMULATED`, the empty one first."""
    return [
        chosen
        for count in range(len(SIMULATED) + 1)
        for chosen in itertools.combinations(SIMULATED, count)
    ]
