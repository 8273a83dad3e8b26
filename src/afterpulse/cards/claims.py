"""Claims about the device that an experiment can test, in the words of the paper.

Padilla and Lai, Self-regulated spintronic long short-term memory for spiking neural networks. The
criteria stand here, before any run; `afterpulse.decay.claims` applies them.
"""

from typing import NamedTuple


class Claim(NamedTuple):
    """A claim and what decides on it.

    Attributes
    ----------
    words : str
        The claim in the paper's words.
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
        "at least 5 levels that differ by 3 standard errors, no step of more than half of the "
        "range, and 0.95 switched; in part: levels and steps alone",
    ),
    "decay": Claim(
        "an intermediate state decays over a few seconds",
        "fraction of the change lost from the probe delay to the later delay",
        "the intermediate state that changes most loses 0.1 and 3 standard errors; in part: 3 "
        "standard errors",
    ),
    "retention": Claim(
        "retention is tuned by the amplitude and width of the pulse",
        "largest less smallest fraction retained",
        "fractions retained differ by 3 standard errors between two amplitudes of one width and "
        "between two widths of one amplitude; in part: one of both",
    ),
    "ltp": Claim(
        "repeated pulses lead to a progressive increase",
        "change by all pulses over the change by the first",
        "the reading after the last pulse exceeds that after the first by 3 standard errors, and "
        "the readings rise with the number of the pulse (rank correlation 0.9); in part: the "
        "excess alone",
        train="ltp",
    ),
    "ltd": Claim(
        "isolated or sparse pulses result in a gradual relaxation, analogous to LTD",
        "fraction of the change lost between a pulse and the next, mean over the pulses",
        "it is 0.1 and 3 standard errors; in part: 3 standard errors",
        train="ltd",
    ),
    "stp": Claim(
        "brief or subthreshold pulse sequences induce transient resistance changes that decay back "
        "to baseline without consolidation: potentiation",
        "fraction of the change by the burst that is left at the end",
        "the burst changes the reading away from the initial state by 3 standard errors; at the "
        "end at most 0.2 of it is left, and no more than 2 standard errors; in part: at most half",
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
