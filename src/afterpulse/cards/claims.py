"""Claims about the device that an experiment can test, after the words of the paper.

Padilla and Lai, Self-regulated spintronic long short-term memory for spiking neural networks. The
criteria and their thresholds stand here; `afterpulse.decay.claims` applies them.
"""

from typing import NamedTuple

SIGNIFICANT, COMPATIBLE = 3.0, 2.0
"""Standard errors from which on a difference counts, and within which there is none."""
LEVELS, LARGEST_STEP, SWITCHED = 5, 0.5, 0.95
"""Fewest levels, largest step over the range, and fraction that counts as fully switched."""
LEAST_CHANGE = 0.01
"""Change of the reading, or of a fraction, below which there is none; V_AHE follows the temperature
as well."""
LEAST_LOSS, MOST_LEFT, HALF_LEFT = 0.1, 0.2, 0.5
"""Smallest loss that counts, and fractions left of a transient change that count."""
RANK_CORRELATION = 0.9
"""Of the readings along a train with the number of the pulse."""


class Claim(NamedTuple):
    """A claim and what decides on it.

    Attributes
    ----------
    words : str
        The claim after the paper's words.
    quantity : str
        Number that is given with it (1).
    criterion : str
        When it counts as reproduced, and when in part.
    train : str
        Label of the pulse train that tests it; empty for a claim about the sweep.
    """

    words: str
    quantity: str
    criterion: str
    train: str = ""


CLAIMS = {
    "switching": Claim(
        "the system transitions from a stable initial state to a fully switched configuration",
        "largest fraction switched at the probe delay",
        f"at least {LEVELS} levels that differ by {LEAST_CHANGE} and {SIGNIFICANT:g} standard "
        f"errors, no step of more than {LARGEST_STEP} of the range, and {SWITCHED} switched; in "
        "part: levels and steps alone",
    ),
    "decay": Claim(
        "an intermediate state decays over a few seconds",
        "fraction of the change lost from the probe delay to the later delay",
        f"the intermediate state that changes most loses {LEAST_LOSS} and {SIGNIFICANT:g} standard "
        f"errors; in part: {LEAST_CHANGE} and {SIGNIFICANT:g} standard errors",
    ),
    "retention": Claim(
        "retention is tuned by the amplitude and width of the pulse",
        "largest less smallest fraction retained",
        f"fractions retained differ by {LEAST_CHANGE} and {SIGNIFICANT:g} standard errors between "
        "two amplitudes of one width and between two widths of one amplitude; in part: one of both",
    ),
    "ltp": Claim(
        "repeated pulses lead to a progressive increase",
        "change by all pulses over the change by the first",
        f"the change after the last pulse exceeds that after the first by {SIGNIFICANT:g} standard "
        f"errors, and rises with the number of the pulse (rank correlation {RANK_CORRELATION}); in "
        "part: the excess alone",
        train="ltp",
    ),
    "ltd": Claim(
        "isolated or sparse pulses result in a gradual relaxation, analogous to LTD",
        "fraction of the change lost between a pulse and the next, mean over the pulses",
        f"it is {LEAST_LOSS} and {SIGNIFICANT:g} standard errors; in part: {LEAST_CHANGE} and "
        f"{SIGNIFICANT:g} standard errors",
        train="ltd",
    ),
    "stp": Claim(
        "brief or subthreshold pulse sequences induce transient resistance changes that decay back "
        "to baseline without consolidation: potentiation",
        "fraction of the change by the burst that is left at the end",
        f"the burst changes the reading away from the initial state by {SIGNIFICANT:g} standard "
        f"errors; at the end at most {MOST_LEFT} of it is left, and no more than {COMPATIBLE:g} "
        f"standard errors; in part: at most {HALF_LEFT}",
        train="stp",
    ),
    "std": Claim(
        "brief or subthreshold pulse sequences induce transient resistance changes that decay back "
        "to baseline without consolidation: depression",
        "fraction of the change by the burst that is left at the end",
        "the same as for potentiation, with a burst that changes the reading towards the initial "
        "state",
        train="std",
    ),
}
"""All claims by their names on cards."""
